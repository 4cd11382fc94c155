"""Decisions that no choice makes: what each follows from."""

from __future__ import annotations

FOLLOWING = (
    (
        "mode",
        "follows from the layouts: cores work on their own shard when the output or the rows of in0 lie in their L1",
    ),
    ("cores", "follows from the grid"),
    ("orientation", "follows from the scheme: only a rectangle of cores can stand two ways"),
    ("per_core", "follows from grid and out block"),
    ("k_blocks", "follows from the K block: as few as cover K"),
    (
        "l1_accumulation",
        "follows from the number of K blocks: the packer accumulates in L1 where that saves a reload",
    ),
    (
        ".movement",
        "follows from layout and scheme: what cores need in common is multicast, a shard is used where it lies",
    ),
    (".shard", "follows from layout and partition: a shard is what the partition gives a core"),
    (".layout", "given by the kernel"),
    (
        ".processor",
        "the two processors are alike: the first stream that moves goes to riscv_1, the others are chosen",
    ),
    (".depth", "a shard in place is one block"),
    ("cb ", "id in the order in0, in1, add operands, out, intermediates; page is one tile of its format"),
    (
        "arguments of ",
        "named and ordered by the tables of arguments: addresses first, then the work of the core",
    ),
)
"""Beginning or end of a decision's name -> the reason, from the encodings that derive it."""
