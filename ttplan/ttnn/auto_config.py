"""What TTNN's auto-config chooses for a call without a program config.

Source: ttnn/cpp/ttnn/operations/matmul/device/config/matmul_program_config.cpp (get_program_config and what it calls).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import gcd

from ttplan.device import Device
from ttplan.formats import FORMATS, TILE
from ttplan.ttnn.call import MatmulCall, Sizes, l1_space
from ttplan.ttnn.configs import Multicast1D, Multicast2D, MultiCore, ProgramConfig, Reuse
from ttplan.ttnn.subblocks import subblock_params, swapped_subblock

NARROW = 8
"""Aspect ratio of the output above which a matrix counts as narrow."""
SQUARE_SIDES = (16, 8, 4, 2)


@dataclass(frozen=True)
class AutoConfig:
    """path: the branch that chose. config: None when TTNN refuses the call, with the reason in `path`."""

    config: ProgramConfig | None
    path: str


@dataclass(frozen=True)
class _Chooser:
    """A call on a grid of cores, with what the library looks at. grid: (x, y)."""

    call: MatmulCall
    size: Sizes
    grid: tuple[int, int]
    space: int
    counts_transposed: bool

    @property
    def fp32(self) -> bool:
        return self.call.compute.fp32_dest_acc_en

    @property
    def all_interleaved(self) -> bool:
        call = self.call
        return not (call.a.memory.sharded or call.b.memory.sharded or call.out.memory.sharded)

    @property
    def all_dram(self) -> bool:
        call = self.call
        memories = (call.a.memory, call.b.memory, call.out.memory)
        return self.all_interleaved and not any(memory.in_l1 for memory in memories)

    def estimate(self, rows: int, columns: int, k_block: int) -> int:
        """Bytes the library expects for an out block; it counts partial sums even when they cost nothing."""
        size, call = self.size, self.call
        partial = (
            FORMATS["float32"].tile_bytes if self.fp32 else max(size.out, FORMATS["bfloat16"].tile_bytes)
        )
        total = 2 * rows * k_block * size.a + 2 * columns * k_block * size.b
        total += rows * columns * (size.a + partial) + columns * size.bias
        shard = call.a.memory.shard_spec
        if shard is not None:
            total += rows * shard.tiles[1] * size.a
        if call.transpose_a and self.counts_transposed:
            total += 2 * rows * k_block * size.a
        return total

    def fits(self, rows: int, columns: int, k_block: int) -> bool:
        return self.estimate(rows, columns, k_block) < self.space

    def shrink(self, rows: int, columns: int, k_block: int, adjust_k: bool) -> tuple[int, int, int]:
        """(out block rows, columns, K block): the largest out block that fits, keeping the K block if it can."""
        if self.fits(rows, columns, k_block):
            return rows, columns, k_block
        best: dict[int, tuple[int, int]] = {}
        for height in _halves(rows):
            for width in _halves(columns):
                known = best.get(height * width)
                if known is None or _aspect(height, width) <= _aspect(*known):
                    best[height * width] = (height, width)
        depths = [k for k in range(k_block, 0, -1) if k_block % k == 0] if adjust_k else [k_block]
        for depth in depths:
            for area in sorted(best, reverse=True):
                if self.fits(*best[area], depth):
                    return *best[area], depth
        return 1, 1, 1


def _halves(size: int) -> tuple[int, ...]:
    """The candidates for a smaller block side: the whole, one, and the divisors up to one half."""
    return tuple(dict.fromkeys((size, 1, *(d for d in range(size // 2, 0, -1) if size % d == 0))))


def _aspect(height: int, width: int) -> float:
    return max(height, width) / min(height, width)


def _narrow(height: int, width: int, all_dram: bool) -> bool:
    """height, width: elements, padded to tiles."""
    return max(height, width) // min(height, width) > NARROW or (all_dram and min(height, width) <= TILE)


def auto_config(call: MatmulCall, device: Device, counts_transposed: bool = True) -> AutoConfig:
    """The program config TTNN chooses. counts_transposed: whether the L1 estimate has the buffer of a transposed
    in0 on interleaved inputs (releases before tt-metal pull request 37243 did not count it).
    """
    grid = (device.grid.columns, device.grid.rows)
    chooser = _Chooser(call, Sizes.of(call), grid, l1_space(call, device), counts_transposed)
    if call.user_grid is not None:
        if call.user_grid[0] <= grid[0] and call.user_grid[1] <= grid[1]:
            chooser = replace(chooser, grid=call.user_grid)
        return _on_grid(chooser)
    if not call.a.memory.sharded:
        return _simple(chooser)
    return _sharded(chooser)


def _simple(choose: _Chooser) -> AutoConfig:
    """create_simple_matmul_program_config: in0 is interleaved and nobody named a grid."""
    call, size, (gx, gy) = choose.call, choose.size, choose.grid
    height, width = size.m * TILE, size.n * TILE
    narrow = choose.all_interleaved and _narrow(height, width, choose.all_dram)
    wide, tall = narrow and width > height, narrow and height >= width
    side = next((p for p in SQUARE_SIDES if choose.fits(p, p, 2)), 1)
    down, across = -(-size.m // side), -(-size.n // side)
    k_block = 1 if size.k % 2 and (call.out.memory.sharded or down > 1 or across > 1) else 2
    if not choose.all_dram and not (down * across <= gx * gy and size.k % k_block == 0):
        return AutoConfig(MultiCore(), "simple: more blocks than cores or an odd K, not all in DRAM")
    inside = (down, across) != (1, 1) and down <= gy and across <= gx
    columns, rows = (across, down) if inside else (0, 0)
    out = call.out.memory.memory_layout
    if (
        out == "BLOCK_SHARDED"
        and call.out.memory.shard_spec is not None
        and 1 in call.out.memory.shard_spec.box
    ):
        if size.batch_b > 1:
            return AutoConfig(None, "simple: a block-sharded output on a line of cores takes one in1 matrix")
        out = "WIDTH_SHARDED" if call.out.memory.shard_spec.box[1] == 1 else "HEIGHT_SHARDED"
    if rows == 1 or wide or (rows == 0 and out == "WIDTH_SHARDED"):
        return AutoConfig(_line(choose, mcast_in0=True), "simple: wide or one row of blocks")
    if columns == 1 or tall or (rows == 0 and out == "HEIGHT_SHARDED"):
        return AutoConfig(_line(choose, mcast_in0=False), "simple: tall or one column of blocks")
    if rows == 0 and not choose.all_dram and out != "BLOCK_SHARDED":
        return AutoConfig(MultiCore(), "simple: blocks do not fit on the grid")
    if not choose.all_dram:
        config = _plane(choose, (side, side), (side, side), k_block, (4 if side == 2 else 1, 2))
        return AutoConfig(config, "simple: fixed square blocks")
    per_core = (-(-size.m // gy), -(-size.n // gx))
    depth = size.k // gx if size.k % gx == 0 else 1
    *block, depth = choose.shrink(*per_core, depth, adjust_k=True)
    subblock = subblock_params(block[0], block[1], choose.fp32)
    return AutoConfig(
        _plane(choose, per_core, (block[0], block[1]), depth, subblock), "simple: 2D over the grid"
    )


def _plane(
    choose: _Chooser,
    per_core: tuple[int, int],
    block: tuple[int, int],
    k_block: int,
    subblock: tuple[int, int],
) -> Multicast2D:
    return Multicast2D(
        compute_with_storage_grid_size=choose.grid,
        in0_block_w=k_block,
        out_subblock_h=subblock[0],
        out_subblock_w=subblock[1],
        out_block_h=block[0],
        out_block_w=block[1],
        per_core_M=per_core[0],
        per_core_N=per_core[1],
        fused_activation=choose.call.activation,
        fuse_batch=False,
    )


def _line(choose: _Chooser, mcast_in0: bool) -> Multicast1D:
    size, cores = choose.size, choose.grid[0] * choose.grid[1]
    k_block = 2 if size.k % 2 == 0 else 1
    if mcast_in0:
        per_core = (size.m, -(-size.n // cores))
    else:
        per_core = (-(-size.m // cores), size.n)
    rows, columns, _ = choose.shrink(*per_core, k_block, adjust_k=False)
    subblock = subblock_params(rows, columns, choose.fp32)
    return _line_config(choose, per_core, (rows, columns), k_block, subblock, mcast_in0, False)


def _line_config(
    choose: _Chooser,
    per_core: tuple[int, int],
    block: tuple[int, int],
    k_block: int,
    subblock: tuple[int, int],
    mcast_in0: bool,
    fuse_batch: bool,
) -> Multicast1D:
    return Multicast1D(
        compute_with_storage_grid_size=choose.grid,
        in0_block_w=k_block,
        out_subblock_h=subblock[0],
        out_subblock_w=subblock[1],
        out_block_h=block[0],
        out_block_w=block[1],
        per_core_M=per_core[0],
        per_core_N=per_core[1],
        fuse_batch=fuse_batch,
        fused_activation=choose.call.activation,
        mcast_in0=mcast_in0,
    )


def _on_grid(choose: _Chooser) -> AutoConfig:
    """create_matmul_program_config: the caller named a grid, or a sharded in0 has no better path."""
    call, size, (gx, gy) = choose.call, choose.size, choose.grid
    if size.batch_b > 1:
        if call.activation is not None:
            return AutoConfig(None, "grid: no activation with a batched in1")
        return _batched(choose)
    memory = call.a.memory
    block_sharded = memory.memory_layout == "BLOCK_SHARDED"
    height, width = size.batch_a * size.m * TILE, size.n * TILE
    small = min(size.batch_a * size.m, size.k, size.n) == 1
    if (memory.sharded or _narrow(height, width, False) or small) and not block_sharded:
        return _systolic(choose)
    shard = memory.shard_spec
    if block_sharded and shard is not None:
        per_core = (shard.tiles[0], max(1, size.n * shard.tiles[1] // size.k))
        k_block = gcd(shard.tiles[1], size.k)
    else:
        per_core = (-(-size.batch_a * size.m // gy), -(-size.n // gx))
        k_block = next(k for k in (4, 3, 2, 1) if size.k % k == 0)
    rows, columns, _ = choose.shrink(*per_core, k_block, adjust_k=False)
    subblock = swapped_subblock(rows, columns, choose.fp32)
    if subblock[1] != per_core[1]:
        subblock = (1, subblock[1])
    config = _plane(choose, per_core, (rows, columns), k_block, subblock)
    transposed = shard is not None and shard.orientation == "COL_MAJOR"
    update = {"fuse_batch": True, "transpose_mcast": block_sharded and transposed}
    return AutoConfig(config.model_copy(update=update), "grid: 2D")


def _batched(choose: _Chooser) -> AutoConfig:
    call, size = choose.call, choose.size
    a, b = call.a.memory, call.b.memory
    per_core, k_block = (size.m, size.n), 1
    if a.shard_spec is not None and a.memory_layout != "WIDTH_SHARDED":
        per_core, k_block = (a.shard_spec.tiles[0], size.n), a.shard_spec.tiles[1]
    elif b.shard_spec is not None and b.memory_layout != "WIDTH_SHARDED":
        per_core = (size.m, b.shard_spec.tiles[1])
    elif not choose.fits(*per_core, k_block):
        return _simple(choose)
    subblock = swapped_subblock(*per_core, choose.fp32)
    return AutoConfig(_reuse(choose, per_core, k_block, subblock), "grid: batched in1")


def _reuse(choose: _Chooser, per_core: tuple[int, int], k_block: int, subblock: tuple[int, int]) -> Reuse:
    return Reuse(
        compute_with_storage_grid_size=choose.grid,
        in0_block_w=k_block,
        out_subblock_h=subblock[0],
        out_subblock_w=subblock[1],
        per_core_M=per_core[0],
        per_core_N=per_core[1],
    )


def _systolic(choose: _Chooser) -> AutoConfig:
    size, layout = choose.size, choose.call.a.memory.memory_layout
    rows, cores = size.batch_a * size.m, choose.grid[0] * choose.grid[1]
    tall = layout == "HEIGHT_SHARDED" or (layout != "WIDTH_SHARDED" and rows > size.n)
    per_core = (-(-rows // cores), size.n) if tall else (rows, -(-size.n // cores))
    k_block = -(-size.k // cores)
    while size.k % k_block:
        k_block -= 1
    height, width, _ = choose.shrink(*per_core, k_block, adjust_k=False)
    subblock = swapped_subblock(height, width, choose.fp32)
    config = _line_config(choose, per_core, (height, width), k_block, subblock, not tall, True)
    return AutoConfig(config, "grid: 1D")


def _sharded(choose: _Chooser) -> AutoConfig:
    """get_matmul_program_config: in0 is sharded and nobody named a grid; the activation is dropped here."""
    call, size = choose.call, choose.size
    memory, shard = call.a.memory, call.a.memory.shard_spec
    if shard is None:
        return AutoConfig(None, "sharded: in0 has no shard spec")
    choose = replace(choose, grid=shard.box)
    flat = call.out.memory.sharded
    if size.batch_b > 1:
        per_core = (shard.tiles[0], size.n)
        subblock = subblock_params(*per_core, choose.fp32, flat)
        return AutoConfig(_reuse(choose, per_core, shard.tiles[1], subblock), "sharded: batched in1")
    if call.b.memory.sharded:
        return AutoConfig(None, "sharded: in1 must be interleaved next to a sharded in0")
    if memory.memory_layout in ("WIDTH_SHARDED", "HEIGHT_SHARDED") and choose.grid != (1, 1):
        if shard.orientation != "ROW_MAJOR":
            return AutoConfig(None, "sharded: a 1D-sharded in0 must be row major")
        wide = memory.memory_layout == "WIDTH_SHARDED"
        if wide:
            per_core = (size.batch_a * size.m, -(-size.n // shard.cores))
            k_block = gcd(shard.tiles[1], size.k)
        else:
            per_core, k_block = (shard.tiles[0], size.n), size.k
        height, width, _ = choose.shrink(*per_core, k_block, adjust_k=False)
        subblock = subblock_params(height, width, choose.fp32, flat)
        config = _line_config(choose, per_core, (height, width), k_block, subblock, wide, True)
        return AutoConfig(config.model_copy(update={"fused_activation": None}), "sharded: 1D")
    if memory.memory_layout == "BLOCK_SHARDED" and min(choose.grid) > 1:
        return _block_sharded(choose, flat)
    return _on_grid(choose)


def _block_sharded(choose: _Chooser, flat: bool) -> AutoConfig:
    size, shard = choose.size, choose.call.a.memory.shard_spec
    assert shard is not None
    turned = shard.orientation == "COL_MAJOR"
    across, down = choose.grid if not turned else (choose.grid[1], choose.grid[0])
    rows = size.batch_a * size.m
    if down != -(-rows // shard.tiles[0]) or across != -(-size.k // shard.tiles[1]):
        return AutoConfig(None, "sharded: the shard grid of in0 does not match its shards")
    per_core = (-(-rows // down), -(-size.n // across))
    k_block = gcd(shard.tiles[1], size.k) if across * shard.tiles[1] == size.k else 1
    height, width, _ = choose.shrink(*per_core, k_block, adjust_k=False)
    subblock = subblock_params(height, width, choose.fp32, flat)
    config = _plane(choose, per_core, (height, width), k_block, subblock)
    update = {"fuse_batch": True, "transpose_mcast": turned, "fused_activation": None}
    return AutoConfig(config.model_copy(update=update), "sharded: 2D")
