"""Which sets of cores exist on a device: rectangles, and lines that at most two rectangles cover.

A multicast reaches a rectangle of cores (metalium_api: noc_async_write_multicast), so a group of receivers
must be a rectangle or two. Places are the first that fit, scanning rows from the top left.
"""

from __future__ import annotations

from functools import lru_cache

from ttplan.device import Device
from ttplan.plan import Core, Range


@lru_cache(maxsize=64)
def _largest(missing: frozenset[Core], columns: int, rows: int) -> dict[tuple[int, int], Core]:
    """For each (width, height) the first origin of a rectangle without missing cores."""
    found: dict[tuple[int, int], Core] = {}
    for y in range(rows):
        for x in range(columns):
            width = columns - x
            for height in range(1, rows - y + 1):
                row = y + height - 1
                width = next((w for w in range(width) if (x + w, row) in missing), width)
                if width == 0:
                    break
                for w in range(1, width + 1):
                    found.setdefault((w, height), (x, y))
    return found


def rectangles(device: Device) -> dict[tuple[int, int], Core]:
    """(width, height) of every rectangle of available cores -> its top-left core."""
    grid = device.grid
    return _largest(frozenset(grid.missing), grid.columns, grid.rows)


def rectangle_cores(origin: Core, width: int, height: int) -> tuple[Core, ...]:
    """Cores of a rectangle, row by row."""
    return tuple((origin[0] + x, origin[1] + y) for y in range(height) for x in range(width))


@lru_cache(maxsize=64)
def _lines(missing: frozenset[Core], columns: int, rows: int) -> dict[int, tuple[Range, ...]]:
    available = {(x, y) for y in range(rows) for x in range(columns)} - missing
    lines: dict[int, tuple[Range, ...]] = {}
    for (width, height), (x, y) in sorted(
        _largest(missing, columns, rows).items(), key=lambda item: -item[0][0]
    ):
        full = (x, y, x + width - 1, y + height - 1)
        lines.setdefault(width * height, (full,))
        for rest in range(1, width):
            if all((x + w, y + height) in available for w in range(rest)):
                lines.setdefault(width * height + rest, (full, (x, y + height, x + rest - 1, y + height)))
    return lines


def core_lines(device: Device) -> dict[int, tuple[Range, ...]]:
    """Number of cores -> one or two rectangles that hold exactly that many, cores taken row by row."""
    grid = device.grid
    return _lines(frozenset(grid.missing), grid.columns, grid.rows)


def line_cores(ranges: tuple[Range, ...]) -> tuple[Core, ...]:
    """Cores of a line in order."""
    return tuple(
        core for x0, y0, x1, y1 in ranges for core in rectangle_cores((x0, y0), x1 - x0 + 1, y1 - y0 + 1)
    )


def cover(cores: tuple[Core, ...]) -> tuple[Range, ...]:
    """Disjoint rectangles that cover exactly these cores: runs of each row, equal runs of consecutive rows
    merged.
    """
    left = set(cores)
    ranges: list[Range] = []
    for x, y in sorted(left, key=lambda core: (core[1], core[0])):
        if (x, y) not in left:
            continue
        x1 = x
        while (x1 + 1, y) in left:
            x1 += 1
        y1 = y
        while all((column, y1 + 1) in left for column in range(x, x1 + 1)) and not (
            (x - 1, y1 + 1) in left or (x1 + 1, y1 + 1) in left
        ):
            y1 += 1
        left -= {(column, row) for column in range(x, x1 + 1) for row in range(y, y1 + 1)}
        ranges.append((x, y, x1, y1))
    return tuple(ranges)
