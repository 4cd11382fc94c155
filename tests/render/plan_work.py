"""First part of the plan builder: what is computed, and which core does what."""

from __future__ import annotations

from collections.abc import Callable

from render.case import Case, ceil_div, given
from ttplan.device import Device, load_device
from ttplan.kernel import Buffer, Compute, Kernel, Op
from ttplan.plan import Core, CoreWork, EpilogueOp


class Work:
    """Sizes in tiles, the kernel, and the cores with their work."""

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
