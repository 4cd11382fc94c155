"""One grounded window of the deciding program, asked many questions under assumptions."""

from __future__ import annotations

from collections.abc import Sequence

from clingo import Function, Symbol

from ttplan.errors import InternalError
from ttplan.explain.cutting import cut_text
from ttplan.explain.legality import LIMITS, generous_facts
from ttplan.rules import encodings, own
from ttplan.rules.arithmetic import MILLI
from ttplan.rules.problem import TIME_LEVEL, Answer, Problem
from ttplan.rules.programs import GUARDS, MAX_DEPTH, Stage

Assumptions = Sequence[tuple[Symbol, bool]]


class Window(Stage):
    """The plans that cost at most some units, as one program. Questions keep what the solver has learned.

    shortlist: as in Stage. cut_short: some divisions are left out.
    """

    def __init__(self, problem: Problem, units: int, shortlist: int | None = None) -> None:
        super().__init__(problem, "window", units, shortlist)
        self.cut_short = self.whole < units
        self._parts = 0

    def define(self, program: str) -> None:
        """Add rules for new atoms, such as names of joint values, after the program was grounded."""
        self._parts += 1
        part = f"part{self._parts}"
        self.control.add(part, [], program)
        self.control.ground([(part, [])])

    def best(self, atoms: Assumptions, requirements: Sequence[Symbol] | None = None) -> Answer | None:
        """The best plan of the window that has or lacks these atoms; None when the window has none."""
        self.control.configuration.solve.opt_mode = "opt"  # type: ignore[union-attr]
        held = self.assumptions(self.requirements if requirements is None else requirements)
        found: tuple[tuple[Symbol, ...], dict[int, int]] | None = None
        with self.control.solve([*held, *atoms], yield_=True) as handle:
            for model in handle:
                costs = dict(zip(model.priority, model.cost, strict=True))
                found = (tuple(sorted(model.symbols(shown=True))), costs)
            if not handle.get().exhausted:
                raise InternalError("a question to a window was not answered to the end")
        if found is None:
            return None
        units = self.low + found[1].get(TIME_LEVEL, 0)
        if units > self.whole:  # plans above the window are there only in part: this one need not be the best
            return None
        return Answer(found[0], found[1], self.low, True, units, self.unit)


TIMES = 2
"""L1 that is lifted as a limit is so many times as large; shadow.lp excludes what needs more."""


class Limits(Window):
    """The plans that cost less than a known one, with every requirement but the user's own rules open to be left
    out: what keeps them away?

    units: the known plan's modelled time without startup, in cost units.
    """

    def __init__(self, problem: Problem, units: int) -> None:
        self._below = units
        super().__init__(problem, units)
        self.always = own.required(problem.options.rules, self.requirements)
        self.requirements = tuple(item for item in self.requirements if item not in self.always)

    def assumptions(self, requirements: Sequence[Symbol]) -> list[tuple[Symbol, bool]]:
        """Assume that these requirements hold, and the user's own rules."""
        return super().assumptions((*requirements, *self.always))

    def _load(self, problem: Problem, files: Sequence[str], window: str) -> None:
        for name in files:
            if name != "tiebreak":
                self.control.add("base", [], cut_text(name, (), LIMITS))
        for name in ("limits", "shadow"):
            self.control.add("base", [], encodings.text(name))
        scale = MILLI * self.unit
        self.control.add("base", [], GUARDS)
        self.control.add("base", [], f"max_depth({MAX_DEPTH}). scale({scale}). {window}\n")
        self.control.add("base", [], generous_facts(problem, TIMES) + problem.pins.program())
        self.control.add("base", [], own.program(problem.options.rules) + problem.extra)

    def core(self, requirements: Sequence[Symbol]) -> tuple[Symbol, ...] | None:
        """None when a cheaper plan satisfies these requirements, else requirements without a cheaper plan."""
        limit = self._below - 1 - self.low
        if limit < 0:
            return ()
        self.control.configuration.solve.opt_mode = f"enum,{limit}"  # type: ignore[union-attr]
        with self.control.solve(self.assumptions(requirements), yield_=True) as handle:
            if handle.model() is not None:
                return None
            literals = set(handle.core())
        known = self.control.symbolic_atoms
        named = []
        for requirement in requirements:
            atom = known[Function("hold", [requirement])]
            if atom is not None and atom.literal in literals:
                named.append(requirement)
        return tuple(named)
