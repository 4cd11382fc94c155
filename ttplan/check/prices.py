"""Cost of a plan from docs/cost_model.md: constants in milli-cycles, pieces in whole units, terms."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, prod

from ttplan.check.meaning import ceil_div
from ttplan.check.subject import Subject
from ttplan.formats import FORMATS
from ttplan.plan import Stream

RESOURCES = ("compute", "riscv_0", "riscv_1", "dram", "alternate_in0", "alternate_in1")
"""Terms that overlap; the largest counts."""


def milli(constant: float) -> int:
    """A constant in milli-cycles, rounded up; constants are the decimal numbers of the device file."""
    return ceil(1000 * Fraction(str(constant)))


@dataclass(frozen=True)
class Prices:
    """A plan with its constants in reach. Prices of one tile are milli-cycles; unit: cycles per cost unit."""

    subject: Subject
    unit: int = 1

    def whole(self, milli_cycles: int) -> int:
        """Milli-cycles in cost units, rounded up: every piece is rounded by itself."""
        return ceil_div(ceil_div(milli_cycles, 1000), self.unit)

    @property
    def rounds(self) -> int:
        """R: out blocks one after another on the busiest core."""
        return max((item.blocks for item in self.subject.plan.partition.work), default=0)

    def tile_bytes(self, stream: str) -> int:
        """Bytes of a tile of a stream, from the kernel's dtype."""
        declared = self.subject.plan.kernel.buffer(self.subject.meaning.operands[stream].buffer)
        return FORMATS[declared.dtype].tile_bytes if declared else 0

    def per_byte(self, amount: int | Fraction, rate: float | Fraction) -> int:
        """So many bytes at so many bytes per cycle."""
        return ceil(1000 * Fraction(amount) / (Fraction(str(rate)) if isinstance(rate, float) else rate))

    def wire(self, stream: str) -> int:
        """One tile through one data mover."""
        return self.per_byte(self.tile_bytes(stream), float(self.subject.plan.device.calibration.sender_rate))

    def carry(self, stream: str) -> int:
        """Issue and wire of one tile; a rotation reads its own L1 and issues nothing per tile."""
        rotated = self.subject.movement(stream) == "rotate"
        return self.wire(stream) + (0 if rotated else milli(self.subject.plan.device.calibration.issue))

    def dram(self, stream: str) -> int:
        """One tile from DRAM read by few."""
        device = self.subject.plan.device
        reachable = Fraction(str(device.calibration.dram_efficiency)) * Fraction(
            str(device.dram.bytes_per_cycle)
        )
        return self.per_byte(self.tile_bytes(stream), reachable)

    def store(self) -> int:
        """One tile of out into DRAM, chip-wide."""
        return self.per_byte(self.tile_bytes("out"), float(self.subject.plan.device.calibration.write_rate))

    def product(self) -> int:
        """c_m: one tile product, bound by the matrix unit or by the unpackers, and the exposed reload."""
        plan, constants = self.subject.plan, self.subject.plan.device.calibration
        rows, columns = plan.blocking.subblock
        if columns >= rows:
            streamed = ceil_div(rows, 2) * columns * self.tile_bytes("in1")
            resident = rows * self.tile_bytes("in0")
        else:
            streamed = ceil_div(columns, 2) * rows * self.tile_bytes("in0")
            resident = columns * self.tile_bytes("in1")
        rate = Fraction(str(constants.unpack_rate)) * rows * columns
        math = 1000 * constants.matmul_tile.get(plan.kernel.compute.math_fidelity, 0)
        exposed = Fraction(str(constants.reload)) * resident
        return max(math, self.per_byte(streamed, rate)) + self.per_byte(exposed, rate)

    def pack(self) -> int:
        """Share of one tile in packing its subblock once per K block."""
        return ceil_div(
            milli(self.subject.plan.device.calibration.pack_subblock),
            prod(self.subject.plan.blocking.subblock),
        )

    def tiles(self, stream: Stream) -> int:
        """Tiles of a stream for one out block, padding included."""
        height, width = self.subject.plan.blocking.out_block
        if stream.name == "in0":
            return height * self.subject.plan.tiling.k
        if stream.name == "in1":
            return self.subject.plan.tiling.k * width
        return width if stream.row_broadcast else height * width


def compute(prices: Prices) -> int:
    """Units of the compute kernel of the busiest core."""
    plan, constants = prices.subject.plan, prices.subject.plan.device.calibration
    blocking, meaning = plan.blocking, prices.subject.meaning
    epilogue = 0
    for step in meaning.epilogue:
        row = step.operand is not None and meaning.operands[step.operand].row_broadcast
        epilogue += 1000 * constants.epilogue_tile.get("add_row" if row else step.op, 0)
    reloads = min(1, blocking.k_blocks - 1) if blocking.l1_accumulation else blocking.k_blocks - 1
    tile = plan.tiling.k * prices.product() + epilogue + blocking.k_blocks * prices.pack()
    total = prod(blocking.out_block) * (tile + reloads * 1000 * constants.spill_tile)
    if meaning.operands["in0"].transposed:
        total += blocking.out_block[0] * plan.tiling.k * 1000 * constants.transpose_tile
    return prices.whole(prices.rounds * total)


def stream_time(prices: Prices, stream: Stream) -> int:
    """Units a data mover spends on a stream."""
    if stream.movement == "local":
        return 0
    k_blocks = prices.subject.plan.blocking.k_blocks
    handshakes = {"in0": k_blocks, "in1": k_blocks, "out": 0}.get(stream.name, 1)
    overhead = milli(prices.subject.plan.device.calibration.block_overhead)
    carried = handshakes * overhead + prices.tiles(stream) * prices.carry(stream.name)
    return prices.whole(prices.rounds * carried)


def chip_tiles(prices: Prices, stream: Stream) -> int:
    """Tiles of a DRAM stream over the whole chip; 0 when it does not touch DRAM."""
    subject = prices.subject
    buffer = subject.buffers.get(stream.buffer)
    if buffer is None or buffer.memory != "DRAM" or stream.movement == "local":
        return 0
    if subject.split:
        readers = sum(item.blocks for item in subject.plan.partition.work)
    elif stream.movement == "multicast":
        readers = len(subject.groups(stream.name)) * prices.rounds
    else:
        readers = len(subject.work) * prices.rounds
    return readers * prices.tiles(stream)


def dram_time(prices: Prices) -> int:
    """Units the DRAM of the chip is busy."""
    total = 0
    for stream in prices.subject.plan.streams:
        buffer = prices.subject.buffers.get(stream.buffer)
        tiles = chip_tiles(prices, stream)
        if stream.movement == "write":
            price = prices.store()
            tiles -= min(tiles, len(prices.subject.work) * prices.tiles(stream))
        elif stream.movement == "read" and buffer is not None and buffer.layout == "interleaved":
            rate = float(prices.subject.plan.device.calibration.shared_read_rate)
            price = prices.per_byte(prices.tile_bytes(stream.name), rate)
        else:
            price = prices.dram(stream.name)
        total += prices.whole(tiles * price)
    return total


def dram_bytes(prices: Prices) -> int:
    """Bytes read from and written to DRAM, moves included."""
    streams = sum(chip_tiles(prices, s) * prices.tile_bytes(s.name) for s in prices.subject.plan.streams)
    moved = sum(prod(b.shape) * b.page_bytes for b in prices.subject.plan.buffers if b.moved)
    return streams + moved


def _moving_inputs(prices: Prices) -> list[Stream]:
    streams = prices.subject.plan.streams
    return [stream for stream in streams if stream.name in ("in0", "in1") and stream.movement != "local"]


def shares_mover(prices: Prices) -> bool:
    """Whether out is written by a data mover that also carries in0 or in1."""
    out = prices.subject.plan.stream("out")
    if out is None or out.movement == "local":
        return False
    return any(stream.processor == out.processor for stream in _moving_inputs(prices))


def fill(prices: Prices) -> int:
    """Units until the first block of both operands is there."""
    plan = prices.subject.plan
    (height, width), k_block = plan.blocking.out_block, plan.blocking.k_block
    overhead = milli(plan.device.calibration.block_overhead)
    first = {"riscv_0": 0, "riscv_1": 0}
    for stream in _moving_inputs(prices):
        if stream.processor is not None:
            block = height * k_block if stream.name == "in0" else k_block * width
            first[stream.processor] += prices.whole(overhead + block * prices.carry(stream.name))
    return max(first.values()) * (prices.rounds if shares_mover(prices) else 1)


def write_back(prices: Prices) -> tuple[int, int]:
    """(stall, tail) in units: what compute cannot hide of writing out blocks."""
    plan = prices.subject.plan
    out = plan.stream("out")
    if out is None or out.movement == "local":
        return 0, 0
    block = prod(plan.blocking.out_block)
    buffer = prices.subject.buffers.get(out.buffer)
    in_dram = buffer is not None and buffer.memory == "DRAM"
    written = block * max(prices.carry("out"), len(prices.subject.work) * prices.store() if in_dram else 0)
    subblocks = max(1, block // prod(plan.blocking.subblock))
    last = block * (plan.blocking.k_block * prices.product() + prices.pack())
    exposed = ceil(written - Fraction(last * (subblocks - 1), subblocks))
    names = {cb.id: cb.name for cb in plan.circular_buffers}
    aliases = [{cb.name, names.get(cb.alias_of)} for cb in plan.circular_buffers if cb.alias_of is not None]
    waits = shares_mover(prices) or {"out", "partials"} in aliases
    tail = prices.whole(max(ceil_div(written, subblocks), exposed))
    return (prices.rounds - 1) * tail if waits else 0, tail


def moves(prices: Prices) -> dict[str, int]:
    """Units of each one-off move of a free input, by term name: out of DRAM, through one data mover."""
    subject, found = prices.subject, {}
    first: dict[str, str] = {}
    for stream, operand in subject.meaning.operands.items():
        first.setdefault(operand.buffer, stream)
    for buffer in subject.plan.buffers:
        if buffer.moved and buffer.name in first:
            stream = first[buffer.name]
            tile = prices.dram(stream) + prices.wire(stream)
            found[f"move_{stream}"] = prices.whole(prod(buffer.shape) * tile)
    return found
