"""C = A B as a lazy kernel with an autotuner on top, the swizzled grid of a tuned GPU kernel.

    ttplan extract examples/tilelang/matmul_lazy.py -D M=4096 -D N=4096 -D K=1024

The autotuner never runs: its first configuration gives the block sizes, and block sizes are hints.
"""

import itertools

import tilelang
import tilelang.language as T


def configurations():
    blocks = itertools.product((64, 128), (64, 128), (32, 64), (2, 3))
    names = ("block_M", "block_N", "block_K", "num_stages")
    return [dict(zip(names, values, strict=True)) for values in blocks]


@tilelang.autotune(configs=configurations())
@tilelang.jit(out_idx=[-1])
def matmul_lazy(M, N, K, block_M, block_N, block_K, num_stages, dtype="bfloat16", accum_dtype="float32"):
    @T.prim_func
    def main(
        A: T.Tensor((M, K), dtype),
        B: T.Tensor((K, N), dtype),
        C: T.Tensor((M, N), dtype),
    ):
        with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M), threads=128) as (bx, by):
            a_tile = T.alloc_shared((block_M, block_K), dtype)
            b_tile = T.alloc_shared((block_K, block_N), dtype)
            sums = T.alloc_fragment((block_M, block_N), accum_dtype)
            c_tile = T.alloc_shared((block_M, block_N), dtype)

            T.use_swizzle(panel_size=8)
            T.clear(sums)
            for k in T.Pipelined(T.ceildiv(K, block_K), num_stages=num_stages):
                T.copy(A[by * block_M, k * block_K], a_tile)
                T.copy(B[k * block_K, bx * block_N], b_tile)
                T.gemm(a_tile, b_tile, sums)
            T.copy(sums, c_tile)
            T.copy(c_tile, C[by * block_M, bx * block_N])

    return main
