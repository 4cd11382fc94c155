"""Changes that make an impossible problem possible: pins dropped or moved, and changes of the document, each solved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import combinations, islice

from clingo import Function, Number, String, Symbol, SymbolType

from ttplan.explain.changes import (
    SMALLEST,
    format_changes,
    formats_together,
    freed_words,
    freely,
    layout_changes,
    layouts_together,
    less_reserved,
    register_changes,
    reserving,
    without,
)
from ttplan.explain.decisions import decisions_of, short
from ttplan.explain.legality import Legality
from ttplan.explain.results import Need, Relaxation
from ttplan.explain.values import distance, nearest, split
from ttplan.explain.variants import (
    Variant,
    best_plan,
    pin_of,
    rebuilt,
    totals,
    with_layout,
    with_rules,
    without_pin,
)
from ttplan.facts.pins import Pin
from ttplan.plan import Plan
from ttplan.rules import own
from ttplan.rules.problem import Problem, TimeLimit

GROUPS = 5
"""Groups of pins whose dropping is tried when no single change helps."""
NEAR = 2
"""Other values that are tried for each pin of a conflict."""


def relax(
    problem: Problem,
    legality: Legality,
    found: Sequence[Symbol],
    needs: Sequence[Need] = (),
    wishes: int = 0,
    known: Plan | None = None,
) -> tuple[tuple[Relaxation, ...], int]:
    """The cheapest changes that make the problem solvable, each solved; and how many were tried. Wishes
    stay. known: the best plan without the wishes, when there is one.
    """
    kept = {Function("pin", [Number(len(problem.pins.pins) - 1 - index)]) for index in range(wishes)}
    single = list(_single_changes(problem, legality, found, needs, kept, known))
    formats = list(format_changes(problem, legality, needs))
    helped = _solved(single)
    smaller = _solved(formats)
    if not (wishes and smaller):  # who only asks wants the smallest change
        together = list(formats_together(problem, legality, needs))
        formats += together
        smaller += _solved(together)
    helped += smaller
    tried = len(single) + len(formats)
    if not helped:
        least = [
            *format_changes(problem, legality, needs, SMALLEST),
            *formats_together(problem, legality, needs, SMALLEST),
        ]
        helped = _solved(least)
        tried += len(least)
    if not helped:
        joint = [
            *_joint_changes(problem, legality, kept),
            *layouts_together(problem, legality),
            *_freed_and_moved(problem, legality, found, kept),
        ]
        helped = _solved(joint)
        tried += len(joint)
    if not helped:
        every = list(_enough(problem, legality, kept))
        helped = _solved(every)
        tried += len(every)
    helped.sort(key=lambda one: tuple(one.totals.model_dump().values()))
    return tuple(helped), tried


def _solved(variants: Sequence[Variant]) -> list[Relaxation]:
    """The variants that have a plan, each solved; one whose time runs out does not count."""
    helped = []
    for variant in variants:
        try:
            plan = variant.plan or best_plan(variant.problem, outline=True)
        except TimeLimit:
            continue
        if plan is not None:
            helped.append(Relaxation(changes=variant.changes, totals=totals(plan), decisions=short(plan)))
    return helped


def _single_changes(
    problem: Problem,
    legality: Legality,
    found: Sequence[Symbol],
    needs: Sequence[Need],
    kept: set[Symbol],
    known: Plan | None,
) -> Iterator[Variant]:
    for item in found:
        if item.name == "pin":
            pin = pin_of(problem, item)
            if item not in kept and legality.possible_without((item,)):
                yield Variant((_dropped(pin),), without(without_pin(problem, pin), legality, (item,)))
            as_is = _as_planned(problem, legality, item, kept, known) if item in kept and known else None
            if as_is is not None:
                yield as_is
            else:
                yield from _moved(problem, legality, item, pin, item in kept)
    yield from _fewer_rules(problem, found)
    found = [item for item in found if item not in kept]
    for name in sorted({buffer for item in found for buffer in _buffers_of(problem, item)}):
        if legality.possible_without(legality.stated(name)):
            yield from layout_changes(problem, legality, name)
    yield from less_reserved(problem, needs)
    if any(item.name == "dst_capacity" for item in found):
        yield from register_changes(problem)


def _fewer_rules(problem: Problem, found: Sequence[Symbol]) -> Iterator[Variant]:
    for rule in own.required(problem.options.rules, found):
        rules = own.without(problem.options.rules, rule)
        yield Variant((f"drop rule {own.place(rule)}",), with_rules(problem, rules))


def _moved(problem: Problem, legality: Legality, item: Symbol, pin: Pin, asked: bool) -> Iterator[Variant]:
    """The pin with another value for one of its decisions, the nearest two that everything else allows; for all of
    them if no one is enough. asked: who only asks wants the smallest change, so two only if they are as near.
    """
    others = [other for other in legality.requirements if other != item]
    wanted = [legality.atoms_of(literal) for literal in pin.atoms]
    enough = False
    for place, atoms in enumerate(wanted):
        if len(atoms) != 1:
            continue
        held = [(atom, True) for index, rest in enumerate(wanted) if index != place for atom in rest]
        least: int | None = None
        for atom in islice(nearest(legality, atoms[0], others, held), NEAR):
            far = distance(atoms[0], atom)
            if asked and least is not None and far > least:
                break
            least, enough = far, True
            yield _with_values(problem, legality, pin, {place: atom})
    if enough or len(wanted) < 2 or any(len(atoms) != 1 for atoms in wanted):
        return
    chosen: dict[int, Symbol] = {}
    for place, (atom,) in enumerate(wanted):
        held = [(value, True) for value in chosen.values()]
        value = next(nearest(legality, atom, others, held), None)
        if value is None:
            return
        chosen[place] = value
    yield _with_values(problem, legality, pin, chosen)


def _with_values(problem: Problem, legality: Legality, pin: Pin, chosen: Mapping[int, Symbol]) -> Variant:
    """The problem with other values in these places of a pin, which the rules allow."""
    literals = tuple(
        str(chosen[place]) if place in chosen else literal for place, literal in enumerate(pin.atoms)
    )
    pins = tuple(replace(pin, literals=literals) if one == pin else one for one in problem.pins.pins)
    changes = tuple(
        f"{legality.words(atom)} instead of {legality.words(legality.atoms_of(pin.atoms[place])[0])}"
        for place, atom in chosen.items()
    )
    return Variant(changes, replace(problem, pins=replace(problem.pins, pins=pins), possible=True))


def _as_planned(
    problem: Problem, legality: Legality, item: Symbol, wishes: Set[Symbol], known: Plan
) -> Variant | None:
    """A wish about a decision in words as the best plan without wishes has it, which then is the best with them.

    Words are all as far from each other; a number has nearer ones. Nothing if the plan lacks another wish.
    """
    made = decisions_of(known)
    wanted = {
        wish: [atom for literal in pin_of(problem, wish).atoms for atom in legality.atoms_of(literal)]
        for wish in wishes
    }
    if len(wanted[item]) != 1:
        return None
    (atom,) = wanted[item]
    if all(value.type is SymbolType.Number for value in split(atom)[1]):
        return None
    name, _, value = legality.words(atom).partition("=")
    others = [legality.words(atom) for wish in wishes - {item} for atom in wanted[wish]]
    if made.get(name, value) == value or not {f"{key}={one}" for key, one in made.items()}.issuperset(others):
        return None
    return Variant((f"{name}={made[name]} instead of {name}={value}",), problem, known)


def _dropped(pin: Pin) -> str:
    return f"drop {pin.source}"


def _buffers_of(problem: Problem, requirement: Symbol) -> Iterator[str]:
    names = {buffer.name for buffer in problem.flow.kernel.buffers if buffer.io is not None}
    for argument in requirement.arguments:
        if argument.type == String("").type and argument.string in names:
            yield argument.string


def _freed_and_moved(
    problem: Problem, legality: Legality, found: Sequence[Symbol], kept: Set[Symbol]
) -> Iterator[Variant]:
    """A wish about a buffer with another value, and the buffer where the planner wants it."""
    for item in (item for item in found if item in kept):
        wish = pin_of(problem, item)
        for given in (one for one in found if one.name == "given_layout"):
            name = given.arguments[0].string
            others = [one for one in legality.requirements if one not in (item, *legality.stated(name))]
            wanted = [atom for literal in wish.atoms for atom in legality.atoms_of(literal)]
            value = next(nearest(legality, wanted[0], others), None) if len(wanted) == 1 else None
            if value is not None:
                free = with_layout(problem, name, None, "free")
                moved = _with_values(free, legality, wish, {0: value})
                yield replace(moved, changes=(freely(name), *moved.changes))


def _enough(problem: Problem, legality: Legality, kept: Set[Symbol]) -> Iterator[Variant]:
    """All that the user fixed and that no plan can obey beside the rest of it, taken in order; with it the reserved L1
    where nothing else is enough.
    """
    buffers = [item.arguments[0].string for item in legality.requirements if item.name == "given_layout"]
    pins = [item for item in legality.requirements if item.name == "pin" and item not in kept]
    fixed = {*pins, *(item for name in buffers for item in legality.stated(name))}
    held = [item for item in legality.requirements if item not in fixed]
    changes: tuple[str, ...] = ()
    kernel = problem.flow.kernel
    if not legality.possible(held) and kernel.reserve.l1_bytes:
        changes = (freed_words(kernel.reserve.l1_bytes, kernel.reserve.l1_bytes),)
        kernel = reserving(kernel, 0)
        legality = Legality(rebuilt(problem, kernel), problem.obeyed())
        held = [item for item in legality.requirements if item not in fixed]
    if not legality.possible(held):
        return
    changed = rebuilt(problem, kernel)
    for name in buffers:
        if legality.possible([*held, *legality.stated(name)]):
            held += legality.stated(name)
        else:
            changed = with_layout(changed, name, None, "free")
            changes += (freely(name),)
    for item in pins:
        if legality.possible([*held, item]):
            held.append(item)
        else:
            pin = pin_of(problem, item)
            changed = without_pin(changed, next(one for one in changed.pins.pins if one == pin))
            changes += (_dropped(pin),)
    yield Variant(changes, replace(changed, possible=True))


def _joint_changes(problem: Problem, legality: Legality, kept: set[Symbol]) -> Iterator[Variant]:
    """Pairs, then triples of pins to drop, the first of each size that the rules allow."""
    pins = [item for item in legality.requirements if item.name == "pin" and item not in kept]
    for size in (2, 3):
        hits = 0
        for group in combinations(pins, size):
            if not legality.possible_without(group):
                continue
            dropped = [pin_of(problem, item) for item in group]
            changed = problem
            for pin in dropped:
                changed = without_pin(changed, pin)
            yield Variant(tuple(_dropped(pin) for pin in dropped), changed)
            hits += 1
            if hits == GROUPS:
                break
        if hits:
            return
