"""Multicasts: groups, rectangles, counts, corners, senders, rotations, semaphores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ttplan.check.finding import Finding, finding
from ttplan.check.subject import Subject, cells, core_text, repeated
from ttplan.check.table import compile_values, runtime_values
from ttplan.plan import Core, KernelPlan, RuntimeArg, Stream

Row = dict[str, tuple[RuntimeArg, int]]


def check_multicast(subject: Subject) -> Iterator[Finding]:
    """Every shared stream reaches exactly the cores that need it."""
    for index, stream in enumerate(subject.plan.streams):
        if stream.name in ("in0", "in1") and stream.movement == "multicast":
            yield from _multicast(subject, stream, f"streams[{index}]")
        elif stream.name == "in0" and stream.movement == "rotate":
            yield from _rotation(subject, stream, f"streams[{index}]")
    yield from _semaphores(subject)


def _roles(subject: Subject, stream: str, part: str) -> dict[Core, tuple[int, KernelPlan]]:
    found: dict[Core, tuple[int, KernelPlan]] = {}
    for index, kernel in subject.kernels_of(stream, part):
        found.update({core: (index, kernel) for core in kernel.cores})
    return found


def _multicast(subject: Subject, stream: Stream, place: str) -> Iterator[Finding]:
    senders = _roles(subject, stream.name, "send")
    receivers = _roles(subject, stream.name, "receive")
    rows = _all_rows(subject)
    for group in subject.groups(stream.name):
        sending = [core for core in group if core in senders]
        receiving = [core for core in group if core in receivers]
        if len(sending) != 1 or not receiving:
            text = (
                f"{len(sending)} senders and {len(receiving)} receivers of {stream.name} among "
                f"{core_text(group)}"
            )
            yield finding("multicast_group", place, text)
            continue
        sender = sending[0]
        index, kernel = senders[sender]
        row = rows[index].get(sender, {})
        yield from _rectangles(kernel, index, stream.name, sender, receiving, row)
        yield from _receivers(kernel, index, stream.name, len(receiving))
        for core in receiving:
            number, _ = receivers[core]
            yield from _names_core(
                rows[number].get(core, {}), f"{stream.name}_sender", sender, number, "multicast_sender"
            )


def _all_rows(subject: Subject) -> tuple[dict[Core, Row], ...]:
    return tuple(runtime_values(kernel) for kernel in subject.plan.kernels)


def _receivers(kernel: KernelPlan, index: int, stream: str, expected: int) -> Iterator[Finding]:
    found = compile_values(kernel).get(f"{stream}_receivers")
    if found != expected:
        text = f"{stream}_receivers is {found}, {expected} cores receive"
        yield finding("multicast_receivers", f"kernels[{index}].compile_args", text)


def _names_core(row: Row, prefix: str, core: Core, index: int, rule: str) -> Iterator[Finding]:
    """`<prefix>_x`, `<prefix>_y` are the coordinates of a core."""
    for axis, name in enumerate((f"{prefix}_x", f"{prefix}_y")):
        value = row[name][1] if name in row else None
        if value != core[axis]:
            yield finding(rule, f"kernels[{index}].{name}", f"found {value}, the core is {core}")


def _rectangles(
    kernel: KernelPlan, index: int, stream: str, sender: Core, receivers: Sequence[Core], row: Row
) -> Iterator[Finding]:
    """The rectangles of one sender cover its receivers, each once, and nothing else but the sender itself."""
    role = next(role for role in kernel.roles if role.stream == stream)
    place = f"kernels[{index}].{stream}_dest"
    reached: list[Core] = []
    for number in range(min(role.rectangles, len(receivers) + 1)):
        prefix = f"{stream}_dest{number}"
        values = [row.get(f"{prefix}_{end}", (None, -1))[1] for end in ("x0", "y0", "x1", "y1", "cores")]
        if -1 in values:
            yield finding("multicast_rectangle", place, f"core {sender} has no complete rectangle {prefix}")
            continue
        x0, y0, x1, y1, count = values
        area = (x1, y1, x0, y0) if kernel.noc == 1 else (x0, y0, x1, y1)
        if not cells(area):
            text = f"({x0}, {y0})..({x1}, {y1}) on NoC {kernel.noc}: start and end are in the wrong order"
            yield finding("multicast_corners", place, text)
            continue
        others = [core for core in cells(area) if core != sender]
        if count != len(others):
            text = (
                f"{prefix}_cores is {count}, ({x0}, {y0})..({x1}, {y1}) has {len(others)} cores besides "
                f"{sender}"
            )
            yield finding("multicast_count", place, text)
        reached += others
    if role.rectangles > len(receivers) + 1:
        yield finding(
            "multicast_rectangle", place, f"{role.rectangles} rectangles for {len(receivers)} receivers"
        )
    if twice := repeated(reached):
        yield finding("multicast_rectangle", place, f"core {sender} reaches twice: {', '.join(twice[:4])}")
    extra, missed = set(reached) - set(receivers), set(receivers) - set(reached)
    if extra or missed:
        text = (
            f"core {sender} reaches {core_text(extra) or 'no other core'} too many, misses "
            f"{core_text(missed) or 'none'}"
        )
        yield finding("multicast_rectangle", place, text)


def _rotation(subject: Subject, stream: Stream, place: str) -> Iterator[Finding]:
    """Each group of cores with the same rows takes turns: the owners of that row of in0 shards."""
    plan = subject.plan
    buffer = subject.buffers.get(stream.buffer)
    if buffer is None or buffer.shard is None or buffer.memory != "L1":
        yield finding("rotation_owner", place, f"{stream.buffer} is not sharded in L1")
        return
    shard = buffer.shard
    if shard.shape[1] % plan.blocking.k_block:
        text = (
            f"K blocks of {plan.blocking.k_block} tiles do not divide the {shard.shape[1]} columns of a shard"
        )
        yield finding("rotation_k_block", "blocking.k_block", text)
    if shard.shape[0] != plan.partition.per_core[0]:
        text = f"shards have {shard.shape[0]} rows, cores compute {plan.partition.per_core[0]}"
        yield finding("rotation_owner", place, text)
        return
    turning = _roles(subject, stream.name, "rotate")
    rows = _all_rows(subject)
    for number, group in enumerate(subject.groups(stream.name)):
        owners = shard.cores[number * shard.grid[1] : (number + 1) * shard.grid[1]]
        if absent := [core for core in owners if core not in group]:
            text = f"{core_text(absent)} own shards of rows that {core_text(group)} compute"
            yield finding("rotation_owner", place, text)
            continue
        if len(group) < 2 or any(core not in turning for core in group):
            text = (
                f"{len(group)} cores in the group of {core_text(group)}, all must take part and at least two"
            )
            yield finding("multicast_group", place, text)
            continue
        for core in group:
            index, kernel = turning[core]
            yield from _turn(kernel, index, stream.name, core, owners, group, rows[index].get(core, {}))


def _turn(
    kernel: KernelPlan,
    index: int,
    stream: str,
    core: Core,
    owners: Sequence[Core],
    group: Sequence[Core],
    row: Row,
) -> Iterator[Finding]:
    role = next(role for role in kernel.roles if role.stream == stream)
    if role.owners != len(owners):
        yield finding(
            "rotation_owner",
            f"kernels[{index}].roles",
            f"{role.owners} owners, {len(owners)} shards in a row",
        )
    for number, owner in enumerate(owners):
        yield from _names_core(row, f"{stream}_owner{number}", owner, index, "rotation_owner")
    own = row[f"{stream}_owner"][1] if f"{stream}_owner" in row else -1
    if (owners.index(core) != own) if core in owners else (own < len(owners)):
        text = f"core {core} has turn {own}, the owners are {core_text(owners)}"
        yield finding("rotation_owner", f"kernels[{index}].{stream}_owner", text)
    if core in owners:
        receivers = [other for other in group if other != core]
        yield from _rectangles(kernel, index, stream, core, receivers, row)
        yield from _receivers(kernel, index, stream, len(receivers))


def _semaphores(subject: Subject) -> Iterator[Finding]:
    plan = subject.plan
    shared = [s.name for s in plan.streams if s.movement in ("multicast", "rotate")]
    expected = [f"{stream}_{what}" for stream in shared for what in ("ready", "valid")]
    found = [semaphore.name for semaphore in plan.semaphores]
    if sorted(found) != sorted(expected):
        yield finding("semaphore_set", "semaphores", f"found {found}, the multicasts need {expected}")
    for number in repeated(semaphore.id for semaphore in plan.semaphores):
        yield finding("semaphore_id", "semaphores", f"id {number} is used twice")
    for index, semaphore in enumerate(plan.semaphores):
        if semaphore.id >= plan.device.limits.semaphores:
            text = f"found {semaphore.id}, a core has 0..{plan.device.limits.semaphores - 1}"
            yield finding("semaphore_id", f"semaphores[{index}].id", text)
        if semaphore.initial != 0:
            yield finding(
                "semaphore_initial", f"semaphores[{index}].initial", f"found {semaphore.initial}, starts at 0"
            )
