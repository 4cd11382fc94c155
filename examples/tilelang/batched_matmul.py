"""C[b] = A[b] B[b] for every matrix of a batch; `shared_weights` uses one B for all of them.

ttplan extract examples/tilelang/batched_matmul.py:batched_matmul -D batch=8 -D M=512 -D N=512 -D K=256
"""

import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[-1])
def batched_matmul(batch, M, N, K, block_M=128, block_N=128, block_K=32, dtype="bfloat16"):
    @T.prim_func
    def main(
        A: T.Tensor((batch, M, K), dtype),
        B: T.Tensor((batch, K, N), dtype),
        C: T.Tensor((batch, M, N), dtype),
    ):
        with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M), batch, threads=128) as (bx, by, bz):
            a_tile = T.alloc_shared((block_M, block_K), dtype)
            b_tile = T.alloc_shared((block_K, block_N), dtype)
            sums = T.alloc_fragment((block_M, block_N), "float32")

            T.clear(sums)
            for k in T.Pipelined(T.ceildiv(K, block_K), num_stages=2):
                T.copy(A[bz, by * block_M, k * block_K], a_tile)
                T.copy(B[bz, k * block_K, bx * block_N], b_tile)
                T.gemm(a_tile, b_tile, sums)
            T.copy(sums, C[bz, by * block_M, bx * block_N])

    return main


@tilelang.jit(out_idx=[-1])
def shared_weights(batch, M, N, K, block_M=128, block_N=128, block_K=32, dtype="bfloat16"):
    @T.prim_func
    def main(
        A: T.Tensor((batch, M, K), dtype),
        B: T.Tensor((K, N), dtype),
        C: T.Tensor((batch, M, N), dtype),
    ):
        with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M), threads=128) as (bx, by):
            a_tile = T.alloc_shared((block_M, block_K), dtype)
            b_tile = T.alloc_shared((block_K, block_N), dtype)
            sums = T.alloc_fragment((block_M, block_N), "float32")

            for matrix in T.serial(batch):
                for k in T.Pipelined(T.ceildiv(K, block_K), num_stages=2):
                    T.copy(A[matrix, by * block_M, k * block_K], a_tile)
                    T.copy(B[k * block_K, bx * block_N], b_tile)
                    T.gemm(a_tile, b_tile, sums, clear_accum=(k == 0))
                T.copy(sums, C[matrix, by * block_M, bx * block_N])

    return main
