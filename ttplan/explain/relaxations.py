"""Changes that make an impossible problem possible: pins dropped or moved, layouts, formats, L1 that is freed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from functools import partial
from itertools import combinations, islice

from clingo import Function, Number, String, Symbol, SymbolType

from ttplan.explain.decisions import decisions_of, short
from ttplan.explain.legality import Legality
from ttplan.explain.results import Need, Relaxation
from ttplan.explain.variants import (
    Variant,
    attempt,
    best_plan,
    pin_of,
    rebuilt,
    totals,
    with_dtype,
    with_layout,
    with_rules,
    without_pin,
)
from ttplan.facts.pins import Pin
from ttplan.formats import FORMATS
from ttplan.kernel import Layout
from ttplan.plan import Plan
from ttplan.rules import own
from ttplan.rules.problem import Problem, TimeLimit

GROUPS = 5
"""Groups of pins whose dropping is tried when no single change helps."""
NEAR = 2
"""Other values that are tried for each pin of a conflict; for what is only asked about, one."""
MISSES = 3
"""So many values in a row are impossible before the next possible one is looked for by halving."""
SMALLER = ("bfloat16", "bfloat8_b")
"""Formats that save memory."""
L1_KINDS = ("interleaved", "height", "width", "block")
"""Layouts in L1."""
PLACES = ("given_layout", "shard_shape", "shard_grid")
"""Requirements that a kernel's own words about a buffer make."""
KEYS = {"out_block": 1, "per_core": 1, "cb_depth": 1, "layout": 1, "movement": 1, "carries": 1}
"""Leading arguments that say what a decision is about; the rest is its value."""


def nearest(
    legality: Legality,
    wanted: Symbol,
    requirements: Sequence[Symbol],
    beside: Sequence[tuple[Symbol, bool]] = (),
) -> Iterator[Symbol]:
    """The values a decision can have under these requirements beside some atoms, those nearest to a wanted
    one first.
    """
    key = KEYS.get(wanted.name, 0)
    same = [
        atom
        for atom in legality.domain(wanted.name, len(wanted.arguments))
        if atom.arguments[:key] == wanted.arguments[:key] and atom != wanted
    ]
    same.sort(key=lambda atom: (_distance(wanted.arguments[key:], atom.arguments[key:]), atom))
    yield from _possible(legality, same, requirements, beside)


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


def _distance(left: Sequence[Symbol], right: Sequence[Symbol]) -> int:
    """How far apart two values are: numbers by their difference, words by being another."""
    total = 0
    for one, other in zip(left, right, strict=True):
        numbers = one.type is SymbolType.Number and other.type is SymbolType.Number
        total += abs(one.number - other.number) if numbers else one != other
    return total


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
    formats = list(_format_changes(problem, legality, needs))
    helped = _solved(single)
    smaller = _solved(formats)
    if not (wishes and smaller):  # who only asks wants the smallest change
        together = list(_formats_together(problem, legality, needs))
        formats += together
        smaller += _solved(together)
    helped += smaller
    tried = len(single) + len(formats)
    if not helped:
        joint = [*_joint_changes(problem, legality, kept), *_layouts_together(problem, legality)]
        helped = _solved(joint)
        tried += len(joint)
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
            if item not in kept and _possible_without(legality, (item,)):
                yield Variant((_dropped(pin),), replace(without_pin(problem, pin), possible=True))
            as_is = _as_planned(problem, legality, item, kept, known) if item in kept and known else None
            if as_is is not None:
                yield as_is
            else:
                yield from _moved(problem, legality, item, pin, 1 if item in kept else NEAR)
    yield from _fewer_rules(problem, found)
    found = [item for item in found if item not in kept]
    for name in sorted({buffer for item in found for buffer in _buffers_of(problem, item)}):
        places = [one for one in legality.requirements if one.name in PLACES]
        if _possible_without(legality, [one for one in places if one.arguments[0] == String(name)]):
            yield from _layout_changes(problem, name)
    reserve = problem.flow.kernel.reserve
    if reserve.l1_bytes and any(need.memory == "L1" for need in needs):
        freed = reserve.model_copy(update={"l1_bytes": 0})
        text = f"free the {reserve.l1_bytes} reserved bytes of L1"
        yield Variant((text,), rebuilt(problem, problem.flow.kernel.model_copy(update={"reserve": freed})))
    if any(item.name == "dst_capacity" for item in found):
        yield from _register_changes(problem)


def _possible_without(legality: Legality, dropped: Sequence[Symbol]) -> bool:
    """Whether the rules allow any plan without some requirements, so that one may be searched for."""
    return legality.possible([item for item in legality.requirements if item not in dropped])


def _fewer_rules(problem: Problem, found: Sequence[Symbol]) -> Iterator[Variant]:
    for rule in own.required(problem.options.rules, found):
        rules = own.without(problem.options.rules, rule)
        yield Variant((f"drop rule {own.place(rule)}",), with_rules(problem, rules))


def without_rules(problem: Problem, found: Sequence[Symbol]) -> tuple[tuple[Relaxation, ...], int]:
    """The plans without one of the user's own rules in a conflict, each solved; and how many were tried."""
    variants = list(_fewer_rules(problem, found))
    return tuple(_solved(variants)), len(variants)


def _moved(problem: Problem, legality: Legality, item: Symbol, pin: Pin, near: int) -> Iterator[Variant]:
    """The pin with another value for one of its decisions, the nearest so many that everything else allows; for all
    of them if no one is enough.
    """
    others = [other for other in legality.requirements if other != item]
    wanted = [legality.atoms_of(literal) for literal in pin.literals]
    enough = False
    for place, atoms in enumerate(wanted):
        if len(atoms) != 1:
            continue
        held = [(atom, True) for index, rest in enumerate(wanted) if index != place for atom in rest]
        for atom in islice(nearest(legality, atoms[0], others, held), near):
            enough = True
            yield _with_values(problem, legality, pin, {place: atom})
    if enough or len(wanted) == 1 or any(len(atoms) != 1 for atoms in wanted):
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
        str(chosen[place]) if place in chosen else literal for place, literal in enumerate(pin.literals)
    )
    pins = tuple(replace(pin, literals=literals) if one is pin else one for one in problem.pins.pins)
    changes = tuple(
        f"{legality.words(atom)} instead of {legality.words(legality.atoms_of(pin.literals[place])[0])}"
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
        wish: [atom for literal in pin_of(problem, wish).literals for atom in legality.atoms_of(literal)]
        for wish in wishes
    }
    if len(wanted[item]) != 1:
        return None
    (atom,) = wanted[item]
    if all(value.type is SymbolType.Number for value in atom.arguments[KEYS.get(atom.name, 0) :]):
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


def _layout_changes(problem: Problem, name: str) -> Iterator[Variant]:
    """Another layout of a buffer that stays where it is, or the planner's choice, which the rules allow."""
    kernel = problem.flow.kernel
    buffer = kernel.buffer(name)
    assert buffer is not None
    entry = kernel.layout.get(name)
    given = buffer.place == "given" or buffer.io == "in" or entry is not None
    if not given:
        return
    interleaved = Layout(memory="DRAM", layout="interleaved")
    if entry is not None and (entry.memory, entry.layout) != ("DRAM", "interleaved"):
        found = attempt(
            (f"{name} in DRAM/interleaved",), lambda: with_layout(problem, name, interleaved, "given")
        )
        if found is not None:
            yield found
        if buffer.io == "in":
            return
    choice = f"let the planner choose where {name} lies (place: free)"
    found = attempt((choice,), lambda: with_layout(problem, name, None, "free"))
    if found is not None:  # asked of legality already
        yield replace(found, problem=replace(found.problem, possible=True))


def _layouts_together(problem: Problem, legality: Legality) -> Iterator[Variant]:
    """Everything that the kernel puts elsewhere in DRAM, interleaved, where one buffer alone is not enough."""
    interleaved = {"memory": "DRAM", "layout": "interleaved", "nd_shard": None, "orientation": None}
    names = [
        name
        for name, entry in problem.flow.kernel.layout.items()
        if (entry.memory, entry.layout) not in ((None, None), ("DRAM", "interleaved"))
    ]
    places = [one for one in legality.requirements if one.name in PLACES]
    stated = [one for one in places if one.arguments[0].string in names]
    if len(names) > 1 and _possible_without(legality, stated):
        layout = problem.flow.kernel.layout
        moved = {name: layout[name].model_copy(update=interleaved) for name in names}
        kernel = problem.flow.kernel.model_copy(update={"layout": {**layout, **moved}})
        text = f"{', '.join(names[:-1])} and {names[-1]} in DRAM/interleaved"
        found = attempt((text,), lambda: rebuilt(problem, kernel))
        if found is not None:
            yield found


def _format_changes(problem: Problem, legality: Legality, needs: Sequence[Need]) -> Iterator[Variant]:
    """A smaller format of one buffer, where memory is short."""
    for dtype in SMALLER:
        for name in _larger(problem, dtype):
            yield from _reformatted(problem, legality, needs, (name,), dtype)


def _formats_together(problem: Problem, legality: Legality, needs: Sequence[Need]) -> Iterator[Variant]:
    """A smaller format of several buffers, where memory is short."""
    for dtype in SMALLER:
        names = _larger(problem, dtype)
        if len(names) > 1:
            yield from _reformatted(problem, legality, needs, names, dtype)


def _larger(problem: Problem, dtype: str) -> tuple[str, ...]:
    """Buffers in a larger floating-point format."""
    return tuple(
        buffer.name
        for buffer in problem.flow.kernel.buffers
        if buffer.io is not None
        and FORMATS[buffer.dtype].kind != "integer"
        and FORMATS[dtype].tile_bytes < FORMATS[buffer.dtype].tile_bytes
    )


def _reformatted(
    problem: Problem, legality: Legality, needs: Sequence[Need], names: tuple[str, ...], dtype: str
) -> Iterator[Variant]:
    """Nothing when memory is short even so: in DRAM, or in L1 for a buffer that overfills it by itself."""
    if not needs or _too_large(problem, legality, names, dtype) or _too_little(names, dtype, needs):
        return
    found = attempt((f"{', '.join(names)} as {dtype}",), partial(with_dtype, problem, names, dtype))
    if found is not None:
        yield found


def _too_large(problem: Problem, legality: Legality, names: Sequence[str], dtype: str) -> bool:
    """Whether a buffer that is pinned to L1 exceeds it, even spread over all cores, with these in another format."""
    pinned = {literal for pin in problem.pins.pins for literal in pin.literals}
    overfull = {(atom.arguments[0].string, atom.arguments[1].name) for atom in legality.domain("overfull", 2)}
    return any(
        (buffer.name, dtype if buffer.name in names else buffer.dtype) in overfull
        for buffer in problem.flow.kernel.buffers
        if any(f'layout("{buffer.name}",l1_{kind})' in pinned for kind in L1_KINDS)
    )


def _too_little(names: Sequence[str], dtype: str, needs: Sequence[Need]) -> bool:
    """Whether memory is short even with these buffers in another format. DRAM holds them whatever the plan is. No plan
    needs less of L1 than the least one, shrunk by as much as any format can, and again by half: intermediate tiles, no
    more than the others, may come to lie on those.
    """
    smallest = FORMATS[dtype].tile_bytes
    for need in (need for need in needs if need.memory == "L1"):
        largest = max((FORMATS[one.dtype].tile_bytes for one in need.occupants), default=smallest)
        if need.needed * smallest // largest // 2 > need.available:
            return True
    for need in (need for need in needs if need.memory == "DRAM"):
        left = need.needed
        for one in need.occupants:
            if one.buffer in names:
                left -= one.bytes - one.bytes // FORMATS[one.dtype].tile_bytes * smallest
        if left > need.available:
            return True
    return False


def _register_changes(problem: Problem) -> Iterator[Variant]:
    kernel = problem.flow.kernel
    for name, value in (("fp32_dest_acc_en", False), ("dst_full_sync_en", True)):
        if getattr(kernel.compute, name) != value:
            compute = kernel.compute.model_copy(update={name: value})
            text = f"compute.{name} = {str(value).lower()}"
            yield Variant((text,), rebuilt(problem, kernel.model_copy(update={"compute": compute})))


def _joint_changes(problem: Problem, legality: Legality, kept: set[Symbol]) -> Iterator[Variant]:
    """Pairs, then triples of pins to drop, the first of each size that the rules allow."""
    pins = [item for item in legality.requirements if item.name == "pin" and item not in kept]
    for size in (2, 3):
        hits = 0
        for group in combinations(pins, size):
            if not _possible_without(legality, group):
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
