"""The variants of the kernels: every scheme, movement, partial sum, epilogue and edge once."""

from __future__ import annotations

from render.case import Case

TWO_D = {"scheme": "multicast_2d", "grid": (2, 2)}
ROW = ("add", "row")
FULL = ("add", "full")

CASES: tuple[Case, ...] = (
    # partition schemes
    Case("split", grid=(3, 1)),
    Case("split_ragged", m=150, n=100, k=100, grid=(2, 1), block=(2, 2, 3), subblock=(2, 2)),
    Case("split_one_k_block", k=64, grid=(2, 1)),
    Case("multicast_in0", scheme="multicast_in0", grid=(1, 4), n=256, block=(2, 2, 2)),
    Case(
        "multicast_in0_line",
        scheme="multicast_in0",
        grid=(1, 5),
        n=5 * 32,
        block=(2, 1, 1),
        subblock=(2, 1),
        line_width=3,
    ),
    Case("multicast_in1", scheme="multicast_in1", grid=(4, 1), m=256, block=(2, 2, 2)),
    Case("multicast_2d", **TWO_D),
    Case("multicast_2d_transposed", scheme="multicast_2d", grid=(3, 2), m=192, upright=False),
    Case("multicast_2d_blackhole", **TWO_D, device="p150"),
    Case(
        "multicast_2d_ragged",
        scheme="multicast_2d",
        grid=(2, 3),
        m=90,
        n=150,
        k=80,
        block=(2, 2, 2),
        subblock=(2, 1),
    ),
    Case("multicast_2d_several_blocks", **TWO_D, m=256, n=256, epilogue=(FULL,)),
    Case("multicast_2d_one_processor", **TWO_D, carriers={"in0": "riscv_1", "in1": "riscv_1"}),
    # batches
    Case("batched_split", batch=3, in1_batched=True, m=64, n=96, grid=(2, 1), epilogue=(FULL,)),
    Case("batched_multicast", **TWO_D, batch=2, in1_batched=True, m=96, epilogue=(FULL, ("relu", None))),
    Case("batched_fused", **TWO_D, batch=2, m=96),
    # transposes
    Case("in0_transposed", **TWO_D, in0_transposed=True),
    Case(
        "in0_transposed_accumulates",
        grid=(2, 1),
        k=192,
        in0_transposed=True,
        l1_accumulation=True,
        epilogue=(ROW,),
    ),
    Case("in1_transposed", **TWO_D, in1_transposed=True),
    Case(
        "both_transposed_formats",
        m=100,
        k=100,
        grid=(2, 1),
        in0_transposed=True,
        in1_transposed=True,
        dtypes={"in0": "bfloat8_b", "out": "float32"},
        fp32=True,
    ),
    # partial sums
    Case("spill", grid=(2, 1), k=192),
    Case("l1_accumulation", grid=(2, 1), k=192, l1_accumulation=True),
    Case("l1_accumulation_two_blocks", grid=(2, 1), l1_accumulation=True),
    Case("l1_accumulation_row", grid=(2, 1), k=176, l1_accumulation=True, epilogue=(ROW, ("gelu", None))),
    Case("shared_partials", grid=(2, 1), k=192, share_partials=True),
    Case(
        "shared_partials_row", grid=(1, 1), k=192, l1_accumulation=True, share_partials=True, epilogue=(ROW,)
    ),
    Case("fp32_partials", grid=(2, 1), k=192, fp32=True, l1_accumulation=True, subblock=(2, 2)),
    Case("fp32_partials_row", grid=(2, 1), k=192, fp32=True, epilogue=(ROW, ("relu", None))),
    Case(
        "block_float",
        **TWO_D,
        k=192,
        l1_accumulation=True,
        dtypes={"in1": "bfloat4_b", "out": "bfloat8_b"},
        partials_dtype="bfloat16",
    ),
    Case("half", grid=(2, 1), dtypes={"in0": "float16", "in1": "float16", "out": "float16"}),
    # epilogues
    Case("row_after_one_block", k=64, grid=(2, 1), epilogue=(ROW,)),
    Case(
        "scale_row_relu",
        grid=(2, 1),
        k=192,
        l1_accumulation=True,
        epilogue=(("scale", 0.125), ROW, ("relu", None)),
    ),
    Case(
        "row_residual_silu",
        **TWO_D,
        m=256,
        epilogue=(ROW, FULL, ("silu", None)),
        dtypes={"add0": "float32", "add1": "bfloat8_b"},
    ),
    Case("residual_one_block", k=64, grid=(2, 1), epilogue=(FULL, ("sigmoid", None))),
    Case("two_rows", k=64, grid=(2, 1), epilogue=(ROW, ("relu", None), ROW)),
    Case("cast", k=64, grid=(2, 1), epilogue=(("cast", None),), dtypes={"out": "bfloat8_b"}),
    # shards
    Case("in0_height", scheme="multicast_in1", grid=(4, 1), m=256, layouts={"in0": "l1_height"}),
    Case(
        "in0_out_height",
        scheme="multicast_in1",
        grid=(2, 1),
        m=256,
        n=128,
        layouts={"in0": "l1_height", "out": "l1_height"},
        local_shard=True,
    ),
    Case(
        "in0_width", scheme="multicast_in0", grid=(1, 4), n=256, layouts={"in0": "l1_width"}, block=(2, 2, 1)
    ),
    Case("in0_block", **TWO_D, layouts={"in0": "l1_block"}, k_shard=2, block=(2, 2, 2)),
    Case(
        "in0_block_several",
        **TWO_D,
        m=256,
        n=256,
        layouts={"in0": "l1_block", "out": "l1_block"},
        k_shard=2,
        block=(2, 2, 1),
        local_shard=True,
    ),
    Case(
        "in0_block_transposed",
        scheme="multicast_2d",
        grid=(2, 3),
        m=128,
        n=192,
        k=192,
        upright=False,
        layouts={"in0": "l1_block"},
        k_shard=2,
        block=(2, 2, 1),
    ),
    Case("in0_block_blackhole", **TWO_D, layouts={"in0": "l1_block"}, k_shard=2, device="p150"),
    Case(
        "in0_width_line",
        scheme="multicast_in0",
        grid=(1, 5),
        n=160,
        k=160,
        layouts={"in0": "l1_width"},
        block=(2, 1, 1),
        subblock=(1, 1),
        line_width=4,
    ),
    Case(
        "in1_width",
        scheme="multicast_in0",
        grid=(1, 4),
        n=256,
        layouts={"in1": "l1_width", "out": "l1_width"},
        block=(4, 2, 2),
    ),
    Case(
        "in1_dram",
        scheme="multicast_in0",
        grid=(1, 6),
        m=32,
        n=12 * 32,
        layouts={"in1": "dram_width"},
        block=(1, 2, 2),
    ),
    Case(
        "everything_local",
        scheme="multicast_2d",
        grid=(2, 2),
        layouts={"in0": "l1_block", "out": "l1_block", "add0": "l1_block"},
        k_shard=2,
        subblock=(2, 2),
        share_partials=True,
        epilogue=(FULL, ("gelu", None)),
        local_shard=True,
    ),
    Case(
        "l1_interleaved",
        **TWO_D,
        layouts={"in0": "l1_interleaved", "in1": "l1_interleaved", "out": "l1_interleaved"},
    ),
)

BY_NAME = {case.name: case for case in CASES}
