"""Parts of an encoding: rules for some predicates only, rules with further conditions, a file without some requirements."""

from __future__ import annotations

from functools import lru_cache

from clingo.ast import AST, ASTType, parse_string

from ttplan.rules import encodings

Cuts = tuple[tuple[str, tuple[str, ...]], ...]
"""Predicate -> conditions on its arguments `{0}`, `{1}`...; arguments inside a tuple count one by one."""


@lru_cache(maxsize=64)
def statements(file: str) -> tuple[tuple[str, str, tuple[str, ...], bool], ...]:
    """Every statement of a file: text, predicate of a plain head (or ""), arguments of the head, whether it has a body."""
    found: list[tuple[str, str, tuple[str, ...], bool]] = []

    def read(statement: AST) -> None:
        name, body = "", False
        arguments: tuple[str, ...] = ()
        if statement.ast_type is ASTType.Rule and statement.head.ast_type is ASTType.Literal:
            atom = statement.head.atom
            body = bool(statement.body)
            if atom.ast_type is ASTType.SymbolicAtom:
                term = atom.symbol
                while term.ast_type is ASTType.Pool:
                    term = term.arguments[0]
                name, arguments = str(term.name), _arguments(term)
        found.append((str(statement), name, arguments, body))

    parse_string(encodings.text(file), read)
    return tuple(found)


def _arguments(term: AST) -> tuple[str, ...]:
    """Arguments of a term as text, those of a tuple one by one."""
    flat: list[str] = []
    for argument in term.arguments:
        is_tuple = argument.ast_type is ASTType.Function and not argument.name
        flat.extend(str(part) for part in argument.arguments) if is_tuple else flat.append(str(argument))
    return tuple(flat)


@lru_cache(maxsize=256)
def cut_text(file: str, cuts: Cuts = (), dropped: tuple[str, ...] = ()) -> str:
    """An encoding file whose rules for the cut predicates carry the conditions.

    dropped: named rules that are left out with their requirements and constraints.
    """
    conditions = dict(cuts)
    guards = [f"{guard}({name}(" for guard in ("hold", "requirement") for name in dropped]
    lines: list[str] = []
    for text, name, arguments, body in statements(file):
        if any(guard in text for guard in guards):
            continue
        added = [one.format(*arguments) for one in conditions.get(name, ())]
        if added:
            lines.append(text.removesuffix(".") + ("; " if body else " :- ") + "; ".join(added) + ".")
        else:
            lines.append(text)
    return "\n".join(lines) + "\n"


@lru_cache(maxsize=16)
def rules_of(file: str, heads: tuple[str, ...]) -> str:
    """The rules of an encoding file whose head is one of the predicates."""
    return "\n".join(text for text, name, _, _ in statements(file) if name in heads) + "\n"
