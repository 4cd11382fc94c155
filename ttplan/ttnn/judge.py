"""Whether TTNN runs a matmul call with its program config: every rule it breaks, with the numbers."""

from __future__ import annotations

from collections.abc import Iterator

from ttplan.device import Device
from ttplan.ttnn.buffers import l1_need
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
from ttplan.ttnn.judge_sharding import judge_sharding
from ttplan.ttnn.rulebook import Finding, broken
from ttplan.ttnn.subblocks import dst_tiles


def judge(call: MatmulCall, device: Device) -> tuple[Finding, ...]:
    """Findings of a call that has a program config, in the order of the rules; empty when TTNN runs it."""
    config = call.program_config
    assert config is not None
    findings = [*_operands(call), *_activation(call)]
    if not isinstance(config, (MultiCore, DramSharded)):
        findings += [*_blocks(call, config), *_grid(config, device)]
    if isinstance(config, Reuse):
        findings += _reuse(call, config)
    elif isinstance(config, Multicast2D):
        findings += _multicast_2d(call, config)
    elif isinstance(config, Multicast1D):
        findings += _multicast_1d(call, config)
    elif isinstance(config, DramSharded):
        findings += _dram_sharded(call, config)
    findings += judge_sharding(call, device)
    need = l1_need(call, device)
    if not need.fits:
        numbers = {"cbs": need.end, "tensors": need.tensors, "needed": need.total, "space": need.space}
        findings.append(broken("l1", **numbers))
    return tuple(findings)


def _operands(call: MatmulCall) -> Iterator[Finding]:
    size, config = Sizes.of(call), call.program_config
    assert config is not None
    if size.batch_b not in (1, size.batch_a) and not _reuses_in0(call):
        yield broken("bcast_batch", batch_a=size.batch_a, batch_b=size.batch_b)
    if call.bias is None:
        return
    if isinstance(config, (MultiCore, Reuse)):
        yield broken("bias_config", config=config.kind)
    if call.bias.matrices != 1 or call.bias.tiles != (1, size.n):
        found = f"{call.bias.matrices} x {call.bias.tiles[0]} x {call.bias.tiles[1]}"
        yield broken("bias_shape", columns=size.n, found=found)


def _reuses_in0(call: MatmulCall) -> bool:
    config, size = call.program_config, Sizes.of(call)
    if (
        not isinstance(config, Multicast1D)
        or config.mcast_in0
        or config.fuse_batch
        or config.fused_activation
    ):
        return False
    return size.batch_a == 1 and not (call.a.memory.sharded or call.b.memory.sharded)


def _activation(call: MatmulCall) -> Iterator[Finding]:
    config = call.program_config
    assert config is not None
    if isinstance(config, (MultiCore, Reuse)):
        if call.activation is not None:
            yield broken("activation_config", config=config.kind)
    elif call.activation != config.fused_activation:
        yield broken("activation_twice", call=str(call.activation), config=str(config.fused_activation))


def _blocks(call: MatmulCall, config: Blocked) -> Iterator[Finding]:
    size, blocks = Sizes.of(call), Blocks.of(config)
    (height, width), (rows, columns) = blocks.subblock, blocks.out_block
    limit = dst_tiles(call.compute.fp32_dest_acc_en)
    if height * width > limit:
        yield broken("dst", h=height, w=width, limit=limit)
    if size.k % blocks.k_block:
        yield broken("k_divides", k_block=blocks.k_block, k=size.k)
    if rows % height:
        yield broken("subblock_h", h=height, rows=rows)
    if columns % width:
        yield broken("subblock_w", w=width, columns=columns)
    if blocks.per_core[0] % rows:
        yield broken("out_block_h", h=rows, per_core=blocks.per_core[0])
    if blocks.per_core[1] % columns:
        yield broken("out_block_w", w=columns, per_core=blocks.per_core[1])


def _grid(config: Blocked, device: Device) -> Iterator[Finding]:
    x, y = config.compute_with_storage_grid_size
    if x > device.grid.columns or y > device.grid.rows:
        yield broken("device_grid", x=x, y=y, columns=device.grid.columns, rows=device.grid.rows)
        return
    for column, row in device.grid.missing:
        if column < x and row < y:
            yield broken("grid_available", x=column, y=row)
            return


def _fused_rows(call: MatmulCall, config: Blocked) -> int:
    size = Sizes.of(call)
    return size.batch_a * size.m if fuses_batch(config) else size.m


def _batches(call: MatmulCall, config: Multicast2D | Multicast1D) -> Iterator[Finding]:
    size = Sizes.of(call)
    if config.fuse_batch:
        if size.batch_b > 1:
            yield broken("fuse_batch", batch_b=size.batch_b)
        if call.transpose_a and size.batch_a > 1 and size.m > 1:
            yield broken("fuse_transposed")
    elif call.out.memory.sharded and size.batch > 1:
        yield broken("batched_sharded_out", batch=size.batch)


def _multicast_2d(call: MatmulCall, config: Multicast2D) -> Iterator[Finding]:
    rows, size, blocks = _fused_rows(call, config), Sizes.of(call), Blocks.of(config)
    x, y = config.compute_with_storage_grid_size
    if config.transpose_mcast:
        x, y = y, x
    down, across = -(-rows // blocks.per_core[0]), -(-size.n // blocks.per_core[1])
    if down > y:
        yield broken("grid_rows", needed=down, limit=y)
    if across > x:
        yield broken("grid_columns", needed=across, limit=x)
    yield from _inside(rows, size.n, blocks)
    yield from _batches(call, config)


def _inside(rows: int, columns: int, blocks: Blocks) -> Iterator[Finding]:
    if blocks.per_core[0] > rows:
        yield broken("per_core_rows", per_core=blocks.per_core[0], limit=rows)
    if blocks.per_core[1] > columns:
        yield broken("per_core_columns", per_core=blocks.per_core[1], limit=columns)


def _multicast_1d(call: MatmulCall, config: Multicast1D) -> Iterator[Finding]:
    rows, size, blocks = _fused_rows(call, config), Sizes.of(call), Blocks.of(config)
    x, y = config.compute_with_storage_grid_size
    down, across = -(-rows // blocks.per_core[0]), -(-size.n // blocks.per_core[1])
    if down * across > x * y:
        yield broken("grid_cores", needed=down * across, limit=x * y)
    if config.mcast_in0 and down > 1:
        yield broken("whole_rows", per_core=blocks.per_core[0], limit=rows)
    if not config.mcast_in0 and across > 1:
        yield broken("whole_columns", per_core=blocks.per_core[1], limit=size.n)
    yield from _inside(rows, size.n, blocks)
    if config.fuse_batch and size.batch_b > 1:
        yield broken("batched_1d", batch_b=size.batch_b)
    yield from _batches(call, config)


def _reuse(call: MatmulCall, config: Reuse) -> Iterator[Finding]:
    size, (rows, columns) = Sizes.of(call), (config.per_core_M, config.per_core_N)
    total = size.batch * size.m
    x, y = config.compute_with_storage_grid_size
    if columns != size.n:
        yield broken("reuse_columns", per_core=columns, n=size.n)
    long = rows % size.m if rows > size.m else size.m % rows
    if long or total % rows:
        yield broken("reuse_rows", per_core=rows, m=size.m, total=total)
    if size.batch_a > 1 and size.batch_b == 1:
        yield broken("bcast_batch", batch_a=size.batch_a, batch_b=size.batch_b)
    if size.batch_a > 1 and size.batch_b > 1 and size.m % config.out_subblock_h:
        yield broken("subblock_h", h=config.out_subblock_h, rows=size.m)
    blocks = -(-total // rows) * -(-size.n // columns)
    if blocks > x * y:
        yield broken("one_block_per_core", needed=blocks, limit=x * y)
    if call.transpose_a:
        yield broken("reuse_transposed", config=config.kind)


def _dram_sharded(call: MatmulCall, config: DramSharded) -> Iterator[Finding]:
    size = Sizes.of(call)
    if size.batch * size.m != 1 or config.per_core_M != 1:
        yield broken("dram_one_row", m=size.batch * size.m, per_core=config.per_core_M)
    if size.k % config.in0_block_w:
        yield broken("k_divides", k_block=config.in0_block_w, k=size.k)
