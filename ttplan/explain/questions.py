"""What holds a plan back: the plans that cost less than it, were it not for some rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from clingo import Function, Number, Symbol

from ttplan.explain.cutting import cut_text
from ttplan.explain.legality import LIMITS, generous, limit_facts, real_l1
from ttplan.explain.rulebook import rules_in
from ttplan.explain.variants import pin_of
from ttplan.facts.build import MAX_DEPTH
from ttplan.rules import encodings, own
from ttplan.rules.arithmetic import MILLI
from ttplan.rules.conflict import core_of, minimal
from ttplan.rules.problem import Problem
from ttplan.rules.programs import GUARDS, Stage
from ttplan.rules.search import search

TIMES = 2
"""L1 that is lifted as a limit is so many times as large; shadow.lp excludes what needs more."""
SIZES = ("l1_capacity", "dst_capacity")
"""Limits that are lifted by larger sizes; everything else is lifted by leaving a rule out."""
SHORTLIST = 300
"""Divisions that are looked at with both lifted at once."""
FAR = 1050
"""Permille of a plan without pins that a plan costs, at least, where pins cost much."""
KNOWN = (("ragged", ("#false",)), ("unshardable", ("#false",)))
"""What bounds.lp makes of rules that are open here."""


class Limits(Stage):
    """The plans that cost less than a known one, with every requirement but the user's own rules open to be left
    out: what keeps them away?

    units: the known plan's modelled time without startup, in cost units. sizes: which limits may be lifted by
    larger sizes. held: pins that are not left out, so that they cut domains.
    """

    def __init__(
        self,
        problem: Problem,
        units: int,
        sizes: Sequence[str] = SIZES,
        shortlist: int | None = None,
        held: Sequence[Symbol] = (),
    ) -> None:
        self._below = units
        self._sizes = sizes
        self._held = held
        super().__init__(problem, "limits", units, shortlist)
        kept = [item for item in self.requirements if item.name in SIZES and item.name not in sizes]
        beside = rules_in(problem.extra, "")
        library = [item for item in self.requirements if item.name in beside]
        self.always = (*kept, *self._held, *library, *own.required(problem.options.rules, self.requirements))
        self.requirements = tuple(item for item in self.requirements if item not in self.always)

    def assumptions(self, requirements: Sequence[Symbol]) -> list[tuple[Symbol, bool]]:
        """Assume that these requirements hold, the limits that are not lifted, the rules of the library that is to run
        the plan, and the user's own.
        """
        return super().assumptions((*requirements, *self.always))

    def _load(self, problem: Problem, files: Sequence[str], window: str) -> None:
        for name in files:
            if name != "tiebreak":
                self.control.add("base", [], cut_text(name, KNOWN, LIMITS))
        for name in ("limits", "shadow"):
            self.control.add("base", [], encodings.text(name))
        scale = MILLI * self.unit
        self.control.add("base", [], GUARDS)
        self.control.add("base", [], f"max_depth({MAX_DEPTH}). scale({scale}). {window}\n")
        self.control.add("base", [], limit_facts(problem) + lifted(problem, self._sizes).facts)
        held = tuple(pin_of(problem, item) for item in self._held)
        cuts = replace(problem, pins=replace(problem.pins, pins=held)).cuts()
        self.control.add("base", [], problem.pins.program() + cuts)
        self.control.add("base", [], own.program(problem.options.rules) + problem.obeyed())

    def conflict(self) -> tuple[Symbol, ...]:
        """Requirements without a cheaper plan, none of which can be dropped; pins are dropped last."""
        found = sorted(self.core(self.requirements) or (), key=lambda item: (item.name == "pin", item))
        return minimal(found, self.core)

    def gain(self, member: Symbol) -> int:
        """Cost units that a plan without this requirement alone saves."""
        faster = self.best((), [other for other in self.requirements if other != member])
        return 0 if faster is None else self._below - faster.time_units

    def core(self, requirements: Sequence[Symbol]) -> tuple[Symbol, ...] | None:
        """None when a cheaper plan satisfies these requirements, else requirements without a cheaper plan."""
        limit = self._below - 1 - self.low
        if limit < 0:
            return ()
        self.control.configuration.solve.opt_mode = f"enum,{limit}"  # type: ignore[union-attr]
        return core_of(self.control, requirements, self.assumptions(requirements))


def lifted(problem: Problem, sizes: Sequence[str]) -> Problem:
    """The problem with twice the L1, with room in DST for every subblock, or with both."""
    l1 = real_l1(problem) * (TIMES if "l1_capacity" in sizes else 1)
    return generous(problem, l1, "dst_capacity" in sizes)


def binding(problem: Problem, units: int, dense: bool = False) -> dict[Symbol, int]:
    """The requirements that together exclude a plan cheaper than this, each with the cost units that it costs alone.

    Pins that cost much come first, each found by a search: without them everything would be cheaper. Where plans are
    dense, larger sizes are not looked at both at once: a limit that costs something alone is in every conflict, and
    the others are tried one after the other. dense: they are known to be.
    """
    found = _costly(problem, units)
    held = tuple(found)
    if not dense:
        limits = Limits(problem, units, shortlist=SHORTLIST, held=held)
        if not limits.cut_short:
            return found | {member: limits.gain(member) for member in limits.conflict()}
    strict = Limits(problem, units, (), held=held)
    idle: tuple[Symbol, ...] = ()
    for member in (item for item in strict.always if item.name in SIZES):
        gain = units - search(replace(lifted(problem, (member.name,)), hint=units, most=units)).time_units
        found |= {member: gain} if gain else {}
        idle += () if gain else (member,)
    found |= {member: strict.gain(member) for member in strict.conflict()}
    dropped: tuple[str, ...] = ()
    for member in idle:
        wider = Limits(problem, units, (*dropped, member.name), held=held)
        if wider.core([item for item in wider.requirements if item in found]) is None:
            found[member] = 0
        else:
            dropped += (member.name,)
    return found


def _costly(problem: Problem, units: int) -> dict[Symbol, int]:
    """Pins that together exclude a plan cheaper than this, and that none of them can leave, each with the cost units
    that it costs alone; none where a plan without pins is nearly as costly.
    """

    @cache
    def cheapest(places: tuple[int, ...]) -> int:
        pins = replace(problem.pins, pins=tuple(problem.pins.pins[place] for place in places))
        return search(replace(problem, pins=pins, hint=0)).time_units

    every = held = tuple(range(len(problem.pins.pins)))
    if not every or cheapest(()) * FAR > units * 1000:
        return {}
    for place in every:
        others = _beside(held, place)
        if cheapest(others) >= units:
            held = others
    return {Function("pin", [Number(place)]): units - cheapest(_beside(every, place)) for place in held}


def _beside(places: tuple[int, ...], place: int) -> tuple[int, ...]:
    return tuple(other for other in places if other != place)
