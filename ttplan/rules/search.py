"""Solve one problem: look coarsely for a plan, then prove the best one inside the window that its cost opens.

Two groundings usually suffice. The coarse one tries few sizes around a lower bound; its best plan is legal,
so its cost is an upper bound. The full one leaves out whatever cannot beat that bound; its answer is the
optimum of the whole problem. All clingo calls of the project are here and in `conflict.py`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

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

MAX_DEPTH = 4
"""Blocks a circular buffer may hold."""
TIME_LEVEL = 4
"""Priority of modelled time in objective.lp."""


@dataclass(frozen=True)
class Options:
    """How to search; none of it changes a proven answer. time_limit: seconds; conflicts: budget of each
    search.
    """

    time_limit: float | None = None
    conflicts: int | None = None
    seed: int = 0
    threads: int = 1
    configuration: str = "auto"
    rules: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Effort:
    """What one stage cost. Seconds are wall time and never part of a plan."""

    stage: str
    ground_seconds: float
    solve_seconds: float
    rules: int
    atoms: int
    conflicts: int


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


@dataclass(frozen=True)
class Infeasible(Exception):
    """No plan satisfies these requirements together; none of them can be dropped from the conflict."""

    conflict: tuple[Symbol, ...]
    pins: tuple[Pin, ...]
    efforts: tuple[Effort, ...] = ()


class TimeLimit(Exception):
    """The time limit passed before any plan was found."""


@dataclass(frozen=True)
class Problem:
    """A kernel on a device with its pins, as program text and scales."""

    flow: Dataflow
    device: Device
    pins: Pins
    options: Options

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


class Stage:
    """One grounded program, ready to be solved under assumptions."""

    def __init__(self, problem: Problem, name: str, window: str, high: int) -> None:
        options = problem.options
        arguments = [f"--seed={options.seed}", "--opt-strategy=bb,lin"]
        if options.configuration != "auto":
            arguments.append(f"--configuration={options.configuration}")
        if options.threads > 1:
            arguments.append(f"--parallel-mode={options.threads},compete")
        if options.conflicts is not None:
            arguments.append(f"--solve-limit={options.conflicts}")
        self._complaints: list[str] = []
        self.name = name
        self.control = Control(arguments, logger=self._log, message_limit=50)
        self.unit = problem.unit()
        context = Arithmetic(
            problem.device, problem.flow.kernel.compute, self.unit, problem.dram_unit(), high
        )
        started = time.perf_counter()
        self._load(problem, window)
        self.control.ground([("base", [])], context=context)
        if self._complaints:
            if options.rules and "<block>" in self._complaints[0]:
                raise InputError("--rules", self._complaints[0], file=options.rules[0][0])
            raise InternalError("the encodings are inconsistent: " + self._complaints[0])
        self.low = self._single("low")
        self._ground_chain(context)
        self.ground_seconds = time.perf_counter() - started
        self.requirements = tuple(
            sorted(atom.symbol.arguments[0] for atom in self.control.symbolic_atoms.by_signature("hold", 1))
        )

    def _log(self, code: MessageCode, message: str) -> None:
        self._complaints.append(message.strip())

    def _load(self, problem: Problem, window: str) -> None:
        for name in encodings.DECIDE:
            self.control.load(str(encodings.folder() / f"{name}.lp"))
        scale = MILLI * self.unit
        self.control.add("base", [], "{ hold(R) } :- requirement(R).\n")
        self.control.add("base", [], f"max_depth({MAX_DEPTH}). scale({scale}). {window}\n")
        self.control.add("base", [], facts_of(problem.flow, problem.device) + problem.pins.program())
        for file, text in problem.options.rules:
            try:
                self.control.add("base", [], text)
            except RuntimeError:
                place = self._complaints[-1] if self._complaints else "syntax error"
                raise InputError("--rules", place, file=file) from None

    def _single(self, name: str) -> int:
        values = [
            atom.symbol.arguments[0].number for atom in self.control.symbolic_atoms.by_signature(name, 1)
        ]
        return values[0] if values else 0

    def _ground_chain(self, context: Arithmetic) -> None:
        """The values a maximum can take are known only now: link each to the next below it."""
        lines = []
        for kind, floor in (("resource", self.low), ("fill", 0)):
            atoms = self.control.symbolic_atoms.by_signature(kind, 1)
            values = sorted({floor, *(atom.symbol.arguments[0].number for atom in atoms)})
            lines.append(f"floor({kind},{floor}).")
            lines.extend(
                f"next({kind},{above},{below})." for below, above in pairwise(values)
            )
        self.control.add("chain", [], "\n".join(lines))
        self.control.ground([("chain", [])], context=context)

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
        return best, finished, self._effort(seconds)

    def _effort(self, seconds: float) -> Effort:
        statistics = self.control.statistics
        logic = statistics["problem"]["lp"]
        return Effort(
            self.name,
            self.ground_seconds,
            seconds,
            int(logic["rules"]),
            int(logic["atoms"]),
            int(statistics["solving"]["solvers"]["conflicts"]),
        )


COARSE_OPEN = "coarse, open"
STAGES = (
    ("coarse", "coarse. guess(125)."),
    ("coarse, 160 %", "coarse. guess(160)."),
    ("coarse, 250 %", "coarse. guess(250)."),
    ("coarse, 500 %", "coarse. guess(500)."),
    ("coarse, 1000 %", "coarse. guess(1000)."),
    (COARSE_OPEN, f"coarse. known({CAP})."),
    ("open", f"known({CAP})."),
)
"""Searches for a first plan, until one finds it: few sizes near the bound, then farther away, then all
sizes.
"""


def search(problem: Problem) -> Answer:
    """The best plan of a problem. Raises Infeasible, TimeLimit, InputError."""
    refuse_overflow(problem.flow)
    limit = problem.options.time_limit
    deadline = None if limit is None else time.monotonic() + limit
    from ttplan.rules.conflict import blockless, conflict

    efforts: list[Effort] = []
    for name, window in STAGES:
        stage = Stage(problem, name, window, CAP)
        best, finished, effort = stage.solve(deadline)
        efforts.append(effort)
        if best is not None:
            first = _answer(stage, best, finished and name == "open", efforts)
            if first.proven or not finished:
                return first
            return _prove(problem, first, deadline, efforts)
        if not finished:
            raise TimeLimit
        if name == COARSE_OPEN:
            found = conflict(stage)
            if blockless(stage, found, problem.pins.pins):
                raise Infeasible(found, problem.pins.pins, tuple(efforts))
    raise Infeasible(conflict(stage), problem.pins.pins, tuple(efforts))


def _prove(problem: Problem, first: Answer, deadline: float | None, efforts: list[Effort]) -> Answer:
    """The optimum, given a plan whose cost closes the window from above."""
    stage = Stage(problem, "proof", f"known({first.time_units}).", first.time_units)
    best, finished, effort = stage.solve(deadline)
    efforts.append(effort)
    if best is None:
        if finished:
            raise InternalError("a known plan is lost when the window closes on it")
        return Answer(first.atoms, first.costs, first.low, False, stage.low, stage.unit, tuple(efforts))
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
        try:
            found.append((str(path), path.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError("--rules", f"the file cannot be read: {error}", file=str(path)) from None
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
