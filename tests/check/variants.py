"""Good plans of every kind: schemes, movements, ragged edges, batches, transposes, epilogues, formats."""

from __future__ import annotations

from functools import cache
from typing import Any

from ttplan.kernel import Kernel
from ttplan.plan import Plan

from .plans import Choice, build, matmul


def buffers(**dtypes: Any) -> list[dict[str, Any]]:
    """Buffers A, B, C (and more) from `name="dims dtype io"` with one letter per dim."""
    found = []
    for name, text in dtypes.items():
        dims, dtype, io, *place = text.split()
        found.append(
            {"name": name, "dims": list(dims), "dtype": dtype, "io": io}
            | dict(zip(["place"], place, strict=False))
        )
    return found


def ops(*steps: str) -> list[dict[str, Any]]:
    """Ops from `op in0,in1 out [value]`."""
    found = []
    for step in steps:
        op, inputs, out, *value = step.split()
        found.append(
            {"op": op, "in": inputs.split(","), "out": out} | ({"value": float(value[0])} if value else {})
        )
    return found


A, B, C = "MK bfloat16 in", "KN bfloat16 in", "MN bfloat16 out"
MATMUL = "matmul A,B C"
IN_L1: dict[str, Any] = {"memory": "L1", "layout": "sharded"}


def _batched(size: int, b: str, m: int, k: int, n: int, a: str = "ZMK") -> Kernel:
    dims = {"Z": size, "M": m, "K": k, "N": n}
    tensors = buffers(A=f"{a} bfloat16 in", B=f"{b} bfloat16 in", C="ZMN bfloat16 out")
    return matmul(m, k, n, dims=dims, buffers=tensors)


BIAS = {
    "buffers": buffers(A=A, B="KN bfloat8_b in", bias="N bfloat16 in", R=C.replace("out", "in"), C=C),
    "ops": ops("matmul A,B t", "add t,bias u", "gelu u v", "add R,v w", "scale w C 0.5"),
}
GRID = Choice("multicast_2d", (8, 8), (4, 4), 4, (2, 4))
WIDE = Choice("multicast_in0", (1, 64), (1, 2), 4, (1, 2))
TALL = Choice("multicast_in1", (64, 1), (2, 2), 4, (2, 2))
SPLIT = Choice("split", (1, 50), (2, 2), 4, (2, 2))


def with_choice(base: Choice, **changes: Any) -> Choice:
    """A choice with changes; movements are given by stream name."""
    moves = tuple((name, changes.pop(name)) for name in ("in0", "in1", "out") if name in changes)
    return Choice(**{**base.__dict__, "moves": moves, **changes})


VARIANTS: dict[str, tuple[Kernel, Choice]] = {
    "grid": (matmul(1024, 1024, 1024), GRID),
    "grid_ragged": (
        matmul(1000, 1000, 900),
        with_choice(GRID, cores=(7, 6), out_block=(5, 5), k_block=3, subblock=(1, 5)),
    ),
    "grid_blocks": (
        matmul(1024, 1024, 2048),
        with_choice(GRID, out_block=(2, 4), k_block=3, out_blocks=(2, 2)),
    ),
    "grid_transposed": (matmul(768, 512, 1024), with_choice(GRID, cores=(6, 8), transposed=True)),
    "grid_one_k_block": (matmul(1024, 128, 1024), GRID),
    "grid_spill": (matmul(1024, 1024, 1024), with_choice(GRID, accumulate=False)),
    "grid_depth_one": (matmul(1024, 1024, 1024), with_choice(GRID, depth=1)),
    "grid_epilogue": (matmul(1024, 1024, 1024, **BIAS), GRID),
    "grid_activation": (
        matmul(
            1024, 1024, 1024, buffers=buffers(A=A, B=B, C=C), ops=ops("matmul A,B t", "relu t u", "cast u C")
        ),
        GRID,
    ),
    "grid_fp32": (
        matmul(1024, 1024, 1024, compute={"fp32_dest_acc_en": True}),
        with_choice(GRID, subblock=(2, 2)),
    ),
    "grid_bfp8": (
        matmul(
            1024, 1024, 1024, buffers=buffers(A="MK bfloat8_b in", B="KN bfloat4_b in", C="MN bfloat8_b out")
        ),
        GRID,
    ),
    "grid_float16": (
        matmul(1024, 1024, 1024, buffers=buffers(A="MK float16 in", B="KN float16 in", C="MN float16 out")),
        with_choice(GRID, accumulate=False),
    ),
    "grid_transposed_operands": (
        matmul(1024, 1024, 1024, buffers=buffers(A="KM bfloat16 in", B="NK bfloat16 in", C=C)),
        GRID,
    ),
    "grid_swapped_inputs": (
        matmul(1024, 1024, 1024, buffers=buffers(B=B, A=A, C=C), ops=ops("matmul B,A C")),
        GRID,
    ),
    "grid_batches": (
        _batched(3, "ZKN", 256, 256, 256),
        with_choice(GRID, cores=(4, 4), out_block=(2, 2), subblock=(2, 2)),
    ),
    "grid_fused_batches": (
        _batched(3, "KN", 250, 256, 256),
        with_choice(GRID, cores=(6, 4), out_block=(4, 2), subblock=(4, 2)),
    ),
    "grid_batched_transpose": (
        _batched(2, "KN", 256, 256, 256, a="ZKM"),
        with_choice(GRID, cores=(4, 4), out_block=(2, 2), subblock=(2, 2)),
    ),
    "grid_rotation": (
        matmul(1024, 1024, 1024, layout={"A": IN_L1}),
        with_choice(GRID, k_block=2, in0="rotate", out="local", local_mode=True),
    ),
    "grid_rotation_transposed": (
        matmul(1024, 1024, 768, layout={"A": {**IN_L1, "orientation": "col_major"}}),
        with_choice(GRID, cores=(8, 6), k_block=2, in0="rotate", transposed=True),
    ),
    "grid_moved": (
        matmul(1024, 1024, 1024, buffers=buffers(A=A + " free", B=B, C=C)),
        with_choice(GRID, k_block=2, in0="rotate"),
    ),
    "grid_local_out": (
        matmul(1024, 1024, 1024),
        with_choice(GRID, out="local", share=False, out_block=(2, 4), out_blocks=(2, 1)),
    ),
    "grid_blackhole": (
        matmul(2560, 1024, 2816),
        with_choice(GRID, cores=(10, 11), out_block=(8, 8), device="p150"),
    ),
    "grid_other_nocs": (matmul(1024, 1024, 1024), with_choice(GRID, swap_nocs=True)),
    "wide": (matmul(32, 1024, 4096), WIDE),
    "wide_ragged_cores": (
        matmul(64, 1024, 61 * 64),
        with_choice(WIDE, cores=(1, 61), out_block=(2, 2), subblock=(2, 2)),
    ),
    "wide_rotation": (
        matmul(32, 2048, 2048, layout={"A": IN_L1}),
        with_choice(WIDE, out_block=(1, 1), subblock=(1, 1), k_block=2, in0="rotate", out="local"),
    ),
    "wide_local_weights": (
        matmul(32, 1024, 4096, layout={"B": IN_L1}),
        with_choice(WIDE, in1="local", local_mode=True),
    ),
    "wide_dram_sharded": (
        matmul(32, 1024, 384 * 4, layout={"B": {"memory": "DRAM", "layout": "width_sharded"}}),
        with_choice(WIDE, cores=(1, 12), out_block=(1, 4), subblock=(1, 4), dram_sharded=("in1",)),
    ),
    "grid_l1_interleaved": (
        matmul(1024, 1024, 1024, layout={"A": {"memory": "L1"}}),
        with_choice(GRID, l1_interleaved=("in0", "out")),
    ),
    "tall": (matmul(4096, 1024, 64), TALL),
    "tall_local_rows": (
        matmul(4096, 512, 64, layout={"A": {"memory": "L1", "layout": "height_sharded"}}),
        with_choice(TALL, in0="local", out="local", local_mode=True),
    ),
    "tall_blocks": (matmul(61 * 128, 512, 64), with_choice(TALL, cores=(61, 1), out_blocks=(2, 1))),
    "split": (matmul(1000, 512, 700), SPLIT),
    "split_uneven": (
        matmul(1000, 512, 700),
        with_choice(SPLIT, cores=(1, 37), out_block=(3, 2), subblock=(3, 2)),
    ),
    "split_batches": (_batched(5, "ZKN", 100, 96, 100), with_choice(SPLIT, cores=(1, 17), k_block=2)),
    "split_one_core": (
        matmul(20, 20, 20),
        with_choice(SPLIT, cores=(1, 1), out_block=(1, 1), k_block=1, subblock=(1, 1)),
    ),
    "split_reserved": (
        matmul(512, 512, 512, reserve={"l1_bytes": 4096, "cores": [[7, 7]]}),
        with_choice(SPLIT, cores=(1, 32), out_block=(2, 4), subblock=(2, 4)),
    ),
}
"""Kernel and hand-made decisions by name."""


@cache
def plan_of(name: str) -> Plan:
    """The plan of a variant, built once."""
    return build(*VARIANTS[name])
