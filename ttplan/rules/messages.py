"""Requirements in words: the message that stands beside each rule, filled with the numbers of the
requirement.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from clingo import Symbol, SymbolType, parse_term
from clingo.ast import AST, ASTType, parse_string

from ttplan.facts.build import L1_UNIT
from ttplan.rules import encodings
from ttplan.rules.search import Infeasible

BYTES = {"l1_capacity": L1_UNIT, "dram_capacity": L1_UNIT}
"""Rules whose first argument is in units of so many bytes."""


@dataclass(frozen=True)
class Rule:
    """One named rule: message with `{0}`, `{1}` for the arguments of its requirement, and where it comes
    from.
    """

    name: str
    message: str
    source: str
    file: str


@lru_cache(maxsize=1)
def rules() -> dict[str, Rule]:
    """Every named rule of the deciding program, in reading order."""
    found: dict[str, Rule] = {}
    for file in encodings.DECIDE:

        def read(statement: AST, file: str = file) -> None:
            text = str(statement)
            if statement.ast_type is ASTType.Rule and text.startswith("rule("):
                name, message, source = parse_term(text.removesuffix(".")).arguments
                found[name.name] = Rule(name.name, message.string, source.string, f"{file}.lp")

        parse_string(encodings.text(file), read)
    return found


def _plain(symbol: Symbol) -> str:
    return symbol.string if symbol.type is SymbolType.String else str(symbol)


def sentence(requirement: Symbol) -> str:
    """The message of a requirement with its numbers; subjects without a place in the message lead it."""
    rule = rules()[requirement.name]
    values = [_plain(argument) for argument in requirement.arguments]
    if requirement.name in BYTES:
        values[0] = str(requirement.arguments[0].number * BYTES[requirement.name])
    return rule.message.format(*values)


def conflict_text(error: Infeasible) -> str:
    """The conflict for people: what cannot hold together, each line with its source."""
    if not error.conflict:
        return "no plan exists: the problem has no legal division into blocks\n"
    lines = ["no plan exists: these cannot hold together (no smaller part of them is a conflict)"]
    for requirement in error.conflict:
        if requirement.name == "pin":
            lines.append(f"  - you asked for {error.pins[requirement.arguments[0].number].source}")
        else:
            rule = rules()[requirement.name]
            lines.append(f"  - {sentence(requirement)}  [{rule.name}: {rule.source}]")
    return "\n".join(lines) + "\n"
