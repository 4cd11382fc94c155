"""The programs that a search grounds: a sketch, a draft, and the deciding program for a window of costs."""

from __future__ import annotations

import time
from collections.abc import Sequence

import clingo
from clingo import Control, MessageCode, Model, Symbol

from ttplan.errors import InternalError
from ttplan.facts.build import MAX_DEPTH
from ttplan.rules import encodings
from ttplan.rules.arithmetic import CAP, MILLI, Arithmetic
from ttplan.rules.problem import TIME_LEVEL, Answer, Effort, Problem, TimeLimit

GUARDS = "{ hold(R) } :- requirement(R).\n"
"""Every requirement may be left out."""


def _words(files: Sequence[str], problem: Problem) -> str:
    """The text of a program as far as it says which predicates there are."""
    return "".join(map(encodings.text, files)) + GUARDS + problem.facts


def _costs(model: Model) -> dict[int, int]:
    """Value of every level of the objective, by priority."""
    return dict(zip(model.priority, model.cost, strict=True))


class Program:
    """Encodings grounded for a problem and a window. high: cost units above which nothing matters."""

    def __init__(
        self, problem: Problem, name: str, files: Sequence[str], window: str, high: int = CAP
    ) -> None:
        options = problem.options
        arguments = [f"--seed={options.seed}", "--opt-strategy=bb,lin"]
        if options.configuration != "auto":
            arguments.append(f"--configuration={options.configuration}")
        if options.threads > 1:
            arguments.append(f"--parallel-mode={options.threads},compete")
        if options.conflicts is not None:
            arguments.append(f"--solve-limit={options.conflicts}")
        complaints: list[str] = []

        def log(
            code: MessageCode, message: str
        ) -> None:  # not a method: a cycle would keep the program in memory
            complaints.append(message.strip())

        self._complaints = complaints
        self.name = name
        self.counters = options.counters
        self.control = Control(arguments, logger=log, message_limit=50)
        self.unit = problem.unit()
        self.context = Arithmetic(
            problem.device, problem.flow.kernel.compute, self.unit, problem.dram_unit(), high
        )
        started = time.perf_counter()
        self._load(problem, files, window)
        self.control.ground([("base", [])], context=self.context)
        if self._complaints:
            if options.rules:
                from ttplan.rules import own

                own.refuse_unknown(options.rules, _words(encodings.DECIDE, problem))
                own.refuse_undefined(options.rules, self._complaints[0])
            raise InternalError("the encodings are inconsistent: " + self._complaints[0])
        self.ground_seconds = time.perf_counter() - started

    def _load(self, problem: Problem, files: Sequence[str], window: str) -> None:
        scale = f"max_depth({MAX_DEPTH}). scale({MILLI * self.unit}). {window}\n"
        encodings.load(self.control, files)
        self.control.add("base", [], scale + problem.facts + self._demand(problem))

    def _demand(self, problem: Problem) -> str:
        """What plans obey beside the encodings: pins and rules of the user, rules of whoever asks."""
        own = self._obeyed(problem) if problem.options.rules else ""
        return f"{GUARDS}{problem.pins.program()}{problem.obeyed()}{own}{problem.cuts()}{problem.barred()}"

    def _obeyed(self, problem: Problem) -> str:
        """The rules of the user's own as this program states them."""
        from ttplan.rules import own

        return own.program(problem.options.rules)

    def seen(self) -> list[int]:
        """Cost units that the divisions of a first look are worth, in order."""
        (grain,) = self.values("grain") or (1,)
        return sorted({worth * grain // (MILLI * self.unit) for worth in self.values("seen")})

    def values(self, name: str) -> list[int]:
        """Sorted first arguments of a unary predicate of integers."""
        atoms = self.control.symbolic_atoms.by_signature(name, 1)
        return sorted(atom.symbol.arguments[0].number for atom in atoms)

    def blind(self) -> bool:
        """Whether a first look has found that there is no division, however far it looks."""
        return self.control.symbolic_atoms[clingo.Function("blind")] is not None

    def held(self) -> list[tuple[Symbol, bool]]:
        """Assume that every requirement holds."""
        return [(atom.symbol, True) for atom in self.control.symbolic_atoms.by_signature("hold", 1)]

    def effort(self, seconds: float) -> Effort:
        """What grounding and this many seconds of solving cost."""
        atoms = len(self.control.symbolic_atoms)
        if not self.counters:
            return Effort(self.name, self.ground_seconds, seconds, atoms=atoms)
        statistics = self.control.statistics
        logic = statistics["problem"]["lp"]
        return Effort(
            self.name,
            self.ground_seconds,
            seconds,
            int(logic["rules"]),
            atoms,
            int(statistics["solving"]["solvers"]["conflicts"]),
        )


FIRST = 120
"""Percent of a rough bound that first looks begin with."""


def _looked_at(problem: Problem, percent: int) -> str:
    """The window of a first look: percent of a rough bound that the encodings find, or of what no plan stays within if
    that is more than a narrow one.
    """
    if not problem.beyond:
        return f"guess({percent})."
    return f"guess({FIRST}). known({min(problem.beyond * percent // 100, CAP)})."


class Sketch(Program):
    """The first look at divisions, so many percent wide; nothing is decided."""

    def __init__(self, problem: Problem, percent: int) -> None:
        super().__init__(problem, f"sketch, {percent} %", encodings.SKETCH, _looked_at(problem, percent))

    def _demand(self, problem: Problem) -> str:
        return f"{problem.pins.facts}{problem.cuts()}{problem.barred()}"

    def estimate(self) -> int | None:
        """Cost units of the best division, None without any."""
        return next(iter(self.values("estimate")), None)


class Draft(Program):
    """The divisions of a sketch with decisions and requirements; rules that the bounds do not know are obeyed too."""

    def __init__(self, problem: Problem, percent: int) -> None:
        files = (*encodings.DRAFT, "guide")
        super().__init__(problem, f"draft, {percent} %", files, _looked_at(problem, percent))

    def _obeyed(self, problem: Problem) -> str:
        """Without those that speak of costs."""
        from ttplan.rules import own

        return own.shared(problem.options.rules, _words(encodings.DRAFT, problem))

    def possible(self) -> bool:
        """Whether a plan of these sizes satisfies every requirement, whatever it costs."""
        self.control.configuration.solve.opt_mode = "ignore"  # type: ignore[union-attr]
        return bool(self.control.solve(self.held()).satisfiable)

    def estimate(self) -> int | None:
        """Cost units of the best division that has such a plan, None without any."""
        worth: int | None = None
        with self.control.solve(self.held(), yield_=True) as handle:
            for model in handle:
                worth = _costs(model).get(TIME_LEVEL)
        return worth


class Stage(Program):
    """The deciding program for plans of at most so many cost units, ready to be solved under assumptions.

    shortlist: divisions with a number of K blocks that it decides about if the window has more, those first that the
    bounds put first. whole: cost units up to which it has every plan. cut_short: some divisions are left out.

    Questions keep what the solver has learned.
    """

    def __init__(self, problem: Problem, name: str, high: int, shortlist: int | None = None) -> None:
        window = f"known({high})." + (f" shortlist({shortlist})." if shortlist else "")
        super().__init__(problem, name, encodings.DECIDE, window, high)
        self.low = max(self.values("low"), default=0)
        self.whole = max(self.values("whole"), default=high)
        self.cut_short = self.whole < high
        self._parts = 0
        self.requirements = tuple(
            sorted(atom.symbol.arguments[0] for atom in self.control.symbolic_atoms.by_signature("hold", 1))
        )

    def assumptions(self, requirements: Sequence[Symbol]) -> list[tuple[Symbol, bool]]:
        """Assume that these requirements hold."""
        return [(clingo.Function("hold", [requirement]), True) for requirement in requirements]

    def outlooks(self, units: int) -> int:
        """Divisions with a number of K blocks that may cost at most so many cost units, as far as bounds say."""
        (grain,) = self.values("grain") or (1,)
        most = (units + 1) * MILLI * self.unit // grain
        atoms = self.control.symbolic_atoms.by_signature("outlook", 6)
        return sum(atom.symbol.arguments[5].number <= most for atom in atoms)

    def solve(
        self, deadline: float | None
    ) -> tuple[tuple[tuple[Symbol, ...], dict[int, int]] | None, bool, Effort]:
        """(best shown atoms and costs or None, whether the search is finished, effort)."""
        best: tuple[Sequence[Symbol], dict[int, int]] | None = None
        started = time.perf_counter()
        finished = False
        if deadline is not None and time.monotonic() > deadline:
            return None, False, self.effort(0.0)
        with self.control.solve(self.assumptions(self.requirements), yield_=True, async_=True) as handle:
            while True:
                handle.resume()
                remaining = None if deadline is None else max(deadline - time.monotonic(), 0)
                while not handle.wait(0.2 if remaining is None else min(remaining, 0.2)):
                    if deadline is not None and time.monotonic() > deadline:
                        handle.cancel()
                        break
                if deadline is not None and time.monotonic() > deadline and not handle.wait(0):
                    break
                model = handle.model()
                if model is None:
                    finished = bool(handle.get().exhausted)
                    break
                best = model.symbols(shown=True), _costs(model)
        found = None if best is None else (tuple(sorted(best[0])), best[1])
        return found, finished, self.effort(time.perf_counter() - started)

    def define(self, program: str) -> None:
        """Add rules for new atoms, such as names of joint values, after the program was grounded."""
        self._parts += 1
        part = f"part{self._parts}"
        self.control.add(part, [], program)
        self.control.ground([(part, [])])

    def best(
        self, atoms: Sequence[tuple[Symbol, bool]] = (), requirements: Sequence[Symbol] | None = None
    ) -> Answer | None:
        """The best plan that has or lacks these atoms; None when there is none up to `whole`."""
        self.control.configuration.solve.opt_mode = "opt"  # type: ignore[union-attr]
        held = self.assumptions(self.requirements if requirements is None else requirements)
        found: tuple[Sequence[Symbol], dict[int, int]] | None = None
        with self.control.solve([*held, *atoms], yield_=True) as handle:
            for model in handle:
                found = model.symbols(shown=True), _costs(model)
            if not handle.get().exhausted:
                raise TimeLimit
        if found is None:
            return None
        units = self.low + found[1].get(TIME_LEVEL, 0)
        if units > self.whole:  # plans above the window are there only in part: this one need not be the best
            return None
        return Answer(tuple(sorted(found[0])), found[1], self.low, True, units, self.unit)
