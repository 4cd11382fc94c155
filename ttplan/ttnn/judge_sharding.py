"""Which memory layouts each program config takes, and how shards must match its blocks."""

from __future__ import annotations

from collections.abc import Iterator

from ttplan.device import Device
from ttplan.ttnn.call import MatmulCall, MemoryConfig, Sizes
from ttplan.ttnn.configs import Blocks, DramSharded, Multicast1D, Multicast2D, MultiCore, Reuse
from ttplan.ttnn.rulebook import Finding, broken


def judge_sharding(call: MatmulCall, device: Device) -> Iterator[Finding]:
    """Findings about where the operands lie."""
    config = call.program_config
    if isinstance(config, MultiCore):
        for what, memory in (("in0", call.a.memory), ("in1", call.b.memory), ("the output", call.out.memory)):
            if memory.sharded:
                yield broken("interleaved", what=what, config=config.kind)
    elif isinstance(config, Reuse):
        yield from _reuse(call, config)
    elif isinstance(config, DramSharded):
        yield from _dram_sharded(call, config, device)
    elif isinstance(config, Multicast2D):
        yield from _grid_of_shards(call, config)
        yield from _in0_2d(call, config)
        yield from _in1_2d(call, config)
        yield from _out(call, config, "BLOCK_SHARDED")
    elif isinstance(config, Multicast1D):
        yield from _grid_of_shards(call, config)
        yield from _in0_1d(call, config)
        yield from _in1_1d(call, config)
        yield from _out(call, config, "WIDTH_SHARDED" if config.mcast_in0 else "HEIGHT_SHARDED")
        yield from _whole_1d(call, config)


def _shard(memory: MemoryConfig) -> tuple[int, int] | None:
    return memory.shard_spec.tiles if memory.shard_spec is not None else None


def _grid_of_shards(call: MatmulCall, config: Multicast2D | Multicast1D) -> Iterator[Finding]:
    """The library compares with the grid size itself, one core too lax; a shard beyond the grid has no kernel."""
    columns, rows = config.compute_with_storage_grid_size
    for what, memory in (("in0", call.a.memory), ("in1", call.b.memory)):
        if memory.in_l1 and memory.shard_spec is not None:
            x, y = memory.shard_spec.corner
            if x >= columns or y >= rows:
                yield broken("shard_grid", what=what, x=x, y=y, columns=columns, rows=rows)


def _orientation(memory: MemoryConfig, wanted: str, what: str) -> Iterator[Finding]:
    if memory.shard_spec is not None and memory.shard_spec.orientation != wanted:
        yield broken("orientation", what=what, found=memory.shard_spec.orientation, wanted=wanted)


def _in0_2d(call: MatmulCall, config: Multicast2D) -> Iterator[Finding]:
    memory, size, blocks = call.a.memory, Sizes.of(call), Blocks.of(config)
    if not memory.sharded:
        return
    if memory.memory_layout == "WIDTH_SHARDED" or not memory.in_l1:
        yield broken(
            "in0_layout", layout=memory.memory_layout, allowed="interleaved, or block or height sharded in L1"
        )
        return
    if not config.fuse_batch:
        yield broken("sharded_fuse_batch")
    if memory.memory_layout == "BLOCK_SHARDED":
        yield from _orientation(
            memory, "COL_MAJOR" if config.transpose_mcast else "ROW_MAJOR", "the shard of in0"
        )
    elif config.transpose_mcast:
        yield broken(
            "orientation", what="transpose_mcast", found="true", wanted="false for a height-sharded in0"
        )
    shard = _shard(memory)
    if shard is None:
        return
    if shard[0] != blocks.per_core[0]:
        yield broken("in0_shard_rows", found=shard[0], wanted=blocks.per_core[0])
    if shard[1] % blocks.k_block:
        yield broken("in0_shard_block", k_block=blocks.k_block, columns=shard[1])
    if memory.memory_layout == "HEIGHT_SHARDED" and not blocks.k_block == size.k == shard[1]:
        yield broken("in0_shard_columns", found=shard[1], wanted=size.k)


def _in1_2d(call: MatmulCall, config: Multicast2D) -> Iterator[Finding]:
    memory, blocks = call.b.memory, Blocks.of(config)
    if not memory.sharded:
        return
    if memory.memory_layout != "WIDTH_SHARDED" and not (
        memory.memory_layout == "HEIGHT_SHARDED" and not memory.in_l1 and not config.fuse_batch
    ):
        allowed = "interleaved, or width sharded"
        yield broken("in1_layout", layout=memory.memory_layout, buffer=memory.buffer_type, allowed=allowed)
        return
    if config.transpose_mcast:
        yield broken("orientation", what="transpose_mcast", found="true", wanted="false for a sharded in1")
    shard = _shard(memory)
    if memory.in_l1 and shard is not None:
        if call.a.memory.memory_layout not in ("INTERLEAVED", "HEIGHT_SHARDED"):
            allowed = "interleaved or height sharded next to a sharded in1"
            yield broken("in0_layout", layout=call.a.memory.memory_layout, allowed=allowed)
        if shard[1] != blocks.per_core[1]:
            wanted = f"{blocks.per_core[1]} columns"
            yield broken("in1_shard", rows=shard[0], columns=shard[1], wanted=wanted)
        if memory.shard_spec is not None and memory.shard_spec.box[1] != 1:
            yield broken("in1_shard_row")


def _in0_1d(call: MatmulCall, config: Multicast1D) -> Iterator[Finding]:
    memory, size, blocks = call.a.memory, Sizes.of(call), Blocks.of(config)
    if not memory.sharded:
        return
    wanted = "WIDTH_SHARDED" if config.mcast_in0 else "HEIGHT_SHARDED"
    if memory.memory_layout != wanted or not memory.in_l1:
        yield broken("in0_layout", layout=memory.memory_layout, allowed=f"interleaved or {wanted} in L1")
        return
    if not config.fuse_batch:
        yield broken("sharded_fuse_batch")
    yield from _orientation(memory, "ROW_MAJOR", "the shard of in0")
    shard = _shard(memory)
    if shard is None or memory.shard_spec is None:
        return
    if shard[0] != blocks.per_core[0]:
        yield broken("in0_shard_rows", found=shard[0], wanted=blocks.per_core[0])
    if shard[1] % blocks.k_block:
        yield broken("in0_shard_block", k_block=blocks.k_block, columns=shard[1])
    if not config.mcast_in0:
        if shard[1] != size.k:
            yield broken("in0_shard_columns", found=shard[1], wanted=size.k)
        needed = -(-size.batch_a * size.m // blocks.per_core[0])
        if memory.shard_spec.cores < needed:
            yield broken("in0_shard_cores", found=memory.shard_spec.cores, needed=needed)


def _in1_1d(call: MatmulCall, config: Multicast1D) -> Iterator[Finding]:
    memory, blocks = call.b.memory, Blocks.of(config)
    if not memory.sharded:
        return
    if not config.mcast_in0 or memory.memory_layout != "WIDTH_SHARDED" or not memory.in_l1:
        allowed = "interleaved, or width sharded in L1" if config.mcast_in0 else "interleaved"
        yield broken("in1_layout", layout=memory.memory_layout, buffer=memory.buffer_type, allowed=allowed)
        return
    shard = _shard(memory)
    if shard is not None and shard[1] != blocks.per_core[1]:
        yield broken("in1_shard", rows=shard[0], columns=shard[1], wanted=f"{blocks.per_core[1]} columns")


def _out(call: MatmulCall, config: Multicast2D | Multicast1D, wanted: str) -> Iterator[Finding]:
    memory, blocks = call.out.memory, Blocks.of(config)
    if not memory.sharded:
        return
    if memory.memory_layout != wanted or not memory.in_l1:
        yield broken("out_layout", layout=memory.memory_layout, allowed=f"interleaved or {wanted} in L1")
        return
    yield from _flat(blocks)
    in0 = call.a.memory
    comparable = in0.sharded and not (
        isinstance(config, Multicast2D) and in0.memory_layout == "HEIGHT_SHARDED"
    )
    if comparable and (in0.memory_layout, in0.buffer_type) != (memory.memory_layout, memory.buffer_type):
        first, second = (
            f"{in0.buffer_type} {in0.memory_layout}",
            f"{memory.buffer_type} {memory.memory_layout}",
        )
        yield broken("same_memory", in0=first, out=second)


def _flat(blocks: Blocks) -> Iterator[Finding]:
    (height, width), columns = blocks.subblock, blocks.per_core[1]
    if width != columns and height != 1:
        yield broken("out_subblock_flat", per_core=columns, h=height, w=width)
    rows, width = blocks.out_block
    if width != columns and rows != 1:
        yield broken("out_block_flat", per_core=columns, h=rows, w=width)


def _whole_1d(call: MatmulCall, config: Multicast1D) -> Iterator[Finding]:
    size, blocks = Sizes.of(call), Blocks.of(config)
    rows = size.batch_a * size.m if config.fuse_batch else size.m
    if call.out.memory.sharded:
        if config.mcast_in0 and blocks.per_core[0] != rows:
            yield broken("out_whole", axis="M", wanted=rows, found=blocks.per_core[0])
        if not config.mcast_in0 and blocks.per_core[1] != size.n:
            yield broken("out_whole", axis="N", wanted=size.n, found=blocks.per_core[1])


def _reuse(call: MatmulCall, config: Reuse) -> Iterator[Finding]:
    size, blocks = Sizes.of(call), Blocks.of(config)
    for name, memory in (("in0_layout", call.a.memory), ("out_layout", call.out.memory)):
        if memory.memory_layout == "WIDTH_SHARDED":
            yield broken(name, layout=memory.memory_layout, allowed="interleaved, height or block sharded")
    if call.b.memory.memory_layout == "WIDTH_SHARDED":
        allowed = "interleaved, height or block sharded"
        yield broken("in1_layout", layout="WIDTH_SHARDED", buffer=call.b.memory.buffer_type, allowed=allowed)
    shard = _shard(call.a.memory)
    if shard is not None:
        if shard[0] != blocks.per_core[0]:
            yield broken("in0_shard_rows", found=shard[0], wanted=blocks.per_core[0])
        if not blocks.k_block == size.k == shard[1]:
            yield broken("in0_shard_columns", found=shard[1], wanted=size.k)
    shard = _shard(call.b.memory)
    if shard is not None and (shard[1] != size.n or shard[0] % size.k or blocks.per_core[0] % size.m):
        yield broken("in1_shard", rows=shard[0], columns=shard[1], wanted=f"{size.k} x {size.n}")
    out = call.out.memory
    if out.sharded:
        height, width = blocks.subblock
        if width != blocks.per_core[1] and height != 1:
            yield broken("out_subblock_flat", per_core=blocks.per_core[1], h=height, w=width)
        in0 = call.a.memory
        if in0.sharded and (in0.memory_layout, in0.buffer_type) != (out.memory_layout, out.buffer_type):
            yield broken("same_memory", in0=in0.memory_layout, out=out.memory_layout)


def _dram_sharded(call: MatmulCall, config: DramSharded, device: Device) -> Iterator[Finding]:
    size, in0, in1, out = Sizes.of(call), call.a.memory, call.b.memory, call.out.memory
    if in0.memory_layout != "WIDTH_SHARDED":
        yield broken("in0_layout", layout=in0.memory_layout, allowed="WIDTH_SHARDED")
    if in1.memory_layout != "WIDTH_SHARDED" or in1.in_l1:
        allowed = "WIDTH_SHARDED in DRAM"
        yield broken("in1_layout", layout=in1.memory_layout, buffer=in1.buffer_type, allowed=allowed)
    if out.memory_layout != "WIDTH_SHARDED":
        yield broken("out_layout", layout=out.memory_layout, allowed="WIDTH_SHARDED")
    elif out.buffer_type != in0.buffer_type:
        yield broken("same_memory", in0=in0.buffer_type, out=out.buffer_type)
    yield from _orientation(in0, "ROW_MAJOR", "the shard of in0")
    yield from _orientation(in1, "ROW_MAJOR", "the shard of in1")
    shard = _shard(in0)
    if shard is not None:
        if shard[0] != config.per_core_M:
            yield broken("in0_shard_rows", found=shard[0], wanted=config.per_core_M)
        if shard[1] % config.in0_block_w:
            yield broken("in0_shard_block", k_block=config.in0_block_w, columns=shard[1])
        if size.k % shard[1]:
            yield broken("in0_shard_k", columns=shard[1], k=size.k)
    shard = _shard(in1)
    if shard is not None:
        shards = -(-size.n // shard[1])
        if shards > device.dram.banks:
            yield broken("dram_banks", shards=shards, banks=device.dram.banks)
        if shard[0] != size.k:
            yield broken("in1_shard", rows=shard[0], columns=shard[1], wanted=f"{size.k} rows")
