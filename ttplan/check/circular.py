"""Circular buffers: which exist, formats, sizes, sharing, addresses, and that a core's L1 holds them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import prod

from ttplan.check.dataflow import expected_block
from ttplan.check.finding import Finding, finding
from ttplan.check.meaning import ceil_div
from ttplan.check.subject import Subject, repeated
from ttplan.formats import FORMATS
from ttplan.plan import CircularBuffer


def check_circular_buffers(subject: Subject) -> Iterator[Finding]:
    """The table of circular buffers of a core and the L1 budget."""
    plan = subject.plan
    count = plan.device.circular_buffers.count
    for number in repeated(cb.id for cb in plan.circular_buffers):
        yield finding("cb_id", "circular_buffers", f"id {number} is used twice")
    for index, cb in enumerate(plan.circular_buffers):
        if cb.id >= count:
            yield finding(
                "cb_id",
                f"circular_buffers[{index}].id",
                f"found {cb.id}, {plan.device.name} has 0..{count - 1}",
            )
    found = [cb.name for cb in plan.circular_buffers]
    expected = _expected_names(subject)
    if sorted(found) != sorted(expected):
        yield finding("cb_set", "circular_buffers", f"found {found}, the kernels need {expected}")
    for index, cb in enumerate(plan.circular_buffers):
        place = f"circular_buffers[{index}]"
        if cb.name in expected and cb.dtype in FORMATS:
            yield from _size(subject, cb, place)
            yield from _format(subject, cb, place)
            yield from _place(subject, cb, place)
        elif cb.dtype not in FORMATS:
            yield finding("cb_format", f"{place}.dtype", f"{cb.dtype} is no tile format")
    yield from _families(subject)
    yield from _layout(subject)


def _expected_names(subject: Subject) -> list[str]:
    names = list(subject.meaning.operands)
    if subject.meaning.operands["in0"].transposed:
        names.append("in0_transposed")
    if subject.has_partials:
        names.append("partials")
    return names


def _block(subject: Subject, name: str) -> tuple[int, int]:
    if name == "partials":
        return subject.plan.blocking.out_block
    stream = "in0" if name == "in0_transposed" else name
    return expected_block(subject, stream, subject.meaning.operands[stream])


def _size(subject: Subject, cb: CircularBuffer, place: str) -> Iterator[Finding]:
    device = subject.plan.device
    tile_bytes = FORMATS[cb.dtype].tile_bytes
    if cb.page_bytes != tile_bytes:
        text = f"found {cb.page_bytes}, a tile of {cb.dtype} has {tile_bytes} bytes"
        yield finding("cb_page", f"{place}.page_bytes", text)
    if cb.pages != cb.depth * cb.block_pages:
        text = (
            f"found {cb.pages}, {cb.depth} blocks of {cb.block_pages} pages are {cb.depth * cb.block_pages}"
        )
        yield finding("cb_pages", f"{place}.pages", text)
    if cb.bytes != cb.pages * cb.page_bytes:
        text = f"found {cb.bytes}, {cb.pages} pages of {cb.page_bytes} are {cb.pages * cb.page_bytes}"
        yield finding("cb_pages", f"{place}.bytes", text)
    if cb.pages > device.circular_buffers.max_pages:
        text = f"{cb.pages} pages, counters allow {device.circular_buffers.max_pages}"
        yield finding("cb_capacity", f"{place}.pages", text)
    block = _block(subject, cb.name)
    if cb.on_buffer is None and cb.block_pages != prod(block):
        text = f"found {cb.block_pages}, a block of {cb.name} is {block[0]}x{block[1]} tiles"
        yield finding("cb_block", f"{place}.block_pages", text)
    if cb.name == "partials" and subject.plan.blocking.l1_accumulation and cb.depth != 1:
        text = f"{cb.depth} blocks: the packer would accumulate onto another block"
        yield finding("partials_size", f"{place}.depth", text)


def _format(subject: Subject, cb: CircularBuffer, place: str) -> Iterator[Finding]:
    compute, device = subject.plan.kernel.compute, subject.plan.device
    stream = "in0" if cb.name == "in0_transposed" else "out" if cb.name == "partials" else cb.name
    declared = subject.plan.kernel.buffer(subject.meaning.operands[stream].buffer)
    dtype = declared.dtype if declared else cb.dtype
    if cb.name != "partials":
        if cb.dtype != dtype:
            yield finding("cb_format", f"{place}.dtype", f"found {cb.dtype}, {stream} is {dtype}")
        return
    if compute.fp32_dest_acc_en:
        allowed = ["float32"]
    elif subject.plan.blocking.l1_accumulation:
        allowed = ["float32", "bfloat16"] + (["float16"] if device.arch == "wormhole_b0" else [])
    else:
        allowed = sorted({"float32", "bfloat16", dtype})
    if cb.dtype not in allowed:
        accumulated = "accumulated by the packer" if subject.plan.blocking.l1_accumulation else "spilled"
        text = f"found {cb.dtype}, partial sums {accumulated} are {', '.join(allowed)}"
        yield finding("partials_format", f"{place}.dtype", text)


def _place(subject: Subject, cb: CircularBuffer, place: str) -> Iterator[Finding]:
    local = cb.name in subject.meaning.operands and subject.is_local(cb.name)
    if local != (cb.on_buffer is not None):
        text = (
            f"found {cb.on_buffer}, the stream is {subject.movement(cb.name) or 'inside the compute kernel'}"
        )
        yield finding("cb_on_buffer", f"{place}.on_buffer", text)
    if cb.on_buffer is not None:
        yield from _on_buffer(subject, cb, place)
    if cb.alias_of is not None:
        yield from _alias(subject, cb, place)
    alignment = (
        subject.plan.device.l1.cb_alignment
        if cb.on_buffer is None
        else subject.plan.device.l1.buffer_alignment
    )
    if cb.address % alignment:
        yield finding("cb_alignment", f"{place}.address", f"{cb.address} is not a multiple of {alignment}")


def _on_buffer(subject: Subject, cb: CircularBuffer, place: str) -> Iterator[Finding]:
    operand = subject.meaning.operands.get(cb.name)
    buffer = subject.buffers.get(cb.on_buffer or "")
    if (
        operand is None
        or buffer is None
        or buffer.name != operand.buffer
        or buffer.memory != "L1"
        or not buffer.shard
    ):
        yield finding("cb_on_buffer", f"{place}.on_buffer", f"{cb.on_buffer} is not {cb.name} sharded in L1")
        return
    size = prod(buffer.shard.shape) * FORMATS[buffer.dtype].tile_bytes if buffer.dtype in FORMATS else 0
    if cb.bytes != size:
        yield finding("cb_on_buffer", f"{place}.bytes", f"found {cb.bytes}, the shard has {size} bytes")
    if cb.address != buffer.address:
        yield finding(
            "cb_on_buffer", f"{place}.address", f"found {cb.address}, the shard lies at {buffer.address}"
        )


def _alias(subject: Subject, cb: CircularBuffer, place: str) -> Iterator[Finding]:
    """Partials may lie on out when each is read before the out tile of the same place is packed."""
    other = next((item for item in subject.plan.circular_buffers if item.id == cb.alias_of), None)
    if other is None or {cb.name, other.name} != {"out", "partials"}:
        text = (
            f"{cb.name} on {other.name if other else f'id {cb.alias_of}'}: only out and partials may share "
            "memory"
        )
        yield finding("cb_alias", f"{place}.alias_of", text)
        return
    if (cb.dtype, cb.page_bytes) != (other.dtype, other.page_bytes):
        yield finding("cb_alias", f"{place}.dtype", f"{cb.name} is {cb.dtype}, {other.name} is {other.dtype}")
    if (cb.address, cb.pages) != (other.address, other.pages):
        text = f"{cb.pages} pages at {cb.address}, {other.name} has {other.pages} at {other.address}"
        yield finding("cb_alias", f"{place}.address", text)
    if cb.depth != 1 and cb.on_buffer is None:
        text = f"{cb.depth} blocks: the next partial sums may land on a block that is still being written out"
        yield finding("cb_alias", f"{place}.depth", text)
    if subject.is_local("out"):
        blocking = subject.plan.blocking
        same_order = blocking.subblock[0] == 1 or blocking.subblock[1] == blocking.out_block[1]
        if blocking.out_blocks != (1, 1) or not same_order:
            text = "a local output is packed in another order than the partial sums lie"
            yield finding("cb_alias", f"{place}.alias_of", text)


def _families(subject: Subject) -> Iterator[Finding]:
    families: dict[str, list[str]] = {}
    for cb in subject.plan.circular_buffers:
        family = FORMATS[cb.dtype].family if cb.dtype in FORMATS else None
        if family is not None:
            families.setdefault(family, []).append(f"{cb.name} {cb.dtype}")
    if len(families) > 1:
        text = "; ".join(f"family {name}: {', '.join(families[name])}" for name in sorted(families))
        yield finding("exponent_family", "circular_buffers", text)


def _layout(subject: Subject) -> Iterator[Finding]:
    """Circular buffers lie one after another between the base and the lowest buffer less the reserve."""
    plan, l1 = subject.plan, subject.plan.device.l1
    own = [
        (cb.address, cb.address + cb.bytes, index)
        for index, cb in enumerate(plan.circular_buffers)
        if _owns(cb)
    ]
    own.sort()
    for (_, end, first), (start, _, second) in pairwise(own):
        if start < end:
            names = [plan.circular_buffers[index].name for index in (first, second)]
            text = f"{names[1]} starts at {start}, {names[0]} reaches to {end}"
            yield finding("cb_overlap", f"circular_buffers[{second}].address", text)
    if own and own[0][0] < l1.base:
        yield finding(
            "cb_overlap", f"circular_buffers[{own[0][2]}].address", f"below the first free byte {l1.base}"
        )
    resident = [buffer for buffer in plan.buffers if buffer.memory == "L1"]
    lowest = min((buffer.address for buffer in resident), default=l1.bytes)
    end = max((end for _, end, _ in own), default=l1.base)
    if end + plan.kernel.reserve.l1_bytes > lowest:
        text = (
            f"circular buffers end at {end}, {plan.kernel.reserve.l1_bytes} bytes are reserved, buffers "
            f"start at {lowest}"
        )
        yield finding("l1_capacity", "circular_buffers", text)
    yield from _budget(subject, end - l1.base)


def _owns(cb: CircularBuffer) -> bool:
    return cb.on_buffer is None and cb.alias_of is None


def _budget(subject: Subject, circular_buffers: int) -> Iterator[Finding]:
    plan, device = subject.plan, subject.plan.device
    alignment = device.l1.buffer_alignment
    buffers = sum(
        ceil_div(item.bytes_per_core, alignment) * alignment for item in plan.buffers if item.memory == "L1"
    )
    expected = {
        "base": device.l1.base,
        "circular_buffers": circular_buffers,
        "buffers": buffers,
        "reserved": plan.kernel.reserve.l1_bytes,
        "capacity": device.l1.bytes,
    }
    free = device.l1.bytes - sum(
        expected[name] for name in ("base", "circular_buffers", "buffers", "reserved")
    )
    if free < 0:
        yield finding("l1_capacity", "l1", f"{-free} bytes more than the L1 of {device.l1.bytes}")
    else:
        expected["free"] = free
    for name, value in expected.items():
        if getattr(plan.l1, name) != value:
            yield finding(
                "l1_use", f"l1.{name}", f"found {getattr(plan.l1, name)}, the tables add up to {value}"
            )
