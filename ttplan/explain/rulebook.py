"""The named rules: the message that stands beside each in the encodings, filled with a requirement's numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from clingo import Symbol, SymbolType, parse_term
from clingo.ast import AST, ASTType, parse_string

from ttplan.facts.build import L1_UNIT
from ttplan.facts.pin_words import BUFFER_PLACES, FRIENDLY, LAYOUTS, PROPERTIES, STREAM_PLACES
from ttplan.rules import encodings

LAYOUT_WORDS = {kind: text for text, kind in LAYOUTS.items()}
BYTES = ("l1_capacity", "dram_capacity")
"""Rules whose first argument is in L1 units."""


@dataclass(frozen=True)
class Rule:
    """One named rule: message with `{0}`, `{1}` for the arguments of its requirement, where it comes from,
    and the file that states it.
    """

    name: str
    message: str
    source: str
    file: str


GIVEN_LAYOUT = Rule(
    "given_layout",
    "a buffer that is not free lies where the kernel says",
    "docs/kernels.md: layout, place",
    "encodings/layouts.lp",
)
"""A fact for the deciding program, a requirement that can be left out for explanations (legality.lp)."""


def rules_in(text: str, file: str, predicate: str = "rule") -> dict[str, Rule]:
    """The named rules of a program text, by name. predicate: of the facts that name them."""
    found: dict[str, Rule] = {}

    def read(statement: AST) -> None:
        words = str(statement)
        if statement.ast_type is ASTType.Rule and words.startswith(f"{predicate}("):
            name, message, source = parse_term(words.removesuffix(".")).arguments
            found[name.name] = Rule(name.name, message.string, source.string, file)

    parse_string(text, read)
    return found


@lru_cache(maxsize=1)
def rules() -> dict[str, Rule]:
    """Every named rule of the deciding program, in reading order, and the one that only explanations state."""
    found: dict[str, Rule] = {}
    for file in encodings.DECIDE:
        found |= rules_in(encodings.text(file), f"encodings/{file}.lp")
    return found | {GIVEN_LAYOUT.name: GIVEN_LAYOUT}


@lru_cache(maxsize=1)
def derivations() -> dict[str, Rule]:
    """What each decision that no choice makes follows from, by the kind of decision."""
    found: dict[str, Rule] = {}
    for file in dict.fromkeys((*encodings.DECIDE, *encodings.TABLES)):
        found |= rules_in(encodings.text(file), f"encodings/{file}.lp", "derived")
    return found


def derivation(decision: str) -> Rule:
    """What a decision without a choice follows from, by its name: `A.movement`, `cb in0`, `per_core`."""
    return derivations()[decision.rpartition(".")[2].partition(" ")[0]]


def plain(symbol: Symbol) -> str:
    """A symbol as people write it: `"A"` -> `A`, `add(0)` -> `add0`."""
    if symbol.type is SymbolType.String:
        return symbol.string
    if symbol.type is SymbolType.Function and symbol.name == "add":
        return f"add{symbol.arguments[0].number}"
    return str(symbol)


@lru_cache(maxsize=1)
def _forms() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The pins of one atom: name -> how the atom is written."""
    forms = {name: form for name, form in FRIENDLY.items() if form.count("(") == 1}
    return tuple(
        (name, re.compile(re.escape(form).replace(re.escape("{}"), r"(\w+)")))
        for name, form in reversed(forms.items())
    )


def friendly(atom: Symbol) -> str:
    """A decision as a person pins it: `grid(8,4)` -> `grid=8x4`."""
    for what, form in PROPERTIES.items():
        if form.startswith(f"{atom.name}("):
            values = [plain(argument) for argument in atom.arguments]
            name = values.pop((BUFFER_PLACES | STREAM_PLACES)[atom.name])
            return f"{name}.{what}={'x'.join(LAYOUT_WORDS.get(value, value) for value in values)}"
    for name, pattern in _forms():
        match = pattern.fullmatch(str(atom))
        if match is not None:
            return f"{name}={'x'.join(match.groups())}"
    return str(atom)


def sentence(rule: Rule, requirement: Symbol) -> str:
    """The message of a rule with the numbers of one of its requirements."""
    values = [plain(argument) for argument in requirement.arguments]
    if rule.name in BYTES:
        values[0] = str(requirement.arguments[0].number * L1_UNIT)
    return rule.message.format(*values)
