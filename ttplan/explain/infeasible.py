"""Why there is no plan: a minimal conflict, the L1 it needs, and the cheapest changes that help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from clingo import Symbol

from ttplan.errors import InputError, InternalError
from ttplan.explain.legality import Atoms, Legality
from ttplan.explain.meanings import meaning
from ttplan.explain.relaxations import relax
from ttplan.explain.results import Domain, Member, Need, Occupant, Story
from ttplan.explain.rulebook import Rule, plain, rules, rules_in, sentence
from ttplan.explain.values import nearest
from ttplan.explain.variants import COMMAND_LINE, pin_of
from ttplan.facts.build import L1_UNIT
from ttplan.facts.pin_words import ABSENT
from ttplan.facts.pins import Pin
from ttplan.plan import Plan
from ttplan.rules import own
from ttplan.rules.arithmetic import CAP
from ttplan.rules.problem import MOST_CYCLES, Infeasible, Problem
from ttplan.rules.search import search, uncounted

SHOWN = 8
"""Possible values that are listed for an impossible one."""


def infeasible(
    problem: Problem, error: Infeasible | None = None, wishes: int = 0, known: Plan | None = None
) -> Story:
    """The story of a problem without a plan. Raises InternalError when it has one.

    error: what the search raised; without it the conflict is derived anew. What the deciding program alone knows is
    told only when rules of the user's own speak of costs.
    wishes: how many of the last pins are only asked about, so that they stay.
    known: the best plan without the wishes, when there is one.
    """
    asked = None if error is None else error.asked
    legality = asked or Legality(problem)
    found = error.conflict if asked and error else legality.conflict()
    if found is None:
        if problem.options.rules:
            return _with_own_rules(problem, legality, error or _refusal(problem), wishes, known)
        if error is not None and uncounted(problem, error):
            text = f"no plan costs less than {CAP * MOST_CYCLES} cycles, the most that can be counted"
            raise InputError("", text)
        raise InternalError("the search found no plan, but the rules allow one")
    kernel, device = problem.flow.kernel, problem.device
    pins = [item for item in found if item.name == "pin"]
    every = [item for item in legality.requirements if item.name == "pin"]
    needs = tuple(_needs(problem, legality, found, pins))
    in_all = needs if len(pins) == len(every) else tuple(_needs(problem, legality, found, every))
    relaxations, tried = relax(problem, legality, found, in_all, wishes, known)
    return Story(
        kernel=kernel.name,
        device=device.name,
        conflict=tuple(member_of(problem, item, wishes) for item in found),
        domain=_domain(problem, legality, found),
        meanings=_meanings(problem, legality, found),
        needs=needs,
        relaxations=relaxations,
        tried=tried,
    )


def _refusal(problem: Problem) -> Infeasible:
    try:
        search(problem)
    except Infeasible as error:
        return error
    raise InternalError("a story was asked for, but the problem has a plan")


def _with_own_rules(
    problem: Problem, legality: Legality, error: Infeasible, wishes: int, known: Plan | None
) -> Story:
    """What the deciding program says: rules of the user's own that speak of costs leave no plan. legality: of the rules
    that do not, which allow one.
    """
    words = "the rules of this file are part of the problem"
    files = [
        Member(kind="rule", name=file, message=words, source="--rules") for file, _ in problem.options.rules
    ]
    named = own.required(problem.options.rules, error.conflict)
    members = [*(() if named else files), *(member_of(problem, item, wishes) for item in error.conflict)]
    kernel, device = problem.flow.kernel, problem.device
    changes, tried = relax(problem, legality, error.conflict, wishes=wishes, known=known)
    return Story(
        kernel=kernel.name, device=device.name, conflict=tuple(members), relaxations=changes, tried=tried
    )


def member_of(problem: Problem, requirement: Symbol, wishes: int = 0) -> Member:
    """A requirement in words: the user's own for pins and layouts, the rule's message with numbers for the
    rest.
    """
    if requirement.name == "pin":
        index = requirement.arguments[0].number
        pin = pin_of(problem, requirement)
        where = "command line" if pin.source.startswith(COMMAND_LINE) else "kernel document"
        if index >= len(problem.pins.pins) - wishes:
            where = "asked for"
        return Member(kind="pin", name=pin.source, message=" and ".join(pin.literals), source=where)
    if requirement.name == "given_layout":
        name = requirement.arguments[0].string
        return Member(
            kind="layout", name=name, message=_layout_words(problem, name), source="kernel document"
        )
    if requirement.name == own.NAME:
        words = own.words(problem.options.rules, requirement)
        return Member(kind="rule", name=own.place(requirement), message=words, source="--rules")
    rule = next(book[requirement.name] for book in _books(problem) if requirement.name in book)
    return Member(kind="rule", name=rule.name, message=sentence(rule, requirement), source=rule.source)


def _books(problem: Problem) -> Iterator[dict[str, Rule]]:
    """The rules of the encodings, then those that a library's plans obey beside them, and those of the user's files."""
    yield rules()
    yield rules_in(problem.extra, "encodings/ttnn.lp")
    for file, text in problem.options.rules:
        yield rules_in(text, file)


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


def _impossible_atoms(problem: Problem, legality: Legality, pin: Pin) -> list[Symbol]:
    """What a pin demands that no choice can give, whatever the rules say."""
    wanted = [atom for literal in pin.atoms for atom in legality.atoms_of(literal)]
    return [atom for atom in wanted if not legality.possible((), [(atom, True)])]


def _domain(problem: Problem, legality: Legality, found: Sequence[Symbol]) -> Domain | None:
    """When one pin alone is impossible: what its decision can be, and the values nearest to the pin's."""
    if len(found) != 1 or found[0].name != "pin":
        return None
    pin = pin_of(problem, found[0])
    for wanted in _impossible_atoms(problem, legality, pin):
        return Domain(
            meaning=meaning(legality, wanted.name),
            nearest=tuple(map(legality.words, islice(nearest(legality, wanted, ()), SHOWN))),
        )
    return None


def _meanings(problem: Problem, legality: Legality, found: Sequence[Symbol]) -> tuple[str, ...]:
    """When no rule stands between several requirements: what the pinned decisions can be, each once. That a buffer
    has one layout needs no words.
    """
    if len(found) < 2 or not {item.name for item in found} <= {"pin", "given_layout"}:
        return ()
    pins = [pin_of(problem, item) for item in found if item.name == "pin"]
    names = [literal.removeprefix(ABSENT).partition("(")[0] for pin in pins for literal in pin.literals]
    return tuple(dict.fromkeys(meaning(legality, name) for name in names if name != "layout"))


def _needs(
    problem: Problem, legality: Legality, found: Sequence[Symbol], pins: Sequence[Symbol]
) -> Iterator[Need]:
    """What fills L1 or a DRAM bank when these pins and everything else but pins are satisfied (with as little L1 as
    possible); nothing when memory is no part of the conflict.
    """
    names = tuple(pin_of(problem, item).source.removeprefix("--pin ") for item in pins)
    for name, need in (("l1_capacity", _l1_need), ("dram_capacity", _dram_need)):
        if any(item.name == name for item in found):
            others = [item for item in legality.requirements if item.name not in (name, "pin")] + [*pins]
            members = [item for item in found if item.name != name]
            small = name == "l1_capacity"
            atoms = legality.plan(others, small) or legality.plan(members, small)
            if atoms is not None:
                yield need(problem, atoms, names)


def _l1_need(problem: Problem, atoms: Atoms, pins: tuple[str, ...]) -> Need:
    occupants = tuple(_occupants(problem, atoms))
    device, reserved = problem.device, problem.flow.kernel.reserve.l1_bytes
    return Need(
        memory="L1",
        pins=pins,
        occupants=occupants,
        needed=sum(one.bytes for one in occupants),
        available=max(device.l1_usable - reserved, 0) // L1_UNIT * L1_UNIT,
        reserved=reserved,
        base=device.l1.base,
        capacity=device.l1.bytes,
    )


def _dram_need(problem: Problem, atoms: Atoms, pins: tuple[str, ...]) -> Need:
    dtypes = {buffer.name: buffer.dtype for buffer in problem.flow.kernel.buffers}
    occupants = tuple(
        Occupant(
            kind="resident buffer",
            role="DRAM bank",
            buffer=atom.arguments[0].string,
            dtype=dtypes[atom.arguments[0].string],
            bytes=atom.arguments[1].number * L1_UNIT,
        )
        for atom in sorted(atom for atom in atoms if atom.name == "bank_share")
    )
    available = next(atom.arguments[0].number for atom in atoms if atom.name == "dram_capacity") * L1_UNIT
    return Need(
        memory="DRAM",
        pins=pins,
        occupants=occupants,
        needed=sum(one.bytes for one in occupants),
        available=available,
        reserved=0,
        base=problem.device.dram.base,
        capacity=problem.device.dram.bank_bytes,
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
