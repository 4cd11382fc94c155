"""What docs/kernels.md says about the arguments of a kernel: what it may list and must, order, values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ttplan.check.subject import Subject
from ttplan.plan import Core, KernelPlan, Role

PAGED = ("read", "send", "write")
"""Parts that walk the tiles of a buffer through its tensor accessor."""
PER_CORE_ONLY = frozenset(
    {"tt_start_tile", "tt_tile_count", "Mt", "Kt", "Nt", "Sm", "Sn", "tt_shard_coord_y", "tt_shard_coord_x"}
)
"""Runtime arguments that are never common, whatever their values."""


@dataclass(frozen=True)
class Compile:
    """A compile-time argument. value: None where another rule knows. needed: the kernel cannot do without."""

    name: str
    value: int | None
    needed: bool


@dataclass(frozen=True)
class Runtime:
    """A runtime argument. needed: the kernel cannot do without it."""

    name: str
    kind: str
    needed: bool
    of: str | None = None


def compile_arguments(subject: Subject, kernel: KernelPlan) -> tuple[Compile, ...]:
    """Compile-time arguments a kernel may list."""
    if kernel.processor == "compute":
        return tuple(_compute(subject))
    return tuple(_mover(subject, kernel))


def _loops(subject: Subject) -> tuple[tuple[str, int], ...]:
    out_blocks = subject.plan.blocking.out_blocks
    return ("batches", subject.plan.tiling.batch), ("m_blocks", out_blocks[0]), ("n_blocks", out_blocks[1])


def _compute(subject: Subject) -> Iterator[Compile]:
    plan, blocking = subject.plan, subject.plan.blocking
    for cb in plan.circular_buffers:
        yield Compile(f"cb_{cb.name}", cb.id, True)
    yield Compile("block_m", blocking.out_block[0], True)
    yield Compile("block_n", blocking.out_block[1], True)
    yield Compile("block_k", blocking.k_block, True)
    yield Compile("last_k", blocking.last_k, blocking.last_k != blocking.k_block)
    yield Compile("k_blocks", blocking.k_blocks, blocking.k_blocks > 1)
    local = [stream for stream in plan.streams if stream.movement == "local"]
    if not subject.split:
        total = 1
        for name, count in _loops(subject):
            yield Compile(name, count, False)
            total *= count
        yield Compile("out_blocks", total, total > 1 and not local)
    yield Compile("subblock_m", blocking.subblock[0], True)
    yield Compile("subblock_n", blocking.subblock[1], True)
    if local:
        by_column = any(stream.name != "in0" for stream in local)
        yield Compile("per_core_m", plan.partition.per_core[0], False)
        yield Compile("per_core_n", plan.partition.per_core[1], by_column)
        yield Compile("Kt", plan.tiling.k, any(stream.name == "in0" for stream in local))


def _mover(subject: Subject, kernel: KernelPlan) -> Iterator[Compile]:
    plan, blocking = subject.plan, subject.plan.blocking
    streams = {role.stream for role in kernel.roles}
    for role in kernel.roles:
        cb = subject.cbs.get(role.stream)
        yield Compile(f"cb_{role.stream}", cb.id if cb else None, True)
    broadcast = {stream.name for stream in plan.streams if stream.row_broadcast}
    tall = bool(streams - {"in1"} - broadcast)
    if tall or subject.split:
        yield Compile("block_m", blocking.out_block[0], tall)
    if streams - {"in0"} or subject.split:
        yield Compile("block_n", blocking.out_block[1], bool(streams - {"in0"}))
    if streams & {"in0", "in1"}:
        yield Compile("block_k", blocking.k_block, True)
        yield Compile("last_k", blocking.last_k, False)
        yield Compile("k_blocks", blocking.k_blocks, blocking.k_blocks > 1)
    if not subject.split:
        for name, count in _loops(subject):
            yield Compile(name, count, count > 1)
    if "out" in streams:
        yield Compile("subblock_m", blocking.subblock[0], True)
        yield Compile("subblock_n", blocking.subblock[1], True)
    for role in kernel.roles:
        yield from _shared(subject, role)


def _shared(subject: Subject, role: Role) -> Iterator[Compile]:
    plan, stream = subject.plan, role.stream
    if role.part in ("send", "receive", "rotate"):
        ids = {semaphore.name: semaphore.id for semaphore in plan.semaphores}
        for what in ("ready", "valid"):
            yield Compile(f"{stream}_{what}_semaphore", ids.get(f"{stream}_{what}"), True)
    if role.part in ("send", "rotate"):
        yield Compile(f"{stream}_receivers", None, True)
    if role.part == "rotate":
        found = plan.stream(stream)
        buffer = subject.buffers.get(found.buffer) if found else None
        columns = buffer.shard.shape[1] if buffer and buffer.shard else None
        yield Compile(f"{stream}_shard_k", columns, True)
        yield Compile("per_core_m", plan.partition.per_core[0], False)


def runtime_arguments(subject: Subject, kernel: KernelPlan) -> tuple[Runtime, ...]:
    """Runtime arguments a kernel may list, in the fixed order."""
    return tuple(_runtime(subject, kernel))


def _runtime(subject: Subject, kernel: KernelPlan) -> Iterator[Runtime]:
    if kernel.processor != "compute":
        buffers = {s.name: s.buffer for s in subject.plan.streams}
        touched = [buffers.get(role.stream, "") for role in kernel.roles if role.part in (*PAGED, "rotate")]
        for buffer in dict.fromkeys(touched):
            yield Runtime(f"{buffer}_address", "address", True, buffer)
        yield from _position(subject, kernel)
    if subject.split:
        yield Runtime("block_count", "value", True)
    for role in kernel.roles:
        for number in range(min(role.rectangles, len(subject.work))):
            for end, kind in (
                ("x0", "noc_x"),
                ("y0", "noc_y"),
                ("x1", "noc_x"),
                ("y1", "noc_y"),
                ("cores", "value"),
            ):
                yield Runtime(f"{role.stream}_dest{number}_{end}", kind, True)
    for role in kernel.roles:
        if role.part == "receive":
            yield Runtime(f"{role.stream}_sender_x", "noc_x", True)
            yield Runtime(f"{role.stream}_sender_y", "noc_y", True)
    for role in kernel.roles:
        if role.part == "rotate":
            yield Runtime(f"{role.stream}_owner", "value", True)
            for number in range(min(role.owners, len(subject.work))):
                yield Runtime(f"{role.stream}_owner{number}_x", "noc_x", True)
                yield Runtime(f"{role.stream}_owner{number}_y", "noc_y", True)


def _position(subject: Subject, kernel: KernelPlan) -> Iterator[Runtime]:
    """Where the core stands and how large the tensor is; only for kernels that walk tiles by their id."""
    paged = {role.stream for role in kernel.roles if role.part in PAGED}
    if not paged:
        return
    plan, tiling, height, width = subject.plan, subject.plan.tiling, *subject.plan.blocking.out_block
    operands = subject.meaning.operands
    batched = tiling.batch > 1 and any(operands[stream].batched for stream in paged if stream in operands)
    per_m, per_n = plan.partition.per_core
    rows = bool(paged - {"in1"} - {s.name for s in plan.streams if s.row_broadcast})
    columns = bool(paged - {"in0"})
    ragged_m, ragged_n = (
        tiling.m % (height if subject.split else per_m),
        tiling.n % (width if subject.split else per_n),
    )
    in0, in1 = operands["in0"], operands["in1"]
    needs_m = (
        (rows and (ragged_m or batched)) or ("in0" in paged and in0.transposed) or (subject.split and batched)
    )
    needs_k = ("in0" in paged and (not in0.transposed or batched)) or (
        "in1" in paged and (in1.transposed or batched)
    )
    needs_k = needs_k or (bool(paged & {"in0", "in1"}) and tiling.k % plan.blocking.k_block > 0)
    needs_n = bool(paged - {"in0"} - {s.name for s in plan.streams if s.row_broadcast} - {"in1"})
    needs_n = needs_n or ("in1" in paged and (not in1.transposed or batched)) or (columns and ragged_n > 0)
    is_global = plan.partition.mode == "global"
    if is_global:
        yield Runtime("tt_start_tile", "value", True)
    yield Runtime("Mt", "value", bool(needs_m))
    yield Runtime("Kt", "value", bool(needs_k))
    yield Runtime("Nt", "value", bool(needs_n) or is_global)
    if not is_global:
        yield Runtime("Sm", "value", rows)
        yield Runtime("Sn", "value", columns)
        yield Runtime("tt_shard_coord_y", "value", rows)
        yield Runtime("tt_shard_coord_x", "value", columns)


def runtime_value(subject: Subject, name: str, core: Core) -> int | None:
    """Value of a position, size or address argument on a core; None where another rule knows it."""
    plan, item = subject.plan, subject.work.get(core)
    values: dict[str, int] = {
        "Mt": plan.tiling.m,
        "Kt": plan.tiling.k,
        "Nt": plan.tiling.n,
        "Sm": plan.partition.per_core[0],
        "Sn": plan.partition.per_core[1],
    }
    if item is not None:
        values["tt_start_tile"] = item.start_tile
        values["block_count"] = item.blocks
        if item.shard is not None:
            values["tt_shard_coord_y"], values["tt_shard_coord_x"] = item.shard
    for buffer in plan.buffers:
        values[f"{buffer.name}_address"] = buffer.address
    return values.get(name)
