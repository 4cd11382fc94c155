"""A problem to solve and what a search says of it: options, answers, and the reasons for none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from clingo import Function, Symbol

from ttplan.device import Device
from ttplan.errors import EXIT_TIME_LIMIT, InputError, TtplanError
from ttplan.errors import Problem as Fault
from ttplan.facts.build import facts_of
from ttplan.facts.dataflow import Dataflow
from ttplan.facts.pins import Pin, Pins
from ttplan.formats import FORMATS
from ttplan.rules.arithmetic import CAP, MILLI, dearest_tile

if TYPE_CHECKING:
    from ttplan.explain.legality import Legality


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
    """No plan satisfies all requirements together.

    find: looks for the conflict. asked: the program of legality that says so, ready for more questions; None when it
    does not know why.
    """

    find: Callable[[], tuple[Symbol, ...]]
    pins: tuple[Pin, ...]
    efforts: tuple[Effort, ...] = ()
    asked: Legality | None = None

    @cached_property
    def conflict(self) -> tuple[Symbol, ...]:
        """Requirements that no plan satisfies together, none of which can be dropped."""
        return self.find()


class Beyond(Exception):
    """No plan costs at most what was asked for."""


class TimeLimit(TtplanError):
    """Time or conflicts ran out before any plan was found, or what else was asked for (exit code 3)."""

    def __init__(self, text: str = "no plan was found within the limits of time and conflicts") -> None:
        super().__init__((Fault("", text),), None, EXIT_TIME_LIMIT)


DOUBLINGS = 6
"""Where no plan can be counted, its cost unit is doubled so many times."""
LARGEST = 2**31
"""What clingo's integers stay below."""
MOST_CYCLES = 2**18
"""Cycles of a cost unit, at most: milli-cycles of one still fit into 31 bits, several times."""


@dataclass(frozen=True)
class Problem:
    """A kernel on a device with its pins, as program text and scales.

    extra: rules that plans obey as well, in words that legality.lp shares with the deciding program.
    lifted: rules that plans need not obey, by name; those that encodings can leave out of every program.
    unwanted: values of decisions that no plan is wanted with, an atom each or one for m and one for n; unlike extra
    rules, bounds know them.
    beyond: cost units that no plan stays within, as far as is known; narrower windows are not searched.
    most: cost units above which no plan is wanted.
    hint: cost units near which the plan may be, 0 when nothing is known; never part of a proof.
    possible: there is a plan, whatever it costs, as far as is known.
    unfixed: pins do not cut domains, so that conflicts of the deciding program can name them.
    narrow: values that no plan has, found by asking what pins and rules of the user's own allow, which domains are
    without; None where nothing was asked. Consequences, never requirements: conflicts are found without them.
    doubled: so many times the cost unit is, for plans that cost more than can be counted in the usual one.
    """

    flow: Dataflow
    device: Device
    pins: Pins
    options: Options
    extra: str = ""
    lifted: tuple[str, ...] = ()
    unwanted: tuple[tuple[Symbol, ...], ...] = ()
    beyond: int = 0
    most: int = CAP
    hint: int = 0
    possible: bool = False
    unfixed: bool = False
    narrow: tuple[Symbol, ...] | None = None
    doubled: int = 0

    @cached_property
    def facts(self) -> str:
        """Kernel, device, calibration, and which rules are lifted."""
        return facts_of(self.flow, self.device) + "".join(f"lifted({name}).\n" for name in self.lifted)

    def barred(self) -> str:
        """What is unwanted, in the words of pins.lp."""
        alone = (value[0] for value in self.unwanted if len(value) == 1)
        pairs = (
            Function("pair", [Function(m.name), m.arguments[1], n.arguments[1]])
            for m, n in (value for value in self.unwanted if len(value) == 2)
        )
        return _barred((*alone, *pairs))

    def cuts(self) -> str:
        """What domains are without, because of pins and of rules, in the words of pins.lp."""
        return "" if self.unfixed else self.pins.fixed() + _barred(self.narrow or ())

    def obeyed(self) -> str:
        """Rules that plans obey beside the encodings, the pins and the user's own."""
        return self.extra + "".join(f":- {', '.join(map(str, value))}.\n" for value in self.unwanted)

    def guided(self) -> bool:
        """Whether plans obey rules that the bounds cannot know, so that a first look has to decide as well."""
        return bool(self.extra or self.narrow or self.options.rules)

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
        return unit << self.doubled

    def coarser(self) -> Problem | None:
        """The same in a larger cost unit; None where prices would not fit into 31 bits."""
        unit = self.unit() << DOUBLINGS
        return self.counted_in(unit) if unit <= MOST_CYCLES else None

    def counted_in(self, unit: int) -> Problem:
        """The same in a cost unit that is as large as this or larger, as a plan of it has."""
        if unit == self.unit():
            return self
        doubled = self.doubled + (unit // self.unit()).bit_length() - 1
        return replace(self, doubled=doubled, beyond=0, hint=0)

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


def _barred(values: Iterable[Symbol]) -> str:
    return "".join(f"barred({value}).\n" for value in values)


def refuse_overflow(flow: Dataflow, device: Device) -> None:
    """32-bit guard: tile counts that the tables add up must fit, and prices of all tiles of K. Raises InputError."""
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
    longest, price = _reduced_tiles(flow), dearest_tile(flow.kernel, device)
    if longest * price >= LARGEST:
        text = f"the price of {longest} tiles of K does not fit into the planner's integers"
        allowed = (
            f"at most {(LARGEST - 1) // (longest * MILLI)} cycles for a tile of K, all prices together",
        )
        raise InputError("device.calibration", text, -(-price // MILLI), allowed)


def _reduced_tiles(flow: Dataflow) -> int:
    """Tiles along the dims that a contraction sums over."""
    inputs = {dim for op in flow.kernel.ops for name in op.inputs for dim in flow.dims[name][-2:]}
    kept = {dim for op in flow.kernel.ops for dim in flow.dims[op.out][-2:]}
    return max((flow.tiles(dim) for dim in inputs - kept), default=1)


def read_rules(paths: Sequence[Path]) -> tuple[tuple[str, str], ...]:
    """Text of the user's rule files. Raises InputError."""
    if not paths:
        return ()
    from ttplan.rules import own

    found = []
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError("--rules", f"the file cannot be read: {error}", file=str(path)) from None
        own.refuse_foreign(str(path), text)
        found.append((str(path), text))
    return tuple(found)
