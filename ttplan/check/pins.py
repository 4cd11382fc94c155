"""What the user fixed: places, layouts, shards, depths and the schedule of the kernel document."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from ttplan.check.finding import Finding, finding
from ttplan.check.meaning import tiles
from ttplan.check.subject import Subject
from ttplan.formats import TILE
from ttplan.kernel import Buffer, Layout, NdShard
from ttplan.plan import BufferPlan


def check_pins(subject: Subject) -> Iterator[Finding]:
    """Pins in `kernel.layout` and `kernel.schedule` are obeyed; given buffers stay where they are."""
    kernel = subject.plan.kernel
    for index, buffer in enumerate(subject.plan.buffers):
        declared = kernel.buffer(buffer.name)
        if declared is None:
            continue
        pinned = kernel.layout.get(buffer.name)
        if pinned is not None:
            yield from _layout(subject, buffer, declared, pinned, f"buffers[{index}]")
        elif _given(declared) and (buffer.memory, buffer.layout) != ("DRAM", "interleaved"):
            text = f"{buffer.memory} {buffer.layout}, {buffer.name} is given in DRAM interleaved"
            yield finding("pin_place", f"buffers[{index}]", text)
    yield from _schedule(subject)


def _given(declared: Buffer) -> bool:
    return (declared.place or ("given" if declared.io == "in" else "free")) == "given"


def _layout(
    subject: Subject, buffer: BufferPlan, declared: Buffer, pinned: Layout, place: str
) -> Iterator[Finding]:
    if pinned.memory is not None and buffer.memory != pinned.memory:
        yield finding(
            "pin_layout", f"{place}.memory", f"found {buffer.memory}, the kernel pins {pinned.memory}"
        )
    if pinned.halo is not None:
        yield finding("pin_layout", f"kernel.layout.{buffer.name}.halo", "no plan has a halo")
    if pinned.tile_shape not in (None, (TILE, TILE)):
        text = f"the kernel pins tiles of {pinned.tile_shape}, plans are in tiles of {TILE}x{TILE}"
        yield finding("pin_layout", f"kernel.layout.{buffer.name}.tile_shape", text)
    wanted = pinned.layout or ("sharded" if pinned.nd_shard else None)
    if wanted is not None and buffer.layout != wanted and (wanted != "sharded" or buffer.shard is None):
        yield finding("pin_layout", f"{place}.layout", f"found {buffer.layout}, the kernel pins {wanted}")
    if (
        pinned.orientation is not None
        and buffer.shard is not None
        and buffer.shard.orientation != pinned.orientation
    ):
        text = f"found {buffer.shard.orientation}, the kernel pins {pinned.orientation}"
        yield finding("pin_layout", f"{place}.shard.orientation", text)
    if pinned.nd_shard is not None and buffer.shard is not None:
        yield from _shard(subject, buffer, declared, pinned.nd_shard, place)
    if pinned.cb_depth is not None:
        for number, cb in enumerate(subject.plan.circular_buffers):
            operand = subject.meaning.operands.get(cb.name)
            if operand is not None and operand.buffer == buffer.name and cb.depth != pinned.cb_depth:
                text = f"found {cb.depth}, the kernel pins {pinned.cb_depth}"
                yield finding("pin_depth", f"circular_buffers[{number}].depth", text)


def _shard(
    subject: Subject, buffer: BufferPlan, declared: Buffer, pinned: NdShard, place: str
) -> Iterator[Finding]:
    """The named axes folded onto rows (all dims but the last) and columns of the buffer."""
    if pinned.axes is None or buffer.shard is None:
        return
    axes = tuple(_dim(axis, declared) for axis in pinned.axes)
    if not set(axes) <= set(declared.dims):
        text = f"axes {pinned.axes} are not among the dims {declared.dims}"
        yield finding("pin_shard", f"{place}.shard", text)
        return
    for name, values in (("grid", pinned.grid), ("shard_shape_elems", pinned.shard_shape_elems)):
        if values is not None and len(values) != len(axes):
            text = f"{name} {values} has not a number for each of {axes}"
            yield finding("pin_shard", f"kernel.layout.{buffer.name}.nd_shard.{name}", text)
    if pinned.grid is not None and len(pinned.grid) == len(axes):
        grid = dict(zip(axes, pinned.grid, strict=True))
        expected = (prod(grid.get(dim, 1) for dim in declared.dims[:-1]), grid.get(declared.dims[-1], 1))
        if buffer.shard.grid != expected:
            text = (
                f"found {buffer.shard.grid}, the kernel pins {pinned.grid} over {axes}, which is {expected}"
            )
            yield finding("pin_shard", f"{place}.shard.grid", text)
    if pinned.shard_shape_elems is not None and len(pinned.shard_shape_elems) == len(axes):
        elements = dict(zip(axes, pinned.shard_shape_elems, strict=True))
        sizes = [elements.get(dim, subject.plan.kernel.dims[dim]) for dim in declared.dims]
        for dim, size in list(zip(declared.dims, sizes, strict=True))[-2:]:
            if size % TILE and size < subject.plan.kernel.dims[dim]:
                text = f"{size} elements of {dim} are no whole tiles"
                yield finding("pin_shard", f"kernel.layout.{buffer.name}.nd_shard", text)
        rows = prod(sizes[:-2]) * tiles(sizes[-2]) if len(sizes) > 1 else 1
        if buffer.shard.shape != (rows, tiles(sizes[-1])):
            text = (
                f"found {buffer.shard.shape} tiles, the kernel pins {pinned.shard_shape_elems} elements "
                f"over {axes}"
            )
            yield finding("pin_shard", f"{place}.shard.shape", text)


def _dim(axis: str, declared: Buffer) -> str:
    """The dim a pin names: by its name, or by the seeds' role (B, H batch; M rows; N columns)."""
    if axis in declared.dims:
        return axis
    place = {"M": -2, "N": -1, "B": 0, "H": 1}.get(axis)
    rank = len(declared.dims)
    usable = place is not None and (-rank <= place < 0 or 0 <= place < rank - 2)
    return declared.dims[place] if usable and place is not None else axis


def _schedule(subject: Subject) -> Iterator[Finding]:
    plan, pinned = subject.plan, subject.plan.kernel.schedule
    if pinned.partition_mode is not None and plan.partition.mode != pinned.partition_mode:
        text = f"found {plan.partition.mode}, the kernel pins {pinned.partition_mode}"
        yield finding("pin_schedule", "partition.mode", text)
    if pinned.local_shape_tiles is not None and plan.partition.per_core != pinned.local_shape_tiles:
        text = f"found {plan.partition.per_core}, the kernel pins {pinned.local_shape_tiles}"
        yield finding("pin_schedule", "partition.per_core", text)
    if pinned.shard_grid is not None and plan.partition.grid != pinned.shard_grid:
        yield finding(
            "pin_schedule",
            "partition.grid",
            f"found {plan.partition.grid}, the kernel pins {pinned.shard_grid}",
        )
    yield from _order(subject)
    grid_tiles = (plan.tiling.batch * plan.tiling.m, plan.tiling.n)
    if pinned.grid_tiles is not None and grid_tiles != pinned.grid_tiles:
        text = f"the output has {grid_tiles} tiles, the kernel pins {pinned.grid_tiles}"
        yield finding("pin_schedule", "tiling", text)


def _order(subject: Subject) -> Iterator[Finding]:
    """The order the kernel asks for is the plan's, and its blocks and shards make it so."""
    plan, kernel = subject.plan, subject.plan.kernel
    shards = [layout.nd_shard for layout in kernel.layout.values() if layout.nd_shard is not None]
    asked = {order for order in (kernel.schedule.order, *(shard.order for shard in shards)) if order}
    name = plan.blocking.traversal
    if asked - {name}:
        yield finding("pin_schedule", "blocking.traversal", f"found {name}, the kernel pins {sorted(asked)}")
    elif not asked and name != "row_major":
        yield finding("pin_schedule", "blocking.traversal", f"found {name}, the kernel asks for no order")
    if name.startswith("block_linear"):
        side = int(name[len("block_linear(") : -1])
        if plan.blocking.out_block != (side, side):
            text = f"out blocks of {plan.blocking.out_block} tiles do not make {name}"
            yield finding("pin_schedule", "blocking.out_block", text)
    if name == "match_shard" and plan.partition.mode != "local_shard":
        text = "match_shard needs the tiles of a core to be its shard"
        yield finding("pin_schedule", "partition.mode", text)
