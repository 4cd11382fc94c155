"""Second part of the plan builder: streams, buffers and circular buffers."""

from __future__ import annotations

from render.case import Case, ceil_div, up
from render.plan_work import Work
from ttplan.formats import format_of
from ttplan.plan import BufferPlan, CircularBuffer, Core, Shard, Stream


class Memory(Work):
    """How tiles get to a core and where they lie."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self.streams = self._streams()
        self.buffers = self._buffers()
        self.cbs = self._cbs()

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
