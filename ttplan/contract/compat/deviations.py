"""Where ttplan differs on purpose from what an upstream pass produced for the same kernel.

Each check compares upstream's value, as its code computed it, with the right one, and is silent when they agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isqrt, prod

from ttplan.contract.compat.buffers import MATMUL_CBS, square_blocks
from ttplan.contract.compat.formats import ALIASES, UPSTREAM_V5, element_bytes, upstream_name
from ttplan.contract.compat.function import MESH_WIDTH, Function, Tensor, function_of
from ttplan.contract.compat.v5 import ceil_split
from ttplan.formats import FORMATS, TILE
from ttplan.plan import Deviation, Plan

Found = Iterator[Deviation]


def deviations(plan: Plan) -> tuple[Deviation, ...]:
    """The deviations that concern a plan."""
    function = function_of(plan)
    ids = [cb.id for name in ("in0", "in1", "out") if (cb := plan.cb(name)) is not None]
    return (
        *_of_the_kernel(function),
        *_row_lists(len(plan.partition.cores), function.cores),
        *_mesh_width(function, plan.device.cores[-1]),
        *_one_id_table(ids),
    )


def deviations_of(function: Function) -> tuple[Deviation, ...]:
    """The deviations that concern a kernel as upstream saw it, divided as `compat` divides it."""
    last = function.cores - 1
    return (
        *_of_the_kernel(function),
        *_row_lists(min(prod(function.grid), function.cores), function.cores),
        *_mesh_width(function, (last % MESH_WIDTH, last // MESH_WIDTH)),
        *_balance(function),
    )


def _of_the_kernel(function: Function) -> Found:
    for check in (
        _square_blocks,
        _tiles_of_the_grid,
        _k_tiles,
        _formats,
        _depths,
        _shards_on_the_mesh,
        _large_pages,
        _roles,
        _shards_of_v5,
        _output_grid,
    ):
        yield from check(function)


def _say(key: str, generation: str, upstream: object, here: object) -> Found:
    if upstream != here:
        yield Deviation(key=key, upstream=f"{generation}: {upstream}", here=str(here))


def _square_blocks(function: Function) -> Found:
    """memory_space_lower_tt knew square blocks up to 64 x 64 only."""
    yield from _say("tt_num_cbs", "legacy", len(square_blocks(function.blocks)), len(function.blocks))


def _row_lists(working: int, cores: int) -> Found:
    """tt_tiles_to_core_map listed working cores in one list and all cores in the other."""
    rows = "{} rows beside {} of tt_core_ranges"
    upstream, here = rows.format(cores, working), rows.format(working, working)
    yield from _say("tt_core_runtime_args", "legacy", upstream, here)


def _tiles_of_the_grid(function: Function) -> Found:
    """grid_tiles counted blocks of the source, not tiles of the output."""
    x, y, z = function.grid
    if function.output is not None:
        yield from _say("tt.grid_tiles", "layout-aware", [y * z, x], list(function.output.tiles))
    for tensor in function.tensors:
        shard = _l1_shard(function, tensor)
        if shard is None or function.output is not None:
            continue
        covered = [count * size for count, size in zip(*shard, strict=True)]
        if covered[0] > y * z or covered[1] > x:
            yield from _say("tt.grid_tiles", "layout-aware", [y * z, x], covered)


def _k_tiles(function: Function) -> Found:
    """Kt was 1 whatever the kernel."""
    yield from _say("tt.runtime_constants.Kt", "layout-aware", 1, function.k_tiles)


def _formats(function: Function) -> Found:
    """Formats under names of other formats or of none, block floats with the wrong size."""
    for tensor in function.tensors:
        form = FORMATS.get(ALIASES.get(tensor.dtype, tensor.dtype))
        if form is None:
            continue
        key = f"tt.cb.{tensor.name}"
        yield from _say(f"{key}.data_format", "layout-aware", upstream_name(tensor.dtype), form.data_format)
        yield from _say(
            f"{key}.page_size", "layout-aware", TILE * TILE * element_bytes(tensor.dtype), form.tile_bytes
        )
        size, name = UPSTREAM_V5.get(tensor.dtype, (form.tile_bytes, form.data_format))
        key = f"tt.cb_descriptors.{tensor.name}"
        yield from _say(f"{key}.data_format", "v5", name, form.data_format)
        yield from _say(f"{key}.page_size", "v5", size, form.tile_bytes)


def _depths(function: Function) -> Found:
    """A depth the user asked for got lost between two passes."""
    for name, wish in function.layout.items():
        if "cb_depth" in wish:
            yield from _say(f"tt.cb.{name}.depth", "layout-aware", 2, wish["cb_depth"])


def _l1_shard(function: Function, tensor: Tensor) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """((rows, columns) of shards, (rows, columns) of tiles in one) of an L1 shard over two axes or more."""
    wish = function.layout.get(tensor.name, {})
    shard = wish.get("nd_shard") or {}
    grid, sizes = shard.get("grid"), shard.get("shard_shape_elems")
    if wish.get("memory") != "L1" or not grid or len(grid) < 2:
        return None
    if len(grid) > len(tensor.shape) or (sizes and len(sizes) != len(grid)):
        return None
    if not sizes:
        sizes = [-(-size // count) for size, count in zip(tensor.shape[-len(grid) :], grid, strict=True)]
    rows = prod(sizes[:-2]) * -(-sizes[-2] // TILE)
    return (prod(grid[:-1]), grid[-1]), (rows, -(-sizes[-1] // TILE))


def _shards_on_the_mesh(function: Function) -> Found:
    """Shards past the eighth row or column, or over batch axes, got no core."""
    for tensor in function.tensors:
        shard = _l1_shard(function, tensor)
        if shard is None:
            continue
        wish = function.layout[tensor.name]["nd_shard"]
        (rows, columns), _ = shard
        seen = min(wish["grid"][-2], -(-function.cores // MESH_WIDTH)) * min(columns, MESH_WIDTH)
        key = f"tt.buffer.{tensor.name}.nd_shard"
        yield from _say(
            key,
            "layout-aware",
            f"{seen} of {rows * columns} shards have a core",
            f"{rows * columns} of {rows * columns} shards have a core",
        )


def _mesh_width(function: Function, last: tuple[int, int]) -> Found:
    """Without a square number of cores, rows of cores were as wide as the grid of blocks."""
    root = isqrt(function.cores)
    width = root if root * root == function.cores else function.grid[0]
    place = function.cores - 1
    upstream = [place % width, place // width]
    yield from _say("tt.core_ranges", "layout-aware", f"last core {upstream}", f"last core {list(last)}")


def _large_pages(function: Function) -> Found:
    """The check of L1 compared one tile with 2048 bytes."""
    for tensor in function.tensors:
        form = FORMATS.get(ALIASES.get(tensor.dtype, tensor.dtype))
        if form is None or function.layout.get(tensor.name, {}).get("memory") != "L1":
            continue
        if form.tile_bytes > 2048:
            text = f"L1 tile size exceeds capacity for {tensor.name}: {form.tile_bytes} bytes"
            yield from _say(f"tt.buffer.{tensor.name}.memory", "v5", f"refused, {text}", "L1")


def role_by_name(name: str) -> str:
    """What v5 took a buffer for: a guess from its name, as observed on nineteen names."""
    lower = name.lower()
    if name in ("C", "Output", "output", "result"):
        return "output"
    return "intermediate" if lower in ("q", "k", "v", "x", "y") else "input"


def _roles(function: Function) -> Found:
    """Whether a buffer is read or written was guessed from its name."""
    for tensor in function.tensors:
        if tensor.role is not None:
            right = "output" if tensor.role == "out" else "input"
            yield from _say(
                f"tt.cb_descriptors.{tensor.name}.cb_type", "v5", role_by_name(tensor.name), right
            )
        if "weight" in tensor.name.lower():
            yield from _say(f"tt.cb_descriptors.{tensor.name}.depth", "v5", "4 for its name", "decided")


def _shards_of_v5(function: Function) -> Found:
    """[rows, columns] of shards were used as [x, y]; a shard shape that was not given became one tile."""
    for tensor in function.tensors:
        shard = _l1_shard(function, tensor)
        if shard is None:
            continue
        (rows, columns), size = shard
        yield from _say("tt.core_grid", "v5", [rows, columns], [columns, rows])
        if not function.layout[tensor.name]["nd_shard"].get("shard_shape_elems"):
            key = f"tt.buffer.{tensor.name}.nd_shard.projected_shard_tiles"
            yield from _say(key, "v5", [1, 1], list(size))


def _balance(function: Function) -> Found:
    """Rounded-up shares left cores idle while others had two tiles more."""
    if function.output is None:
        return
    tiles = prod(function.output.tiles)
    busy = ceil_split(tiles, function.cores)
    yield from _say(
        "tt.work_partition", "v5", f"{busy} cores work", f"{min(tiles, function.cores)} cores work"
    )


def _output_grid(function: Function) -> Found:
    """The output was recognised by the name C, and its first two dims were taken for rows and columns."""
    out = function.output
    if out is None:
        return
    named = out.name == "C" or "output" in out.name.lower()
    first = (*out.shape, 1)[:2] if len(out.shape) > 1 else (1, *out.shape)
    upstream = [-(-size // TILE) for size in first] if named else [MESH_WIDTH, MESH_WIDTH]
    yield from _say("tt.grid_tiles", "v5", upstream, list(out.tiles))


def _one_id_table(ids: list[int]) -> Found:
    """The host of one week made circular buffers 0, 1, 2 for kernels that used 0, 1, 16."""
    if len(ids) == len(MATMUL_CBS):
        upstream = f"in0, in1, out are {list(MATMUL_CBS)} in kernels and [0, 1, 2] on the host"
        yield from _say("tt_circular_buffers", "legacy", upstream, f"{ids} everywhere")


__all__ = ["deviations", "deviations_of", "role_by_name"]
