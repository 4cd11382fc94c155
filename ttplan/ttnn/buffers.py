"""L1 of a TTNN matmul, byte for byte: the circular buffers its program factories create.

Source: ttnn/cpp/ttnn/operations/matmul/device/factory/*.cpp (which buffers, how deep), tt_metal/impl/program/program.cpp
(each circular buffer starts at the DRAM alignment of the chip).
"""

from __future__ import annotations

from dataclasses import dataclass

from ttplan.device import Device
from ttplan.formats import FORMATS
from ttplan.ttnn.call import MatmulCall, Sizes
from ttplan.ttnn.configs import (
    Blocked,
    Blocks,
    DramSharded,
    Multicast1D,
    Multicast2D,
    MultiCore,
    Reuse,
    fuses_batch,
)
from ttplan.ttnn.subblocks import dram_sharded_width

SCRATCH = 64
"""Bytes of the semaphore scratch buffer c_6 when in0 is sharded and multicast by its owners."""


@dataclass(frozen=True)
class CircularBufferNeed:
    """One circular buffer. on_tensor: it lies on a shard and costs nothing of its own."""

    index: int
    name: str
    bytes: int
    on_tensor: bool = False


@dataclass(frozen=True)
class L1Need:
    """L1 of a core in bytes. end: bytes above the base up to the end of the last circular buffer; tensors: shards
    and pages of the operands on the fullest core; space: what the core has above the base.
    """

    circular_buffers: tuple[CircularBufferNeed, ...]
    end: int
    tensors: int
    space: int

    @property
    def total(self) -> int:
        """Circular buffers and tensors together."""
        return self.end + self.tensors

    @property
    def fits(self) -> bool:
        """Whether the circular buffers end below the tensors."""
        return self.total <= self.space


@dataclass(frozen=True)
class _Partials:
    """Intermediate results. tile_bytes: of their format; separate: they have memory of their own."""

    tile_bytes: int
    separate: bool


def accumulates(call: MatmulCall, config: Blocked | DramSharded, k_blocks: int) -> bool:
    """Whether the factory lets the packer accumulate in L1."""
    if not call.compute.packer_l1_acc:
        return False
    if isinstance(config, DramSharded) or (isinstance(config, Multicast1D) and config.mcast_in0):
        return k_blocks > 1
    if isinstance(config, Reuse):
        return k_blocks > 2
    return k_blocks > 2 or (call.bias is not None and k_blocks > 1)


def _partials(call: MatmulCall, config: Blocked | DramSharded, k_blocks: int, split_rows: bool) -> _Partials:
    if call.compute.fp32_dest_acc_en:
        name = "float32"
    else:
        name = "bfloat16" if accumulates(call, config, k_blocks) else call.out.dtype
    return _Partials(FORMATS[name].tile_bytes, name != call.out.dtype or split_rows)


def l1_need(call: MatmulCall, device: Device) -> L1Need:
    """L1 that the call's program config takes on one core. The call must have a program config."""
    config = call.program_config
    assert config is not None
    if isinstance(config, MultiCore):
        found = _multi_core(call)
    elif isinstance(config, DramSharded):
        found = _dram_sharded(call, config, device)
    elif isinstance(config, Reuse):
        found = _reuse(call, config)
    else:
        found = _multicast(call, config)
    end, alignment = 0, device.l1.cb_alignment
    for need in found:
        if not need.on_tensor:
            end = -(-end // alignment) * alignment + need.bytes
    tensors = [call.a, call.b, call.out] + ([call.bias] if call.bias is not None else [])
    held = sum(tensor.l1_bytes(len(device.cores)) for tensor in tensors)
    if call.out.memory.in_l1 and call.out.memory.sharded and call.out.memory.shard_spec is None:
        held += sum(need.bytes for need in found if need.name in ("out", "out_shard") and need.on_tensor)
    return L1Need(tuple(found), end, held, device.l1_usable - call.reserved_l1)


def _multi_core(call: MatmulCall) -> list[CircularBufferNeed]:
    size = Sizes.of(call)
    names = (("in0", size.a), ("in1", size.b), ("out", size.out))
    return [
        CircularBufferNeed(index, name, 2 * tile)
        for index, (name, tile) in zip((0, 1, 4), names, strict=True)
    ]


def _reuse(call: MatmulCall, config: Reuse) -> list[CircularBufferNeed]:
    size, blocks = Sizes.of(call), Blocks.of(config)
    (rows, columns), k_block = blocks.per_core, blocks.k_block
    k_blocks = -(-size.k // k_block)
    a_sharded, b_sharded = call.a.memory.sharded, call.b.memory.sharded
    matrix_rows = min(rows, size.m)
    in0 = rows * size.k if a_sharded else 2 * matrix_rows * k_block
    in1 = 2 * columns * k_block
    if b_sharded:
        in1 = columns * k_block * k_blocks * max(1, rows // size.m)
    found = [
        CircularBufferNeed(0, "in0", in0 * size.a, a_sharded),
        CircularBufferNeed(1, "in1", in1 * size.b, b_sharded),
        CircularBufferNeed(4, "out", rows * columns * size.out, call.out.memory.sharded),
    ]
    partials = _partials(call, config, k_blocks, False)
    if partials.separate:
        found.append(CircularBufferNeed(5, "partials", rows * columns * partials.tile_bytes))
    return found


def _multicast(call: MatmulCall, config: Multicast2D | Multicast1D) -> list[CircularBufferNeed]:
    size, blocks = Sizes.of(call), Blocks.of(config)
    (rows, columns), (height, width), k_block = blocks.per_core, blocks.out_block, blocks.k_block
    k_blocks = -(-size.k // k_block)
    loops = 1 if fuses_batch(config) else size.batch
    found = [
        *_in0(call, config, size, blocks, loops * k_blocks),
        _in1(call, config, size, blocks, k_blocks, loops),
    ]
    out_sharded = call.out.memory.sharded
    out_tiles = rows * columns if out_sharded else height * width
    partials = _partials(call, config, k_blocks, out_sharded and rows != height)
    found.append(CircularBufferNeed(4, "out", out_tiles * size.out, out_sharded))
    if partials.separate:
        found.append(CircularBufferNeed(5, "partials", height * width * partials.tile_bytes))
    if call.bias is not None:
        found.append(CircularBufferNeed(3, "bias", width * size.bias, call.bias.memory.sharded))
    if call.transpose_a:
        found.append(CircularBufferNeed(10, "in0_transposed", found[0].bytes))
    return found


def _in0(
    call: MatmulCall, config: Multicast2D | Multicast1D, size: Sizes, blocks: Blocks, steps: int
) -> list[CircularBufferNeed]:
    height, k_block, memory = blocks.out_block[0], blocks.k_block, call.a.memory
    block = height * k_block * size.a
    moving = CircularBufferNeed(0, "in0", block * (2 if steps > 1 else 1))
    if not memory.sharded:
        whole = (
            isinstance(config, Multicast1D)
            and not config.mcast_in0
            and size.batch_b > 1
            and size.batch_a == 1
        )
        if whole and call.activation is None and not call.out.memory.sharded:
            return [CircularBufferNeed(0, "in0", blocks.per_core[0] * size.k * size.a)]
        return [moving]
    rows, columns = memory.shard_spec.tiles if memory.shard_spec else (blocks.per_core[0], size.k)
    shard = rows * columns * size.a
    if isinstance(config, Multicast1D) and not config.mcast_in0:
        if columns // k_block <= 1:
            return [CircularBufferNeed(0, "in0", shard, True)]
        return [CircularBufferNeed(0, "in0", shard), CircularBufferNeed(2, "in0_shard", block, True)]
    if memory.memory_layout == "HEIGHT_SHARDED":
        return [CircularBufferNeed(0, "in0", shard, True)]
    return [
        moving,
        CircularBufferNeed(2, "in0_shard", shard, True),
        CircularBufferNeed(6, "scratch", SCRATCH),
    ]


def _in1(
    call: MatmulCall,
    config: Multicast2D | Multicast1D,
    size: Sizes,
    blocks: Blocks,
    k_blocks: int,
    loops: int,
) -> CircularBufferNeed:
    if call.b.memory.sharded and call.b.memory.in_l1:
        rows = call.b.memory.shard_spec.tiles[0] if call.b.memory.shard_spec else size.k
        return CircularBufferNeed(1, "in1", blocks.per_core[1] * rows * size.b, True)
    steps = loops * k_blocks
    if isinstance(config, Multicast1D) and not config.mcast_in0:
        steps = size.batch_b * k_blocks
    return CircularBufferNeed(
        1, "in1", blocks.out_block[1] * blocks.k_block * size.b * (2 if steps > 1 else 1)
    )


def _dram_sharded(call: MatmulCall, config: DramSharded, device: Device) -> list[CircularBufferNeed]:
    size, rows, k_block = Sizes.of(call), config.per_core_M, config.in0_block_w
    k_blocks, columns = -(-size.k // k_block), -(-size.n // device.dram.banks)
    _, padded = dram_sharded_width(rows, columns, call.compute.fp32_dest_acc_en)
    shard = call.a.memory.shard_spec.tiles if call.a.memory.shard_spec else (rows, size.k)
    partials = _partials(call, config, k_blocks, False)
    found = [
        CircularBufferNeed(0, "in0", rows * k_block * size.a * (2 if k_blocks > 1 else 1)),
        CircularBufferNeed(1, "in1", columns * k_block * size.b * (3 if k_blocks > 1 else 1)),
        CircularBufferNeed(2, "in0_shard", shard[0] * shard[1] * size.a, True),
        CircularBufferNeed(4, "out", rows * padded * size.out),
    ]
    if partials.separate:
        found.append(CircularBufferNeed(5, "partials", rows * padded * partials.tile_bytes))
    found.append(CircularBufferNeed(6, "out_shard", rows * config.per_core_N * size.out, True))
    if call.bias is not None:
        found.append(CircularBufferNeed(3, "bias", padded * size.bias))
    return found
