"""Who works on what: cores that exist, ranges that cover them, every output tile exactly once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from ttplan.check.finding import Finding, finding
from ttplan.check.meaning import ceil_div
from ttplan.check.subject import Subject, cells, core_text, repeated
from ttplan.plan import Core, CoreWork, Range


def check_work(subject: Subject) -> Iterator[Finding]:
    """Cores, core ranges, coverage of the output and the position of each core."""
    partition = subject.plan.partition
    yield from _cores(subject)
    yield from check_ranges(partition.core_ranges, partition.cores, "partition.core_ranges")
    workers = [item.core for item in partition.work]
    if workers != list(partition.cores):
        missing, extra = set(partition.cores) - set(workers), set(workers) - set(partition.cores)
        text = f"without work: {core_text(missing) or 'none'}; work elsewhere: {core_text(extra) or 'none'}"
        yield finding("work_cores", "partition.work", f"rows do not follow partition.cores ({text})")
    if partition.mode == "local_shard":
        yield from _shard_mode(subject)
    if partition.transposed and partition.scheme != "multicast_2d":
        text = f"found True, m runs over columns of cores in a grid of multicast_2d only, not in {partition.scheme}"
        yield finding("work_grid", "partition.transposed", text)
    if subject.split:
        yield from _split(subject)
    else:
        yield from _rectangles(subject)
        yield from _grid(subject)


def check_ranges(ranges: Sequence[Range], cores: Sequence[Core], place: str) -> Iterator[Finding]:
    """Inclusive rectangles cover exactly these cores, each once."""
    listed: list[Core] = []
    for index, area in enumerate(ranges):
        if not cells(area):
            yield finding(
                "core_ranges",
                f"{place}[{index}]",
                f"{area} has its corners swapped or is larger than any grid",
            )
        listed += cells(area)
    if twice := repeated(listed):
        yield finding("core_ranges", place, f"overlap at {', '.join(twice[:4])}")
    outside, uncovered = set(listed) - set(cores), set(cores) - set(listed)
    if outside or uncovered:
        text = f"{core_text(outside) or 'no core'} too many, {core_text(uncovered) or 'no core'} not covered"
        yield finding("core_ranges", place, text)


def _cores(subject: Subject) -> Iterator[Finding]:
    partition = subject.plan.partition
    absent = set(partition.cores) - subject.available
    if absent:
        text = (
            f"{core_text(absent)} outside the device, missing or reserved; {len(subject.available)} cores "
            "are available"
        )
        yield finding("core_available", "partition.cores", text)
    if twice := repeated(partition.cores):
        yield finding("core_unique", "partition.cores", f"listed twice: {', '.join(twice[:4])}")


def _start(subject: Subject, item: CoreWork, place: str) -> Iterator[Finding]:
    """start_tile is the tile at (m_start, n_start); in a split m_start may leave out the batches before it.

    A rectangle is the same in every batch and starts in the first.
    """
    tiling = subject.plan.tiling
    row, column = divmod(item.start_tile, tiling.n)
    rows = (row, row % tiling.m) if subject.split else (row,)
    if item.n_start != column or item.m_start not in rows:
        text = f"tile {item.start_tile} is at ({row}, {column}), not at ({item.m_start}, {item.n_start})"
        yield finding("start_tile", f"{place}.start_tile", text)


def _split(subject: Subject) -> Iterator[Finding]:
    """Runs of consecutive out blocks partition all out blocks; every run starts where start_tile says."""
    tiling, (height, width) = subject.plan.tiling, subject.plan.blocking.out_block
    per_matrix = subject.out_blocks_m * subject.out_blocks_n
    total = tiling.batch * per_matrix
    if prod(subject.plan.partition.grid) != len(subject.work):
        text = f"found {subject.plan.partition.grid}, {len(subject.work)} cores work"
        yield finding("work_grid", "partition.grid", text)
    runs: list[tuple[int, int, str]] = []
    for index, item in enumerate(subject.plan.partition.work):
        place = f"partition.work[{index}]"
        row, column = divmod(item.start_tile, tiling.n)
        batch, row = divmod(row, tiling.m)
        if row % height or column % width or batch >= tiling.batch:
            text = (
                f"tile {item.start_tile} is row {row}, column {column} of matrix {batch}: no corner of a "
                f"{height}x{width} block"
            )
            yield finding("start_tile", f"{place}.start_tile", text)
            continue
        yield from _start(subject, item, place)
        first = batch * per_matrix + (row // height) * subject.out_blocks_n + column // width
        runs.append((first, first + item.blocks, place))
        extent = (min(height, tiling.m - row), min(width, tiling.n - column))
        yield from _extent(item, extent, place)
        last = min(first + item.blocks, total)
        yield from _count(item, _tiles_before(subject, last) - _tiles_before(subject, first), place)
    yield from _runs_cover(sorted(runs), total)


def _tiles_before(subject: Subject, block: int) -> int:
    """Real tiles in the out blocks before this one, in row-major order over all matrices."""
    tiling, (height, width) = subject.plan.tiling, subject.plan.blocking.out_block
    matrices, inside = divmod(block, subject.out_blocks_m * subject.out_blocks_n)
    row, column = divmod(inside, subject.out_blocks_n)
    row_height = max(0, min(height, tiling.m - row * height))
    above = min(row * height, tiling.m) * tiling.n
    return matrices * tiling.m * tiling.n + above + row_height * min(column * width, tiling.n)


def _runs_cover(runs: list[tuple[int, int, str]], total: int) -> Iterator[Finding]:
    expected = 0
    for first, last, place in runs:
        if first != expected:
            what = "computed twice" if first < expected else "computed by nobody"
            span = f"{min(first, expected)}..{max(first, expected) - 1}"
            yield finding("coverage", place, f"out blocks {span} are {what}")
        expected = last
    if expected != total:
        yield finding(
            "coverage", "partition.work", f"the runs end at out block {expected}, the output has {total}"
        )


def _extent(item: CoreWork, extent: tuple[int, int], place: str) -> Iterator[Finding]:
    if (item.m_count, item.n_count) != extent:
        text = (
            f"found {item.m_count}x{item.n_count} tiles, from ({item.m_start}, {item.n_start}) there are "
            f"{extent[0]}x{extent[1]}"
        )
        yield finding("work_extent", place, text)


def _count(item: CoreWork, expected: int, place: str) -> Iterator[Finding]:
    if item.tile_count != expected:
        yield finding(
            "tile_count", f"{place}.tile_count", f"found {item.tile_count}, its blocks have {expected} tiles"
        )


def _rectangles(subject: Subject) -> Iterator[Finding]:
    """One rectangle per core: inside the output, disjoint, together all of it."""
    plan, tiling = subject.plan, subject.plan.tiling
    height, width = plan.partition.per_core
    area = 0
    owner: dict[tuple[int, int], str] = {}
    for index, item in enumerate(plan.partition.work):
        place = f"partition.work[{index}]"
        if (
            item.m_start % height
            or item.n_start % width
            or item.m_start >= tiling.m
            or item.n_start >= tiling.n
        ):
            text = (
                f"starts at ({item.m_start}, {item.n_start}), rectangles are {height}x{width} in "
                f"{tiling.m}x{tiling.n} tiles"
            )
            yield finding("work_extent", place, text)
            continue
        if other := owner.get((item.m_start, item.n_start)):
            text = f"rows from {item.m_start}, columns from {item.n_start} are also in {other}"
            yield finding("coverage", place, text)
        owner[item.m_start, item.n_start] = place
        extent = (min(height, tiling.m - item.m_start), min(width, tiling.n - item.n_start))
        area += extent[0] * extent[1]
        yield from _extent(item, extent, place)
        yield from _count(item, extent[0] * extent[1] * tiling.batch, place)
        yield from _start(subject, item, place)
        blocks = tiling.batch * plan.blocking.out_blocks[0] * plan.blocking.out_blocks[1]
        if item.blocks != blocks:
            yield finding(
                "block_count", f"{place}.blocks", f"found {item.blocks}, its rectangle has {blocks}"
            )
    expected = ceil_div(tiling.m, height) * ceil_div(tiling.n, width)
    if len(owner) != expected or area != tiling.m * tiling.n:
        text = (
            f"{len(owner)} rectangles with {area} tiles, the output has {expected} with {tiling.m * tiling.n}"
        )
        yield finding("coverage", "partition.work", text)


def _grid(subject: Subject) -> Iterator[Finding]:
    """The work grid counts the rectangles; in two dimensions its lines are lines of cores."""
    plan, partition = subject.plan, subject.plan.partition
    grid = (ceil_div(plan.tiling.m, partition.per_core[0]), ceil_div(plan.tiling.n, partition.per_core[1]))
    if partition.grid != grid:
        yield finding(
            "work_grid", "partition.grid", f"found {partition.grid}, the rectangles of the cores need {grid}"
        )
    if partition.scheme == "multicast_in0" and grid[0] != 1:
        yield finding(
            "work_grid",
            "partition.grid",
            f"{grid[0]} rows of rectangles cannot all use the in0 of multicast_in0",
        )
    if partition.scheme == "multicast_in1" and grid[1] != 1:
        text = f"{grid[1]} columns of rectangles cannot all use the in1 of multicast_in1"
        yield finding("work_grid", "partition.grid", text)
    if partition.scheme == "multicast_2d":
        if partition.transposed and grid == (1, 1):
            yield finding("work_grid", "partition.transposed", "one core has nothing to transpose")
        along_m = 0 if partition.transposed else 1
        for stream, axis in (("in0", along_m), ("in1", 1 - along_m)):
            lines = [sorted({core[axis] for core in group}) for group in subject.groups(stream)]
            if any(len(line) != 1 for line in lines) or [line[0] for line in lines] != sorted(
                line[0] for line in lines
            ):
                text = (
                    f"cores that share {stream} are not one {'column' if axis == 0 else 'row'} of cores "
                    "each, in order"
                )
                yield finding("work_grid", "partition.work", text)


def _shard_mode(subject: Subject) -> Iterator[Finding]:
    plan = subject.plan
    if not any(buffer.memory == "L1" and buffer.shard is not None for buffer in plan.buffers):
        yield finding("shard_coordinate", "partition.mode", "local_shard without a buffer sharded in L1")
    for index, item in enumerate(plan.partition.work):
        height, width = plan.partition.per_core
        place = f"partition.work[{index}].shard"
        if item.shard is None:
            yield finding("shard_coordinate", place, "a core of a local_shard plan has no shard coordinates")
        elif subject.split and item.blocks > 1:
            text = f"{item.blocks} blocks of a split do not lie in one shard"
            yield finding("shard_coordinate", place, text)
        elif (item.shard[0] * height, item.shard[1] * width) != (
            item.start_tile // plan.tiling.n,
            item.n_start,
        ):
            text = (
                f"{item.shard} of {height}x{width} tiles starts elsewhere than ({item.m_start}, "
                f"{item.n_start})"
            )
            yield finding("shard_coordinate", place, text)
