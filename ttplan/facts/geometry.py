"""Which sets of cores exist on a device: rectangles, and lines that at most two rectangles cover.

A multicast reaches a rectangle of cores (metalium_api: noc_async_write_multicast), so a group of receivers
must be a rectangle or two. Places are the first that fit, scanning rows from the top left.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import count

from ttplan.device import Device
from ttplan.plan import Core, Range


def _runs(available: frozenset[Core]) -> dict[Core, int]:
    """For each core, scanning rows, how many available cores stand from it on to the right."""
    runs: dict[Core, int] = {}
    for x, y in sorted(available, reverse=True):
        runs[x, y] = 1 + runs.get((x + 1, y), 0)
    return dict(sorted(runs.items(), key=lambda item: (item[0][1], item[0][0])))


def _sizes(runs: dict[Core, int], corner: Core) -> Iterator[tuple[int, int]]:
    """(width, height) of the rectangles with this top-left core."""
    x, y = corner
    width = runs[corner]
    for height in count(1):
        if not width:
            return
        yield from ((narrower, height) for narrower in range(1, width + 1))
        width = min(width, runs.get((x, y + height), 0))


@lru_cache(maxsize=64)
def _rectangles(available: frozenset[Core]) -> dict[tuple[int, int], Core]:
    found: dict[tuple[int, int], Core] = {}
    runs = _runs(available)
    for corner in runs:
        for size in _sizes(runs, corner):
            found.setdefault(size, corner)
    return found


def rectangles(device: Device) -> dict[tuple[int, int], Core]:
    """(width, height) of every rectangle of available cores -> its top-left core."""
    return _rectangles(frozenset(device.cores))


def rectangle_cores(origin: Core, width: int, height: int) -> tuple[Core, ...]:
    """Cores of a rectangle, row by row."""
    return tuple((origin[0] + x, origin[1] + y) for y in range(height) for x in range(width))


@lru_cache(maxsize=64)
def _lines(available: frozenset[Core]) -> dict[int, tuple[Range, ...]]:
    lines: dict[int, tuple[Range, ...]] = {}
    runs = _runs(available)
    for x, y in runs:
        if len(lines) == len(available):
            break
        for width, height in sorted(_sizes(runs, (x, y)), reverse=True):
            full, below = (x, y, x + width - 1, y + height - 1), y + height
            lines.setdefault(width * height, (full,))
            for rest in range(1, min(width, runs.get((x, below), 0) + 1)):
                lines.setdefault(width * height + rest, (full, (x, below, x + rest - 1, below)))
    return lines


def core_lines(device: Device) -> dict[int, tuple[Range, ...]]:
    """Number of cores -> one or two rectangles that hold exactly that many, cores taken row by row.

    The second is a part of the row below the first, from its left corner on.
    """
    return _lines(frozenset(device.cores))


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
