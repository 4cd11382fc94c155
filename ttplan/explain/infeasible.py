"""Why there is no plan: a minimal conflict, the L1 it needs, and the cheapest changes that help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import combinations

from clingo import Function, Number, String, Symbol

from ttplan.errors import InternalError
from ttplan.explain.decisions import short
from ttplan.explain.legality import Atoms, Legality
from ttplan.explain.results import L1Need, Member, Occupant, Relaxation, Story
from ttplan.explain.rulebook import plain, rules, sentence
from ttplan.explain.variants import (
    COMMAND_LINE,
    Variant,
    attempt,
    best_plan,
    rebuilt,
    totals,
    with_dtype,
    with_layout,
    without_pin,
)
from ttplan.facts.build import L1_UNIT
from ttplan.facts.pins import Pin
from ttplan.formats import FORMATS
from ttplan.kernel import Layout
from ttplan.rules.search import Infeasible, Problem

KEPT = 5
"""Relaxations that are reported; more are tried."""
KEYS = {"out_block": 1, "per_core": 1, "cb_depth": 1, "layout": 1, "movement": 1}
"""Leading arguments that say what a decision is about; the rest is its value."""


def infeasible(problem: Problem, error: Infeasible | None = None) -> Story:
    """The story of a problem without a plan. Raises InternalError when it has one.

    error: what the search raised; the story is derived anew, with every requirement that can be left out.
    """
    return tell(problem, Legality(problem))


def tell(problem: Problem, legality: Legality, wishes: int = 0) -> Story:
    """The story, given the grounded legality program of the problem. wishes: how many of the last pins are
    asked about.
    """
    found = legality.conflict()
    if found is None:
        if problem.options.rules:
            return _rules_of_the_user(problem)
        raise InternalError("the search found no plan, but the rules allow one")
    kernel, device = problem.flow.kernel, problem.device
    relaxations, tried = relax(problem, legality, found, wishes)
    return Story(
        kernel=kernel.name,
        device=device.name,
        conflict=tuple(member_of(problem, item, wishes) for item in found),
        allowed=_allowed(problem, legality, found),
        l1=l1_need(problem, legality, found),
        relaxations=relaxations,
        tried=tried,
    )


def _rules_of_the_user(problem: Problem) -> Story:
    members = tuple(
        Member(kind="rule", name=file, message="the rules of this file exclude every plan", source="--rules")
        for file, _ in problem.options.rules
    )
    return Story(
        kernel=problem.flow.kernel.name, device=problem.device.name, conflict=members, relaxations=(), tried=0
    )


def member_of(problem: Problem, requirement: Symbol, wishes: int = 0) -> Member:
    """A requirement in words: the user's own for pins and layouts, the rule's message with numbers for the
    rest.
    """
    if requirement.name == "pin":
        index = requirement.arguments[0].number
        pin = problem.pins.pins[index]
        where = "command line" if pin.source.startswith(COMMAND_LINE) else "kernel document"
        if index >= len(problem.pins.pins) - wishes:
            where = "asked for"
        return Member(kind="pin", name=pin.source, message=" and ".join(pin.literals), source=where)
    if requirement.name == "given_layout":
        name = requirement.arguments[0].string
        return Member(
            kind="layout", name=name, message=_layout_words(problem, name), source="kernel document"
        )
    rule = rules()[requirement.name]
    return Member(kind="rule", name=rule.name, message=sentence(requirement), source=rule.source)


def _layout_words(problem: Problem, name: str) -> str:
    entry = problem.flow.kernel.layout.get(name)
    if entry is None or (entry.memory, entry.layout, entry.nd_shard) == (None, None, None):
        return f"{name} stays where it is: DRAM/interleaved (inputs do, unless their place is free)"
    words = f"{name} lies in {entry.memory or 'L1'}/{entry.layout or ('sharded' if entry.nd_shard else 'interleaved')}"
    shard = entry.nd_shard
    if shard is not None and shard.shard_shape_elems is not None and shard.grid is not None:
        sides = " x ".join(map(str, shard.shard_shape_elems))
        words += f", shards of {sides} elements, {' x '.join(map(str, shard.grid))} of them"
    return words


def _allowed(problem: Problem, legality: Legality, found: Sequence[Symbol]) -> tuple[str, ...]:
    """When one pin alone is impossible: the values its decision can have, nearest first."""
    if len(found) != 1 or found[0].name != "pin":
        return ()
    pin = problem.pins.pins[found[0].arguments[0].number]
    for wanted in (atom for literal in pin.literals for atom in legality.atoms_of(literal)):
        if legality.possible((), [(wanted, True)]):
            continue
        key = KEYS.get(wanted.name, 0)
        same = [
            atom
            for atom in legality.domain(wanted.name, len(wanted.arguments))
            if atom.arguments[:key] == wanted.arguments[:key] and legality.possible((), [(atom, True)])
        ]
        near = sorted(same, key=lambda atom: (_distance(wanted.arguments[key:], atom.arguments[key:]), atom))
        return tuple(plain(atom) for atom in near[:8])
    return ()


def _distance(left: Sequence[Symbol], right: Sequence[Symbol]) -> int:
    total = 0
    for one, other in zip(left, right, strict=True):
        if one.type == other.type == Number(0).type:
            total += abs(one.number - other.number)
        else:
            total += one != other
    return total


def l1_need(problem: Problem, legality: Legality, found: Sequence[Symbol]) -> L1Need | None:
    """What fills L1 when everything else is satisfied with as little of it as possible; None when memory is
    no part of it.
    """
    if not any(item.name == "l1_capacity" for item in found):
        return None
    others = [item for item in legality.requirements if item.name != "l1_capacity"]
    atoms = legality.least_l1(others)
    if atoms is None:
        atoms = legality.least_l1([item for item in found if item.name != "l1_capacity"])
    if atoms is None:
        return None
    occupants = tuple(_occupants(problem, atoms))
    device, reserved = problem.device, problem.flow.kernel.reserve.l1_bytes
    return L1Need(
        occupants=occupants,
        needed=sum(one.bytes for one in occupants),
        available=max(device.l1_usable - reserved, 0) // L1_UNIT * L1_UNIT,
        reserved=reserved,
        base=device.l1.base,
        capacity=device.l1.bytes,
    )


def _occupants(problem: Problem, atoms: Atoms) -> Iterator[Occupant]:
    kernel = problem.flow.kernel
    dtypes = {buffer.name: buffer.dtype for buffer in kernel.buffers}
    pages = {
        plain(atom.arguments[0]): atom.arguments[1].number for atom in atoms if atom.name == "block_pages"
    }
    depths = {plain(atom.arguments[0]): atom.arguments[1].number for atom in atoms if atom.name == "cb_depth"}
    streams = {plain(atom.arguments[0]): atom.arguments[1].string for atom in atoms if atom.name == "stream"}
    partials = next((atom.arguments[0].name for atom in atoms if atom.name == "partials_format"), "")
    for atom in sorted(atom for atom in atoms if atom.name == "cb_units"):
        role = plain(atom.arguments[0])
        buffer = streams.get(role)
        owner = streams.get({"in0_transposed": "in0", "partials": "out"}.get(role, role), "")
        block = pages.get({"in0_transposed": "in0", "partials": "out"}.get(role, role))
        yield Occupant(
            kind="circular buffer",
            role=role,
            buffer=buffer,
            dtype=partials if role == "partials" else dtypes[owner],
            block_pages=block,
            depth=depths.get(role, 1),
            bytes=atom.arguments[1].number * L1_UNIT,
        )
    for atom in sorted(atom for atom in atoms if atom.name == "resident"):
        name = atom.arguments[0].string
        role = next((stream for stream, buffer in sorted(streams.items()) if buffer == name), name)
        yield Occupant(
            kind="resident buffer",
            role=role,
            buffer=name,
            dtype=dtypes[name],
            bytes=atom.arguments[1].number * L1_UNIT,
        )


def relax(
    problem: Problem, legality: Legality, found: Sequence[Symbol], wishes: int = 0
) -> tuple[tuple[Relaxation, ...], int]:
    """The cheapest changes that make the problem solvable, each solved; and how many were tried. Wishes
    stay.
    """
    kept = {Function("pin", [Number(len(problem.pins.pins) - 1 - index)]) for index in range(wishes)}
    found = [item for item in found if item not in kept]
    helped: list[Relaxation] = []
    tried = 0
    for variant in _single_changes(problem, found):
        tried += 1
        plan = best_plan(variant.problem)
        if plan is not None:
            helped.append(Relaxation(changes=variant.changes, totals=totals(plan), decisions=short(plan)))
    if not helped:
        for variant in _joint_changes(problem, legality, kept):
            tried += 1
            plan = best_plan(variant.problem)
            if plan is not None:
                helped.append(Relaxation(changes=variant.changes, totals=totals(plan), decisions=short(plan)))
    helped.sort(key=lambda one: (*one.totals.model_dump().values(), one.changes))
    return tuple(helped[:KEPT]), tried


def _single_changes(problem: Problem, found: Sequence[Symbol]) -> Iterator[Variant]:
    for item in found:
        if item.name == "pin":
            pin = problem.pins.pins[item.arguments[0].number]
            yield Variant((_dropped(pin),), without_pin(problem, pin))
    for name in sorted({buffer for item in found for buffer in _buffers_of(problem, item)}):
        yield from _layout_changes(problem, name)
    if any(item.name == "l1_capacity" for item in found):
        yield from _memory_changes(problem)
    if any(item.name == "dst_capacity" for item in found):
        yield from _register_changes(problem)


def _dropped(pin: Pin) -> str:
    return f"drop {pin.source}"


def _buffers_of(problem: Problem, requirement: Symbol) -> Iterator[str]:
    names = {buffer.name for buffer in problem.flow.kernel.buffers if buffer.io is not None}
    for argument in requirement.arguments:
        if argument.type == String("").type and argument.string in names:
            yield argument.string


def _layout_changes(problem: Problem, name: str) -> Iterator[Variant]:
    """Another layout of a buffer that stays where it is, or the planner's choice."""
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
    if found is not None:
        yield found


def _memory_changes(problem: Problem) -> Iterator[Variant]:
    kernel = problem.flow.kernel
    if kernel.reserve.l1_bytes:
        reserve = kernel.reserve.model_copy(update={"l1_bytes": 0})
        text = f"free the {kernel.reserve.l1_bytes} reserved bytes of L1"
        yield Variant((text,), rebuilt(problem, kernel.model_copy(update={"reserve": reserve})))
    for buffer in kernel.buffers:
        form = FORMATS[buffer.dtype]
        if buffer.io is None or form.kind == "integer":
            continue
        for dtype in ("bfloat16", "bfloat8_b"):
            if FORMATS[dtype].tile_bytes < form.tile_bytes:
                text = f"{buffer.name} as {dtype} instead of {buffer.dtype}"
                found = attempt((text,), partial(with_dtype, problem, buffer.name, dtype))
                if found is not None:
                    yield found


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
            if not legality.possible([item for item in legality.requirements if item not in group]):
                continue
            dropped = [problem.pins.pins[item.arguments[0].number] for item in group]
            changed = problem
            for pin in dropped:
                changed = without_pin(changed, pin)
            yield Variant(tuple(_dropped(pin) for pin in dropped), changed)
            hits += 1
            if hits == KEPT:
                break
        if hits:
            return


__all__ = ["infeasible", "l1_need", "member_of", "relax", "tell"]
