"""Exact integers for the encodings: products that 31 bits cannot hold, scaled to cost units and capped.

clingo integers are 32 bit and wrap silently; every product of tiles and milli-cycles goes through here.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from math import ceil, isqrt, prod

from clingo import Function, Number, Symbol, SymbolType

from ttplan.device import Device
from ttplan.formats import FORMATS
from ttplan.kernel import Compute, Kernel

MILLI = 1000
CAP = 2**28
"""Largest value handed to the solver: sums of seven still fit into 31 bits."""

GRAINS = 2**26
"""Grains in the objective window: sums of several still fit into 31 bits."""


def exact(constant: float) -> Fraction:
    """A constant as the decimal number that stands in the device file, not its binary approximation."""
    return Fraction(repr(constant))


def milli(cycles: Fraction | float) -> int:
    """Cycles -> milli-cycles, rounded up."""
    return ceil((cycles if isinstance(cycles, Fraction) else exact(cycles)) * MILLI)


class Arithmetic:
    """The @functions of the encodings. unit: cycles per cost unit; dram_unit: bytes per unit of DRAM
    traffic.
    """

    def __init__(
        self, device: Device, compute: Compute, unit: int = 1, dram_unit: int = 1, high: int = CAP
    ) -> None:
        self._calibration = device.calibration
        self._tile_cycles = device.calibration.matmul_tile[compute.math_fidelity]
        self._unit = unit
        self._dram_unit = dram_unit
        self._high = min(high, CAP)
        self._noted: dict[str, set[int]] = {}

    def _units(self, milli_cycles: int) -> Symbol:
        cycles = -(-milli_cycles // MILLI)
        return Number(min(-(-cycles // self._unit), self._high + 1))

    def cost(self, *factors: Symbol) -> Symbol:
        """@cost(N1, M1, N2, M2, ...): N1 * M1 + N2 * M2 ... milli-cycles in whole cycles, in cost units,
        capped above high. A tuple stands for the product of its numbers, which 31 bits need not hold.
        """
        numbers = [
            factor.number
            if factor.type is SymbolType.Number
            else prod(one.number for one in factor.arguments)
            for factor in factors
        ]
        return self._units(sum(a * b for a, b in zip(numbers[::2], numbers[1::2], strict=True)))

    def least(self, first: Symbol, second: Symbol) -> Symbol:
        """Minimum of two integers."""
        return min(first, second)

    def product(self, first: Symbol, second: Symbol) -> Symbol:
        """Product of two integers, or the largest number that is counted with."""
        return Number(min(first.number * second.number, CAP))

    def root(self, value: Symbol) -> Symbol:
        """Square root, rounded up."""
        return Number(isqrt(value.number - 1) + 1)

    def most(self, value: Symbol) -> Symbol:
        """The value, or just above high: everything that is too much is one atom."""
        return Number(min(value.number, self._high + 1))

    def guessed(self, low: Symbol, percent: Symbol, forced: Symbol) -> Symbol:
        """Upper end of a guessed window above a lower bound, with room for a few hand-shakes of small
        kernels, and for moves that every plan pays.
        """
        room = 4 * (self._calibration.startup + self._calibration.block_overhead) // self._unit
        return Number(min(low.number * percent.number // 100 + room + forced.number, CAP))

    def window(self, high: Symbol) -> Symbol:
        """Upper end of the window, above which all costs are the same."""
        self._high = min(high.number, CAP)
        return Number(self._high)

    def grain(self, high: Symbol) -> Symbol:
        """Milli-cycles per grain: the finest whole number with which the window fits into 2^26 grains."""
        return Number(max(-(-high.number * self._unit * MILLI // GRAINS), 1))

    def grains(self, units: Symbol, grain: Symbol) -> Symbol:
        """Cost units in grains, rounded up."""
        return Number(-(-units.number * self._unit * MILLI // grain.number))

    def parts(self, count: Symbol, milli_cycles: Symbol, grain: Symbol) -> Symbol:
        """A number of prices of milli-cycles in grains, rounded down, or just above every window."""
        return Number(min(count.number * milli_cycles.number // grain.number, GRAINS + 1))

    def rest(self, count: Symbol, milli_cycles: Symbol, grain: Symbol, fraction: Symbol) -> Symbol:
        """What `parts` rounds off, in so many parts of a grain, rounded down."""
        left = count.number * milli_cycles.number % grain.number
        return Number(left * fraction.number // grain.number)

    def units(self, grains: Symbol, grain: Symbol) -> Symbol:
        """Grains in whole cost units, rounded down."""
        return Number(grains.number * grain.number // (self._unit * MILLI))

    def larger(self, first: Symbol, second: Symbol) -> Symbol:
        """Maximum of two integers."""
        return max(first, second)

    def quotient(self, units: Symbol, milli_cycles: Symbol) -> Symbol:
        """How many times a price of milli-cycles goes into that many cost units."""
        price = milli_cycles.number
        return Number(min(units.number * self._unit * MILLI // price, CAP) if price else CAP)

    def dram_units(self, strip_units: Symbol, length: Symbol) -> Symbol:
        """Traffic of strips (64-byte units per tile of the strip) of so many tiles, in DRAM units, rounded
        up.
        """
        total = strip_units.number * length.number * 64
        return Number(min(-(-total // self._dram_unit), CAP))

    def note(self, kind: Symbol, value: Symbol) -> Symbol:
        """The value, remembered as one that the maximum of its kind can take."""
        self._noted.setdefault(kind.name, set()).add(value.number)
        return value

    def steps(self, kind: Symbol, floor: Symbol) -> list[Symbol]:
        """Every value noted so far with the next lower one, down to the floor, as pairs."""
        values = sorted({floor.number, *self._noted.get(kind.name, ())})
        return [Function("", [Number(above), Number(below)]) for below, above in pairwise(values)]

    def matmul_rate(self, rows: Symbol, columns: Symbol, in0_bytes: Symbol, in1_bytes: Symbol) -> Symbol:
        """Milli-cycles per tile product of a subblock (docs/cost_model.md, c_m)."""
        calibration = self._calibration
        return Number(
            _matmul_rate(
                rows.number,
                columns.number,
                in0_bytes.number,
                in1_bytes.number,
                self._tile_cycles,
                calibration.unpack_rate,
                calibration.reload,
            )
        )


@lru_cache(maxsize=4096)
def _matmul_rate(
    h: int, w: int, in0_bytes: int, in1_bytes: int, tile_cycles: int, unpack_rate: float, reload: float
) -> int:
    streamed, kept = (in1_bytes, in0_bytes) if w >= h else (in0_bytes, in1_bytes)
    t, r = min(h, w), max(h, w)
    per_byte = MILLI / (exact(unpack_rate) * h * w)
    stream = ceil(-(-t // 2) * r * streamed * per_byte)
    return max(MILLI * tile_cycles, stream) + ceil(exact(reload) * t * kept * per_byte)


def dearest_tile(kernel: Kernel, device: Device) -> int:
    """Milli-cycles that a tile of K costs at most: the sums over K that the encodings form are below K times this."""
    calibration = device.calibration
    pages = [FORMATS[buffer.dtype].tile_bytes for buffer in kernel.buffers if buffer.io == "in"]
    tile_cycles = calibration.matmul_tile[kernel.compute.math_fidelity]
    rate = _matmul_rate(
        1, 1, max(pages), max(pages), tile_cycles, calibration.unpack_rate, calibration.reload
    )
    compute = rate + MILLI * (calibration.pack_subblock + calibration.spill_tile)
    crowd = 2 * milli(max(pages) / exact(calibration.shared_read_rate))
    return max(compute, MILLI * calibration.transpose_tile, crowd)
