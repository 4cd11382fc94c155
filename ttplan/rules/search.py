"""Solve one problem: estimate the optimum from a few divisions, then search a narrow window of costs around it.

Two groundings usually suffice. The sketch tries few sizes and decides nothing; it says where to look.
The deciding program leaves out whatever cannot reach the window; a plan inside the window is the best of all
plans, because all that could be better is in the window too. No plan in it: a wider window.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import clingo
from clingo import Control, MessageCode, Number, Symbol

from ttplan.device import Device
from ttplan.errors import InputError, InternalError
from ttplan.facts.build import facts_of
from ttplan.facts.dataflow import Dataflow
from ttplan.facts.pins import Pin, Pins
from ttplan.formats import FORMATS
from ttplan.rules import encodings
from ttplan.rules.arithmetic import CAP, MILLI, Arithmetic

if TYPE_CHECKING:
    from ttplan.explain.legality import Legality

MAX_DEPTH = 4
"""Blocks a circular buffer may hold."""
GUARDS = "{ hold(R) } :- requirement(R).\n"
"""Every requirement may be left out."""
TIME_LEVEL = 4
"""Priority of modelled time in objective.lp."""


@dataclass(frozen=True)
class Options:
    """How to search; none of it changes a proven answer. time_limit: seconds; conflicts: budget of each
    search; counters: count rules, atoms and conflicts of every stage, a millisecond each.
    """

    time_limit: float | None = None
    conflicts: int | None = None
    seed: int = 0
    threads: int = 1
    configuration: str = "auto"
    rules: tuple[tuple[str, str], ...] = ()
    counters: bool = False


@dataclass(frozen=True)
class Effort:
    """What one stage cost. Seconds are wall time and never part of a plan; rules and conflicts are 0 unless Options
    wants them.
    """

    stage: str
    ground_seconds: float
    solve_seconds: float
    rules: int = 0
    atoms: int = 0
    conflicts: int = 0


@dataclass(frozen=True)
class Answer:
    """The best answer set. atoms: shown symbols, sorted; costs: value by priority; low: floor of modelled
    time in units.

    proven: no better plan exists. bound: proven lower bound of modelled time in units, startup excluded.
    """

    atoms: tuple[Symbol, ...]
    costs: dict[int, int]
    low: int
    proven: bool
    bound: int
    unit: int
    efforts: tuple[Effort, ...] = field(compare=False, default=())

    @property
    def time_units(self) -> int:
        """Modelled time without startup, in cost units."""
        return self.low + self.costs.get(TIME_LEVEL, 0)


@dataclass(eq=False)
class Infeasible(Exception):
    """No plan satisfies these requirements together; none of them can be dropped from the conflict.

    asked: the program of legality that says so, ready for more questions; None when it does not know why.
    """

    conflict: tuple[Symbol, ...]
    pins: tuple[Pin, ...]
    efforts: tuple[Effort, ...] = ()
    asked: Legality | None = None


class Beyond(Exception):
    """No plan costs at most what was asked for."""


class TimeLimit(Exception):
    """The time limit passed before any plan was found."""


@dataclass(frozen=True)
class Guess:
    """Where the best plan may be, never part of a proof. units: cost units; percent: the sketch that saw it."""

    units: int
    percent: int


@dataclass(frozen=True)
class Problem:
    """A kernel on a device with its pins, as program text and scales.

    extra: rules that plans obey as well, in words that legality.lp shares with the deciding program.
    beyond: cost units that no plan stays within, as far as is known; narrower windows are not searched.
    most: cost units above which no plan is wanted.
    hint: cost units near which the plan may be, 0 when nothing is known; never part of a proof.
    unfixed: pins do not cut domains, so that conflicts of the deciding program can name them.
    narrow: domains are without the values that rules of the user's own exclude.
    """

    flow: Dataflow
    device: Device
    pins: Pins
    options: Options
    extra: str = ""
    beyond: int = 0
    most: int = CAP
    hint: int = 0
    unfixed: bool = False
    narrow: bool = False

    @cached_property
    def facts(self) -> str:
        """Kernel, device and calibration."""
        return facts_of(self.flow, self.device)

    def guided(self) -> bool:
        """Whether plans obey rules that the bounds cannot know, so that a first look has to decide as well."""
        return bool(self.extra or self.options.rules)

    def unit(self) -> int:
        """Cycles per cost unit: a power of two that leaves room for plans 64 times slower than compute."""
        kernel, device = self.flow.kernel, self.device
        elements = [self.flow.tiles(dim) for dim in kernel.dims]
        products = 1
        for tiles in elements:
            products *= tiles
        estimate = (
            4 * products * device.calibration.matmul_tile[kernel.compute.math_fidelity] // len(device.cores)
        )
        unit = 1
        while estimate // unit > CAP // 64:
            unit *= 2
        return unit

    def dram_unit(self) -> int:
        """Bytes per unit of DRAM traffic: a power of two that keeps the sum over streams below 2^31."""
        products = 1
        for dim in self.flow.kernel.dims:
            products *= self.flow.tiles(dim)
        largest = max(FORMATS[buffer.dtype].tile_bytes for buffer in self.flow.kernel.buffers)
        unit = 64
        while products * largest // unit > CAP // 4 and unit < 2**20:
            unit *= 2
        return unit


def refuse_overflow(flow: Dataflow) -> None:
    """32-bit guard: tile counts that the tables add up must fit. Raises InputError."""
    for value in flow.dims:
        dims = flow.dims[value]
        tiles = flow.matrices(value)
        for dim in dims[-2:]:
            tiles *= flow.tiles(dim)
        if tiles >= CAP:
            path = "dims"
            raise InputError(
                path, f"{value} has more tiles than the planner's integers allow", tiles, (f"below {CAP}",)
            )


def _words(files: Sequence[str], problem: Problem) -> str:
    """The text of a program as far as it says which predicates there are."""
    return "".join(map(encodings.text, files)) + GUARDS + problem.facts


class Program:
    """Encodings grounded for a problem and a window. high: cost units above which nothing matters."""

    def __init__(self, problem: Problem, name: str, files: Sequence[str], window: str, high: int) -> None:
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
            raise InternalError("the encodings are inconsistent: " + self._complaints[0])
        self.ground_seconds = time.perf_counter() - started

    def _load(self, problem: Problem, files: Sequence[str], window: str) -> None:
        """One text for all: clingo pays for a file's name at every token."""
        scale = f"max_depth({MAX_DEPTH}). scale({MILLI * self.unit}). {window}\n"
        parts = (*map(encodings.text, files), scale + problem.facts + self._demand(problem))
        self.control.add("base", [], "#program base.\n".join(parts))

    def _demand(self, problem: Problem) -> str:
        """What plans obey beside the encodings: pins and rules of the user, rules of whoever asks."""
        own = self._obeyed(problem) if problem.options.rules else ""
        fixed = "" if problem.unfixed else problem.pins.fixed()
        return f"{GUARDS}{problem.pins.program()}{problem.extra}{own}{fixed}"

    def _obeyed(self, problem: Problem) -> str:
        """The rules of the user's own as this program states them."""
        from ttplan.rules import own

        return own.program(problem.options.rules)

    def values(self, name: str) -> list[int]:
        """Sorted first arguments of a unary predicate of integers."""
        atoms = self.control.symbolic_atoms.by_signature(name, 1)
        return sorted(atom.symbol.arguments[0].number for atom in atoms)

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


class Sketch(Program):
    """The first look at divisions that cost at most so many percent of a rough bound; nothing is decided."""

    def __init__(self, problem: Problem, percent: int) -> None:
        name, window = f"sketch, {percent} %", f"guess({percent})."
        super().__init__(problem, name, encodings.SKETCH, window, CAP)

    def _demand(self, problem: Problem) -> str:
        return f"{problem.pins.facts}{problem.pins.fixed()}"

    def estimate(self) -> int | None:
        """Cost units of the best division, None without any."""
        return next(iter(self.values("estimate")), None)


class Draft(Program):
    """The divisions of a sketch with decisions and requirements; rules that the bounds do not know are obeyed too."""

    def __init__(self, problem: Problem, percent: int) -> None:
        name, window = f"draft, {percent} %", f"guess({percent})."
        super().__init__(problem, name, (*encodings.DRAFT, "guide"), window, CAP)

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
                worth = dict(zip(model.priority, model.cost, strict=True)).get(TIME_LEVEL)
        return worth


class Stage(Program):
    """The deciding program for plans of at most so many cost units, ready to be solved under assumptions."""

    def __init__(self, problem: Problem, name: str, high: int) -> None:
        super().__init__(problem, name, encodings.DECIDE, f"known({high}).", high)
        started = time.perf_counter()
        self.low = max(self.values("low"), default=0)
        self._ground_chain()
        self.ground_seconds += time.perf_counter() - started
        self.requirements = tuple(
            sorted(atom.symbol.arguments[0] for atom in self.control.symbolic_atoms.by_signature("hold", 1))
        )

    def _ground_chain(self) -> None:
        """The values a maximum can take are known only now: link each to the next below it."""
        lines = []
        for kind, floor in (("resource", self.low), ("fill", 0)):
            values = sorted({floor, *self.values(kind)})
            lines.append(f"floor({kind},{floor}).")
            lines.extend(f"next({kind},{above},{below})." for below, above in pairwise(values))
        self.control.add("chain", [], "\n".join(lines))
        self.control.ground([("chain", [])], context=self.context)

    def assumptions(self, requirements: Sequence[Symbol]) -> list[tuple[Symbol, bool]]:
        """Assume that these requirements hold."""
        return [(clingo.Function("hold", [requirement]), True) for requirement in requirements]

    def solve(
        self, deadline: float | None
    ) -> tuple[tuple[tuple[Symbol, ...], dict[int, int]] | None, bool, Effort]:
        """(best shown atoms and costs or None, whether the search is finished, effort)."""
        best: tuple[tuple[Symbol, ...], dict[int, int]] | None = None
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
                best = (
                    tuple(sorted(model.symbols(shown=True))),
                    dict(zip(model.priority, model.cost, strict=True)),
                )
        seconds = time.perf_counter() - started
        return best, finished, self.effort(seconds)


SKETCHES = (120, 250, 1000, 6400)
"""Windows of the first look, percent of a rough bound, until it finds a division."""
FAR_SKETCHES = (120, 1000, 6400)
"""The same where plans are known to be far."""
EARLIER = {120: (), 250: (880,)} | dict.fromkeys(SKETCHES[2:], (700, 800, 880, 940))
"""Windows below the estimate, by the sketch that gave it: above the optimum, groundings grow fast."""
FAR = 1100
"""Permille of a window: a plan above it that costs no more is worth a window of its own."""
WINDOWS = (1000, 1004, 1030, 1150, 1500, 2500, 5000)
"""Windows of the search, permille of the estimate. A plan inside a window is the best of all plans."""
HINTED = (1004, 1150)
"""Windows around a hint, permille of it, before a sketch is made."""
SPARSE = 12_000
"""Atoms of a program that took little time, so that a much wider window may be tried next."""


def search(problem: Problem) -> Answer:
    """The best plan of a problem. Raises Infeasible, Beyond, TimeLimit, InputError."""
    refuse_overflow(problem.flow)
    limit = problem.options.time_limit
    deadline = None if limit is None else time.monotonic() + limit
    efforts: list[Effort] = []
    known: Answer | None = None
    beyond = problem.beyond
    try:
        problem = narrowed(problem)
        for name, high in _windows(problem, efforts):
            if high <= beyond:
                continue
            # A plan above its window need not be the best; not far above, it ends the next one.
            if known is not None and known.time_units <= high * FAR // 1000:
                name, high = f"{name}, again", known.time_units
            answer = _within(problem, name, min(high, problem.most), deadline, efforts)
            if answer is not None and (not answer.proven or answer.time_units <= high):
                return answer
            known = answer or known
            beyond = high
            if high >= problem.most:
                raise Beyond
    except TimeLimit:
        if known is None:
            raise
        return replace(known, proven=False, bound=known.low, efforts=tuple(efforts))
    raise InternalError("an open window has neither a plan nor a conflict")


def _windows(problem: Problem, efforts: list[Effort]) -> Iterator[tuple[str, int]]:
    """Names and upper ends of the windows to search, narrow ones first.

    Between the first and the wider ones: has the sketch a plan, whatever it costs? If not, is there any? A draft
    that was solved has one.
    """
    for permille in HINTED if problem.hint else ():
        yield f"{permille / 10:g} % of a hint", min(problem.hint * permille // 1000, CAP)
    guess = guess_of(problem, efforts)
    if guess is None:
        refuse_impossible(problem, efforts)
    else:
        first = WINDOWS[1 if problem.beyond else 0]
        for permille in _permilles(problem, guess, efforts):
            units = guess.units * permille // 1000 + 64 // problem.unit()
            yield f"{permille / 10:g} %", min(units, CAP)
            if permille == first and not problem.guided() and not _possible(problem, guess, efforts):
                refuse_impossible(problem, efforts)
    yield "open", CAP


def _permilles(problem: Problem, guess: Guess, efforts: Sequence[Effort]) -> Iterator[int]:
    """Windows in permille of a guess. Where plans are known to be far, a sparse one is followed by a much wider one."""
    if not problem.beyond:
        yield from (*EARLIER[guess.percent], *WINDOWS)
        return
    skipped = False
    for permille in (*EARLIER[guess.percent], *WINDOWS[1:]):
        sparse = bool(efforts) and efforts[-1].atoms < SPARSE
        skipped = sparse and not skipped and permille not in (WINDOWS[1], WINDOWS[-1])
        if not skipped:
            yield permille


def refuse_impossible(problem: Problem, efforts: Sequence[Effort] = ()) -> Legality:
    """Ask the rules without costs. Raises Infeasible."""
    from ttplan.explain.legality import Legality

    legality = Legality(problem, problem.extra)
    found = legality.conflict()
    if found is not None:
        raise Infeasible(found, problem.pins.pins, tuple(efforts), legality)
    return legality


DOMAINS = (("scheme", 1), ("grid", 2), ("out_block", 2), ("k_block", 1), ("subblock", 2))
"""Decisions about shapes whose values can be barred."""


def narrowed(problem: Problem) -> Problem:
    """The problem without the values that rules of the user's own exclude from every plan, whatever it costs, when
    they speak of shapes alone. Raises Infeasible when there is no plan at all.
    """
    rules = problem.options.rules
    if not rules or problem.narrow:
        return problem
    from ttplan.rules import own

    if not own.only_shapes(rules):
        return problem
    legality = refuse_impossible(problem)
    left = legality.values(DOMAINS)
    every = [value for name, arity in DOMAINS for value in legality.domain(name, arity)]
    barred = "".join(f"barred({value}).\n" for value in every if value not in left)
    return replace(problem, extra=problem.extra + barred, narrow=True)


def guess_of(problem: Problem, efforts: list[Effort] | None = None) -> Guess | None:
    """The best of a few divisions; None without any."""
    look: type[Draft] | type[Sketch] = Draft if problem.guided() else Sketch
    for percent in FAR_SKETCHES if problem.beyond else SKETCHES:
        sketch = look(problem, percent)
        started = time.perf_counter()
        units = sketch.estimate()
        if efforts is not None:
            efforts.append(sketch.effort(time.perf_counter() - started))
        if units is not None:
            return Guess(units, percent)
    return None


def _possible(problem: Problem, guess: Guess, efforts: list[Effort]) -> bool:
    """Whether a division of the sketch behind a guess has a plan that satisfies every requirement."""
    draft = Draft(problem, guess.percent)
    started = time.perf_counter()
    possible = draft.possible()
    efforts.append(draft.effort(time.perf_counter() - started))
    return possible


def _within(
    problem: Problem, name: str, high: int, deadline: float | None, efforts: list[Effort]
) -> Answer | None:
    """The best plan with at most so many cost units, or one above them, or None. Raises TimeLimit, Infeasible."""
    stage = Stage(problem, name, high)
    best, finished, effort = stage.solve(deadline)
    efforts.append(effort)
    if best is None:
        if not finished:
            raise TimeLimit
        if high == CAP:
            from ttplan.rules.conflict import conflict

            loose = Stage(replace(problem, unfixed=True), name, high) if problem.options.rules else stage
            raise Infeasible(conflict(loose), problem.pins.pins, tuple(efforts))
        return None
    return _answer(stage, best, finished, efforts)


def _answer(
    stage: Stage, best: tuple[tuple[Symbol, ...], dict[int, int]], proven: bool, efforts: list[Effort]
) -> Answer:
    atoms, costs = best
    bound = stage.low + costs.get(TIME_LEVEL, 0) if proven else stage.low
    return Answer(atoms, costs, stage.low, proven, bound, stage.unit, tuple(efforts))


def read_rules(paths: Sequence[Path]) -> tuple[tuple[str, str], ...]:
    """Text of the user's rule files. Raises InputError."""
    found = []
    for path in paths:
        from ttplan.rules import own

        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError("--rules", f"the file cannot be read: {error}", file=str(path)) from None
        own.refuse_foreign(str(path), text)
        found.append((str(path), text))
    return tuple(found)


__all__ = [
    "Answer",
    "Effort",
    "Infeasible",
    "Number",
    "Options",
    "Problem",
    "Stage",
    "TimeLimit",
    "read_rules",
    "search",
]
