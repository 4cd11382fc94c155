"""The legal config nearest to one that breaks rules: fewest and smallest changes, best first."""

from __future__ import annotations

import heapq
from itertools import product
from math import log2

from ttplan.device import Device
from ttplan.ttnn.call import MatmulCall, Sizes
from ttplan.ttnn.configs import Blocked, Blocks, DramSharded, MultiCore, ProgramConfig, Reuse, fuses_batch
from ttplan.ttnn.judge import judge
from ttplan.ttnn.subblocks import DST_TILES

ATTEMPTS = 4000
"""Configs that are judged before the search gives up."""
Field = tuple[str, object]
Option = tuple[float, tuple[Field, ...]]


def nearest_legal(call: MatmulCall, device: Device) -> ProgramConfig | None:
    """A config of the same class that TTNN runs, or None when none was found within ATTEMPTS."""
    config = call.program_config
    if config is None or isinstance(config, MultiCore):
        return None
    options = [sorted(column, key=_order) for column in _options(call, config, device)]
    start = tuple(0 for _ in options)
    heap = [(_distance(options, start), start)]
    seen = {start}
    for _ in range(ATTEMPTS):
        if not heap:
            return None
        _, place = heapq.heappop(heap)
        update = dict(field for column, at in zip(options, place, strict=True) for field in column[at][1])
        candidate = config.model_copy(update=update)
        if not judge(call.model_copy(update={"program_config": candidate}), device):
            return candidate
        for axis in range(len(options)):
            after = (*place[:axis], place[axis] + 1, *place[axis + 1 :])
            if after[axis] < len(options[axis]) and after not in seen:
                seen.add(after)
                heapq.heappush(heap, (_distance(options, after), after))
    return None


def _order(option: Option) -> tuple[float, str]:
    return option[0], str(option[1])


def _distance(options: list[list[Option]], place: tuple[int, ...]) -> float:
    return sum(column[at][0] for column, at in zip(options, place, strict=True))


def _change(before: int, after: int) -> float:
    """One for any change, and how often the value doubles or halves."""
    return 0.0 if before == after else 1.0 + abs(log2(after / before))


def _divisors(size: int) -> list[int]:
    return [d for d in range(1, size + 1) if size % d == 0]


def _options(call: MatmulCall, config: Blocked | DramSharded, device: Device) -> list[list[Option]]:
    size = Sizes.of(call)
    depths: list[Option] = [
        (_change(config.in0_block_w, d), (("in0_block_w", d),)) for d in _divisors(size.k)
    ]
    if isinstance(config, DramSharded):
        return [depths, [(_change(config.per_core_M, 1), (("per_core_M", 1),))]]
    rows = size.batch_a * size.m if fuses_batch(config) else size.m
    grid = (device.grid.columns, device.grid.rows)
    changed = float(config.compute_with_storage_grid_size != grid)
    grids: list[Option] = [(changed, (("compute_with_storage_grid_size", grid),))]
    if changed:
        same = config.compute_with_storage_grid_size
        grids.append((0.0, (("compute_with_storage_grid_size", same),)))
    flags: list[Option] = [(0.0, ())]
    if not isinstance(config, Reuse):
        flags.append((1.0, (("fuse_batch", not config.fuse_batch),)))
        if call.activation != config.fused_activation:
            flags = [
                (distance + 1.0, (*fields, ("fused_activation", call.activation)))
                for distance, fields in flags
            ]
    return [depths, _sides(config, rows, "h"), _sides(config, size.n, "w"), grids, flags]


def _sides(config: Blocked, extent: int, axis: str) -> list[Option]:
    """Per-core size, out block and subblock along one axis, each dividing the one before."""
    blocks, index = Blocks.of(config), "hw".index(axis)
    names = (f"per_core_{'MN'[index]}", f"out_block_{axis}", f"out_subblock_{axis}")
    given = (blocks.per_core[index], blocks.out_block[index], blocks.subblock[index])
    per_cores = sorted({given[0], extent, *(-(-extent // parts) for parts in range(1, min(extent, 160) + 1))})
    found: list[Option] = []
    for per_core in per_cores:
        for block, subblock in product(_divisors(per_core), range(1, DST_TILES + 1)):
            if block % subblock or (isinstance(config, Reuse) and block != per_core):
                continue
            sizes = (per_core, block, subblock)
            distance = sum(_change(before, after) for before, after in zip(given, sizes, strict=True))
            fields = zip(names, sizes, strict=True)
            found.append(
                (
                    distance,
                    tuple(item for item in fields if not (isinstance(config, Reuse) and item[0] == names[1])),
                )
            )
    return found
