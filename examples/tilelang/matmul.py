"""C = A B as an eager TileLang kernel, the shortest form.

ttplan extract examples/tilelang/matmul.py -D M=1024 -D N=1024 -D K=1024
"""

import tilelang
import tilelang.language as T


@tilelang.jit
def matmul(A, B, block_M: int = 128, block_N: int = 128, block_K: int = 32, dtype=T.bfloat16):
    M, N, K = T.const("M, N, K")
    A: T.Tensor((M, K), dtype)
    B: T.Tensor((K, N), dtype)
    C = T.empty((M, N), dtype)

    with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M), threads=128) as (bx, by):
        a_tile = T.alloc_shared((block_M, block_K), dtype)
        b_tile = T.alloc_shared((block_K, block_N), dtype)
        sums = T.alloc_fragment((block_M, block_N), T.float32)

        T.clear(sums)
        for k in T.Pipelined(T.ceildiv(K, block_K), num_stages=3):
            T.copy(A[by * block_M, k * block_K], a_tile)
            T.copy(B[k * block_K, bx * block_N], b_tile)
            T.gemm(a_tile, b_tile, sums)
        T.copy(sums, C[by * block_M, bx * block_N])
    return C


if __name__ == "__main__":
    import torch

    left = torch.randn(1024, 512, dtype=torch.bfloat16, device="cuda")
    right = torch.randn(512, 768, dtype=torch.bfloat16, device="cuda")
    torch.testing.assert_close(matmul(left, right), left @ right, rtol=1e-2, atol=1e-1)
