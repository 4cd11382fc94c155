"""Buffers: shape, pages, place and address in their bank."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import prod

from ttplan.check.finding import Finding, finding
from ttplan.check.meaning import ceil_div, tiles
from ttplan.check.shards import check_shard
from ttplan.check.subject import Subject
from ttplan.formats import FORMATS, TILE
from ttplan.kernel import Buffer
from ttplan.plan import BufferPlan


def check_buffers(subject: Subject) -> Iterator[Finding]:
    """Every parameter of the kernel has one place that holds all of it."""
    plan = subject.plan
    expected = [buffer.name for buffer in plan.kernel.buffers if buffer.io is not None]
    found = [buffer.name for buffer in plan.buffers]
    if sorted(found) != sorted(expected):
        yield finding("buffer_set", "buffers", f"found {found}, the kernel's parameters are {expected}")
    for index, buffer in enumerate(plan.buffers):
        declared = plan.kernel.buffer(buffer.name)
        if declared is not None:
            yield from _buffer(subject, buffer, declared, f"buffers[{index}]")
    yield from _overlaps(subject)


def _buffer(subject: Subject, buffer: BufferPlan, declared: Buffer, place: str) -> Iterator[Finding]:
    if (buffer.io, buffer.dtype) != (declared.io, declared.dtype):
        text = f"found {buffer.io} {buffer.dtype}, the kernel says {declared.io} {declared.dtype}"
        yield finding("buffer_type", place, text)
    yield from _shape(subject, buffer, declared, place)
    if buffer.pages != prod(buffer.shape):
        text = (
            f"found {buffer.pages}, {buffer.shape[0]}x{buffer.shape[1]} tiles are {prod(buffer.shape)} pages"
        )
        yield finding("buffer_pages", f"{place}.pages", text)
    tile_bytes = FORMATS[declared.dtype].tile_bytes
    if buffer.page_bytes != tile_bytes:
        text = f"found {buffer.page_bytes}, a tile of {declared.dtype} has {tile_bytes} bytes"
        yield finding("page_bytes", f"{place}.page_bytes", text)
    if (buffer.layout == "interleaved") != (buffer.shard is None):
        text = f"{buffer.layout} {'with' if buffer.shard else 'without'} a shard"
        yield finding("buffer_layout", f"{place}.layout", text)
    if buffer.shard is not None:
        yield from check_shard(subject, buffer, buffer.shard, f"{place}.shard")
    yield from _address(subject, buffer, place)
    yield from _moved(buffer, declared, place)


def _shape(subject: Subject, buffer: BufferPlan, declared: Buffer, place: str) -> Iterator[Finding]:
    elements = tuple(subject.plan.kernel.dims[dim] for dim in declared.dims)
    if buffer.elements != elements:
        yield finding(
            "buffer_shape", f"{place}.elements", f"found {buffer.elements}, the dims say {elements}"
        )
    padded = (*elements[:-2], *(tiles(size) * TILE for size in elements[-2:]))
    if buffer.padded != padded:
        yield finding("buffer_shape", f"{place}.padded", f"found {buffer.padded}, whole tiles are {padded}")
    rows = prod(elements[:-2]) * tiles(elements[-2]) if len(elements) > 1 else 1
    shape = (rows, tiles(elements[-1]))
    if buffer.shape != shape:
        yield finding(
            "buffer_shape", f"{place}.shape", f"found {buffer.shape}, batches of whole tiles are {shape}"
        )


def bank_bytes(subject: Subject, buffer: BufferPlan) -> int:
    """Bytes of the buffer in its fullest bank: a DRAM bank or the L1 of a core."""
    device = subject.plan.device
    if buffer.shard is not None:
        owners = buffer.shard.cores
        most = max((owners.count(core) for core in set(owners)), default=0)
        return most * prod(buffer.shard.shape) * buffer.page_bytes
    banks = device.dram.banks if buffer.memory == "DRAM" else len(subject.available)
    return ceil_div(buffer.pages, max(banks, 1)) * buffer.page_bytes


def _address(subject: Subject, buffer: BufferPlan, place: str) -> Iterator[Finding]:
    device, size = subject.plan.device, bank_bytes(subject, buffer)
    in_dram = buffer.memory == "DRAM"
    alignment = device.dram.read_alignment if in_dram else device.l1.buffer_alignment
    if buffer.address % alignment:
        yield finding(
            "buffer_address", f"{place}.address", f"{buffer.address} is not a multiple of {alignment}"
        )
    base = device.dram.base if in_dram else device.l1.base
    if buffer.address < base:
        yield finding(
            "buffer_address", f"{place}.address", f"{buffer.address} is below the first free byte {base}"
        )
    end, limit = buffer.address + size, device.dram.bank_bytes if in_dram else device.l1.bytes
    if end > limit:
        rule = "dram_capacity" if in_dram else "l1_capacity"
        yield finding(rule, f"{place}.address", f"ends at byte {end} of a bank with {limit}")
    per_core = 0 if in_dram else size
    if buffer.bytes_per_core != per_core:
        text = f"found {buffer.bytes_per_core}, the fullest core holds {per_core} bytes"
        yield finding("bytes_per_core", f"{place}.bytes_per_core", text)


def _moved(buffer: BufferPlan, declared: Buffer, place: str) -> Iterator[Finding]:
    stays = buffer.memory == "DRAM" and buffer.layout == "interleaved"
    expected = declared.io == "in" and declared.place == "free" and not stays
    if buffer.moved != expected:
        text = (
            f"found {buffer.moved}; {declared.io}, place {declared.place}, planned in {buffer.memory} "
            f"{buffer.layout}"
        )
        yield finding("moved", f"{place}.moved", text)


def _overlaps(subject: Subject) -> Iterator[Finding]:
    """Allocation is lock-step: an address range belongs to one buffer in every bank of its memory."""
    for memory in ("DRAM", "L1"):
        spans = sorted(
            (buffer.address, buffer.address + bank_bytes(subject, buffer), f"buffers[{index}]", buffer.name)
            for index, buffer in enumerate(subject.plan.buffers)
            if buffer.memory == memory
        )
        for (_, end, _, name), (start, _, place, other) in pairwise(spans):
            if start < end:
                text = f"{other} starts at {start}, {name} reaches to {end} in {memory}"
                yield finding("buffer_overlap", f"{place}.address", text)
