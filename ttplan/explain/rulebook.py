"""The named rules as explanations list them, and terms of the encodings as people write them."""

from __future__ import annotations

from functools import lru_cache

from clingo import Symbol, SymbolType

from ttplan.rules.messages import Rule, sentence
from ttplan.rules.messages import rules as deciding_rules

GIVEN_LAYOUT = Rule(
    "given_layout",
    "a buffer that is not free lies where the kernel says",
    "docs/kernels.md: layout, place",
    "layouts.lp",
)
"""A fact for the deciding program, a requirement that can be left out for explanations (legality.lp)."""


@lru_cache(maxsize=1)
def rules() -> dict[str, Rule]:
    """Every named rule, by name, in the order of the encodings."""
    return {**deciding_rules(), GIVEN_LAYOUT.name: GIVEN_LAYOUT}


def plain(symbol: Symbol) -> str:
    """A symbol as people write it: `"A"` -> `A`, `add(0)` -> `add0`."""
    if symbol.type is SymbolType.String:
        return symbol.string
    if symbol.type is SymbolType.Function and symbol.name == "add":
        return f"add{symbol.arguments[0].number}"
    return str(symbol)


__all__ = ["Rule", "plain", "rules", "sentence"]
