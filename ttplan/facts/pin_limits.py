"""The largest number that a place of a decision can hold for a kernel on a device, for those who asked for more."""

from __future__ import annotations

from collections.abc import Sequence

from ttplan.device import Device
from ttplan.facts.build import L1_UNIT, MAX_DEPTH, matrix_tiles
from ttplan.facts.dataflow import Dataflow
from ttplan.ops import OPS

SUBBLOCK_SIDE = 8
"""Rows or columns of tiles in a subblock, as encodings/prices.lp has them."""


def largest(flow: Dataflow, device: Device, name: str, terms: Sequence[str], place: int) -> int | None:
    """What no plan exceeds at this place of a decision, as far as sizes say; None where none does.

    terms: the arguments of the decision.
    """
    m, n, k, batches = _extents(flow)
    cores = min(len(device.cores), batches * m * n)
    if name in ("out_block", "per_core", "shard"):
        height, width = batches * m, n
        if name == "shard":
            height, width = next(
                matrix_tiles(flow, buffer)
                for buffer in flow.kernel.buffers
                if buffer.name == terms[0].strip('"')
            )
        down = place == 1 if name == "shard" else terms[0] == "m"
        return _padded(height if down else width, whole=name != "out_block")
    if name == "grid":
        other = terms[1 - place]
        line = other.isdigit() and int(other) == 1
        side = min(max(device.grid.rows, device.grid.columns), batches * m if place == 0 else n)
        return cores if line else side
    compute, reserved = flow.kernel.compute, flow.kernel.reserve.l1_bytes
    return {
        "work_cores": cores,
        "rounds": batches * m * n,
        "k_block": k,
        "k_blocks": k,
        "subblock": min(
            SUBBLOCK_SIDE, device.dst.capacity(compute.fp32_dest_acc_en, compute.dst_full_sync_en)
        ),
        "cb_depth": MAX_DEPTH,
        "block_pages": device.circular_buffers.max_pages,
        "cb_units": max(device.l1_usable - reserved, 0) // L1_UNIT,
        "resident": max(device.l1_usable - reserved, 0) // L1_UNIT,
    }.get(name)


def _extents(flow: Dataflow) -> tuple[int, int, int, int]:
    """Tiles along m, n and k, and the number of matrices of the output."""
    contraction = next(op for op in flow.kernel.ops if OPS[op.op].kind == "contract")
    out = flow.dims[contraction.out]
    (reduced,) = {dim for name in contraction.inputs for dim in flow.dims[name]} - set(out)
    return flow.tiles(out[-2]), flow.tiles(out[-1]), flow.tiles(reduced), flow.matrices(contraction.out)


def _padded(tiles: int, whole: bool) -> int:
    """The largest out block that equal pieces of an axis give when padded to a subblock side, or the largest whole
    number of such blocks that one core needs.
    """
    pieces = {-(-tiles // count) for count in range(1, tiles + 1)}
    sides = range(1, SUBBLOCK_SIDE + 1)
    blocks = {side * -(-piece // side) for piece in pieces for side in sides}
    return max(block * -(-tiles // block) if whole else block for block in blocks)


__all__ = ["largest"]
