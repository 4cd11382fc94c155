"""Kernels the extraction tests read: where they stand, and the text of one with an epilogue to fill in."""

from __future__ import annotations

from pathlib import Path

from ttplan.kernel import Kernel

KERNELS = Path(__file__).parent / "kernels"
EXAMPLES = Path(__file__).parents[2] / "examples" / "tilelang"

TEMPLATE = """
import tilelang.language as T

def kernel(M=64, N=96, K=64):
    @T.prim_func
    def main(
        A: T.Tensor((M, K), "{dtype}"),
        B: T.Tensor((K, N), "{dtype}"),
        bias: T.Tensor((N,), "{dtype}"),
        skip: T.Tensor((M, N), "{dtype}"),
        C: T.Tensor((M, N), "{out}"),
    ):
        with T.Kernel(T.ceildiv(N, 32), T.ceildiv(M, 32), threads=128) as (bx, by):
            a = T.alloc_shared((32, 32), "{dtype}")
            b = T.alloc_shared((32, 32), "{dtype}")
            c = T.alloc_fragment((32, 32), "float32")
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(K, 32), num_stages=2):
                T.copy(A[by * 32, k * 32], a)
                T.copy(B[k * 32, bx * 32], b)
                T.gemm(a, b, c)
            for i, j in T.Parallel(32, 32):
                x = c[i, j]
                c[i, j] = {formula}
            T.copy(c, C[by * 32, bx * 32])

    return main
"""
BIAS, SKIP = "bias[bx * 32 + j]", "skip[by * 32 + i, bx * 32 + j]"


def ops_of(kernel: Kernel) -> list[str]:
    """The ops of a kernel as `name` or `name(other operand or factor)`."""
    shown = []
    for op in kernel.ops:
        detail = op.inputs[1] if op.op == "add" else op.value
        shown.append(op.op if detail is None else f"{op.op}({detail})")
    return shown
