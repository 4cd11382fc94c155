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
from ttplan.plan import CostTerm, Plan, Stream, Tiling

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
    """An input first brought from DRAM interleaved into another layout."""

    stream: str
    tiles: int
    tile_bytes: int


@dataclass(frozen=True)
class Configuration:
    """What the cost of a plan depends on. Sizes in tiles.

    k_tiles: Kt; block: (bh, bw) out block; k_block: kb; subblock: (sh, sw). rounds: R, out blocks one after
    another on the busiest core; chip_rounds: out blocks of all cores, `cores * R` unless the partition is
    `split`. groups: (gm, gn) cores along m and n. epilogue: keys of `Calibration.epilogue_tile`.
    flows: in0, in1, add0.., out.
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
        """The configuration a plan decided. Raises InternalError when a stream of the product is missing."""
        for name in ("in0", "in1", "out"):
            if plan.stream(name) is None:
                raise InternalError(f"the plan has no stream {name}")
        blocking, partition = plan.blocking, plan.partition
        cores = len(partition.cores)
        if partition.scheme == "split":
            chip_rounds = split_blocks(plan.tiling, blocking.out_block)
            rounds = -(-chip_rounds // cores)
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


def split_blocks(tiling: Tiling, block: tuple[int, int]) -> int:
    """Out blocks of a whole output: what `split` deals to cores."""
    return tiling.batch * -(-tiling.m // block[0]) * -(-tiling.n // block[1])


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
        )
        for buffer in plan.buffers
        if buffer.moved
    )


@lru_cache(maxsize=4096)
def _decimal(constant: float) -> Fraction:
    """A constant as the decimal number the device file shows, not as its binary approximation."""
    return Fraction(str(constant))


@dataclass(frozen=True)
class TileCosts:
    """Milli-cycles of one tile of a configuration under one calibration.

    multiply: c_m, one tile product; finish: E_m, the epilogue of an output tile. By stream: carry, one tile
    through one data mover (a_m + wire_m); chip, one tile between DRAM and chip (dram_m, crowd_m or store_m).
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
    """c_m: the shorter side of a subblock stays in the registers two tiles at a time, the other streams."""
    rows, columns = configuration.subblock
    in0, in1 = configuration.flow("in0").tile_bytes, configuration.flow("in1").tile_bytes
    held, streamed = (in0, in1) if columns >= rows else (in1, in0)
    short, long = min(rows, columns), max(rows, columns)
    unpacked = _decimal(calibration.unpack_rate) * rows * columns
    unpack = math.ceil(MILLI * (-(-short // 2)) * long * streamed / unpacked)
    reload = math.ceil(MILLI * _decimal(calibration.reload) * short * held / unpacked)
    return max(MILLI * calibration.matmul_tile[configuration.fidelity], unpack) + reload


def milli_terms(configuration: Configuration, calibration: Calibration, peak: float) -> dict[str, int]:
    """The terms in milli-cycles, nothing rounded after the prices of single tiles; keys as in `terms`."""
    return _Pricing(configuration, tile_costs(configuration, calibration, peak), 1).terms(calibration, peak)


def terms(
    configuration: Configuration, calibration: Calibration, peak: float, unit: int = 1
) -> dict[str, int]:
    """Every term of docs/cost_model.md, in the order of that page; terms that do not occur are 0.

    Keys: startup, compute, riscv_0, riscv_1, dram, alternate_in0, alternate_in1, resources, fill, stall,
    tail, then move_<stream> for each input that is moved. peak: DRAM bytes per cycle of the chip.
    unit: cycles per unit of the result; pieces are rounded up to whole units before they are added.
    """
    one = tile_costs(configuration, calibration, peak)
    return _Pricing(configuration, one, MILLI * unit).terms(calibration, peak)


def modelled_time(values: dict[str, int]) -> int:
    """Modelled time from the terms: from the start of the program to the last byte written."""
    return sum(value for name, value in values.items() if name not in RESOURCES)


def binding(values: dict[str, int]) -> str:
    """Name of the resource that is the maximum; the first of equals in the order of RESOURCES."""
    return next(name for name in RESOURCES if values[name] == values["resources"])


def recompute(plan: Plan) -> tuple[CostTerm, ...]:
    """The terms of a plan from its decisions, in the order of `terms`; units as coarse as the plan states.

    Raises InternalError when a stream of the product is missing.
    """
    configuration, calibration = Configuration.of(plan), plan.device.calibration
    peak = plan.device.dram.bytes_per_cycle
    cycles = terms(configuration, calibration, peak)
    units = terms(configuration, calibration, peak, plan.cost.unit)
    return tuple(CostTerm(name=name, cycles=cycles[name], units=units[name]) for name in cycles)


@dataclass(frozen=True)
class _Pricing:
    """The terms of one configuration. grain: milli-cycles of one unit; pieces are rounded up to it."""

    configuration: Configuration
    one: TileCosts
    grain: int

    def _up(self, milli: int) -> int:
        return -(-milli // self.grain)

    def terms(self, calibration: Calibration, peak: float) -> dict[str, int]:
        flows = self.configuration.flows
        streams = {flow.name: self._up(self._stream(flow)) for flow in flows}
        values = {
            "startup": self._up(math.ceil(MILLI * _decimal(calibration.startup))),
            "compute": self._up(self._compute()),
        }
        for mover in DATA_MOVERS:
            values[mover] = sum(streams[flow.name] for flow in flows if flow.processor == mover)
        values["dram"] = sum(self._up(self._chip_tiles(flow) * self.one.chip[flow.name]) for flow in flows)
        blocks = self.configuration.rounds * self.configuration.k_blocks
        for name in ("in0", "in1"):
            flow = self.configuration.flow(name)
            takes_turns = flow.moves and flow.depth == 1 and blocks > 1
            values[f"alternate_{name}"] = values["compute"] + streams[name] if takes_turns else 0
        values["resources"] = max(values[name] for name in RESOURCES)
        values |= self._edges()
        for move in self.configuration.moves:
            values[f"move_{move.stream}"] = self._up(_move(move, calibration, peak))
        return values

    def _compute(self) -> int:
        cfg, one = self.configuration, self.one
        reloads = min(cfg.k_blocks - 1, 1) if cfg.l1_accumulation else cfg.k_blocks - 1
        tile = cfg.k_tiles * one.multiply + one.finish + cfg.k_blocks * one.pack + reloads * one.spill
        transposed = cfg.block[0] * cfg.k_tiles if cfg.flow("in0").transposed else 0
        return cfg.rounds * (cfg.block_tiles * tile + transposed * one.transpose)

    def _tiles_per_round(self, flow: Flow) -> int:
        """Tiles a core moves of a stream for one out block."""
        rows, columns = self.configuration.block
        if flow.name == "in0":
            return rows * self.configuration.k_tiles
        if flow.name == "in1":
            return self.configuration.k_tiles * columns
        return columns if flow.row_broadcast else rows * columns

    def _stream(self, flow: Flow) -> int:
        """Milli-cycles of a data mover for a whole stream."""
        if not flow.moves:
            return 0
        per_round = self.configuration.k_blocks if flow.name in ("in0", "in1") else int(flow.name != "out")
        carried = self._tiles_per_round(flow) * self.one.carry[flow.name]
        return self.configuration.rounds * (per_round * self.one.handshake + carried)

    def _chip_tiles(self, flow: Flow) -> int:
        """Tiles of a stream between DRAM and the chip. A group reads once; `tail` has the last out blocks."""
        rounds = self.configuration.chip_rounds
        if flow.name == "out":
            rounds -= self.configuration.cores
        if flow.movement == "multicast":
            rounds = self.configuration.rounds * self.configuration.groups[0 if flow.name == "in0" else 1]
        return rounds * self._tiles_per_round(flow) if flow.moves else 0

    def _edges(self) -> dict[str, int]:
        """Fill, stall and tail: what overlapping reads, compute and writes cannot hide."""
        cfg, one = self.configuration, self.one
        out, inputs = cfg.flow("out"), (cfg.flow("in0"), cfg.flow("in1"))
        shared_out = out.moves and any(flow.moves and flow.processor == out.processor for flow in inputs)
        side = {"in0": cfg.block[0], "in1": cfg.block[1]}
        first = {
            flow.name: self._up(one.handshake + side[flow.name] * cfg.k_block * one.carry[flow.name])
            for flow in inputs
            if flow.moves
        }
        carried = {flow.name: flow.processor for flow in inputs}
        fill = max(sum(first[name] for name in first if carried[name] == mover) for mover in DATA_MOVERS)
        area = cfg.subblock[0] * cfg.subblock[1]
        written = max(one.carry["out"], cfg.cores * one.chip["out"]) if out.moves else 0
        hidden = (cfg.subblocks - 1) * area * (cfg.k_block * one.multiply + one.pack)
        exposed = cfg.block_tiles * written - hidden
        write_back = self._up(max(area * written, exposed)) if out.moves else 0
        waits = shared_out or cfg.out_shares_partials
        return {
            "fill": fill * (cfg.rounds if shared_out else 1),
            "stall": (cfg.rounds - 1) * write_back if waits else 0,
            "tail": write_back,
        }


def _move(move: Move, calibration: Calibration, peak: float) -> int:
    """Milli-cycles to bring an input from DRAM into another layout."""
    dram = math.ceil(MILLI * move.tile_bytes / (_decimal(calibration.dram_efficiency) * _decimal(peak)))
    wire = math.ceil(MILLI * move.tile_bytes / _decimal(calibration.sender_rate))
    return move.tiles * (dram + wire)
