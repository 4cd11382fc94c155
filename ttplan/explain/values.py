"""Which values a decision can have, those nearest to a wanted one first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clingo import Symbol, SymbolType

from ttplan.explain.legality import Legality
from ttplan.facts.pin_words import BUFFER_PLACES, CIRCULAR_PLACES, STREAM_PLACES

MISSES = 3
"""So many values in a row are impossible before the next possible one is looked for by halving."""
SUBJECTS = {"out_block": 0, "per_core": 0} | BUFFER_PLACES | STREAM_PLACES | CIRCULAR_PLACES
"""Decisions that there are several of, and which argument says what one is about; the others are its value."""


def nearest(
    legality: Legality,
    wanted: Symbol,
    requirements: Sequence[Symbol],
    beside: Sequence[tuple[Symbol, bool]] = (),
) -> Iterator[Symbol]:
    """The values a decision can have under these requirements beside some atoms, those nearest to a wanted
    one first.
    """
    subject, value = split(wanted)
    same = [
        atom
        for atom in legality.domain(wanted.name, len(wanted.arguments))
        if split(atom)[0] == subject and atom != wanted
    ]
    same.sort(key=lambda atom: (_distance(value, split(atom)[1]), atom))
    yield from _possible(legality, same, requirements, beside)


def split(atom: Symbol) -> tuple[list[Symbol], list[Symbol]]:
    """What a decision is about, and its value."""
    place = SUBJECTS.get(atom.name)
    if place is None:
        return [], atom.arguments
    return [atom.arguments[place]], [*atom.arguments[:place], *atom.arguments[place + 1 :]]


def _possible(
    legality: Legality,
    values: Sequence[Symbol],
    requirements: Sequence[Symbol],
    beside: Sequence[tuple[Symbol, bool]],
) -> Iterator[Symbol]:
    """Those of a decision's values that it can have, in their order: one after the other, by halving after some in a
    row that it cannot.
    """
    place = misses = 0
    upto: Sequence[Symbol] = ()
    while place < len(values):
        if misses < MISSES:
            if legality.possible(requirements, [*beside, (values[place], True)]):
                misses = 0
                yield values[place]
            else:
                misses += 1
            place += 1
            continue
        upto = upto or legality.prefixes(values)
        passed = [*beside, *((value, False) for value in values[:place])]
        low, high = place, len(values)  # not among the first `low`
        while low < high:
            middle = (low + high) // 2 if high < len(values) else high - 1
            if legality.possible(requirements, [*passed, (upto[middle], True)]):
                high = middle
            else:
                low = middle + 1
        if low < len(values):
            yield values[low]
        place, misses = low + 1, 0


def distance(wanted: Symbol, value: Symbol) -> int:
    """How far a value of a decision is from a wanted one."""
    return _distance(split(wanted)[1], split(value)[1])


def _distance(left: Sequence[Symbol], right: Sequence[Symbol]) -> int:
    """How far apart two values are: numbers by their difference, words by being another."""
    total = 0
    for one, other in zip(left, right, strict=True):
        numbers = one.type is SymbolType.Number and other.type is SymbolType.Number
        total += abs(one.number - other.number) if numbers else one != other
    return total
