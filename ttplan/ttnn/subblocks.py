"""TTNN's choice of subblock: the first pair of a fixed list that divides the out block (matmul_program_config.cpp)."""

from __future__ import annotations

CANDIDATES = (
    *((4, 2), (2, 4), (8, 1), (1, 8), (7, 1), (1, 7), (3, 2), (2, 3), (6, 1), (1, 6)),
    *((5, 1), (1, 5), (2, 2), (4, 1), (1, 4), (3, 1), (1, 3), (2, 1), (1, 2), (1, 1)),
)
"""SUBBLOCK_HW_CHOICES, in the order of the library."""
DST_TILES = 8
"""What its factories count on: half of DST, whatever dst_full_sync_en says, because they do not forward it."""


def dst_tiles(fp32: bool) -> int:
    """Largest subblock area in tiles."""
    return DST_TILES // 2 if fp32 else DST_TILES


def subblock_params(rows: int, columns: int, fp32: bool, flat: bool = False) -> tuple[int, int]:
    """(h, w) for an out block in tiles. flat: only one row as wide as the block, as sharded outputs ask for."""
    for height, width in CANDIDATES:
        if height * width > dst_tiles(fp32) or rows % height or columns % width:
            continue
        if not flat or (width == columns and height == 1):
            return height, width
    return 1, 1


def swapped_subblock(rows: int, columns: int, fp32: bool) -> tuple[int, int]:
    """(h, w) where the library reads the same list as (w, h): get_subblock_sizes."""
    for width, height in CANDIDATES:
        if height * width <= dst_tiles(fp32) and rows % height == 0 and columns % width == 0:
            return height, width
    return 1, 1


def dram_sharded_width(rows: int, columns: int, fp32: bool) -> tuple[tuple[int, int], int]:
    """((h, w), padded columns) of a DRAM-sharded worker: a wider subblock where it saves a step.

    Source: matmul_multicore_reuse_mcast_dram_sharded_program_factory.cpp.
    """
    height, width = subblock_params(rows, columns, fp32)
    if height == 1:
        best = -(-columns // width)
        for wider in range(width + 1, dst_tiles(fp32) + 1):
            if -(-columns // wider) < best:
                best, width = -(-columns // wider), wider
    return (height, width), width * -(-columns // width)
