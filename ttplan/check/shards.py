"""Shard maps: coverage, owners, order, and local shards that are exactly a core's own part."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from ttplan.check.finding import Finding, finding
from ttplan.check.meaning import ceil_div
from ttplan.check.subject import Subject, core_text, repeated
from ttplan.plan import BufferPlan, Core, Shard


def check_shard(subject: Subject, buffer: BufferPlan, shard: Shard, place: str) -> Iterator[Finding]:
    """Shards cover the buffer without loss, each on one existing bank, in the order of the orientation."""
    grid = (ceil_div(buffer.shape[0], shard.shape[0]), ceil_div(buffer.shape[1], shard.shape[1]))
    if shard.grid != grid:
        text = f"{shard.grid} shards of {shard.shape} tiles, {buffer.shape} tiles need {grid}"
        yield finding("shard_coverage", f"{place}.grid", text)
    least = (ceil_div(buffer.shape[0], shard.grid[0]), ceil_div(buffer.shape[1], shard.grid[1]))
    if buffer.memory == "DRAM" and shard.shape != least:
        text = (
            f"shards of {shard.shape} tiles, {buffer.shape} tiles on {shard.grid[1]} banks are {least} each"
        )
        yield finding("shard_coverage", f"{place}.shape", text)
    whole_rows, whole_columns = shard.grid[1] == 1, shard.grid[0] == 1
    if (buffer.layout == "height_sharded" and not whole_rows) or (
        buffer.layout == "width_sharded" and not whole_columns
    ):
        yield finding("buffer_layout", f"{place}.grid", f"{buffer.layout} with a shard grid of {shard.grid}")
    if len(shard.cores) != prod(shard.grid):
        yield finding(
            "shard_owner", f"{place}.cores", f"{len(shard.cores)} owners for {prod(shard.grid)} shards"
        )
    if twice := repeated(shard.cores):
        yield finding("shard_owner", f"{place}.cores", f"own two shards: {', '.join(twice[:4])}")
    if buffer.memory == "DRAM":
        available = frozenset((bank, 0) for bank in range(subject.plan.device.dram.banks))
    else:
        available = subject.available
    if absent := set(shard.cores) - available:
        kind = "banks" if buffer.memory == "DRAM" else "cores"
        text = f"{core_text(absent)} are not among the {len(available)} {kind} that can be used"
        yield finding("shard_owner", f"{place}.cores", text)
    yield from _order(buffer, shard, place)


def _order(buffer: BufferPlan, shard: Shard, place: str) -> Iterator[Finding]:
    """The host hands over a core set and an orientation: owners stand in row-wise or column-wise order."""
    by_row = shard.orientation == "row_major"
    ordered = sorted(shard.cores, key=(lambda core: (core[1], core[0])) if by_row else (lambda core: core))
    if list(shard.cores) != ordered:
        yield finding(
            "shard_order",
            f"{place}.cores",
            f"owners do not follow the {shard.orientation} order of their cores",
        )
    if buffer.layout == "block_sharded" and shard.cores:
        columns = {x for x, _ in shard.cores}
        rows = {y for _, y in shard.cores}
        sides = (len(rows), len(columns)) if by_row else (len(columns), len(rows))
        if sides != shard.grid:
            text = (
                f"a {shard.orientation} shard grid of {shard.grid} lies on {len(rows)} rows and "
                f"{len(columns)} columns of cores"
            )
            yield finding("shard_order", f"{place}.cores", text)


def check_local_shards(subject: Subject) -> Iterator[Finding]:
    """A local stream reads or writes the shard of its own core, which is exactly the core's part."""
    for index, stream in enumerate(subject.plan.streams):
        if stream.movement != "local":
            continue
        place = f"streams[{index}].movement"
        buffer = subject.buffers.get(stream.buffer)
        if buffer is None or buffer.shard is None or buffer.memory != "L1":
            yield finding("local_shard", place, f"{stream.buffer} is not sharded in L1")
            continue
        shard, owners = buffer.shard, _places(buffer.shard)
        expected = _part_shape(subject, stream.name, stream.row_broadcast)
        if shard.shape != expected:
            text = f"shards of {shard.shape} tiles, the circular buffer of {stream.name} is {expected}"
            yield finding("local_shard", place, text)
        for number, item in enumerate(subject.plan.partition.work):
            part = f"partition.work[{number}]"
            row = item.start_tile // subject.plan.tiling.n
            needed = {"in0": (row, 0), "in1": (0, item.n_start)}.get(stream.name, (row, item.n_start))
            if stream.row_broadcast:
                needed = (0, item.n_start)
            yield from _own_part(stream.name, item.core, owners.get(item.core), shard, needed, part)
            if subject.split and item.blocks != 1:
                text = f"{item.blocks} out blocks of a split on a core whose {stream.name} is local"
                yield finding("local_shard", f"partition.work[{number}].blocks", text)


def _places(shard: Shard) -> dict[Core, tuple[int, int]]:
    return {core: divmod(index, shard.grid[1]) for index, core in enumerate(shard.cores)}


def _part_shape(subject: Subject, stream: str, row_broadcast: bool) -> tuple[int, int]:
    height, width = subject.plan.partition.per_core
    if stream == "in0":
        return height, subject.plan.tiling.k
    if stream == "in1":
        return subject.plan.tiling.k, width
    return (1, width) if row_broadcast else (height, width)


def _own_part(
    stream: str, core: Core, owned: tuple[int, int] | None, shard: Shard, needed: tuple[int, int], place: str
) -> Iterator[Finding]:
    if owned is None:
        yield finding("local_shard", place, f"core {core} owns no shard of {stream}")
        return
    start = (owned[0] * shard.shape[0], owned[1] * shard.shape[1])
    if start != needed:
        text = f"core {core} owns the shard of {stream} at tile {start} and works from tile {needed}"
        yield finding("local_shard", place, text)
