"""Plans made by hand: a choice of blocks and movements spread into the tables of a plan, without the solver.

They cover what the solver picks rarely and stay legal by construction, so that a test can break one thing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, prod

from ttplan import cost as model
from ttplan.check.meaning import meaning_of
from ttplan.check.prices import Prices, dram_bytes
from ttplan.check.subject import Subject
from ttplan.contract.compat.deviations import deviations
from ttplan.device import Device, load_device
from ttplan.formats import FORMATS
from ttplan.kernel import Kernel
from ttplan.plan import Plan

PARTS = {"read": "read", "write": "write", "rotate": "rotate"}


@dataclass(frozen=True)
class Choice:
    """Decisions of a hand-made plan. cores: along (m, n); moves: (stream, movement) if unusual."""

    scheme: str
    cores: tuple[int, int]
    out_block: tuple[int, int]
    k_block: int
    subblock: tuple[int, int] = (1, 1)
    out_blocks: tuple[int, int] = (1, 1)
    depth: int = 2
    moves: tuple[tuple[str, str], ...] = ()
    local_mode: bool = False
    accumulate: bool = True
    share: bool = True
    fuse: bool = True
    device: str = "n150"
    transposed: bool = False
    swap_nocs: bool = False
    l1_interleaved: tuple[str, ...] = ()
    dram_sharded: tuple[str, ...] = ()


def matmul(m: int, k: int, n: int, *, name: str = "matmul", **changes: object) -> Kernel:
    """C[M, N] = A[M, K] B[K, N] in bfloat16, with changes to the document."""
    document: dict[str, object] = {
        "name": name,
        "dims": {"M": m, "K": k, "N": n},
        "buffers": [
            {"name": "A", "dims": ["M", "K"], "dtype": "bfloat16", "io": "in"},
            {"name": "B", "dims": ["K", "N"], "dtype": "bfloat16", "io": "in"},
            {"name": "C", "dims": ["M", "N"], "dtype": "bfloat16", "io": "out"},
        ],
        "ops": [{"op": "matmul", "in": ["A", "B"], "out": "C"}],
    }
    return Kernel.model_validate(document | changes)


def build(kernel: Kernel, choice: Choice) -> Plan:
    """The plan of a choice. The cost is priced by ttplan.cost, the first witness of the model."""
    return _Builder(kernel, choice).plan()


class _Builder:
    def __init__(self, kernel: Kernel, choice: Choice) -> None:
        self.kernel, self.choice = kernel, choice
        self.device: Device = load_device(choice.device)
        self.meaning = meaning_of(kernel)
        fused = self.meaning.batches if choice.fuse and self.meaning.can_fuse else 1
        self.fused, self.batch = fused, self.meaning.batches // fused
        self.m, self.n, self.k = self.meaning.m * fused, self.meaning.n, self.meaning.k
        self.split = choice.scheme == "split"
        blocks = (1, 1) if self.split else choice.out_blocks
        self.per_core = (choice.out_block[0] * blocks[0], choice.out_block[1] * blocks[1])
        shared = {"multicast_in0": "in0", "multicast_in1": "in1", "multicast_2d": "in0 in1", "split": ""}[
            choice.scheme
        ]
        self.movement = {
            name: "write" if name == "out" else "multicast" if name in shared.split() else "read"
            for name in self.meaning.operands
        } | dict(choice.moves)
        self.processor = {name: "riscv_1" if name == "in0" else "riscv_0" for name in self.meaning.operands}
        self.k_blocks = ceil(self.k / choice.k_block)
        rows = any(operand.row_broadcast for operand in self.meaning.operands.values())
        self.partials = self.k_blocks > 1 or rows
        self.accumulate = choice.accumulate and self.k_blocks > 1
        self.work = self._work()
        self.position = {row["core"]: row for row in self.work}
        self.buffers = self._buffers()
        self.cbs = self._circular_buffers()
        self.semaphores = self._semaphores()

    # who works on what

    def _core(self, row: int, column: int) -> tuple[int, int]:
        columns = self.device.grid.columns
        if self.choice.scheme != "multicast_2d":
            index = row * self.choice.cores[1] + column
            return index % columns, index // columns
        return (row, column) if self.choice.transposed else (column, row)

    def _work(self) -> list[dict]:
        rows = [(i, j) for i in range(self.choice.cores[0]) for j in range(self.choice.cores[1])]
        (height, width), found, first = self.choice.out_block, [], 0
        down, across = ceil(self.m / height), ceil(self.n / width)
        total = self.batch * down * across
        for index, (i, j) in enumerate(rows):
            if self.split:
                blocks = total // len(rows) + (index < total % len(rows))
                matrix, inside = divmod(first, down * across)
                m0, n0 = inside // across * height, inside % across * width
                tiles = 0
                for block in range(first, first + blocks):
                    r, c = divmod(block % (down * across), across)
                    tiles += min(height, self.m - r * height) * min(width, self.n - c * width)
                first += blocks
            else:
                blocks = self.batch * prod(self.choice.out_blocks)
                m0, n0, matrix = i * self.per_core[0], j * self.per_core[1], 0
                tiles = min(self.per_core[0], self.m - m0) * min(self.per_core[1], self.n - n0) * self.batch
            row = {
                "core": self._core(i, j),
                "start_tile": (matrix * self.m + m0) * self.n + n0,
                "tile_count": tiles,
                "m_start": m0,
                "m_count": min(self.per_core[0], self.m - m0),
                "n_start": n0,
                "n_count": min(self.per_core[1], self.n - n0),
                "blocks": blocks,
            }
            found.append(row | ({"shard": (i, j)} if self.choice.local_mode else {}))
        return found

    @property
    def cores(self) -> list[tuple[int, int]]:
        return [row["core"] for row in self.work]

    def ranges(self, cores: list[tuple[int, int]]) -> list[tuple[int, int, int, int]]:
        """Full rectangle, or one range per row of cores."""
        xs, ys = sorted({x for x, _ in cores}), sorted({y for _, y in cores})
        if len(xs) * len(ys) == len(cores):
            return [(xs[0], ys[0], xs[-1], ys[-1])]
        lines = [sorted(x for x, y in cores if y == row) for row in ys]
        found: list[tuple[int, int, int, int]] = []
        for y, line in zip(ys, lines, strict=True):
            if found and found[-1][0] == line[0] and found[-1][2] == line[-1]:
                found[-1] = (line[0], found[-1][1], line[-1], y)
            else:
                found.append((line[0], y, line[-1], y))
        return found

    # memory

    def _shard_of(self, stream: str) -> tuple[str, tuple[int, int], tuple[int, int], list[tuple[int, int]]]:
        rows, columns = self.choice.cores
        if stream == "in0" and self.movement[stream] == "local":
            return "height_sharded", (self.per_core[0], self.k), (rows, 1), self.cores
        if stream == "in0":
            owners = rows * columns if rows == 1 else columns
            width = ceil(self.k / owners / self.choice.k_block) * self.choice.k_block
            count = ceil(self.k / width)
            cores = [self._core(i, j) for i in range(rows) for j in range(count)]
            return (
                "width_sharded" if rows == 1 else "block_sharded",
                (self.per_core[0], width),
                (rows, count),
                cores,
            )
        if stream == "in1":
            return "width_sharded", (self.k, self.per_core[1]), (1, columns), self.cores
        layout = "height_sharded" if columns == 1 else "width_sharded" if rows == 1 else "block_sharded"
        return layout, self.per_core, (rows, columns), self.cores

    def _buffers(self) -> dict[str, dict]:
        stream_of = {}
        for stream, operand in self.meaning.operands.items():
            stream_of.setdefault(operand.buffer, stream)
        found, dram, top = {}, self.device.dram.base, self.device.l1.bytes
        for declared in (b for b in self.kernel.buffers if b.io):
            elements = [self.kernel.dims[dim] for dim in declared.dims]
            tiles = [ceil(size / 32) for size in elements[-2:]]
            shape = (prod(elements[:-2]) * tiles[0] if len(elements) > 1 else 1, tiles[-1])
            page, stream = FORMATS[declared.dtype].tile_bytes, stream_of[declared.name]
            row: dict = {
                "name": declared.name,
                "io": declared.io,
                "dtype": declared.dtype,
                "memory": "DRAM",
                "layout": "interleaved",
                "shape": shape,
                "elements": elements,
                "padded": [*elements[:-2], *(32 * size for size in tiles)],
                "page_bytes": page,
                "pages": prod(shape),
                "bytes_per_core": 0,
            }
            if self.movement[stream] in ("local", "rotate"):
                layout, shard, grid, cores = self._shard_of(stream)
                size = prod(shard) * page
                top -= size
                order = "col_major" if self.choice.transposed and layout == "block_sharded" else "row_major"
                row |= {"memory": "L1", "layout": layout, "address": top, "bytes_per_core": size}
                row["shard"] = {"shape": shard, "grid": grid, "orientation": order, "cores": cores}
                row["moved"] = declared.io == "in" and declared.place == "free"
            elif stream in self.choice.l1_interleaved:
                banks = len(self.device.cores) - len(self.kernel.reserve.cores)
                size = ceil(prod(shape) / banks) * page
                top -= size
                row |= {"memory": "L1", "address": top, "bytes_per_core": size}
            elif stream in self.choice.dram_sharded:
                columns = ceil(shape[1] / self.device.dram.banks)
                banks = [(bank, 0) for bank in range(ceil(shape[1] / columns))]
                row |= {"layout": "width_sharded", "address": dram}
                row["shard"] = {
                    "shape": (shape[0], columns),
                    "grid": (1, len(banks)),
                    "orientation": "row_major",
                    "cores": banks,
                }
                dram += shape[0] * columns * page
            else:
                row["address"] = dram
                dram += ceil(prod(shape) / self.device.dram.banks) * page
            found[declared.name] = row
        return found

    def _block(self, stream: str) -> tuple[int, int]:
        height, width = self.choice.out_block
        if stream in ("in0", "in0_transposed"):
            return height, self.choice.k_block
        if stream == "in1":
            return self.choice.k_block, width
        operand = self.meaning.operands.get(stream)
        return (1, width) if operand and operand.row_broadcast else (height, width)

    def _partials_dtype(self) -> str:
        out = self.kernel.buffer(self.meaning.operands["out"].buffer)
        assert out is not None
        if self.kernel.compute.fp32_dest_acc_en:
            return "float32"
        return "bfloat16" if self.accumulate else out.dtype

    def _circular_buffers(self) -> list[dict]:
        names = list(self.meaning.operands)
        if self.meaning.operands["in0"].transposed:
            names.append("in0_transposed")
        if self.partials:
            names.append("partials")
        rows: list[dict] = []
        address = self.device.l1.base
        for number, name in enumerate(names):
            stream = {"in0_transposed": "in0", "partials": "out"}.get(name, name)
            buffer = self.buffers[self.meaning.operands[stream].buffer]
            dtype = self._partials_dtype() if name == "partials" else buffer["dtype"]
            page, block = FORMATS[dtype].tile_bytes, prod(self._block(name))
            depth = self.choice.depth if name in ("in0", "in1") else 1
            row = {
                "id": number,
                "name": name,
                "dtype": dtype,
                "page_bytes": page,
                "block_pages": block,
                "depth": depth,
            }
            if self.movement.get(name) == "local":
                pages = prod(buffer["shard"]["shape"])
                row |= {"block_pages": pages, "depth": 1, "pages": pages, "on_buffer": buffer["name"]}
                row |= {"bytes": pages * page, "address": buffer["address"]}
            else:
                row |= {"pages": block * depth, "bytes": block * depth * page, "address": address}
                out = next((item for item in rows if item["name"] == "out"), None)
                if name == "partials" and self.choice.share and out and self._may_share(out, dtype):
                    row |= {"alias_of": out["id"], "address": out["address"]}
                else:
                    address += row["bytes"]
            rows.append(row)
        self.cb_end = address
        return rows

    def _may_share(self, out: dict, dtype: str) -> bool:
        return out["dtype"] == dtype and "on_buffer" not in out

    def _semaphores(self) -> dict[str, int]:
        shared = [name for name, how in self.movement.items() if how in ("multicast", "rotate")]
        names = [f"{stream}_{what}" for stream in shared for what in ("ready", "valid")]
        return {name: number for number, name in enumerate(names)}

    # kernels

    def _group(self, stream: str, core: tuple[int, int]) -> list[tuple[int, int]]:
        key = "m_start" if stream == "in0" else "n_start"
        return [other for other in self.cores if self.position[other][key] == self.position[core][key]]

    def _part(self, stream: str, core: tuple[int, int]) -> str:
        if self.movement[stream] == "multicast":
            return "send" if self._group(stream, core)[0] == core else "receive"
        return PARTS[self.movement[stream]]

    def _kernels(self) -> list[dict]:
        found = []
        for processor, noc in (("riscv_1", 0), ("riscv_0", 1)):
            streams = [
                s
                for s in self.meaning.operands
                if self.processor[s] == processor and self.movement[s] != "local"
            ]
            variants: dict[tuple[str, ...], list[tuple[int, int]]] = {}
            for core in self.cores if streams else []:
                variants.setdefault(tuple(self._part(stream, core) for stream in streams), []).append(core)
            for parts, cores in variants.items():
                roles = list(zip(streams, parts, strict=True))
                name = "_".join(f"{stream}_{part}" for stream, part in roles)
                side = 1 - noc if self.choice.swap_nocs else noc
                found.append(self._mover(name, processor, side, cores, roles))
        return [*found, self._compute()]

    def _kernel(
        self, head: dict, compile_args: dict[str, int], arguments: dict[str, dict], accessors: list[str]
    ) -> dict:
        """Arguments: name -> kind, of, value on each core; equal ones become common."""
        cores = head["cores"]
        own = {"tt_start_tile", "Mt", "Kt", "Nt", "Sm", "Sn", "tt_shard_coord_y", "tt_shard_coord_x"}
        common = [
            name
            for name, argument in arguments.items()
            if argument["kind"] != "address" and name not in own and len(set(argument["values"])) == 1
        ]
        rows = [name for name in arguments if name not in common]

        def listed(names: list[str]) -> list[dict]:
            return [
                {"name": name, "kind": arguments[name]["kind"], "of": arguments[name].get("of")}
                for name in names
            ]

        return head | {
            "core_ranges": self.ranges(cores),
            "compile_args": [{"name": name, "value": value} for name, value in compile_args.items()],
            "accessors": accessors,
            "common_args": listed(common),
            "common_values": [arguments[name]["values"][0] for name in common],
            "runtime_args": listed(rows),
            "values": [
                {"core": core, "values": [arguments[name]["values"][index] for name in rows]}
                for index, core in enumerate(cores)
            ],
        }

    def _loops(self) -> dict[str, int]:
        blocks = self.choice.out_blocks
        return {"batches": self.batch, "m_blocks": blocks[0], "n_blocks": blocks[1]}

    def _compute(self) -> dict:
        choice = self.choice
        arguments = {f"cb_{cb['name']}": cb["id"] for cb in self.cbs}
        arguments |= {
            "block_m": choice.out_block[0],
            "block_n": choice.out_block[1],
            "block_k": choice.k_block,
        }
        arguments |= {"last_k": self.k - (self.k_blocks - 1) * choice.k_block, "k_blocks": self.k_blocks}
        local = [stream for stream, how in self.movement.items() if how == "local"]
        if not self.split:
            arguments |= self._loops() if local else {"out_blocks": prod(self._loops().values())}
        arguments |= {"subblock_m": choice.subblock[0], "subblock_n": choice.subblock[1]}
        if local:
            arguments |= {"per_core_m": self.per_core[0], "per_core_n": self.per_core[1]}
        if "in0" in local:
            arguments |= {"Kt": self.k}
        count = {"block_count": {"kind": "value", "values": [row["blocks"] for row in self.work]}}
        head = {"name": "compute", "processor": "compute", "noc": None, "cores": self.cores, "roles": []}
        return self._kernel(head, arguments, count if self.split else {}, [])

    def _mover(self, name: str, processor: str, noc: int, cores: list, roles: list[tuple[str, str]]) -> dict:
        choice, streams = self.choice, [stream for stream, _ in roles]
        buffer_of = {stream: operand.buffer for stream, operand in self.meaning.operands.items()}
        ids = {cb["name"]: cb["id"] for cb in self.cbs}
        arguments = {f"cb_{stream}": ids[stream] for stream in streams}
        broadcast = {stream for stream, operand in self.meaning.operands.items() if operand.row_broadcast}
        if self.split or set(streams) - {"in1"} - broadcast:
            arguments["block_m"] = choice.out_block[0]
        if self.split or set(streams) - {"in0"}:
            arguments["block_n"] = choice.out_block[1]
        if set(streams) & {"in0", "in1"}:
            arguments |= {"block_k": choice.k_block, "k_blocks": self.k_blocks}
        arguments |= {} if self.split else self._loops()
        if "out" in streams:
            arguments |= {"subblock_m": choice.subblock[0], "subblock_n": choice.subblock[1]}
        rectangles: dict[str, int] = {}
        owners: dict[str, int] = {}
        runtime: dict[str, dict] = {}
        for stream, part in roles:
            if part != "receive":
                buffer = buffer_of[stream]
                address = self.buffers[buffer]["address"]
                runtime[f"{buffer}_address"] = {
                    "kind": "address",
                    "of": buffer,
                    "values": [address] * len(cores),
                }
        if any(part in ("read", "send", "write") for _, part in roles):
            runtime |= self._position(cores)
        if self.split:
            runtime["block_count"] = {
                "kind": "value",
                "values": [self.position[core]["blocks"] for core in cores],
            }
        for stream, part in roles:
            if part in ("send", "receive", "rotate"):
                arguments |= {
                    f"{stream}_{w}_semaphore": self.semaphores[f"{stream}_{w}"] for w in ("ready", "valid")
                }
            if part in ("send", "rotate"):
                arguments[f"{stream}_receivers"] = len(self._group(stream, cores[0])) - 1
                targets = [self._targets(stream, core, noc) for core in cores]
                rectangles[stream] = len(targets[0])
                for number in range(len(targets[0])):
                    for place, end in enumerate(("x0", "y0", "x1", "y1", "cores")):
                        kind = "value" if end == "cores" else f"noc_{end[0]}"
                        values = [areas[number][place] for areas in targets]
                        runtime[f"{stream}_dest{number}_{end}"] = {"kind": kind, "values": values}
        for stream, part in roles:
            if part == "receive":
                senders = [self._group(stream, core)[0] for core in cores]
                runtime[f"{stream}_sender_x"] = {"kind": "noc_x", "values": [x for x, _ in senders]}
                runtime[f"{stream}_sender_y"] = {"kind": "noc_y", "values": [y for _, y in senders]}
            if part == "rotate":
                shard = self.buffers[buffer_of[stream]]["shard"]
                owners[stream] = shard["grid"][1]
                arguments |= {f"{stream}_shard_k": shard["shape"][1], "per_core_m": self.per_core[0]}
                turns = [
                    [core for core in self._group(stream, own) if core in shard["cores"]] for own in cores
                ]
                places = [
                    line.index(c) if c in line else len(line) for c, line in zip(cores, turns, strict=True)
                ]
                runtime[f"{stream}_owner"] = {"kind": "value", "values": places}
                for number in range(owners[stream]):
                    for axis in (0, 1):
                        values = [line[number][axis] for line in turns]
                        runtime[f"{stream}_owner{number}_{'xy'[axis]}"] = {
                            "kind": f"noc_{'xy'[axis]}",
                            "values": values,
                        }
        listed = [
            {"stream": s, "part": p, "rectangles": rectangles.get(s, 0), "owners": owners.get(s, 0)}
            for s, p in roles
        ]
        head = {"name": name, "processor": processor, "noc": noc, "cores": cores, "roles": listed}
        accessors = [buffer_of[stream] for stream, part in roles if part in ("read", "send", "write")]
        return self._kernel(head, arguments, runtime, list(dict.fromkeys(accessors)))

    def _position(self, cores: list) -> dict[str, dict]:
        sizes = {"Mt": self.m, "Kt": self.k, "Nt": self.n}
        found = (
            {}
            if self.choice.local_mode
            else {"tt_start_tile": [self.position[core]["start_tile"] for core in cores]}
        )
        found |= {name: [size] * len(cores) for name, size in sizes.items()}
        if self.choice.local_mode:
            found |= {"Sm": [self.per_core[0]] * len(cores), "Sn": [self.per_core[1]] * len(cores)}
            found |= {"tt_shard_coord_y": [self.position[core]["shard"][0] for core in cores]}
            found |= {"tt_shard_coord_x": [self.position[core]["shard"][1] for core in cores]}
        return {name: {"kind": "value", "values": values} for name, values in found.items()}

    def _targets(
        self, stream: str, sender: tuple[int, int], noc: int
    ) -> list[tuple[int, int, int, int, int]]:
        targets = []
        for x0, y0, x1, y1 in self.ranges(self._group(stream, sender)):
            inside = x0 <= sender[0] <= x1 and y0 <= sender[1] <= y1
            corners = (x1, y1, x0, y0) if noc == 1 else (x0, y0, x1, y1)
            targets.append((*corners, (x1 - x0 + 1) * (y1 - y0 + 1) - inside))
        return targets

    # the document

    def plan(self) -> Plan:
        choice, operands = self.choice, self.meaning.operands
        l1 = self.device.l1
        resident = sum(row["bytes_per_core"] for row in self.buffers.values())
        used = {"base": l1.base, "circular_buffers": self.cb_end - l1.base, "buffers": resident}
        used |= {"reserved": self.kernel.reserve.l1_bytes, "capacity": l1.bytes}
        used["free"] = l1.bytes - l1.base - used["circular_buffers"] - resident - used["reserved"]
        draft = Plan.model_validate(
            {
                "version": "0",
                "kernel": self.kernel,
                "device": self.device,
                "status": "optimal",
                "tiling": {
                    "batch": self.batch,
                    "m": self.m,
                    "n": self.n,
                    "k": self.k,
                    "fused_batch": self.fused,
                    "in0_batched": operands["in0"].batched and self.batch > 1,
                    "in1_batched": operands["in1"].batched and self.batch > 1,
                },
                "partition": {
                    "mode": "local_shard" if choice.local_mode else "global",
                    "scheme": choice.scheme,
                    "grid": choice.cores,
                    "transposed": choice.transposed,
                    "cores": self.cores,
                    "core_ranges": self.ranges(self.cores),
                    "per_core": self.per_core,
                    "work": self.work,
                },
                "blocking": {
                    "out_block": choice.out_block,
                    "out_blocks": choice.out_blocks,
                    "k_block": choice.k_block,
                    "k_blocks": self.k_blocks,
                    "last_k": self.k - (self.k_blocks - 1) * choice.k_block,
                    "subblock": choice.subblock,
                    "l1_accumulation": self.accumulate,
                    "traversal": "row_major",
                },
                "epilogue": [
                    {"op": step.op, "stream": step.operand, "value": step.value}
                    for step in self.meaning.epilogue
                ],
                "buffers": list(self.buffers.values()),
                "streams": [
                    {
                        "name": name,
                        "buffer": operand.buffer,
                        "block": self._block(name),
                        "every": "k_block" if name in ("in0", "in1") else "out_block",
                        "movement": self.movement[name],
                        "processor": None if self.movement[name] == "local" else self.processor[name],
                        "transposed": operand.transposed,
                        "row_broadcast": operand.row_broadcast,
                        "batched": operand.batched and self.batch > 1,
                    }
                    for name, operand in operands.items()
                ],
                "circular_buffers": self.cbs,
                "semaphores": [
                    {"id": number, "name": name, "initial": 0} for name, number in self.semaphores.items()
                ],
                "kernels": self._kernels(),
                "l1": used,
                "cost": {
                    "cycles": 0,
                    "unit": 1,
                    "units": 0,
                    "lower_bound": 0,
                    "terms": [],
                    "binding": "",
                    "dram_bytes": 0,
                    "l1_bytes": used["circular_buffers"] + resident,
                    "cores": len(self.cores),
                },
            }
        )
        return priced(draft.model_copy(update={"deviations": deviations(draft)}))


def priced(plan: Plan) -> Plan:
    """The plan with the cost that ttplan.cost gives its decisions."""
    terms = tuple(term for term in model.recompute(plan) if term.cycles and term.name != "resources")
    cycles = {term.name: term.cycles for term in model.recompute(plan)}
    total = model.modelled_time(cycles)
    traffic = dram_bytes(Prices(Subject(plan, meaning_of(plan.kernel))))
    update = {
        "cycles": total,
        "units": total,
        "lower_bound": total,
        "terms": terms,
        "binding": model.binding(cycles),
        "dram_bytes": traffic,
    }
    return plan.model_copy(update={"cost": plan.cost.model_copy(update=update)})


def changed(choice: Choice, **changes: object) -> Choice:
    """The choice with some decisions replaced."""
    return replace(choice, **changes)  # type: ignore[arg-type]
