"""C = relu(A B) for sizes that are no multiples of the block: the store checks the bounds itself.

ttplan extract examples/tilelang/ragged_relu.py -D M=1000 -D N=777 -D K=100
"""

import tilelang
import tilelang.language as T


@tilelang.jit
def ragged_relu(A, B, block_M: int = 64, block_N: int = 128, block_K: int = 32):
    M, N, K = T.const("M, N, K")
    A: T.Tensor((M, K), T.float32)
    B: T.Tensor((K, N), T.float32)
    C = T.empty((M, N), T.float32)

    with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M), threads=128) as (bx, by):
        a_tile = T.alloc_shared((block_M, block_K), T.float32)
        b_tile = T.alloc_shared((block_K, block_N), T.float32)
        sums = T.alloc_fragment((block_M, block_N), T.float32)

        T.clear(sums)
        for k in T.Pipelined(T.ceildiv(K, block_K), num_stages=2):
            T.copy(A[by * block_M, k * block_K], a_tile)
            T.copy(B[k * block_K, bx * block_N], b_tile)
            T.gemm(a_tile, b_tile, sums)
        for i, j in T.Parallel(block_M, block_N):
            if by * block_M + i < M and bx * block_N + j < N:
                C[by * block_M + i, bx * block_N + j] = T.max(sums[i, j], 0)
    return C
