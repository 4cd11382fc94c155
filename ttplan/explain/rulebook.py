"""The named rules of the encodings: message, source, and how a violated requirement reads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from clingo import Symbol, SymbolType, parse_term
from clingo.ast import AST, ASTType, parse_string

from ttplan.facts.build import L1_UNIT
from ttplan.rules import encodings


@dataclass(frozen=True)
class Rule:
    """One named rule. message: `{0}`, `{1}` stand for the arguments of its requirement; file: the encoding
    it is in.
    """

    name: str
    message: str
    source: str
    file: str


SCALES: dict[str, tuple[int, ...]] = {"l1_capacity": (L1_UNIT,)}
"""Factors that turn the arguments of a requirement into the unit of its message."""


def _rules_in(file: str) -> tuple[Rule, ...]:
    found: list[Rule] = []

    def read(statement: AST) -> None:
        text = str(statement)
        if statement.ast_type is ASTType.Rule and text.startswith("rule("):
            name, message, source = parse_term(text.removesuffix(".")).arguments
            found.append(Rule(name.name, message.string, source.string, f"{file}.lp"))

    parse_string(encodings.text(file), read)
    return tuple(found)


@lru_cache(maxsize=1)
def rules() -> dict[str, Rule]:
    """Every named rule, by name, in the order of the encodings."""
    return {rule.name: rule for file in (*encodings.files(), "legality") for rule in _rules_in(file)}


def plain(symbol: Symbol) -> str:
    """A symbol as people write it: `"A"` -> `A`, `add(0)` -> `add0`."""
    if symbol.type is SymbolType.String:
        return symbol.string
    if symbol.type is SymbolType.Function and symbol.name == "add":
        return f"add{symbol.arguments[0].number}"
    return str(symbol)


def sentence(requirement: Symbol) -> str:
    """The message of a requirement with its numbers. Raises KeyError for a rule without a name."""
    scales = SCALES.get(requirement.name, ())
    values = []
    for index, argument in enumerate(requirement.arguments):
        if argument.type is SymbolType.Number and index < len(scales):
            values.append(str(argument.number * scales[index]))
        else:
            values.append(plain(argument))
    return rules()[requirement.name].message.format(*values)
