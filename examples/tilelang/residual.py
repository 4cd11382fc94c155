"""Y = X W * scale + skip, from a plain factory; a fixed number of persistent blocks walks the output.

ttplan extract examples/tilelang/residual.py -D M=2048 -D N=1024 -D K=1024
"""

import tilelang.language as T


def residual(M, N, K, scale=0.125, blocks=64, block_M=128, block_N=128, block_K=64, dtype="bfloat16"):
    m_blocks, n_blocks = T.ceildiv(M, block_M), T.ceildiv(N, block_N)

    @T.prim_func
    def main(
        X: T.Tensor((M, K), dtype),
        W: T.Tensor((K, N), dtype),
        skip: T.Tensor((M, N), dtype),
        Y: T.Tensor((M, N), dtype),
    ):
        with T.Kernel(blocks, threads=128) as block:
            x_tile = T.alloc_shared((block_M, block_K), dtype)
            w_tile = T.alloc_shared((block_K, block_N), dtype)
            sums = T.alloc_fragment((block_M, block_N), "float32")
            skip_tile = T.alloc_shared((block_M, block_N), dtype)

            for wave in T.serial(T.ceildiv(m_blocks * n_blocks, blocks)):
                tile = wave * blocks + block
                row = tile // n_blocks
                column = tile % n_blocks
                if tile < m_blocks * n_blocks:
                    T.clear(sums)
                    for k in T.Pipelined(T.ceildiv(K, block_K), num_stages=2):
                        T.copy(X[row * block_M, k * block_K], x_tile)
                        T.copy(W[k * block_K, column * block_N], w_tile)
                        T.gemm(x_tile, w_tile, sums)
                    T.copy(skip[row * block_M, column * block_N], skip_tile)
                    for i, j in T.Parallel(block_M, block_N):
                        sums[i, j] = sums[i, j] * scale + skip_tile[i, j]
                    T.copy(sums, Y[row * block_M, column * block_N])

    return main
