"""The modelled time of a configuration in plain integers: the second witness of the solver's arithmetic.

Written from docs/cost_model.md alone; docstrings name the symbols of that page.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from ttplan.device import Calibration
from ttplan.errors import InternalError
from ttplan.formats import format_of
from ttplan.plan import BufferPlan, CostTerm, Plan, Stream

Movement = Literal["read", "multicast", "rotate", "local", "write"]
DataMover = Literal["riscv_0", "riscv_1"]
MILLI = 1000
"""Milli-cycles of one cycle."""
DATA_MOVERS: tuple[DataMover, ...] = ("riscv_0", "riscv_1")
RESOURCES = ("compute", "riscv_0", "riscv_1", "dram", "alternate_in0", "alternate_in1")
"""Terms that run at the same time; the largest of them counts. The first of equals is the one that binds."""


@dataclass(frozen=True)
class Flow:
    """One stream. depth: blocks of its circular buffer. own_bank: each reader reads its own DRAM bank."""

    name: str
    tile_bytes: int
    movement: Movement
    processor: DataMover | None
    in_dram: bool
    depth: int = 2
    row_broadcast: bool = False
    transposed: bool = False
    own_bank: bool = False

    @property
    def moves(self) -> bool:
        """Whether a data mover carries it."""
        return self.movement != "local"


@dataclass(frozen=True)
class Move:
    """An input first brought from DRAM interleaved into another layout. holders: cores or banks that get it."""

    stream: str
    tiles: int
    tile_bytes: int
    holders: int


@dataclass(frozen=True)
class Configuration:
    """What the cost of a plan depends on. Sizes in tiles.

    k_tiles: Kt; block: (bh, bw) out block; k_block: kb; subblock: (sh, sw). rounds: R, out blocks one after another
    on the busiest core; chip_rounds: out blocks of all cores together, `cores * R` unless the partition is `split`.
    groups: (gm, gn) cores along m and n. epilogue: keys of `Calibration.epilogue_tile`. flows: in0, in1, add0.., out.
    """

    k_tiles: int
    block: tuple[int, int]
    k_block: int
    subblock: tuple[int, int]
    rounds: int
    chip_rounds: int
    cores: int
    groups: tuple[int, int]
    fidelity: str
    l1_accumulation: bool
    flows: tuple[Flow, ...]
    epilogue: tuple[str, ...] = ()
    out_shares_partials: bool = False
    moves: tuple[Move, ...] = ()

    @property
    def block_tiles(self) -> int:
        """Tiles of an out block."""
        return self.block[0] * self.block[1]

    @property
    def k_blocks(self) -> int:
        """K blocks of one out block."""
        return -(-self.k_tiles // self.k_block)

    @property
    def subblocks(self) -> int:
        """Subblocks of an out block."""
        return self.block_tiles // (self.subblock[0] * self.subblock[1])

    def flow(self, name: str) -> Flow:
        """The stream of that name."""
        return next(flow for flow in self.flows if flow.name == name)

    @staticmethod
    def of(plan: Plan) -> Configuration:
        """The configuration a plan decided. Raises InternalError when a stream of the contraction is missing."""
        for name in ("in0", "in1", "out"):
            if plan.stream(name) is None:
                raise InternalError(f"the plan has no stream {name}")
        blocking, partition = plan.blocking, plan.partition
        cores = len(partition.cores)
        if partition.scheme == "split":
            rounds = max(work.blocks for work in partition.work)
            chip_rounds = sum(work.blocks for work in partition.work)
        else:
            rounds = plan.tiling.batch * blocking.out_blocks[0] * blocking.out_blocks[1]
            chip_rounds = cores * rounds
        return Configuration(
            k_tiles=plan.tiling.k,
            block=blocking.out_block,
            k_block=blocking.k_block,
            subblock=blocking.subblock,
            rounds=rounds,
            chip_rounds=chip_rounds,
            cores=cores,
            groups=partition.grid,
            fidelity=plan.kernel.compute.math_fidelity,
            l1_accumulation=blocking.l1_accumulation,
            flows=tuple(_flow(plan, stream) for stream in plan.streams),
            epilogue=_epilogue(plan),
            out_shares_partials=_out_shares_partials(plan),
            moves=_moves(plan),
        )


def _flow(plan: Plan, stream: Stream) -> Flow:
    buffer = plan.buffer(stream.buffer)
    cb = plan.cb(stream.name)
    return Flow(
        name=stream.name,
        tile_bytes=format_of(buffer.dtype).tile_bytes,
        movement=stream.movement,
        processor=stream.processor,
        in_dram=buffer.memory == "DRAM",
        depth=cb.depth if cb is not None else 1,
        row_broadcast=stream.row_broadcast,
        transposed=stream.transposed,
        own_bank=buffer.memory == "DRAM" and buffer.layout != "interleaved" and stream.movement == "read",
    )


def _epilogue(plan: Plan) -> tuple[str, ...]:
    broadcast = {stream.name for stream in plan.streams if stream.row_broadcast}
    return tuple("add_row" if op.op == "add" and op.stream in broadcast else op.op for op in plan.epilogue)


def _out_shares_partials(plan: Plan) -> bool:
    out, partials = plan.cb("out"), plan.cb("partials")
    if out is None or partials is None:
        return False
    return partials.alias_of == out.id or out.alias_of == partials.id


def _moves(plan: Plan) -> tuple[Move, ...]:
    first: dict[str, str] = {}
    for stream in plan.streams:
        first.setdefault(stream.buffer, stream.name)
    return tuple(
        Move(
            stream=first[buffer.name],
            tiles=buffer.shape[0] * buffer.shape[1],
            tile_bytes=format_of(buffer.dtype).tile_bytes,
            holders=_holders(plan, buffer),
        )
        for buffer in plan.buffers
        if buffer.moved
    )


def _holders(plan: Plan, buffer: BufferPlan) -> int:
    if buffer.shard is not None:
        return len(buffer.shard.cores)
    return len(plan.device.cores) if buffer.memory == "L1" else plan.device.dram.banks


@lru_cache(maxsize=4096)
def _decimal(constant: float) -> Fraction:
    """A constant as the decimal number the device file shows, not as its binary approximation."""
    return Fraction(str(constant))


@dataclass(frozen=True)
class TileCosts:
    """Milli-cycles of one tile of a configuration under one calibration.

    multiply: c_m, one tile product; finish: E_m, the epilogue of an output tile. By stream: carry, one tile through
    one data mover (a_m + wire_m); chip, one tile between DRAM and the chip (dram_m, crowd_m or store_m).
    """

    multiply: int
    pack: int
    spill: int
    transpose: int
    finish: int
    handshake: int
    carry: dict[str, int]
    chip: dict[str, int]


def tile_costs(configuration: Configuration, calibration: Calibration, peak: float) -> TileCosts:
    """Rates turned into milli-cycles per tile, each rounded up. peak: DRAM bytes per cycle of the chip."""
    area = configuration.subblock[0] * configuration.subblock[1]
    issue = math.ceil(MILLI * _decimal(calibration.issue))
    sender_rate = _decimal(calibration.sender_rate)
    carry: dict[str, int] = {}
    chip: dict[str, int] = {}
    for flow in configuration.flows:
        wire = math.ceil(MILLI * flow.tile_bytes / sender_rate)
        carry[flow.name] = 0 if not flow.moves else wire if flow.movement == "rotate" else issue + wire
        chip[flow.name] = 0
        if flow.in_dram:
            chip[flow.name] = math.ceil(MILLI * flow.tile_bytes / _chip_rate(flow, calibration, peak))
    return TileCosts(
        multiply=_multiply(configuration, calibration),
        pack=-(-math.ceil(MILLI * _decimal(calibration.pack_subblock)) // area),
        spill=MILLI * calibration.spill_tile,
        transpose=MILLI * calibration.transpose_tile,
        finish=sum(MILLI * calibration.epilogue_tile[op] for op in configuration.epilogue),
        handshake=math.ceil(MILLI * _decimal(calibration.block_overhead)),
        carry=carry,
        chip=chip,
    )


def _chip_rate(flow: Flow, calibration: Calibration, peak: float) -> Fraction:
    if flow.movement == "write":
        return _decimal(calibration.write_rate)
    if flow.movement == "read" and not flow.own_bank:
        return _decimal(calibration.shared_read_rate)
    return _decimal(calibration.dram_efficiency) * _decimal(peak)


def _multiply(configuration: Configuration, calibration: Calibration) -> int:
    """c_m: the shorter side of a subblock stays in the source registers two tiles at a time, the other streams."""
    rows, columns = configuration.subblock
    in0, in1 = configuration.flow("in0").tile_bytes, configuration.flow("in1").tile_bytes
    held, streamed = (in0, in1) if columns >= rows else (in1, in0)
    short, long = min(rows, columns), max(rows, columns)
    unpacked = _decimal(calibration.unpack_rate) * rows * columns
    unpack = math.ceil(MILLI * (-(-short // 2)) * long * streamed / unpacked)
    reload = math.ceil(MILLI * _decimal(calibration.reload) * short * held / unpacked)
    return max(MILLI * calibration.matmul_tile[configuration.fidelity], unpack) + reload


def milli_terms(configuration: Configuration, calibration: Calibration, peak: float) -> dict[str, int]:
    """Every term in milli-cycles, before the last rounding; keys as in `terms` without `resources`."""
    one = tile_costs(configuration, calibration, peak)
    streams = {flow.name: _stream(configuration, flow, one) for flow in configuration.flows}
    values = {
        "startup": math.ceil(MILLI * _decimal(calibration.startup)),
        "compute": _compute(configuration, one),
    }
    for mover in DATA_MOVERS:
        values[mover] = sum(streams[flow.name] for flow in configuration.flows if flow.processor == mover)
    values["dram"] = sum(_chip_tiles(configuration, flow) * one.chip[flow.name] for flow in configuration.flows)
    blocks = configuration.rounds * configuration.k_blocks
    for name in ("in0", "in1"):
        flow = configuration.flow(name)
        takes_turns = flow.moves and flow.depth == 1 and blocks > 1
        values[f"alternate_{name}"] = values["compute"] + streams[name] if takes_turns else 0
    values |= _edges(configuration, one)
    for move in configuration.moves:
        values[f"move_{move.stream}"] = _move(move, calibration, peak)
    return values


def terms(configuration: Configuration, calibration: Calibration, peak: float) -> dict[str, int]:
    """Cycles of every term of docs/cost_model.md, in the order of that page; terms that do not occur are 0.

    Keys: startup, compute, riscv_0, riscv_1, dram, alternate_in0, alternate_in1, resources, fill, stall, tail,
    then move_<stream> for each input that is moved. peak: DRAM bytes per cycle of the chip.
    """
    cycles: dict[str, int] = {}
    for name, milli in milli_terms(configuration, calibration, peak).items():
        if name == "fill":
            cycles["resources"] = max(cycles[resource] for resource in RESOURCES)
        cycles[name] = -(-milli // MILLI)
    return cycles


def modelled_time(cycles: dict[str, int]) -> int:
    """Modelled time from the terms: cycles from the start of the program to the last byte written."""
    return sum(value for name, value in cycles.items() if name not in RESOURCES)


def binding(cycles: dict[str, int]) -> str:
    """Name of the resource that is the maximum; the first of equals in the order of RESOURCES."""
    return next(name for name in RESOURCES if cycles[name] == cycles["resources"])


def recompute(plan: Plan) -> tuple[CostTerm, ...]:
    """The terms of a plan from its decisions, in the order of `terms`; units as coarse as the plan states.

    Raises InternalError when the plan lacks a stream of the contraction.
    """
    cycles = terms(Configuration.of(plan), plan.device.calibration, plan.device.dram.bytes_per_cycle)
    unit = plan.cost.unit
    return tuple(CostTerm(name=name, cycles=value, units=-(-value // unit)) for name, value in cycles.items())


def _compute(configuration: Configuration, one: TileCosts) -> int:
    blocks = configuration.k_blocks
    reloads = min(blocks - 1, 1) if configuration.l1_accumulation else blocks - 1
    tile = configuration.k_tiles * one.multiply + one.finish + blocks * one.pack + reloads * one.spill
    transposed = configuration.block[0] * configuration.k_tiles if configuration.flow("in0").transposed else 0
    return configuration.rounds * (configuration.block_tiles * tile + transposed * one.transpose)


def _tiles_per_round(configuration: Configuration, flow: Flow) -> int:
    """Tiles a core moves of a stream for one out block."""
    rows, columns = configuration.block
    if flow.name == "in0":
        return rows * configuration.k_tiles
    if flow.name == "in1":
        return configuration.k_tiles * columns
    return columns if flow.row_broadcast else rows * columns


def _handshakes_per_round(configuration: Configuration, flow: Flow) -> int:
    if flow.name in ("in0", "in1"):
        return configuration.k_blocks
    return 0 if flow.name == "out" else 1


def _stream(configuration: Configuration, flow: Flow, one: TileCosts) -> int:
    """Milli-cycles of a data mover for a whole stream."""
    if not flow.moves:
        return 0
    handshakes = _handshakes_per_round(configuration, flow) * one.handshake
    return configuration.rounds * (handshakes + _tiles_per_round(configuration, flow) * one.carry[flow.name])


def _chip_tiles(configuration: Configuration, flow: Flow) -> int:
    """Tiles of a stream between DRAM and the whole chip. A multicast group reads once."""
    rounds = configuration.chip_rounds
    if flow.movement == "multicast":
        rounds = configuration.rounds * configuration.groups[0 if flow.name == "in0" else 1]
    return rounds * _tiles_per_round(configuration, flow) if flow.moves else 0


def _edges(configuration: Configuration, one: TileCosts) -> dict[str, int]:
    """Milli-cycles of fill, stall and tail: what overlapping reads, compute and writes cannot hide."""
    out = configuration.flow("out")
    inputs = tuple(configuration.flow(name) for name in ("in0", "in1"))
    shared_out = out.moves and any(flow.moves and flow.processor == out.processor for flow in inputs)
    rows, columns = configuration.block
    first_block = {"in0": rows * configuration.k_block, "in1": configuration.k_block * columns}
    arrival = max(
        sum(
            one.handshake + first_block[flow.name] * one.carry[flow.name]
            for flow in inputs
            if flow.moves and flow.processor == mover
        )
        for mover in DATA_MOVERS
    )
    subblock_tiles = configuration.subblock[0] * configuration.subblock[1]
    written = max(one.carry["out"], configuration.cores * one.chip["out"]) if out.moves else 0
    last_k_block = configuration.k_block * one.multiply + one.pack
    hidden = (configuration.subblocks - 1) * subblock_tiles * last_k_block
    exposed = configuration.block_tiles * written - hidden
    waits = out.moves and (shared_out or configuration.out_shares_partials)
    return {
        "fill": arrival * (configuration.rounds if shared_out else 1),
        "stall": (configuration.rounds - 1) * max(0, exposed) if waits else 0,
        "tail": max(subblock_tiles * written, exposed) if out.moves else 0,
    }


def _move(move: Move, calibration: Calibration, peak: float) -> int:
    dram = math.ceil(MILLI * move.tile_bytes / (_decimal(calibration.dram_efficiency) * _decimal(peak)))
    wire = math.ceil(MILLI * move.tile_bytes / _decimal(calibration.sender_rate))
    return move.tiles * dram - (-move.tiles * wire // move.holders)
