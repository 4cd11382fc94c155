"""Streams, sizes and epilogue of the plan against the ops of the kernel."""

from __future__ import annotations

from collections.abc import Iterator

from ttplan.check.finding import Finding, finding
from ttplan.check.meaning import Operand
from ttplan.check.subject import MULTICAST_OF_SCHEME, Subject
from ttplan.formats import FORMATS
from ttplan.ops import OPS
from ttplan.plan import Stream


def check_dataflow(subject: Subject) -> Iterator[Finding]:
    """The plan computes what the kernel says: sizes, roles, transposes, batches, broadcast, epilogue."""
    yield from _tiling(subject)
    yield from _epilogue(subject)
    yield from _formats(subject)
    found = [stream.name for stream in subject.plan.streams]
    expected = list(subject.meaning.operands)
    if found != expected:
        yield finding("stream_set", "streams", f"found {found}, the kernel has {expected}")
    for index, stream in enumerate(subject.plan.streams):
        operand = subject.meaning.operands.get(stream.name)
        if operand is not None:
            yield from _stream(subject, stream, operand, f"streams[{index}]")


def _tiling(subject: Subject) -> Iterator[Finding]:
    meaning, tiling = subject.meaning, subject.plan.tiling
    fused = tiling.fused_batch
    if fused not in (1, meaning.batches):
        yield finding(
            "tiling", "tiling.fused_batch", f"fuses {fused} of {meaning.batches} batches; all or none"
        )
    elif fused > 1 and not meaning.can_fuse:
        yield finding(
            "fused_batch",
            "tiling.fused_batch",
            f"{fused} batches cannot be one matrix of {fused * meaning.m} rows",
        )
    sizes = {"batch": meaning.batches // fused, "m": meaning.m * fused, "n": meaning.n, "k": meaning.k}
    for name, size in sizes.items():
        if getattr(tiling, name) != size:
            yield finding("tiling", f"tiling.{name}", f"found {getattr(tiling, name)}, the kernel has {size}")
    for name, flag in (("in0", tiling.in0_batched), ("in1", tiling.in1_batched)):
        own = _steps_through_batches(subject, meaning.operands[name])
        if flag != own:
            text = f"found {flag}, the operand has a matrix per batch of the plan: {own}"
            yield finding("tiling", f"tiling.{name}_batched", text)


def _steps_through_batches(subject: Subject, operand: Operand) -> bool:
    """Whether an operand has a matrix of its own for each batch that the plan loops over or splits."""
    return operand.batched and subject.meaning.batches // subject.plan.tiling.fused_batch > 1


def _epilogue(subject: Subject) -> Iterator[Finding]:
    found = [(op.op, op.stream, op.value) for op in subject.plan.epilogue]
    expected = [(step.op, step.operand, step.value) for step in subject.meaning.epilogue]
    if found != expected:
        yield finding("epilogue", "epilogue", f"found {found}, the kernel says {expected}")


def _formats(subject: Subject) -> Iterator[Finding]:
    supported = sorted(set.intersection(*(set(OPS[op.op].formats) for op in subject.plan.kernel.ops)))
    for index, buffer in enumerate(subject.plan.kernel.buffers):
        kind = FORMATS[buffer.dtype].kind
        if buffer.io is not None and kind not in supported:
            text = f"{buffer.dtype} is {kind}, the ops take {', '.join(supported)}"
            yield finding("op_format", f"kernel.buffers[{index}].dtype", text)


def expected_block(subject: Subject, stream: str, operand: Operand) -> tuple[int, int]:
    """(rows, columns) in tiles of one transfer of a stream."""
    blocking = subject.plan.blocking
    height, width = blocking.out_block
    if stream == "in0":
        return height, blocking.k_block
    if stream == "in1":
        return blocking.k_block, width
    return (1, width) if operand.row_broadcast else (height, width)


def _stream(subject: Subject, stream: Stream, operand: Operand, place: str) -> Iterator[Finding]:
    if stream.buffer != operand.buffer:
        yield finding(
            "stream_buffer", f"{place}.buffer", f"found {stream.buffer}, {stream.name} is {operand.buffer}"
        )
    if stream.transposed != operand.transposed:
        text = f"found {stream.transposed}, the dims of {operand.buffer} say {operand.transposed}"
        yield finding("stream_transposed", f"{place}.transposed", text)
    if stream.row_broadcast != operand.row_broadcast:
        text = f"found {stream.row_broadcast}, the dims of {operand.buffer} say {operand.row_broadcast}"
        yield finding("stream_broadcast", f"{place}.row_broadcast", text)
    batched = _steps_through_batches(subject, operand)
    if stream.batched != batched:
        text = f"found {stream.batched}, {operand.buffer} has a matrix per batch of the plan: {batched}"
        yield finding("stream_batched", f"{place}.batched", text)
    block = expected_block(subject, stream.name, operand)
    if stream.block != block:
        yield finding(
            "stream_block", f"{place}.block", f"found {stream.block}, a transfer of {stream.name} is {block}"
        )
    every = "k_block" if stream.name in ("in0", "in1") else "out_block"
    if stream.every != every:
        yield finding(
            "stream_every", f"{place}.every", f"found {stream.every}, {stream.name} moves every {every}"
        )
    yield from _movement(subject, stream, operand, place)


def _movement(subject: Subject, stream: Stream, operand: Operand, place: str) -> Iterator[Finding]:
    scheme = subject.plan.partition.scheme
    if stream.name in MULTICAST_OF_SCHEME[scheme]:
        allowed = ("multicast", "rotate") if stream.name == "in0" else ("multicast",)
    elif stream.name == "out":
        allowed = ("write", "local")
    else:
        allowed = ("read", "local")
    if stream.movement not in allowed:
        text = f"found {stream.movement}, {stream.name} of {scheme} allows {', '.join(allowed)}"
        yield finding("stream_movement", f"{place}.movement", text)
    if stream.movement in ("local", "rotate"):
        if stream.transposed:
            text = f"{stream.movement} needs a row-major operand, {operand.buffer} is stored transposed"
            yield finding("stream_movement", f"{place}.movement", text)
        if subject.plan.tiling.batch > 1:
            text = (
                f"{stream.movement} holds one matrix per core, the plan loops over "
                f"{subject.plan.tiling.batch}"
            )
            yield finding("stream_movement", f"{place}.movement", text)
    if (stream.processor is None) != (stream.movement == "local"):
        text = f"found {stream.processor} for the movement {stream.movement}"
        yield finding("stream_processor", f"{place}.processor", text)
