"""Facts of one problem, as sorted text: kernel, device, calibration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count

from ttplan.device import Device
from ttplan.facts.dataflow import Dataflow
from ttplan.facts.geometry import core_lines, rectangles
from ttplan.formats import FORMATS, TILE
from ttplan.kernel import Buffer, Kernel
from ttplan.rules.arithmetic import exact, milli

MAX_DEPTH = 4
"""Blocks a circular buffer may hold."""
L1_UNIT = 64
"""Bytes per unit of L1: every tile is a multiple of it, and so is the alignment of circular buffers."""


def quoted(name: str) -> str:
    """A user's name as an ASP string."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def fact(name: str, *arguments: object) -> str:
    """`fact("dim", '"M"', 4)` -> `dim("M",4).`"""
    return f"{name}({','.join(map(str, arguments))})." if arguments else f"{name}."


def facts_of(flow: Dataflow, device: Device) -> str:
    """All facts of a kernel on a device; the same text for the same problem."""
    lines = {
        *_kernel(flow),
        *_buffers(flow, device),
        *_device(flow.kernel, device),
        *_calibration(flow, device),
    }
    return "\n".join(sorted(lines)) + "\n"


def _kernel(flow: Dataflow) -> Iterator[str]:
    kernel = flow.kernel
    for place, index in enumerate(flow.order):
        op = kernel.ops[index]
        yield fact("op", place, op.op)
        yield fact("result", place, quoted(op.out))
        for position, name in enumerate(op.inputs):
            yield fact("operand", place, position, quoted(name))
    for dim in kernel.dims:
        yield fact("dim", quoted(dim), flow.tiles(dim))
    for value, dims in flow.dims.items():
        yield fact("axis", quoted(value), "column", quoted(dims[-1]))
        if len(dims) > 1:
            yield fact("axis", quoted(value), "row", quoted(dims[-2]))
        yield fact("matrices", quoted(value), flow.matrices(value))
    if kernel.compute.fp32_dest_acc_en:
        yield fact("fp32_accumulation")
    if kernel.compute.packer_l1_acc:
        yield fact("packer_l1_acc")
    family_a = any(FORMATS[buffer.dtype].family == "A" for buffer in kernel.buffers)
    yield fact("wide_format", "float16" if family_a else "bfloat16")


def matrix_tiles(flow: Dataflow, buffer: Buffer) -> tuple[int, int]:
    """(rows, columns) of a buffer in tiles, batch dims folded into the rows; a vector is one tile row."""
    dims = flow.dims[buffer.name]
    rows = flow.tiles(dims[-2]) if len(dims) > 1 else 1
    return flow.matrices(buffer.name) * rows, flow.tiles(dims[-1])


def _buffers(flow: Dataflow, device: Device) -> Iterator[str]:
    calibration = device.calibration
    few = exact(calibration.dram_efficiency) * exact(device.dram.bytes_per_cycle)
    for buffer in flow.kernel.buffers:
        if buffer.io is None:
            continue
        name, page = quoted(buffer.name), FORMATS[buffer.dtype].tile_bytes
        rows, columns = matrix_tiles(flow, buffer)
        yield fact("io", name, buffer.io)
        yield fact("dtype", name, buffer.dtype)
        yield fact("page_bytes", name, page)
        yield fact("page_units", name, page // L1_UNIT)
        yield fact("buffer_rows", name, rows)
        yield fact("buffer_columns", name, columns)
        yield fact("pages", name, rows * columns)
        yield fact("wire", name, milli(page / exact(calibration.sender_rate)))
        yield fact("dram_tile", name, milli(page / few))
        yield fact("crowd_tile", name, milli(page / exact(calibration.shared_read_rate)))
        yield fact("store_tile", name, milli(page / exact(calibration.write_rate)))


def _device(kernel: Kernel, device: Device) -> Iterator[str]:
    yield fact("cores", len(device.cores))
    widths: dict[int, int] = {}
    for width, height in rectangles(device):  # with a rectangle every narrower one
        widths[height] = max(widths.get(height, 0), width)
    for height, width in widths.items():
        yield fact("rectangle", f"1..{width}", height)
    for first, last in _runs(core_lines(device)):
        yield fact("core_line", f"{first}..{last}")
    yield fact("dram_banks", device.dram.banks)
    yield fact("l1_capacity", max(device.l1_usable - kernel.reserve.l1_bytes, 0) // L1_UNIT)
    bank = device.dram.bank_bytes - -(-device.dram.base // L1_UNIT) * L1_UNIT
    yield fact("dram_capacity", bank // L1_UNIT)
    yield fact("max_runtime_args", device.limits.runtime_args)
    yield fact("cb_count", device.circular_buffers.count)
    yield fact("cb_max_pages", device.circular_buffers.max_pages)
    compute = kernel.compute
    yield fact("dst_tiles", device.dst.capacity(compute.fp32_dest_acc_en, compute.dst_full_sync_en))
    yield fact("arch", device.arch)


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """First and last of each run of consecutive numbers."""
    known = set(numbers)
    for first in sorted(known):
        if first - 1 not in known:
            yield first, next(last for last in count(first) if last + 1 not in known)


def _calibration(flow: Dataflow, device: Device) -> Iterator[str]:
    calibration = device.calibration
    yield fact("startup", calibration.startup)
    yield fact("issue", milli(calibration.issue))
    yield fact("overhead", milli(calibration.block_overhead))
    yield fact("pack_subblock", milli(calibration.pack_subblock))
    yield fact("spill_tile", milli(calibration.spill_tile))
    yield fact("transpose_tile", milli(calibration.transpose_tile))
    for op, cycles in calibration.epilogue_tile.items():
        yield fact("epilogue_price", op, milli(cycles))
    for form in FORMATS.values():
        yield fact("format_units", form.name, form.tile_bytes // L1_UNIT)


__all__ = ["TILE", "fact", "facts_of", "matrix_tiles", "quoted"]
