"""Third part of the plan builder: kernels with their roles and arguments."""

from __future__ import annotations

from collections.abc import Callable

from render.case import Case
from render.plan_memory import Memory
from ttplan.plan import CompileArg, Core, CoreArgs, KernelPlan, Range, Role, RuntimeArg, Semaphore, Stream

NOTES = {
    "block_m": "rows of an out block",
    "block_n": "columns of an out block",
    "block_k": "K tiles per block",
    "last_k": "K tiles of the last block",
    "subblock_m": "rows in DST at once",
    "subblock_n": "columns in DST at once",
}


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


class Kernels(Memory):
    """One kernel for each set of roles on a processor."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self.semaphores: list[Semaphore] = []

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
