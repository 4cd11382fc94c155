"""Y = gelu(X W + bias), a linear layer with its activation in one kernel.

ttplan extract examples/tilelang/linear_gelu.py -D tokens=1024 -D features=768 -D hidden=3072
"""

import tilelang
import tilelang.language as T


@tilelang.jit
def linear_gelu(X, W, bias, block_M: int = 128, block_N: int = 128, block_K: int = 64):
    tokens, features, hidden = T.const("tokens, features, hidden")
    X: T.Tensor((tokens, features), T.bfloat16)
    W: T.Tensor((features, hidden), T.bfloat16)
    bias: T.Tensor((hidden,), T.bfloat16)
    Y = T.empty((tokens, hidden), T.bfloat16)

    with T.Kernel(T.ceildiv(hidden, block_N), T.ceildiv(tokens, block_M), threads=128) as (bx, by):
        x_tile = T.alloc_shared((block_M, block_K), T.bfloat16)
        w_tile = T.alloc_shared((block_K, block_N), T.bfloat16)
        sums = T.alloc_fragment((block_M, block_N), T.float32)

        T.clear(sums)
        for k in T.Pipelined(T.ceildiv(features, block_K), num_stages=2):
            T.copy(X[by * block_M, k * block_K], x_tile)
            T.copy(W[k * block_K, bx * block_N], w_tile)
            T.gemm(x_tile, w_tile, sums)
        for i, j in T.Parallel(block_M, block_N):
            sums[i, j] += bias[bx * block_N + j]
        for i, j in T.Parallel(block_M, block_N):
            sums[i, j] = 0.5 * sums[i, j] * (1.0 + T.erf(sums[i, j] * 0.70710678))
        T.copy(sums, Y[by * block_M, bx * block_N])
    return Y
