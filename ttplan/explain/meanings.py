"""What each decision can be at all: what no rule forbids and no choice gives."""

from __future__ import annotations

from ttplan.explain.legality import Legality
from ttplan.explain.rulebook import plain
from ttplan.facts.build import MAX_DEPTH

MEANINGS = {
    "scheme": "multicast_in0 cuts n alone (grid 1xN), multicast_in1 cuts m alone (Nx1), multicast_2d both; split deals out"
    " blocks to N cores (Nx1)",
    "grid": "a grid cuts the {m} x {n} tiles of the output so that no core is idle, and fits on {device} cores",
    "work_cores": "out blocks of one size are dealt to at most {cores} cores so that no core is idle",
    "out_block": "out blocks cut a core's part of {m} x {n} tiles into equal pieces, padded to a multiple of the subblock",
    "per_core": "a core's part of {m} x {n} tiles is a whole number of out blocks, and no core is idle",
    "rounds": "out blocks of one size are dealt to at most {cores} cores so that no core is idle",
    "k_block": "K blocks cut {k} tiles into equal pieces; the last may be shorter, none is empty",
    "k_blocks": "K blocks cut {k} tiles into equal pieces; the last may be shorter, none is empty",
    "subblock": "a subblock holds at most 16 tiles",
    "cb_depth": "a circular buffer holds one to {depth} blocks; a shard that is used where it lies is one block",
    "layout": "in0 and what has the output's shape lie interleaved, or in L1 height-, width- or block-sharded (served by"
    " multicast_in1, multicast_in0, multicast_2d); in1 may be width-sharded in L1, or in DRAM (multicast_in0, M of one tile)",
    "shard": "a shard is what the partition gives a core, in tiles; an interleaved buffer has none",
    "orientation": "m runs down the rows of cores (row_major); along the columns (col_major) only in multicast_2d, where the"
    " grid fits so on {device} cores",
    "mode": "local_shard when the output, or the rows of in0, lie in the L1 of the core that works on them, else global",
    "movement": "what several cores need is multicast, the rest read; a shard is local or, cut along K, rotates; results"
    " that do not stay are written",
    "carries": "the two processors are alike, so the one of the first stream that moves is riscv_1; what does not move has none",
    "cb": "every stream has a circular buffer; partials exist with several K blocks or a bias row, in0_transposed where"
    " in0 is",
    "block_pages": "a block is what one transfer brings: out block and K block of the operand",
    "cb_units": "a circular buffer takes its depth times the pages of a block, in units of 64 bytes",
    "resident": "a buffer takes a shard of a core's L1, or its share of the interleaved pages, in units of 64 bytes",
    "l1_accumulation": "the packer accumulates from three K blocks on (two with a bias row), where compute.packer_l1_acc and"
    " the format allow it",
    "partials_format": "partial sums are float32 with compute.fp32_dest_acc_en; else of 16 bits where the packer adds"
    " them up, in the output's format where they are spilled",
    "shared_memory": "partial sums lie on the output's memory when their formats agree and both are filled in one order",
}
"""Decision -> what it can be, with the sizes of the kernel and the device."""


def meaning(legality: Legality, decision: str) -> str:
    """What a decision of this problem can be."""
    extents = {plain(atom.arguments[0]): atom.arguments[1] for atom in legality.domain("extent", 2)}
    device = legality.problem.device
    grid = f"{device.grid.columns} x {device.grid.rows}"
    return MEANINGS[decision].format(**extents, cores=len(device.cores), device=grid, depth=MAX_DEPTH)
