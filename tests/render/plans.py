"""Plans for tests: a plain function that fills every table of a plan for a given scheme and given blocks.

It decides nothing and checks nothing; docs/kernels.md says what the tables mean. Cost terms are not its
business: they are zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ttplan.device import Device, load_device
from ttplan.formats import format_of
from ttplan.kernel import Buffer, Compute, Kernel, Layout, Op
from ttplan.plan import (
    Blocking,
    BufferPlan,
    CircularBuffer,
    CompileArg,
    Core,
    CoreArgs,
    CoreWork,
    Cost,
    EpilogueOp,
    KernelPlan,
    L1Use,
    Partition,
    Plan,
    Range,
    Role,
    RuntimeArg,
    Semaphore,
    Shard,
    Stream,
    Tiling,
)

Layouts = dict[str, str]


@dataclass(frozen=True)
class Case:
    """One plan to build. Sizes in elements, blocks in tiles. epilogue: (op, value) or ("add", "row" |
    "full").

    layouts: stream -> l1_interleaved, l1_height, l1_width, l1_block, dram_width; anything else is DRAM
    interleaved. carriers: stream -> processor; in0 goes to riscv_1 and the others to riscv_0 unless said
    otherwise.
    """

    name: str
    m: int = 128
    n: int = 128
    k: int = 128
    batch: int = 1
    in1_batched: bool = False
    in0_transposed: bool = False
    in1_transposed: bool = False
    scheme: str = "split"
    grid: tuple[int, int] = (2, 1)
    upright: bool = True
    block: tuple[int, int, int] = (2, 2, 2)
    subblock: tuple[int, int] = (1, 2)
    depth: int = 2
    epilogue: tuple[tuple[str, float | str | None], ...] = ()
    layouts: Layouts = field(default_factory=dict)
    carriers: dict[str, str] = field(default_factory=dict)
    dtypes: dict[str, str] = field(default_factory=dict)
    device: str = "n150"
    fp32: bool = False
    l1_accumulation: bool = False
    partials_dtype: str | None = None
    share_partials: bool = False
    local_shard: bool = False
    k_shard: int | None = None
    line_width: int = 8


def given(place: str) -> Layout:
    """The kernel's own layout of a buffer that stands in `place` (l1_height, dram_width...)."""
    memory, kind = place.split("_")
    return Layout(
        memory="L1" if memory == "l1" else "DRAM", layout=kind if kind == "interleaved" else f"{kind}_sharded"
    )


def ceil_div(a: int, b: int) -> int:
    return -(-a // b)


def up(value: int, alignment: int) -> int:
    return ceil_div(value, alignment) * alignment


def rectangles(cores: list[Core], without: Core | None = None) -> list[tuple[Range, int]]:
    """Rectangles that cover cores standing row by row in a line, and the cores of each without the sender."""
    rows: dict[int, list[int]] = {}
    for x, y in cores:
        rows.setdefault(y, []).append(x)
    merged: list[list[int]] = []
    for y in sorted(rows):
        x0, x1 = min(rows[y]), max(rows[y])
        if merged and merged[-1][0] == x0 and merged[-1][2] == x1 and merged[-1][3] == y - 1:
            merged[-1][3] = y
        else:
            merged.append([x0, y, x1, y])
    found = []
    for x0, y0, x1, y1 in merged:
        inside = without is not None and x0 <= without[0] <= x1 and y0 <= without[1] <= y1
        found.append(((x0, y0, x1, y1), (x1 - x0 + 1) * (y1 - y0 + 1) - inside))
    return found


class Builder:
    """Holds the intermediate values of one build; `plan()` puts the tables together."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.device: Device = load_device(case.device)
        fused = case.batch > 1 and not case.in1_batched
        self.mt = ceil_div(case.m, 32) * (case.batch if fused else 1)
        self.nt, self.kt = ceil_div(case.n, 32), ceil_div(case.k, 32)
        self.batch = 1 if fused else case.batch
        self.fused = case.batch if fused else 1
        self.block_m, self.block_n, self.block_k = case.block
        self.k_blocks = ceil_div(self.kt, self.block_k)
        self.last_k = self.kt - (self.k_blocks - 1) * self.block_k
        self.layout = case.layouts
        self.epilogue: list[EpilogueOp] = []
        self.kernel = self._kernel()
        self._place()
        self.streams = self._streams()
        self.buffers = self._buffers()
        self.cbs = self._cbs()
        self.semaphores: list[Semaphore] = []

    # what is computed

    def _kernel(self) -> Kernel:
        case = self.case
        front = ["Z"] if case.batch > 1 else []
        rows = [*front, "K", "M"] if case.in0_transposed else [*front, "M", "K"]
        columns = ["N", "K"] if case.in1_transposed else ["K", "N"]
        out = [*front, "M", "N"]
        dtype = lambda name: case.dtypes.get(name, "bfloat16")  # noqa: E731
        buffers = [
            Buffer(name="A", dims=tuple(rows), dtype=dtype("in0"), io="in"),
            Buffer(
                name="B",
                dims=tuple([*front, *columns] if case.in1_batched else columns),
                dtype=dtype("in1"),
                io="in",
            ),
        ]
        ops, value, adds = [Op(op="matmul", inputs=("A", "B"), out="v0")], "v0", 0
        for index, (op, parameter) in enumerate(case.epilogue):
            last = index == len(case.epilogue) - 1
            target = "C" if last else f"v{index + 1}"
            if op == "add":
                name = f"D{adds}"
                stream = f"add{adds}"
                dims = ("N",) if parameter == "row" else tuple(out)
                buffers.append(Buffer(name=name, dims=dims, dtype=dtype(stream), io="in"))
                ops.append(Op(op="add", inputs=(value, name), out=target))
                self.epilogue.append(EpilogueOp(op="add", stream=stream))
                adds += 1
            else:
                factor = float(parameter) if op == "scale" and parameter is not None else None
                ops.append(Op(op=op, inputs=(value,), out=target, value=factor))
                self.epilogue.append(EpilogueOp(op=op, value=factor))
            value = target
        if not case.epilogue:
            ops[0] = Op(op="matmul", inputs=("A", "B"), out="C")
        buffers.append(Buffer(name="C", dims=tuple(out), dtype=dtype("out"), io="out"))
        dims = {"M": case.m, "N": case.n, "K": case.k, **({"Z": case.batch} if front else {})}
        compute = Compute(fp32_dest_acc_en=case.fp32, packer_l1_acc=case.l1_accumulation)
        names = {"in0": "A", "in1": "B", "out": "C"}
        layout = {names.get(stream, f"D{stream[3:]}"): given(place) for stream, place in case.layouts.items()}
        return Kernel(
            name=case.name, dims=dims, buffers=tuple(buffers), ops=tuple(ops), compute=compute, layout=layout
        )

    # where the work is

    def _place(self) -> None:
        case = self.case
        gm, gn = case.grid
        if case.scheme == "split":
            units = self.batch * ceil_div(self.mt, self.block_m) * ceil_div(self.nt, self.block_n)
            count = gm * gn
            shares = [units // count + (index < units % count) for index in range(count)]
            self.cores: list[Core] = [
                (index % case.line_width, index // case.line_width) for index in range(count)
            ]
            self.coordinates = dict.fromkeys(self.cores, (0, 0))
            self.share = dict(zip(self.cores, shares, strict=True))
            self.out_blocks = (1, 1)
        else:
            if case.scheme == "multicast_2d":
                place: Callable[[int, int], Core] = (
                    (lambda i, j: (j, i)) if case.upright else (lambda i, j: (i, j))
                )
            else:
                place = lambda i, j: ((i + j) % case.line_width, (i + j) // case.line_width)  # noqa: E731
            self.coordinates = {place(i, j): (i, j) for i in range(gm) for j in range(gn)}
            self.cores = sorted(self.coordinates, key=lambda core: (core[1], core[0]))
            self.out_blocks = (
                ceil_div(ceil_div(self.mt, gm), self.block_m),
                ceil_div(ceil_div(self.nt, gn), self.block_n),
            )
            self.share = dict.fromkeys(self.cores, self.batch * self.out_blocks[0] * self.out_blocks[1])
        self.per_core = (self.out_blocks[0] * self.block_m, self.out_blocks[1] * self.block_n)

    def start_tile(self, core: Core) -> int:
        if self.case.scheme != "split":
            i, j = self.coordinates[core]
            return i * self.per_core[0] * self.nt + j * self.per_core[1]
        first = 0
        for other in self.cores:
            if other == core:
                break
            first += self.share[other]
        down, across = ceil_div(self.mt, self.block_m), ceil_div(self.nt, self.block_n)
        batch, rest = divmod(first, down * across)
        row, column = divmod(rest, across)
        return (batch * self.mt + row * self.block_m) * self.nt + column * self.block_n

    def dealt_tiles(self, core: Core) -> int:
        """Real tiles of the out blocks that a core of the split gets."""
        down, across = ceil_div(self.mt, self.block_m), ceil_div(self.nt, self.block_n)
        first = sum(self.share[other] for other in self.cores[: self.cores.index(core)])
        tiles = 0
        for block in range(first, first + self.share[core]):
            row, column = block // across % down * self.block_m, block % across * self.block_n
            tiles += min(self.block_m, self.mt - row) * min(self.block_n, self.nt - column)
        return tiles

    def work(self, core: Core) -> CoreWork:
        start = self.start_tile(core)
        m, n = start // self.nt % self.mt, start % self.nt
        m_count, n_count = min(self.per_core[0], self.mt - m), min(self.per_core[1], self.nt - n)
        tiles = m_count * n_count * self.batch if self.case.scheme != "split" else self.dealt_tiles(core)
        return CoreWork(
            core=core,
            start_tile=start,
            tile_count=tiles,
            m_start=m,
            m_count=m_count,
            n_start=n,
            n_count=n_count,
            blocks=self.share[core],
            shard=self.coordinates[core] if self.case.local_shard else None,
        )

    # streams, buffers, circular buffers

    def movement(self, stream: str) -> str:
        scheme, layout = self.case.scheme, self.layout.get(stream, "")
        if stream == "in0" and layout in ("l1_block", "l1_width"):
            return "rotate"
        if layout in ("l1_height", "l1_width", "l1_block"):
            return "local"
        if stream == "out":
            return "write"
        shared = {"in0": ("multicast_2d", "multicast_in0"), "in1": ("multicast_2d", "multicast_in1")}
        return "multicast" if scheme in shared.get(stream, ()) else "read"

    def _streams(self) -> list[Stream]:
        case = self.case
        blocks = {"in0": (self.block_m, self.block_k), "in1": (self.block_k, self.block_n)}
        names = ["in0", "in1", *(op.stream for op in self.epilogue if op.stream), "out"]
        buffer_of = {"in0": "A", "in1": "B", "out": "C"}
        rows = {
            f"add{index}"
            for index, kind in enumerate(p for o, p in case.epilogue if o == "add")
            if kind == "row"
        }
        found = []
        for name in names:
            local = self.movement(name) == "local"
            carrier = case.carriers.get(name, "riscv_1" if name == "in0" else "riscv_0")
            block = blocks.get(name, (1 if name in rows else self.block_m, self.block_n))
            found.append(
                Stream(
                    name=name,
                    buffer=buffer_of.get(name, f"D{name[3:]}"),
                    block=block,
                    every="k_block" if name in blocks else "out_block",
                    movement=self.movement(name),
                    processor=None if local else carrier,
                    transposed=(name == "in0" and case.in0_transposed)
                    or (name == "in1" and case.in1_transposed),
                    row_broadcast=name in rows,
                    batched=self.batch > 1 and name not in rows and (name != "in1" or case.in1_batched),
                )
            )
        return found

    def _shard(self, stream: str) -> tuple[tuple[int, int], tuple[int, int]] | None:
        """(shape, grid) of the shards of a stream's buffer."""
        layout = self.layout.get(stream, "")
        (pm, pn), (gm, gn) = self.per_core, self.case.grid
        if stream == "in0" and layout in ("l1_block", "l1_width"):
            width = self.case.k_shard or ceil_div(self.kt, gn)
            return ((pm if layout == "l1_block" else self.mt), width), (
                gm if layout == "l1_block" else 1,
                ceil_div(self.kt, width),
            )
        if stream == "in0" and layout == "l1_height":
            return (pm, self.kt), (gm, 1)
        if stream == "in1" and layout == "l1_width":
            return (self.kt, pn), (1, gn)
        if stream == "in1" and layout == "dram_width":
            width = ceil_div(self.nt, self.device.dram.banks)
            return (self.kt, width), (1, ceil_div(self.nt, width))
        if layout in ("l1_height", "l1_width", "l1_block"):
            return (pm, pn), (gm, gn)
        return None

    def _buffers(self) -> list[BufferPlan]:
        device = self.device
        top, dram = device.l1.bytes, device.dram.base
        self.resident = 0
        found = []
        for declared in self.kernel.buffers:
            stream = next(stream for stream in self.streams if stream.buffer == declared.name)
            elements = tuple(self.kernel.dims[dim] for dim in declared.dims)
            padded = tuple(
                up(extent, 32) if index >= len(elements) - 2 else extent
                for index, extent in enumerate(elements)
            )
            rows = 1
            for extent in padded[:-1]:
                rows *= extent
            shape = (ceil_div(rows, 32), padded[-1] // 32)
            layout = self.layout.get(stream.name, "")
            memory = "L1" if layout.startswith("l1") else "DRAM"
            page = format_of(declared.dtype).tile_bytes
            shard = self._shard(stream.name)
            pages = shape[0] * shape[1]
            names = {"height": "height_sharded", "width": "width_sharded", "block": "block_sharded"}
            plan_shard, size = None, 0
            if shard is not None:
                (h, w), (gy, gx) = shard
                owners: list[Core] = [(bank, 0) for bank in range(gx)]
                if memory == "L1":
                    by_place = {place: core for core, place in self.coordinates.items()}
                    owners = [by_place[(i, j)] for i in range(gy) for j in range(gx)]
                orientation = "row_major" if self.case.upright else "col_major"
                plan_shard = Shard(shape=(h, w), grid=(gy, gx), orientation=orientation, cores=tuple(owners))
                size = h * w * page
            elif memory == "L1":
                size = ceil_div(pages, len(device.cores)) * page
            if memory == "L1":
                top -= up(size, device.l1.buffer_alignment)
                self.resident += size
                address = top
            else:
                address = dram
                per_bank = (
                    ceil_div(pages, device.dram.banks)
                    if plan_shard is None
                    else plan_shard.shape[0] * plan_shard.shape[1]
                )
                dram += up(per_bank * page, 1024)
            found.append(
                BufferPlan(
                    name=declared.name,
                    io=declared.io or "in",
                    dtype=declared.dtype,
                    memory=memory,
                    layout=names[layout.split("_")[1]] if shard else "interleaved",
                    shape=shape,
                    elements=elements,
                    padded=padded,
                    page_bytes=page,
                    pages=pages,
                    shard=plan_shard,
                    address=address,
                    bytes_per_core=size if memory == "L1" else 0,
                )
            )
        return found

    def partials(self) -> bool:
        return self.k_blocks > 1 or any(stream.row_broadcast for stream in self.streams)

    def _cbs(self) -> list[CircularBuffer]:
        case, buffers = self.case, {buffer.name: buffer for buffer in self.buffers}
        address = self.device.l1.base
        found: list[CircularBuffer] = []
        ids = {"in0": 0, "in1": 1, "out": 16, "partials": 24, "in0_transposed": 25}
        block_of = {stream.name: stream.block[0] * stream.block[1] for stream in self.streams}

        def add(
            name: str,
            dtype: str,
            block: int,
            depth: int,
            alias: CircularBuffer | None = None,
            on: BufferPlan | None = None,
        ) -> None:
            nonlocal address
            page = format_of(dtype).tile_bytes
            start = alias.address if alias else on.address if on else up(address, self.device.l1.cb_alignment)
            found.append(
                CircularBuffer(
                    id=ids.get(name, 2 + int(name[3:]) if name.startswith("add") else 0),
                    name=name,
                    dtype=dtype,
                    page_bytes=page,
                    block_pages=block,
                    depth=depth,
                    pages=block * depth,
                    bytes=block * depth * page,
                    address=start,
                    alias_of=alias.id if alias else None,
                    on_buffer=on.name if on else None,
                )
            )
            if alias is None and on is None:
                address = start + block * depth * page

        for stream in self.streams:
            buffer = buffers[stream.buffer]
            if stream.movement == "local":
                assert buffer.shard is not None
                add(stream.name, buffer.dtype, buffer.shard.shape[0] * buffer.shard.shape[1], 1, on=buffer)
            else:
                shared = stream.name == "out" and case.share_partials
                add(stream.name, buffer.dtype, block_of[stream.name], 1 if shared else case.depth)
        if case.in0_transposed:
            add("in0_transposed", buffers["A"].dtype, block_of["in0"], 1)
        if self.partials():
            dtype = case.partials_dtype or ("float32" if case.fp32 else buffers["C"].dtype)
            out = next(cb for cb in found if cb.name == "out")
            alias = out if case.share_partials else None
            add("partials", dtype, self.block_m * self.block_n, 1, alias=alias)
        self.l1_end = address
        return found

    # kernels

    def semaphore(self, name: str) -> int:
        for known in self.semaphores:
            if known.name == name:
                return known.id
        self.semaphores.append(Semaphore(id=len(self.semaphores), name=name, initial=0))
        return self.semaphores[-1].id

    def group(self, stream: str, core: Core) -> list[Core]:
        """Cores that need the same blocks of the stream as `core`, in the order of the grid."""
        i, j = self.coordinates[core]
        axis = 0 if stream == "in0" else 1
        members = [c for c, place in self.coordinates.items() if place[axis] == (i, j)[axis]]
        return sorted(members, key=lambda c: self.coordinates[c][1 - axis])

    def role(self, stream: Stream, core: Core) -> Role:
        if stream.movement == "write":
            return Role(stream=stream.name, part="write")
        if stream.movement == "read":
            return Role(stream=stream.name, part="read")
        group = self.group(stream.name, core)
        if len(group) == 1 and stream.movement == "multicast":
            return Role(stream=stream.name, part="read")
        if stream.movement == "multicast":
            if core != group[0]:
                return Role(stream=stream.name, part="receive")
            return Role(stream=stream.name, part="send", rectangles=len(rectangles(group[1:])))
        shard = next(buffer for buffer in self.buffers if buffer.name == stream.buffer).shard
        assert shard is not None
        return Role(
            stream=stream.name, part="rotate", rectangles=len(rectangles(group, core)), owners=shard.grid[1]
        )

    def stream_named(self, name: str) -> Stream:
        return next(stream for stream in self.streams if stream.name == name)

    def runtime(
        self, roles: tuple[Role, ...], noc: int
    ) -> list[tuple[RuntimeArg, Callable[[Core], int], bool]]:
        """(argument, value on a core, may become common) in canonical order."""
        found: list[tuple[RuntimeArg, Callable[[Core], int], bool]] = []

        def value(
            name: str,
            of: Callable[[Core], int],
            kind: str = "value",
            common: bool = True,
            buffer: str | None = None,
        ) -> None:
            found.append((RuntimeArg(name=name, kind=kind, of=buffer), of, common))

        order = {stream.name: index for index, stream in enumerate(self.streams)}
        touched = sorted(
            (role for role in roles if role.part != "receive"), key=lambda role: order[role.stream]
        )
        for role in touched:
            buffer = next(b for b in self.buffers if b.name == self.stream_named(role.stream).buffer)
            value(f"{buffer.name}_address", lambda _, b=buffer: b.address, "address", False, buffer.name)
        walks = any(role.part in ("read", "send", "write") for role in roles)
        if walks and not self.case.local_shard:
            value("tt_start_tile", self.start_tile, common=False)
        for name, extent in (("Mt", self.mt), ("Kt", self.kt), ("Nt", self.nt)) if walks else ():
            value(name, lambda _, e=extent: e, common=False)
        if walks and self.case.local_shard:
            value("Sm", lambda _: self.per_core[0], common=False)
            value("Sn", lambda _: self.per_core[1], common=False)
            value("tt_shard_coord_y", lambda core: self.coordinates[core][0], common=False)
            value("tt_shard_coord_x", lambda core: self.coordinates[core][1], common=False)
        if self.case.scheme == "split":
            value("block_count", lambda core: self.share[core])
        for role in roles:
            s = role.stream
            for index in range(role.rectangles):

                def corner(core: Core, place: int, s: str = s, index: int = index, role: Role = role) -> int:
                    group = self.group(s, core)
                    rectangle, count = (
                        rectangles(group, core) if role.part == "rotate" else rectangles(group[1:])
                    )[index]
                    if place == 4:
                        return count
                    if noc == 1:
                        rectangle = (rectangle[2], rectangle[3], rectangle[0], rectangle[1])
                    return rectangle[place]

                for place, (suffix, kind) in enumerate(
                    (("x0", "noc_x"), ("y0", "noc_y"), ("x1", "noc_x"), ("y1", "noc_y"), ("cores", "value"))
                ):
                    value(f"{s}_dest{index}_{suffix}", lambda core, p=place, c=corner: c(core, p), kind)
        for role in roles:
            if role.part == "receive":
                for place, axis in enumerate("xy"):
                    value(
                        f"{role.stream}_sender_{axis}",
                        lambda core, p=place, s=role.stream: self.group(s, core)[0][p],
                        f"noc_{axis}",
                    )
        for role in roles:
            if role.part == "rotate":
                value(f"{role.stream}_owner", lambda core, s=role.stream: self.group(s, core).index(core))
                for owner in range(role.owners):
                    for place, axis in enumerate("xy"):
                        value(
                            f"{role.stream}_owner{owner}_{axis}",
                            lambda core, p=place, s=role.stream, o=owner: self.group(s, core)[o][p],
                            f"noc_{axis}",
                        )
        return found

    def sizes(self) -> dict[str, int]:
        return {
            "block_m": self.block_m,
            "block_n": self.block_n,
            "block_k": self.block_k,
            "last_k": self.last_k,
            "k_blocks": self.k_blocks,
            "batches": self.batch,
            "m_blocks": self.out_blocks[0],
            "n_blocks": self.out_blocks[1],
            "out_blocks": self.batch * self.out_blocks[0] * self.out_blocks[1],
            "subblock_m": self.case.subblock[0],
            "subblock_n": self.case.subblock[1],
            "per_core_m": self.per_core[0],
            "per_core_n": self.per_core[1],
            "Kt": self.kt,
        }

    def kernel_plan(
        self, name: str, processor: str, noc: int | None, cores: list[Core], roles: tuple[Role, ...]
    ) -> KernelPlan:
        split, sizes = self.case.scheme == "split", self.sizes()
        compile_args: dict[str, int] = {}
        if processor == "compute":
            arguments = (
                [(RuntimeArg(name="block_count", kind="value"), lambda core: self.share[core], True)]
                if split
                else []
            )
            compile_args.update({f"cb_{cb.name}": cb.id for cb in self.cbs})
            wanted = ["block_m", "block_n", "block_k", "last_k", "k_blocks", "subblock_m", "subblock_n"]
            local = {stream.name for stream in self.streams if stream.movement == "local"}
            if not split:
                wanted += ["m_blocks", "n_blocks"] if local else ["out_blocks"]
            wanted += ["per_core_m", "per_core_n"] if local else []
            wanted += ["Kt"] if "in0" in local else []
            compile_args.update({name: sizes[name] for name in wanted})
            accessors: tuple[str, ...] = ()
        else:
            arguments = self.runtime(roles, noc or 0)
            for role in roles:
                compile_args[f"cb_{role.stream}"] = next(cb.id for cb in self.cbs if cb.name == role.stream)
            streams = {role.stream for role in roles}
            rows = {stream.name for stream in self.streams if stream.row_broadcast}
            wanted = ["block_m"] if split or streams - {"in1"} - rows else []
            wanted += ["block_n"] if split or streams - {"in0"} else []
            wanted += ["block_k", "k_blocks"] if streams & {"in0", "in1"} else []
            wanted += [] if split else ["batches", "m_blocks", "n_blocks"]
            wanted += ["subblock_m", "subblock_n"] if any(role.part == "write" for role in roles) else []
            compile_args.update({name: sizes[name] for name in wanted})
            for role in roles:
                if role.part in ("send", "receive", "rotate"):
                    for kind in ("ready", "valid"):
                        compile_args[f"{role.stream}_{kind}_semaphore"] = self.semaphore(
                            f"{role.stream}_{kind}"
                        )
                if role.part in ("send", "rotate"):
                    compile_args[f"{role.stream}_receivers"] = len(self.group(role.stream, cores[0])) - 1
                if role.part == "rotate":
                    shard = next(
                        b for b in self.buffers if b.name == self.stream_named(role.stream).buffer
                    ).shard
                    assert shard is not None
                    compile_args[f"{role.stream}_shard_k"] = shard.shape[1]
            accessors = tuple(
                self.stream_named(role.stream).buffer
                for role in roles
                if role.part in ("read", "send", "write")
            )
        common, own = [], []
        for argument, of, may in arguments:
            same = len({of(core) for core in cores}) == 1
            (common if may and same else own).append((argument, of))
        return KernelPlan(
            name=name,
            processor=processor,
            noc=noc,
            core_ranges=tuple(rectangle for rectangle, _ in rectangles(cores))
            if self.contiguous(cores)
            else tuple((x, y, x, y) for x, y in cores),
            cores=tuple(cores),
            roles=roles,
            compile_args=tuple(
                CompileArg(name=key, value=value, note=NOTES.get(key, ""))
                for key, value in compile_args.items()
            ),
            accessors=accessors,
            common_args=tuple(argument for argument, _ in common),
            common_values=tuple(of(cores[0]) for _, of in common),
            runtime_args=tuple(argument for argument, _ in own),
            values=tuple(CoreArgs(core=core, values=tuple(of(core) for _, of in own)) for core in cores),
        )

    @staticmethod
    def contiguous(cores: list[Core]) -> bool:
        return sum((x1 - x0 + 1) * (y1 - y0 + 1) for (x0, y0, x1, y1), _ in rectangles(cores)) == len(cores)

    def kernels(self) -> list[KernelPlan]:
        found = []
        for processor, noc in (("riscv_1", 0), ("riscv_0", 1)):
            streams = [stream for stream in self.streams if stream.processor == processor]
            by_roles: dict[tuple[Role, ...], list[Core]] = {}
            for core in self.cores:
                roles = tuple(self.role(stream, core) for stream in streams)
                if roles:
                    by_roles.setdefault(roles, []).append(core)
            for roles, cores in by_roles.items():
                name = "_".join(f"{role.part}_{role.stream}" for role in roles)
                found.append(self.kernel_plan(name, processor, noc, cores, roles))
        found.append(self.kernel_plan("compute", "compute", None, self.cores, ()))
        return found

    def plan(self) -> Plan:
        case = self.case
        kernels = self.kernels()
        tiling = Tiling(
            batch=self.batch,
            m=self.mt,
            n=self.nt,
            k=self.kt,
            fused_batch=self.fused,
            in0_batched=self.batch > 1,
            in1_batched=case.in1_batched,
        )
        partition = Partition(
            mode="local_shard" if case.local_shard else "global",
            scheme=case.scheme,
            grid=case.grid,
            transposed=not case.upright,
            cores=tuple(self.cores),
            core_ranges=tuple(rectangle for rectangle, _ in rectangles(self.cores)),
            per_core=self.per_core,
            work=tuple(self.work(core) for core in self.cores),
        )
        blocking = Blocking(
            out_block=(self.block_m, self.block_n),
            out_blocks=self.out_blocks,
            k_block=self.block_k,
            k_blocks=self.k_blocks,
            last_k=self.last_k,
            subblock=case.subblock,
            l1_accumulation=case.l1_accumulation and self.k_blocks > 1,
            traversal="row_major",
        )
        base = self.device.l1.base
        used = self.l1_end - base
        free = self.device.l1.bytes - self.l1_end - self.resident
        return Plan(
            version="0",
            kernel=self.kernel,
            device=self.device,
            status="optimal",
            tiling=tiling,
            partition=partition,
            blocking=blocking,
            epilogue=tuple(self.epilogue),
            buffers=tuple(self.buffers),
            streams=tuple(self.streams),
            circular_buffers=tuple(self.cbs),
            semaphores=tuple(self.semaphores),
            kernels=tuple(kernels),
            l1=L1Use(
                base=base,
                circular_buffers=used,
                buffers=self.resident,
                reserved=0,
                free=free,
                capacity=self.device.l1.bytes,
            ),
            cost=Cost(
                cycles=0,
                unit=1,
                units=0,
                lower_bound=0,
                terms=(),
                binding="",
                dram_bytes=0,
                l1_bytes=used,
                cores=len(self.cores),
            ),
        )


NOTES = {
    "block_m": "rows of an out block",
    "block_n": "columns of an out block",
    "block_k": "K tiles per block",
    "last_k": "K tiles of the last block",
    "subblock_m": "rows in DST at once",
    "subblock_n": "columns in DST at once",
}


def build(case: Case) -> Plan:
    """The plan of a case."""
    return Builder(case).plan()
