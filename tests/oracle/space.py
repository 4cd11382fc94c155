"""Every plan of a small contraction, one after another, and the best of them: plain loops and nothing clever.

Legality is written from docs/kernels.md and the tt-metal rules it names, cost is `ttplan.cost.terms`
(docs/cost_model.md). Neither facts nor encodings are read. Only what cannot change the answer is left out:
- depths beyond two blocks, and beyond one for add operands, cost L1 and nothing else (`Space.all_depths` looks at them);
- the two data movers are alike, so the first stream that moves is on riscv_1;
- work that must take longer than a plan already found is not looked at (`Space.floor`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import NamedTuple

from strategies import Case

from ttplan.cost import Configuration, Flow, Move, Movement, modelled_time, terms
from ttplan.device import Device
from ttplan.formats import FORMATS
from ttplan.kernel import Layout

UNIT = 64
SIDE = 8
DRAM_INTERLEAVED, L1_INTERLEAVED = "DRAM/interleaved", "L1/interleaved"
L1_HEIGHT, L1_WIDTH, L1_BLOCK = "L1/height_sharded", "L1/width_sharded", "L1/block_sharded"
DRAM_WIDTH = "DRAM/width_sharded"
INTERLEAVED = (DRAM_INTERLEAVED, L1_INTERLEAVED)
LIKE_OUT = {L1_HEIGHT: "multicast_in1", L1_WIDTH: "multicast_in0", L1_BLOCK: "multicast_2d"}
SERVED = {
    "in0": {L1_HEIGHT: "multicast_in1", L1_WIDTH: "multicast_in0", L1_BLOCK: "multicast_2d"},
    "in1": {L1_WIDTH: "multicast_in0", DRAM_WIDTH: "multicast_in0"},
}
SHARED = {
    "split": (),
    "multicast_in0": ("in0",),
    "multicast_in1": ("in1",),
    "multicast_2d": ("in0", "in1"),
}


class Key(NamedTuple):
    """What plans are compared by: cycles, bytes, bytes, cores."""

    time: int
    dram_bytes: int
    l1_bytes: int
    cores: int


class Shape(NamedTuple):
    """A division of the output: `groups` cores along m and n, out blocks of `block` tiles, `rounds` on the
    busiest core, `chip_rounds` on all, `part` tiles of one core along m and n.
    """

    scheme: str
    groups: tuple[int, int]
    block: tuple[int, int]
    part: tuple[int, int]
    rounds: int
    chip_rounds: int

    @property
    def cores(self) -> int:
        return self.groups[0] * self.groups[1]


class Work(NamedTuple):
    """A shape with its K block and subblock."""

    shape: Shape
    k_block: int
    subblock: tuple[int, int]


Layouts = dict[str, str]
"""Memory and layout of the buffer behind each stream."""


def ceil(value: int, by: int) -> int:
    return -(-value // by)


@dataclass(frozen=True)
class Space:
    """All plans of a case on a device. all_depths: one to four blocks of every moving stream."""

    case: Case
    device: Device
    all_depths: bool = False

    # --- what is computed ---------------------------------------------------------------------------------

    @cached_property
    def streams(self) -> tuple[str, ...]:
        return ("in0", "in1", *(f"add{i}" for i in range(len(self.case.operands))), "out")

    @cached_property
    def rows_only(self) -> frozenset[str]:
        """Add operands that are one row for all."""
        return frozenset(f"add{i}" for i, operand in enumerate(self.case.operands) if operand.row)

    @cached_property
    def dtype(self) -> dict[str, str]:
        adds = {f"add{i}": operand.dtype for i, operand in enumerate(self.case.operands)}
        in0, in1, out = self.case.dtypes
        return {"in0": in0, "in1": in1, **adds, "out": out}

    @cached_property
    def tile_bytes(self) -> dict[str, int]:
        return {stream: FORMATS[dtype].tile_bytes for stream, dtype in self.dtype.items()}

    @cached_property
    def matrices(self) -> dict[str, int]:
        case, batch = self.case, max(self.case.batch, 1)
        adds = {
            f"add{i}": batch if operand.batched and not operand.row else 1
            for i, operand in enumerate(case.operands)
        }
        in0, in1 = (batch if case.in0_batched else 1), (batch if case.in1_batched else 1)
        return {"in0": in0, "in1": in1, **adds, "out": batch}

    @cached_property
    def extents(self) -> tuple[int, int, int, int]:
        """(batch, m, n, k): batches of one common in1 are rows of one tall matrix, where operands allow."""
        case = self.case
        batch, m, n, k = max(case.batch, 1), ceil(case.m, 32), ceil(case.n, 32), ceil(case.k, 32)
        lone = any(not operand.row and not operand.batched for operand in case.operands)
        if self.matrices["in1"] == 1 and not case.in0_transposed and not (lone and batch > 1):
            return 1, batch * m, n, k
        return batch, m, n, k

    @cached_property
    def buffer_tiles(self) -> dict[str, tuple[int, int]]:
        """(rows, columns) in tiles as stored."""
        case = self.case
        m, n, k = ceil(case.m, 32), ceil(case.n, 32), ceil(case.k, 32)
        stored = {
            "in0": (k, m) if case.in0_transposed else (m, k),
            "in1": (n, k) if case.in1_transposed else (k, n),
        }
        found = {}
        for stream in self.streams:
            rows, columns = stored.get(stream, (1 if stream in self.rows_only else m, n))
            found[stream] = (self.matrices[stream] * rows, columns)
        return found

    # --- cores --------------------------------------------------------------------------------------------

    @cached_property
    def rectangles(self) -> frozenset[tuple[int, int]]:
        """(width, height) of rectangles without a missing core."""
        there = set(self.device.cores)
        columns, rows = self.device.grid.columns, self.device.grid.rows
        return frozenset(
            (w, h)
            for x, y, w, h in product(range(columns), range(rows), range(1, columns + 1), range(1, rows + 1))
            if all((x + i, y + j) in there for i in range(w) for j in range(h))
        )

    @cached_property
    def lines(self) -> frozenset[int]:
        """Numbers of cores that are a rectangle, or one with a part of a row more below its left corner."""
        there = set(self.device.cores)
        columns, rows = self.device.grid.columns, self.device.grid.rows
        found = set()
        for x, y, w, h in product(range(columns), range(rows), range(1, columns + 1), range(1, rows + 1)):
            if not all((x + i, y + j) in there for i in range(w) for j in range(h)):
                continue
            found.add(w * h)
            for rest in range(1, w):
                if all((x + i, y + h) in there for i in range(rest)):
                    found.add(w * h + rest)
        return frozenset(found)

    # --- division -----------------------------------------------------------------------------------------

    def shapes(self) -> Iterator[Shape]:
        """Every division of the output in which no core could be left out."""
        batch, m, n, _ = self.extents
        cores = len(self.device.cores)
        grids: list[tuple[str, int, int]] = []
        for gm, gn in product(range(2, cores + 1), repeat=2):
            if {(gn, gm), (gm, gn)} & self.rectangles:
                grids.append(("multicast_2d", gm, gn))
        for count in sorted(self.lines - {1}):
            grids += [("multicast_in0", 1, count), ("multicast_in1", count, 1)]
        for scheme, gm, gn in grids:
            for (bh, pm), (bw, pn) in product(cuts(m, gm), cuts(n, gn)):
                rounds = batch * (pm // bh) * (pn // bw)
                yield Shape(scheme, (gm, gn), (bh, bw), (pm, pn), rounds, rounds * gm * gn)
        for bh, bw in product(range(1, m + SIDE), range(1, n + SIDE)):
            units = batch * ceil(m, bh) * ceil(n, bw)
            for count in range(1, min(units, cores) + 1):
                if ceil(units, ceil(units, count)) == count:
                    yield Shape("split", (count, 1), (bh, bw), (bh, bw), ceil(units, count), units)

    def layouts(self, stream: str) -> tuple[str, ...]:
        """Where the buffer of a stream may lie before anything else is decided."""
        served = SERVED.get(stream, {} if stream in self.rows_only else LIKE_OUT)
        pinned = self.case.layouts.get(stream)
        if pinned is None:
            return (*INTERLEAVED, *served) if stream in ("out", *self.case.free) else (DRAM_INTERLEAVED,)
        layout = Layout.model_validate(pinned)
        if layout.layout == "sharded":
            return tuple(name for name in served if name.startswith(str(layout.memory)))
        return (f"{layout.memory}/{layout.layout}",)

    def placements(self, shape: Shape) -> Iterator[Layouts]:
        """Layouts of all streams that the data movement of a scheme serves."""
        options = [
            [x for x in self.layouts(stream) if self.servable(stream, x, shape)] for stream in self.streams
        ]
        for chosen in product(*options):
            yield dict(zip(self.streams, chosen, strict=True))

    def servable(self, stream: str, layout: str, shape: Shape) -> bool:
        """Whether the cores of a shape can work on shards of that layout."""
        if layout in INTERLEAVED:
            return True
        batch, m, n, k = self.extents
        served = SERVED.get(stream, {} if stream in self.rows_only else LIKE_OUT)
        turned = {"in0": self.case.in0_transposed, "in1": self.case.in1_transposed}.get(stream, False)
        if served.get(layout) != shape.scheme or batch > 1 or turned:
            return False
        if layout == L1_WIDTH and stream != "in1" and shape.part[0] != m:
            return False
        if layout == L1_HEIGHT and stream != "in0" and shape.part[1] != n:
            return False
        if layout == DRAM_WIDTH and (m != 1 or shape.part[1] != ceil(n, self.device.dram.banks)):
            return False
        height, width = self.shard(stream, layout, shape)
        if stream == "in0" and layout in (L1_WIDTH, L1_BLOCK):
            owners = ceil(k, width)
            if owners > shape.groups[1] or 2 * owners + 32 > self.device.limits.runtime_args:
                return False
        asked = self.asked(stream)
        if asked is None:
            return True
        rows, columns = self.buffer_tiles[stream]
        return asked == ((height, width), (ceil(rows, height), ceil(columns, width)))

    def asked(self, stream: str) -> tuple[tuple[int, int], tuple[int, int]] | None:
        """Shard shape in tiles and shard grid that the user fixed."""
        shard = self.case.layouts.get(stream, {}).get("nd_shard")
        if shard is None:
            return None
        height, width = (size // 32 for size in shard["shard_shape_elems"])
        return (height, width), tuple(shard["grid"])

    def shard(self, stream: str, layout: str, shape: Shape) -> tuple[int, int]:
        """Rows and columns of one shard in tiles."""
        _, _, n, k = self.extents
        part_m, part_n = shape.part
        if stream == "in0":
            if layout == L1_HEIGHT:
                return part_m, k
            asked = self.asked(stream)
            return part_m, asked[0][1] if asked is not None else ceil(k, shape.groups[1])
        if stream == "in1":
            return k, part_n if layout == L1_WIDTH else ceil(n, self.device.dram.banks)
        return part_m, part_n

    # --- one plan -----------------------------------------------------------------------------------------

    def movement(self, stream: str, layout: str, scheme: str) -> Movement:
        if layout in INTERLEAVED:
            return "write" if stream == "out" else "multicast" if stream in SHARED[scheme] else "read"
        if layout == DRAM_WIDTH:
            return "read"
        return "rotate" if stream == "in0" and layout != L1_HEIGHT else "local"

    def accumulates(self, k_blocks: int) -> bool:
        """The packer adds up in L1 where that saves a reload; Blackhole cannot with IEEE float16."""
        case = self.case
        half = "float16" in self.dtype.values()
        able = case.packer_l1_acc and (case.fp32 or not half or self.device.arch != "blackhole")
        return able and (k_blocks > 2 or (k_blocks == 2 and bool(self.rows_only)))

    def partials(self, k_blocks: int) -> str | None:
        """Format of the partial sums, None without partial sums."""
        if k_blocks == 1 and not self.rows_only:
            return None
        if self.case.fp32:
            return "float32"
        if not self.accumulates(k_blocks):
            return self.dtype["out"]
        return "float16" if "float16" in self.dtype.values() else "bfloat16"

    def epilogue(self) -> tuple[str, ...]:
        names = []
        for op in self.case.ops:
            names.append(op if isinstance(op, str) else "add_row" if op.row else "add")
        return tuple(names)

    def works(self) -> Iterator[Work]:
        """Shape, K block and subblock. A core's share is padded by less than a subblock, unless a shard is fixed."""
        _, m, n, k = self.extents
        dst = self.device.dst.capacity(self.case.fp32, False)
        fixed = any("nd_shard" in layout for layout in self.case.layouts.values())
        subblocks = [(h, w) for h, w in product(range(1, SIDE + 1), repeat=2) if h * w <= dst]
        for shape in self.shapes():
            (bh, bw), (gm, gn) = shape.block, (1, 1) if shape.scheme == "split" else shape.groups
            for sh, sw in subblocks:
                if bh % sh or bw % sw:
                    continue
                if not fixed and (bh - sh >= ceil(m, gm) or bw - sw >= ceil(n, gn)):
                    continue
                for kb in sorted({ceil(k, count) for count in range(1, k + 1)}):
                    yield Work(shape, kb, (sh, sw))

    def best(self) -> Key | None:
        """The least key of all plans, None when there is no plan."""
        candidates = [(self.floor(work, layouts), work, layouts) for work, layouts in self.candidates()]
        found: Key | None = None
        for floor, work, layouts in sorted(candidates, key=lambda candidate: candidate[0]):
            if found is not None and floor > found.time:
                break
            for key in self.plans(work, layouts):
                found = key if found is None else min(found, key)
        return found

    def candidates(self) -> Iterator[tuple[Work, Layouts]]:
        """Work with every layout that its data movement serves and that fits with one block each."""
        served: dict[Shape, list[Layouts]] = {}
        for work in self.works():
            if work.shape not in served:
                served[work.shape] = [x for x in self.placements(work.shape) if self.dram_fits(x)]
            for layouts in served[work.shape]:
                moves = self.movements(work.shape, layouts)
                depth = dict.fromkeys(self.streams, 1)
                if (
                    self.rotation_fits(layouts, work)
                    and self.l1_units(work, layouts, moves, depth) is not None
                ):
                    yield work, layouts

    def movements(self, shape: Shape, layouts: Layouts) -> dict[str, Movement]:
        return {s: self.movement(s, layouts[s], shape.scheme) for s in self.streams}

    def floor(self, work: Work, layouts: Layouts) -> int:
        """No plan of this work is faster: at best both data movers share the streams evenly."""
        moves = self.movements(work.shape, layouts)
        cost = self.cost(work, layouts, moves, frozenset(self.streams), False, {})
        busy = max(cost["compute"], ceil(cost["riscv_1"], 2), cost["dram"])
        rest = sum(
            value for name, value in cost.items() if name in ("startup", "tail") or name.startswith("move_")
        )
        return busy + rest

    def plans(self, work: Work, layouts: Layouts) -> Iterator[Key]:
        """Every data mover and depth of a piece of work that fits into L1."""
        moves = self.movements(work.shape, layouts)
        moving = [s for s in self.streams if moves[s] != "local"]
        deep = [s for s in moving if self.all_depths or s in ("in0", "in1", "out")]
        dram = self.dram_bytes(work.shape, layouts)
        for depths in product(range(1, 5 if self.all_depths else 3), repeat=len(deep)):
            depth = {**dict.fromkeys(self.streams, 1), **dict(zip(deep, depths, strict=True))}
            l1 = self.l1_units(work, layouts, moves, depth)
            if l1 is None:
                continue
            shares = self.shares(work, moves, depth)
            for movers in product((True, False), repeat=max(len(moving) - 1, 0)):
                on_riscv_1 = {s for s, mover in zip(moving, (True, *movers), strict=False) if mover}
                cost = self.cost(work, layouts, moves, frozenset(on_riscv_1), shares, depth)
                yield Key(modelled_time(cost), dram, l1 * UNIT, work.shape.cores)

    def cost(
        self,
        work: Work,
        layouts: Layouts,
        moves: dict[str, Movement],
        on_riscv_1: frozenset[str],
        shares: bool,
        depth: dict[str, int],
    ) -> dict[str, int]:
        """The terms of docs/cost_model.md."""
        moved = [s for s in self.case.free if layouts[s] != DRAM_INTERLEAVED]
        shape, kb, subblock = work
        k = self.extents[3]
        return terms(
            Configuration(
                k_tiles=k,
                block=shape.block,
                k_block=kb,
                subblock=subblock,
                rounds=shape.rounds,
                chip_rounds=shape.chip_rounds,
                cores=shape.cores,
                groups=shape.groups,
                fidelity=self.case.fidelity,
                l1_accumulation=self.accumulates(ceil(k, kb)),
                flows=tuple(
                    Flow(
                        name=s,
                        tile_bytes=self.tile_bytes[s],
                        movement=moves[s],
                        processor="riscv_1" if s in on_riscv_1 else "riscv_0",
                        in_dram=layouts[s].startswith("DRAM"),
                        depth=depth.get(s, 2),
                        row_broadcast=s in self.rows_only,
                        transposed={"in0": self.case.in0_transposed, "in1": self.case.in1_transposed}.get(
                            s, False
                        ),
                        own_bank=layouts[s] == DRAM_WIDTH,
                    )
                    for s in self.streams
                ),
                epilogue=self.epilogue(),
                out_shares_partials=shares,
                moves=tuple(Move(s, self.pages(s), self.tile_bytes[s]) for s in moved),
            ),
            self.device.calibration,
            self.device.dram.bytes_per_cycle,
        )

    def rotation_fits(self, layouts: Layouts, work: Work) -> bool:
        """A K block never straddles two shards of in0."""
        layout = layouts["in0"]
        return (
            layout not in (L1_WIDTH, L1_BLOCK) or self.shard("in0", layout, work.shape)[1] % work.k_block == 0
        )

    # --- memory -------------------------------------------------------------------------------------------

    def pages(self, stream: str) -> int:
        rows, columns = self.buffer_tiles[stream]
        return rows * columns

    def shares(self, work: Work, moves: dict[str, Movement], depth: dict[str, int]) -> bool:
        """Partials lie on the output: one format, and the same order of tiles in one block."""
        shape, kb, (sh, sw) = work
        if self.partials(ceil(self.extents[3], kb)) != self.dtype["out"]:
            return False
        if moves["out"] == "write":
            return depth["out"] == 1
        return shape.rounds == 1 and (sh == 1 or sw == shape.block[1])

    def block_pages(self, shape: Shape, kb: int) -> dict[str, int]:
        bh, bw = shape.block
        adds = {s: bw if s in self.rows_only else bh * bw for s in self.streams if s.startswith("add")}
        return {"in0": bh * kb, "in1": kb * bw, **adds, "out": bh * bw}

    def l1_units(
        self,
        work: Work,
        layouts: Layouts,
        moves: dict[str, Movement],
        depth: dict[str, int],
    ) -> int | None:
        """Units of L1 on the fullest core, None when they do not fit or there are too many pages."""
        shape, kb, _ = work
        blocks = self.block_pages(shape, kb)
        total, buffers = 0, 0
        for s in self.streams:
            page = self.tile_bytes[s] // UNIT
            buffers += 1
            if moves[s] != "local":
                if blocks[s] * depth[s] > self.device.circular_buffers.max_pages:
                    return None
                total += blocks[s] * depth[s] * page
            if layouts[s] == L1_INTERLEAVED:
                total += ceil(self.pages(s), len(self.device.cores)) * page
            elif layouts[s].startswith("L1"):
                height, width = self.shard(s, layouts[s], shape)
                total += height * width * page
        if self.case.in0_transposed:
            buffers += 1
            total += blocks["in0"] * self.tile_bytes["in0"] // UNIT
        partials = self.partials(ceil(self.extents[3], kb))
        if partials is not None:
            buffers += 1
            if not self.shares(work, moves, depth):
                total += blocks["out"] * FORMATS[partials].tile_bytes // UNIT
        room = (self.device.l1_usable - self.case.reserve) // UNIT
        return total if total <= room and buffers <= self.device.circular_buffers.count else None

    def dram_fits(self, layouts: Layouts) -> bool:
        """Interleaved pages go round the banks; a bank holds the columns of one DRAM shard."""
        dram, total = self.device.dram, 0
        for s, layout in layouts.items():
            if layout == DRAM_INTERLEAVED:
                total += ceil(self.pages(s), dram.banks) * self.tile_bytes[s]
            elif layout == DRAM_WIDTH:
                total += self.extents[3] * ceil(self.extents[2], dram.banks) * self.tile_bytes[s]
        return total <= dram.bank_bytes - ceil(dram.base, UNIT) * UNIT

    def dram_bytes(self, shape: Shape, layouts: Layouts) -> int:
        """Bytes between DRAM and chip: once per group for multicast operands, padded blocks in full."""
        k = self.extents[3]
        (bh, bw), (gm, gn) = shape.block, shape.groups
        split = shape.scheme == "split"
        total = 0
        for s in self.streams:
            if layouts[s].startswith("DRAM"):
                if s == "in0":
                    tiles = (shape.chip_rounds if split else gm * shape.rounds) * bh * k
                elif s == "in1":
                    tiles = (shape.chip_rounds if split else gn * shape.rounds) * k * bw
                else:
                    tiles = shape.chip_rounds * bw * (1 if s in self.rows_only else bh)
                total += tiles * self.tile_bytes[s]
            if s in self.case.free and layouts[s] != DRAM_INTERLEAVED:
                total += self.pages(s) * self.tile_bytes[s]
        return total


def cuts(tiles: int, cores: int) -> Iterator[tuple[int, int]]:
    """(block, tiles of one core): out blocks along an axis so that every core has some of it."""
    share = ceil(tiles, cores)
    for block in range(1, share + SIDE):
        part = ceil(share, block) * block
        if ceil(tiles, part) == cores:
            yield block, part
