"""What users may wish of layouts and schedules, and how a wish that cannot be served is refused.

The words are those of the TileLang Tenstorrent backend where it had words (docs/contract.md, Diagnostics).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from ttplan.errors import InputError
from ttplan.formats import TILE

MEMORIES = ("DRAM", "L1")
LAYOUTS = ("interleaved", "sharded", "height_sharded", "width_sharded", "block_sharded")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MODES = {"global": 5, "local_shard": 11}
"""Partition modes and how many runtime arguments a core has in each."""

CPP_KEYWORDS = frozenset(
    "alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t class compl "
    "const const_cast constexpr continue decltype default delete do double dynamic_cast else enum explicit export "
    "extern false float for friend goto if inline int long mutable namespace new noexcept not not_eq nullptr "
    "operator or or_eq private protected public register reinterpret_cast return short signed sizeof static "
    "static_assert static_cast struct switch template this thread_local throw true try typedef typeid typename "
    "union unsigned using virtual void volatile wchar_t while xor xor_eq".split()
)
"""Words that no C++17 variable is called by (C++17 standard, [lex.key])."""


def check_layout(name: str, wish: Mapping[str, Any]) -> None:
    """Memory, layout and halo of a wish for buffer `name`. Raises InputError."""
    path = f"layout.{name}"
    if wish.get("halo") is not None:
        raise InputError(f"{path}.halo", f"Halo metadata not supported for {name}", wish["halo"])
    if wish.get("memory") not in (None, *MEMORIES):
        text = f"Invalid memory type for {name}: {wish['memory']}"
        raise InputError(f"{path}.memory", text, wish["memory"], MEMORIES)
    if wish.get("layout") not in (None, *LAYOUTS):
        text = f"Invalid layout type for {name}: {wish['layout']}"
        raise InputError(f"{path}.layout", text, wish["layout"], LAYOUTS)
    if wish.get("nd_shard") is not None and wish.get("layout") == "interleaved":
        text = "a buffer with nd_shard is sharded"
        raise InputError(f"{path}.layout", text, "interleaved", LAYOUTS[1:])


@dataclass(frozen=True)
class ShardWish:
    """A complete `nd_shard`: shards and elements of a shard per axis."""

    axes: tuple[str, ...]
    grid: tuple[int, ...]
    shape: tuple[int, ...]

    def of(self, axis: str) -> tuple[int, int]:
        """(shards, elements of a shard) along an axis."""
        place = self.axes.index(axis)
        return self.grid[place], self.shape[place]


def read_shard(name: str, wish: Mapping[str, Any], last_two: Sequence[str] = ("M", "N")) -> ShardWish:
    """`nd_shard` of buffer `name`; `last_two` are the axes that are tiled. Raises InputError.

    Incomplete, of different lengths, without one of the tiled axes, or not made of whole tiles along them.
    """
    path = f"layout.{name}.nd_shard"
    parts = [wish.get(key) for key in ("axes", "grid", "shard_shape_elems")]
    if any(part is None for part in parts):
        text = f"nd_shard metadata for buffer '{name}' must include 'axes', 'grid', and 'shard_shape_elems'"
        raise InputError(path, text)
    axes, grid, shape = (tuple(part or ()) for part in parts)
    if not len(axes) == len(grid) == len(shape):
        raise InputError(path, "axes, grid and shard_shape_elems must have the same length", list(axes))
    if any(axis not in axes for axis in last_two):
        text = f"nd_shard metadata for buffer '{name}' must include axes 'M' and 'N'"
        raise InputError(f"{path}.axes", text, list(axes), last_two)
    found = ShardWish(axes, grid, shape)
    for axis in last_two:
        if found.of(axis)[1] % TILE:
            text = f"L1 shard for buffer '{name}' must be tile-aligned"
            allowed = (f"a multiple of {TILE}",)
            raise InputError(f"{path}.shard_shape_elems", text, found.of(axis)[1], allowed)
    return found


def check_extent(name: str, axis: str, extent: int, count: int, size: int) -> None:
    """`count` shards of `size` elements cover an axis, and none is empty. Raises InputError."""
    path = f"layout.{name}.nd_shard"
    if count * size < extent:
        text = f"the shards of {name} do not cover {axis}: {count} x {size} < {extent}"
        raise InputError(path, text, size, (f"at least {-(-extent // count)}",))
    if (count - 1) * size >= extent:
        text = f"some shards of {name} along {axis} would be empty"
        raise InputError(f"{path}.grid", text, count, (f"at most {-(-extent // size)}",))


def folded_rows(name: str, axes: Sequence[tuple[int, int, int]]) -> tuple[int, int]:
    """(shards, tile rows of one) when all axes but the last are folded into rows.

    axes: (shards, size of one, extent) per axis, slowest first, the last in tiles. A shard must be consecutive
    rows: one axis is cut, slower ones are cut into single steps, faster ones are whole. Raises InputError.
    """
    cut = [place for place, (count, _, _) in enumerate(axes) if count > 1]
    long = [place for place, (_, _, extent) in enumerate(axes) if extent > 1]
    pivot = cut[-1] if cut else long[0] if long else len(axes) - 1
    slower, (count, size, extent), faster = axes[:pivot], axes[pivot], axes[pivot + 1 :]
    steps = all(parts == whole for parts, _, whole in slower)
    even = prod(whole for *_, whole in slower) == 1 or count * size == extent
    if not steps or not even or any(part != whole for _, part, whole in faster):
        text = f"a shard of {name} is not a run of rows: its axes fold into rows, slowest first"
        path = f"layout.{name}.nd_shard.grid"
        allowed = ("one axis cut, slower ones into single steps, faster ones whole",)
        raise InputError(path, text, [parts for parts, *_ in axes], allowed)
    return prod(parts for parts, *_ in axes), size * prod(whole for *_, whole in faster)


def check_schedule(schedule: Mapping[str, Any], cores: int) -> None:
    """A schedule against itself and the cores there are. Raises InputError.

    Unknown mode, pairs that are no pairs, more shards than cores, shards that do not cover `grid_tiles`, names
    of runtime arguments that are not as many as the mode has, or that kernels cannot call them by.
    """
    mode = schedule.get("partition_mode")
    if mode not in (None, *MODES):
        raise InputError("schedule.partition_mode", "unknown partition mode", mode, MODES)
    pairs = {key: schedule.get(key) for key in ("grid_tiles", "local_shape_tiles", "shard_grid")}
    for key, pair in pairs.items():
        if pair is not None and (len(pair) != 2 or any(size < 1 for size in pair)):
            raise InputError(f"schedule.{key}", "two positive numbers are meant", list(pair))
    tiles, shape, grid = pairs.values()
    if grid is not None and prod(grid) > cores:
        text = f"the shard grid is larger than the device ({cores} cores)"
        raise InputError("schedule.shard_grid", text, list(grid), (f"at most {cores} shards",))
    if tiles and shape and grid and any(g * s < t for g, s, t in zip(grid, shape, tiles, strict=True)):
        text = f"{list(grid)} shards of {list(shape)} tiles do not cover grid_tiles"
        raise InputError("schedule.local_shape_tiles", text, list(shape), (f"{list(tiles)} in all",))
    names = schedule.get("runtime_args")
    if names is None:
        return
    allowed = [MODES[mode]] if mode is not None else list(MODES.values())
    if len(names) not in allowed:
        text = "names of runtime arguments must be as many as a core has values"
        counts = tuple(f"{count} ({key})" for key, count in MODES.items() if count in allowed)
        raise InputError("schedule.runtime_args", text, len(names), counts)
    for place, name in enumerate(names):
        path = f"schedule.runtime_args[{place}]"
        if not _IDENTIFIER.fullmatch(name) or name in CPP_KEYWORDS:
            text = "a runtime argument is a variable of the kernels"
            raise InputError(path, text, name, ("letters, digits and _, no keyword of C++",))
        if name in names[:place]:
            raise InputError(path, "a name appears twice", name, ("each name once",))


__all__ = [
    "MODES",
    "ShardWish",
    "check_extent",
    "check_layout",
    "check_schedule",
    "folded_rows",
    "read_shard",
]
