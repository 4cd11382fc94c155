"""The plan document: every decision for one kernel on one device, in one table that host, kernels and
checker read.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ttplan.device import Device
from ttplan.document import Document
from ttplan.kernel import Kernel

Core = tuple[int, int]
"""Logical core (x = column, y = row)."""
Range = tuple[int, int, int, int]
"""Inclusive rectangle of logical cores: x0, y0, x1, y1."""
Natural = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]
DataMover = Literal["riscv_0", "riscv_1"]
Processor = DataMover | Literal["compute"]
Scheme = Literal["split", "multicast_in0", "multicast_in1", "multicast_2d"]
Orientation = Literal["row_major", "col_major"]
Movement = Literal["read", "multicast", "rotate", "local", "write"]


class Tiling(Document):
    """Sizes of the iteration space in tiles. batch: matrices looped or split; m counts all batches when
    fused.

    in0_batched / in1_batched: whether the operand has one matrix per batch or one for all.
    """

    batch: Positive
    m: Positive
    n: Positive
    k: Positive
    fused_batch: Positive
    in0_batched: bool
    in1_batched: bool


class Shard(Document):
    """A sharded buffer. shape: (rows, columns) of one shard in tiles; grid: shards along (rows, columns).

    cores: owner of each shard, shards in row-major order of the shard grid (banks as (bank, 0) in DRAM).
    """

    shape: tuple[Positive, Positive]
    grid: tuple[Positive, Positive]
    orientation: Orientation
    cores: tuple[Core, ...]


class BufferPlan(Document):
    """Where a parameter of the kernel lives. shape: padded (rows, columns) in tiles with batch dims folded
    into rows.

    elements: logical shape; padded: the same with the last two dims rounded up to tiles. address: byte
    address in every bank that the plan assumes (the host allocator decides at run time; the simulator uses
    this one). bytes_per_core: L1 bytes of the buffer on the fullest core, 0 in DRAM. moved: charged move from
    DRAM into this layout.
    """

    name: str
    io: Literal["in", "out"]
    dtype: str
    memory: Literal["DRAM", "L1"]
    layout: Literal["interleaved", "height_sharded", "width_sharded", "block_sharded"]
    shape: tuple[Positive, Positive]
    elements: tuple[Positive, ...]
    padded: tuple[Positive, ...]
    page_bytes: Positive
    pages: Positive
    shard: Shard | None = None
    address: Natural
    bytes_per_core: Natural
    moved: bool = False


class CoreWork(Document):
    """Work of one core, in output tiles. start_tile: row-major id of its first tile over (m, n), batches
    outermost.

    m_start.. n_count: first row / column and how many real ones (padding excluded); for a split partition
    they describe the first out block. blocks: out blocks the core computes, one after another. shard: (y, x)
    of its local shard.
    """

    core: Core
    start_tile: Natural
    tile_count: Positive
    m_start: Natural
    m_count: Positive
    n_start: Natural
    n_count: Positive
    blocks: Positive
    shard: tuple[Natural, Natural] | None = None


class Partition(Document):
    """Who works on what. scheme: `split` deals out blocks to cores one after another and every core reads for
    itself; the others give each core one rectangle of the output and multicast operands.

    grid: work cores along (m, n); transposed: m runs over columns of cores instead of rows.
    per_core: (m, n) tiles of the rectangle of a core, padding included (one out block for `split`).
    """

    mode: Literal["global", "local_shard"]
    scheme: Scheme
    grid: tuple[Positive, Positive]
    transposed: bool
    cores: tuple[Core, ...]
    core_ranges: tuple[Range, ...]
    per_core: tuple[Positive, Positive]
    work: tuple[CoreWork, ...]


class Blocking(Document):
    """Block sizes in tiles. out_blocks: out blocks of a core along (m, n); k_blocks: K blocks; last_k: tiles
    of the last.

    l1_accumulation: partial sums are accumulated by the packer in L1; otherwise spilled and reloaded
    (k_blocks > 1). traversal: order in which a core visits its output tiles (ttplan/facts/traversal.py).
    """

    out_block: tuple[Positive, Positive]
    out_blocks: tuple[Positive, Positive]
    k_block: Positive
    k_blocks: Positive
    last_k: Positive
    subblock: tuple[Positive, Positive]
    l1_accumulation: bool
    traversal: Annotated[str, Field(pattern=r"^(row_major|match_shard|block_linear\([1-9]\d*\))$")]


class Stream(Document):
    """A flow of tiles between a buffer and the compute kernel of each core.

    name: `in0`, `in1`, `out`, `add0`, `add1`... (operand of the n-th binary epilogue op).
    block: (rows, columns) of tiles per transfer; every: a transfer per K block or per out block.
    movement: `read` each core reads for itself; `multicast` one core of each group reads and multicasts;
    `rotate` the owner of each K shard multicasts it in turn; `local` the circular buffer is the shard;
    `write` each core writes its tiles. transposed: tiles and tile order are stored transposed. row_broadcast:
    one tile row, repeated down the block.
    """

    name: str
    buffer: str
    block: tuple[Positive, Positive]
    every: Literal["k_block", "out_block"]
    movement: Movement
    processor: DataMover | None = None
    transposed: bool = False
    row_broadcast: bool = False
    batched: bool = False


class CircularBuffer(Document):
    """One circular buffer, same id and address on all its cores. depth: blocks; pages = depth * block_pages.

    alias_of: another circular buffer whose memory it shares. on_buffer: the L1 shard it lies on (no memory of
    its own).
    """

    id: Natural
    name: str
    dtype: str
    page_bytes: Positive
    block_pages: Positive
    depth: Positive
    pages: Positive
    bytes: Positive
    address: Natural
    alias_of: int | None = None
    on_buffer: str | None = None


class Semaphore(Document):
    """A program semaphore on all work cores."""

    id: Natural
    name: str
    initial: Natural


class CompileArg(Document):
    """A named compile-time argument. note: the decision it came from."""

    name: str
    value: Natural
    note: str = ""


class RuntimeArg(Document):
    """One runtime argument. kind: `value`, `address` (of buffer `of`), `noc_x` / `noc_y` (logical column /
    row that the host translates to the virtual coordinate).
    """

    name: str
    kind: Literal["value", "address", "noc_x", "noc_y"]
    of: str | None = None


class CoreArgs(Document):
    """Values of the per-core runtime arguments on one core, in the order of `runtime_args`."""

    core: Core
    values: tuple[Natural, ...]


class Role(Document):
    """What a data-movement kernel does for one stream, in program order of the step.

    part: `read`, `send` (read and multicast), `receive`, `rotate`, `write`. rectangles: multicast rectangles
    of a sender; owners: cores that send in turn.
    """

    stream: str
    part: Literal["read", "send", "receive", "rotate", "write"]
    rectangles: Natural = 0
    owners: Natural = 0


class KernelPlan(Document):
    """One kernel source on one set of cores. Argument order is the order of the lists.

    accessors: buffers whose TensorAccessor arguments follow each other in the positional compile-time
    arguments.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
    processor: Processor
    noc: Literal[0, 1] | None = None
    core_ranges: tuple[Range, ...]
    cores: tuple[Core, ...]
    roles: tuple[Role, ...]
    compile_args: tuple[CompileArg, ...]
    accessors: tuple[str, ...]
    common_args: tuple[RuntimeArg, ...]
    common_values: tuple[Natural, ...]
    runtime_args: tuple[RuntimeArg, ...]
    values: tuple[CoreArgs, ...]


class EpilogueOp(Document):
    """An op applied to each output tile in DST after the last K block. stream: operand of `add`. value:
    factor of `scale`.
    """

    op: str
    stream: str | None = None
    value: float | None = None


class CostTerm(Document):
    """One term of the modelled time: cycles, exact, and cost units (cycles / unit, rounded up) as the
    solver saw it.
    """

    name: str
    cycles: Natural
    units: Natural
    note: str = ""


class Cost(Document):
    """Modelled time and the lower objective levels. cycles: total; unit: cycles per cost unit; units:
    objective value.

    binding: name of the resource term that is the maximum. lower_bound: proven lower bound of the objective
    in units.
    """

    cycles: Natural
    unit: Positive
    units: Natural
    lower_bound: Natural
    terms: tuple[CostTerm, ...]
    binding: str
    dram_bytes: Natural
    l1_bytes: Natural
    cores: Natural


class L1Use(Document):
    """L1 of the fullest core in bytes: circular buffers from the base up, shards from the top down."""

    base: Natural
    circular_buffers: Natural
    buffers: Natural
    reserved: Natural
    free: Natural
    capacity: Natural


class Deviation(Document):
    """A place where ttplan differs on purpose from what an upstream pass produced."""

    key: str
    upstream: str
    here: str


class Plan(Document):
    """Every decision for one kernel on one device. Schema `ttplan.plan/1`.

    rules: what it obeys beside the encodings and pins (--rules, --for), as clingo writes it; it is optimal among those
    plans.
    """

    schema_: Literal["ttplan.plan/1"] = Field(default="ttplan.plan/1", alias="schema")
    version: str
    kernel: Kernel
    device: Device
    pins: tuple[str, ...] = ()
    rules: tuple[str, ...] | None = None
    status: Literal["optimal", "bounded"]
    tiling: Tiling
    partition: Partition
    blocking: Blocking
    epilogue: tuple[EpilogueOp, ...]
    buffers: tuple[BufferPlan, ...]
    streams: tuple[Stream, ...]
    circular_buffers: tuple[CircularBuffer, ...]
    semaphores: tuple[Semaphore, ...]
    kernels: tuple[KernelPlan, ...]
    l1: L1Use
    cost: Cost
    deviations: tuple[Deviation, ...] = ()

    def stream(self, name: str) -> Stream | None:
        """The stream of that name, or None."""
        return next((stream for stream in self.streams if stream.name == name), None)

    def cb(self, name: str) -> CircularBuffer | None:
        """The circular buffer of that name, or None."""
        return next((cb for cb in self.circular_buffers if cb.name == name), None)

    def buffer(self, name: str) -> BufferPlan:
        """The buffer of that name."""
        return next(buffer for buffer in self.buffers if buffer.name == name)
