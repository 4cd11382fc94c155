"""The device document: cores, L1, DRAM, NoC, registers and calibration of one chip. Numbers are data with a
source.
"""

from __future__ import annotations

from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ttplan.document import Document, Int, ProblemError, load, validate
from ttplan.errors import InputError
from ttplan.ops import FIDELITIES, OPS

Positive = Annotated[int, Field(ge=1, le=2**30, strict=True)]
Natural = Annotated[int, Field(ge=0, le=2**30, strict=True)]
Bytes = Annotated[int, Field(ge=1, le=2**36, strict=True)]
"""Of a DRAM bank: in units of 64 bytes they fit into the solver's integers."""
Cycles = Annotated[int, Field(ge=0, le=10**4, strict=True)]
"""Of one step, such as a tile: so many thousandths of a cycle, for all tiles of K, fit into the solver's integers."""
Rate = Annotated[float, Field(ge=0.1, le=10**6, allow_inf_nan=False)]
"""Bytes per cycle."""
Alignment = Literal[1, 2, 4, 8, 16, 32, 64]
"""Sizes are counted in units of 64 bytes, which every alignment divides."""
EPILOGUE = ("add", "add_row", *(name for name, op in OPS.items() if op.kind == "unary"))
"""Steps of an epilogue that the cost model has a price for."""
LEAST = {"runtime_args": 64, "semaphores": 8, "accessor_rank": 8}
"""What kernels take where nothing depends on the number of cores; every chip has more (tt-metal, Limits)."""


class Grid(Document):
    """Worker cores left after harvesting and dispatch. Logical x is the column, y the row."""

    columns: Annotated[int, Field(ge=0, le=32)]
    rows: Annotated[int, Field(ge=0, le=32)]
    missing: tuple[tuple[Int, Int], ...] = ()
    source: str


class L1(Document):
    """Bytes of one core's L1. base: first byte for circular buffers and L1 buffers; alignments in bytes."""

    bytes: Positive
    base: Natural
    cb_alignment: Alignment
    buffer_alignment: Alignment
    source: str


class CircularBuffers(Document):
    """How many circular buffers a core has and how many pages one may hold (16-bit counters)."""

    count: Positive
    max_pages: Positive
    source: str


class Dram(Document):
    """DRAM banks as Metal sees them. bytes_per_cycle: peak of the chip; alignments in bytes."""

    banks: Positive
    bank_bytes: Bytes
    base: Natural
    read_alignment: Alignment
    write_alignment: Alignment
    bytes_per_cycle: Rate
    source: str


class Noc(Document):
    """The two networks on chip. translated_x / translated_y: virtual coordinate of each logical column /
    row.
    """

    flit_bytes: Positive
    max_packet_bytes: Positive
    l1_alignment: Positive
    read_bytes_per_cycle: Rate
    write_bytes_per_cycle: Rate
    multicast_bytes_per_cycle: Rate
    translated_x: tuple[int, ...]
    translated_y: tuple[int, ...]
    source: str


class Dst(Document):
    """Tiles the destination register holds for a 16-bit format with half sync; fp32 halves it, full sync
    doubles it.
    """

    tiles: Positive
    source: str

    def capacity(self, fp32: bool, full_sync: bool) -> int:
        """Tiles available to the compute kernel (tt_metal/tt-llk ckernel.h get_dest_max_tiles)."""
        return self.tiles * (2 if full_sync else 1) // (2 if fp32 else 1)


class Limits(Document):
    """Per-kernel and per-core limits: words of runtime arguments, semaphores, rank of a tensor accessor."""

    runtime_args: Positive
    semaphores: Positive
    accessor_rank: Positive
    source: str


class Calibration(Document):
    """Constants of the cost model (docs/cost_model.md). Cycles and bytes per cycle; origin says where they
    come from.

    startup: cycles before the first block. block_overhead: hand-shake per K block and stream. issue: cycles a
    data mover needs to issue one tile. sender_rate: bytes per cycle of one data mover. unpack_rate: bytes per
    cycle of the unpackers. reload: share of an operand reload that is exposed. pack_subblock: cycles per
    subblock and K block. dram_efficiency: reachable share of the DRAM peak by few readers; shared_read_rate:
    bytes per cycle when every core reads for itself; write_rate: bytes per cycle chip-wide into DRAM.
    matmul_tile: cycles per tile by fidelity. epilogue_tile: cycles per output tile of an op (`add_row`: add
    of a broadcast row). spill_tile: cycles to reload a partial tile into DST; transpose_tile: to transpose
    one.
    """

    startup: Annotated[int, Field(ge=0, le=10**6, strict=True)]
    block_overhead: Cycles
    issue: Annotated[float, Field(ge=0, le=10**4, allow_inf_nan=False)]
    sender_rate: Rate
    unpack_rate: Rate
    reload: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
    pack_subblock: Cycles
    dram_efficiency: Annotated[float, Field(ge=0.01, le=1, allow_inf_nan=False)]
    shared_read_rate: Rate
    write_rate: Rate
    matmul_tile: dict[str, Annotated[int, Field(ge=1, le=10**4, strict=True)]]
    epilogue_tile: dict[str, Cycles]
    spill_tile: Cycles
    transpose_tile: Cycles
    origin: str


class Device(Document):
    """One chip. Schema `ttplan.device/1`."""

    schema_: Literal["ttplan.device/1"] = Field(default="ttplan.device/1", alias="schema")
    name: str
    board: str
    arch: Literal["wormhole_b0", "blackhole"]
    clock_mhz: Positive
    clock_source: str
    grid: Grid
    l1: L1
    circular_buffers: CircularBuffers
    dram: Dram
    noc: Noc
    dst: Dst
    limits: Limits
    calibration: Calibration

    @model_validator(mode="after")
    def _consistent(self) -> Device:
        _refuse_prices("matmul_tile", self.calibration.matmul_tile, FIDELITIES)
        _refuse_prices("epilogue_tile", self.calibration.epilogue_tile, EPILOGUE)
        if self.l1.base % self.l1.cb_alignment:
            multiple = f"a multiple of {self.l1.cb_alignment}"
            raise ProblemError("the base of L1 is not aligned", self.l1.base, (multiple,), "l1.base")
        if self.l1.base >= self.l1.bytes:
            raise ProblemError(
                "no L1 is left above the reserved base", self.l1.base, (f"below {self.l1.bytes}",), "l1.base"
            )
        if len(self.noc.translated_x) < self.grid.columns or len(self.noc.translated_y) < self.grid.rows:
            raise ProblemError("a logical column or row has no virtual coordinate", path="noc")
        for x, y in self.grid.missing:
            if not (0 <= x < self.grid.columns and 0 <= y < self.grid.rows):
                allowed = (f"x 0..{self.grid.columns - 1}", f"y 0..{self.grid.rows - 1}")
                raise ProblemError("a missing core outside the grid", f"[{x}, {y}]", allowed, "grid.missing")
        if not self.cores:
            raise ProblemError("the device has no worker cores", path="grid")
        return self

    @cached_property
    def cores(self) -> tuple[tuple[int, int], ...]:
        """Available cores (x, y), row by row."""
        missing = set(self.grid.missing)
        return tuple(
            (x, y) for y in range(self.grid.rows) for x in range(self.grid.columns) if (x, y) not in missing
        )

    @property
    def l1_usable(self) -> int:
        """Bytes of one core's L1 for circular buffers and L1 buffers."""
        return self.l1.bytes - self.l1.base


def _refuse_prices(key: str, prices: dict[str, int], known: tuple[str, ...]) -> None:
    """Raises ProblemError for a price that is missing, and for one of nothing."""
    missing = next((name for name in known if name not in prices), None)
    if missing is not None:
        raise ProblemError("a price is missing", None, (missing,), f"calibration.{key}")
    unknown = next((name for name in prices if name not in known), None)
    if unknown is not None:
        raise ProblemError("a price of nothing", unknown, known, f"calibration.{key}")


def device_names() -> tuple[str, ...]:
    """Names of the devices that come with ttplan."""
    folder = resources.files("ttplan.devices")
    return tuple(
        sorted(entry.name.removesuffix(".json") for entry in folder.iterdir() if entry.name.endswith(".json"))
    )


def load_device(name_or_path: str, option: str = "--device") -> Device:
    """A device by name, or from a file of the user. Raises InputError, which names the option, or BadInputs."""
    if name_or_path in device_names():
        text = resources.files("ttplan.devices").joinpath(f"{name_or_path}.json").read_text(encoding="utf-8")
        return Device.model_validate_json(text)
    if name_or_path.endswith(".json") or "/" in name_or_path:
        device = load(Device, Path(name_or_path))
        for name, least in LEAST.items():
            if getattr(device.limits, name) < least:
                found, path = getattr(device.limits, name), f"limits.{name}"
                text = "kernels of ttplan take more than that on any core"
                raise InputError(path, text, found, (f"at least {least}",), file=name_or_path)
        return device
    raise InputError(option, "no device of this name, and not a .json file", name_or_path, device_names())


def without(device: Device, cores: tuple[tuple[int, int], ...]) -> Device:
    """The device without the cores of `reserve.cores`. Raises InputError when one does not exist or none is left."""
    if not cores:
        return device
    columns, rows = device.grid.columns, device.grid.rows
    for place, (x, y) in enumerate(cores):
        if not (0 <= x < columns and 0 <= y < rows):
            text, allowed = "a reserved core outside the grid", (f"x 0..{columns - 1}", f"y 0..{rows - 1}")
            raise InputError(f"reserve.cores[{place}]", text, f"[{x}, {y}]", allowed)
    if set(device.cores) <= set(cores):
        text, count = "no core of the device is left", len(device.cores)
        raise InputError(
            "reserve.cores", text, len(set(cores)), (f"at most {count - 1} of its {count} cores",)
        )
    grid = device.grid.model_copy(update={"missing": tuple(sorted({*device.grid.missing, *cores}))})
    return validate(Device, {**device.model_dump(by_alias=True), "grid": grid.model_dump()})
