"""C = A B with either operand stored transposed.

ttplan extract examples/tilelang/transposed.py -D M=512 -D N=1024 -D K=2048 -D transpose_B=true
"""

import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[-1])
def transposed(M, N, K, transpose_A=False, transpose_B=True, block_M=128, block_N=128, block_K=32):
    dtype = "bfloat16"
    A_shape = (K, M) if transpose_A else (M, K)
    B_shape = (N, K) if transpose_B else (K, N)
    a_block = (block_K, block_M) if transpose_A else (block_M, block_K)
    b_block = (block_N, block_K) if transpose_B else (block_K, block_N)

    @T.prim_func
    def main(
        A: T.Tensor(A_shape, dtype),
        B: T.Tensor(B_shape, dtype),
        C: T.Tensor((M, N), dtype),
    ):
        with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M), threads=128) as (bx, by):
            a_tile = T.alloc_shared(a_block, dtype)
            b_tile = T.alloc_shared(b_block, dtype)
            sums = T.alloc_fragment((block_M, block_N), "float32")

            T.clear(sums)
            for k in T.Pipelined(T.ceildiv(K, block_K), num_stages=2):
                if transpose_A:
                    T.copy(A[k * block_K, by * block_M], a_tile)
                else:
                    T.copy(A[by * block_M, k * block_K], a_tile)
                if transpose_B:
                    T.copy(B[bx * block_N, k * block_K], b_tile)
                else:
                    T.copy(B[k * block_K, bx * block_N], b_tile)
                T.gemm(a_tile, b_tile, sums, transpose_A=transpose_A, transpose_B=transpose_B)
            T.copy(sums, C[by * block_M, bx * block_N])

    return main
