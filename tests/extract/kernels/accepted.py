"""Kernels that all compute C = A B or a fused form of it, in the many ways sources write that down."""

import tilelang
import tilelang.language as T
from tilelang.carver.arch import driver

M, N, K = 192, 320, 96
BM, BN, BK = 64, 64, 32
R = 128
"""Rows, columns and depth of the square kernels."""


@T.prim_func
def bare(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
    with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
        a = T.alloc_shared((BM, BK), "float16")
        b = T.alloc_shared((BK, BN), "float16")
        c = T.alloc_fragment((BM, BN), "float32")
        T.clear(c)
        for k in T.Pipelined(K // BK, num_stages=2):
            T.copy(A[by * BM, k * BK], a)
            T.copy(B[k * BK, bx * BN], b)
            T.gemm(a, b, c)
        T.copy(c, C[by * BM, bx * BN])


@tilelang.jit
def grid_order():
    """Rows in the first grid axis, sizes inside the slices, an untidy block order."""

    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(M // BM, N // BN, threads=128) as (i, j):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.fill(c, 0)
            for k in T.serial(K // BK):
                T.copy(B[k * BK : (k + 1) * BK, j * BN : (j + 1) * BN], b)
                T.copy(A[i * BM : (i + 1) * BM, k * BK : (k + 1) * BK], a)
                T.gemm(a, b, c)
            T.copy(c, C[i * BM : (i + 1) * BM, j * BN : (j + 1) * BN])

    return main


@tilelang.jit
def conditional_clear():
    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            for k in T.serial(K // BK):
                if k == 0:
                    T.clear(c)
                T.copy(A[by * BM, k * BK], a)
                T.copy(B[k * BK, bx * BN], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * BM, bx * BN])

    return main


@tilelang.jit
def loads_in_parallel():
    """No copies: staging, clearing and write-back are elementwise loops."""

    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            for i, j in T.Parallel(BM, BN):
                c[i, j] = 0.0
            for k in T.serial(K // BK):
                for i, j in T.Parallel(BM, BK):
                    a[i, j] = A[by * BM + i, k * BK + j]
                for i, j in T.Parallel(BK, BN):
                    b[i, j] = T.if_then_else(k * BK + i < K, B[k * BK + i, bx * BN + j], 0)
                T.gemm(a, b, c)
            for i, j in T.Parallel(BM, BN):
                C[by * BM + i, bx * BN + j] = T.cast(c[i, j], "float16")

    return main


@tilelang.jit
def transposed_by_hand():
    """A is stored [K, M] and turned around while it is staged."""

    @T.prim_func
    def main(A: T.Tensor((K, M), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.clear(c)
            for k in T.serial(K // BK):
                for i, j in T.Parallel(BM, BK):
                    a[i, j] = A[k * BK + j, by * BM + i]
                T.copy(B[k * BK, bx * BN], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * BM, bx * BN])

    return main


@tilelang.jit
def output_transposed():
    """The product is computed as (B^T A^T) and stored turned around."""

    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BN, BM), "float32")
            T.clear(c)
            for k in T.serial(K // BK):
                T.copy(A[by * BM, k * BK], a)
                T.copy(B[k * BK, bx * BN], b)
                T.gemm(b, a, c, transpose_A=True, transpose_B=True)
            for i, j in T.Parallel(BM, BN):
                C[by * BM + i, bx * BN + j] = c[j, i]

    return main


@tilelang.jit
def persistent_groups():
    """A grouped persistent walk whose waves cover more blocks than there are."""

    m_blocks, n_blocks, group, blocks = M // BM, N // BN, 2, driver.get_num_sms()

    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(blocks, threads=128) as block:
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            for wave in T.serial(T.ceildiv(m_blocks * (n_blocks + 1), blocks) + 1):
                tile = blocks * wave + block
                by = (tile // group) % m_blocks
                bx = (tile % group) + (tile // group) // m_blocks * group
                if by * BM < M and bx * BN < N:
                    T.clear(c)
                    for k in T.Pipelined(K // BK, num_stages=3):
                        T.copy(A[by * BM, k * BK], a)
                        T.copy(B[k * BK, bx * BN], b)
                        T.gemm(a, b, c)
                    T.copy(c, C[by * BM, bx * BN])

    return main


@tilelang.jit
def persistent_primitive():
    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(8, threads=128) as block:
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            for by, bx in T.Persistent([M // BM, N // BN], 8, block):
                T.clear(c)
                for k in T.Pipelined(K // BK, num_stages=2):
                    T.copy(A[by * BM, k * BK], a)
                    T.copy(B[k * BK, bx * BN], b)
                    T.gemm(a, b, c)
                T.copy(c, C[by * BM, bx * BN])

    return main


@tilelang.jit
def nested_k():
    """The K loop in two levels, and shared memory reused through a layout annotation."""

    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, 16), "float16")
            b = T.alloc_shared((16, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.use_swizzle(10)
            T.clear(c)
            for outer in T.serial(K // BK):
                for inner in T.serial(2):
                    T.copy(A[by * BM, outer * BK + inner * 16], a)
                    T.copy(B[outer * BK + inner * 16, bx * BN], b)
                    T.gemm(a, b, c)
            T.copy(c, C[by * BM, bx * BN])

    return main


@tilelang.jit
def one_block_of_k():
    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, K), "float16")
            b = T.alloc_shared((K, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.copy(A[by * BM, 0], a)
            T.copy(B[0, bx * BN], b)
            T.gemm(a, b, c, clear_accum=True)
            T.copy(c, C[by * BM, bx * BN])

    return main


@tilelang.jit
def same_names():
    """Two loop variables of one name, and tensors whose names say the opposite of their roles."""

    @T.prim_func
    def main(
        C: T.Tensor((M, K), "float16"), out: T.Tensor((K, N), "float16"), A: T.Tensor((M, N), "float16")
    ):
        with T.Kernel(N // BN, M // BM, threads=128) as (k, by):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.clear(c)
            column = k * BN
            for k in T.serial(K // BK):
                T.copy(C[by * BM, k * BK], a)
                T.copy(out[k * BK, column], b)
                T.gemm(a, b, c)
            T.copy(c, A[by * BM, column])

    return main


@tilelang.jit
def half_accumulator():
    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float16")
            T.clear(c)
            for k in T.Pipelined(K // BK, num_stages=2):
                T.copy(A[by * BM, k * BK], a)
                T.copy(B[k * BK, bx * BN], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * BM, bx * BN])

    return main


@tilelang.jit
def bias_in_accumulator():
    """The accumulator starts with the bias instead of zero."""

    @T.prim_func
    def main(
        A: T.Tensor((M, K), "float16"),
        B: T.Tensor((K, N), "float16"),
        bias: T.Tensor((1, N), "float32"),
        C: T.Tensor((M, N), "float16"),
    ):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            for i, j in T.Parallel(BM, BN):
                c[i, j] = bias[0, bx * BN + j]
            for k in T.Pipelined(K // BK, num_stages=2):
                T.copy(A[by * BM, k * BK], a)
                T.copy(B[k * BK, bx * BN], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * BM, bx * BN])

    return main


@tilelang.jit
def rounded_then_activated():
    """The accumulator is rounded before an activation that does not commute with rounding."""

    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float32")):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            h = T.alloc_fragment((BM, BN), "float16")
            T.clear(c)
            for k in T.Pipelined(K // BK, num_stages=2):
                T.copy(A[by * BM, k * BK], a)
                T.copy(B[k * BK, bx * BN], b)
                T.gemm(a, b, c)
            T.copy(c, h)
            for i, j in T.Parallel(BM, BN):
                C[by * BM + i, bx * BN + j] = T.sigmoid(T.cast(h[i, j], "float32"))

    return main


@tilelang.jit
def rounded_then_relu():
    """relu commutes with rounding, so the two are one write-back."""

    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            h = T.alloc_shared((BM, BN), "float16")
            T.clear(c)
            for k in T.Pipelined(K // BK, num_stages=2):
                T.copy(A[by * BM, k * BK], a)
                T.copy(B[k * BK, bx * BN], b)
                T.gemm(a, b, c)
            T.copy(c, h)
            for i, j in T.Parallel(BM, BN):
                h[i, j] = T.max(h[i, j], T.float16(0))
            T.copy(h, C[by * BM, bx * BN])

    return main


@tilelang.jit
def unit_dims():
    """Leading dims of one element, and a view of a tensor with its own shape."""

    @T.prim_func
    def main(
        A: T.Tensor((1, M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((1, M, N), "float16")
    ):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            weights = T.Tensor((K, N), "float16", data=B.data)
            T.clear(c)
            for k in T.Pipelined(K // BK, num_stages=2):
                T.copy(A[0, by * BM, k * BK], a)
                T.copy(weights[k * BK, bx * BN], b)
                T.gemm(a, b, c)
            T.copy(c, C[0, by * BM, bx * BN])

    return main


@tilelang.jit
def single_rows():
    """One row per block, as kernels for decoding do it."""

    @T.prim_func
    def main(A: T.Tensor((1, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((1, N), "float16")):
        with T.Kernel(N // BN, 1, threads=128) as (bx, by):
            a = T.alloc_shared((16, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((16, BN), "float32")
            T.clear(c)
            for k in T.Pipelined(K // BK, num_stages=2):
                T.copy(A[by * 16, k * BK], a)
                T.copy(B[k * BK, bx * BN], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * 16, bx * BN])

    return main


@tilelang.jit
def padded_k():
    """K is no multiple of the block, and the K loop is one block longer than needed: both read zeros."""

    @T.prim_func
    def main(
        A: T.Tensor((M, 100), "float16"), B: T.Tensor((100, N), "float16"), C: T.Tensor((M, N), "float16")
    ):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.clear(c)
            for k in T.Pipelined(5, num_stages=2):
                T.copy(A[by * BM, k * BK], a)
                T.copy(B[k * BK, bx * BN], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * BM, bx * BN])

    return main


@tilelang.jit
def square():
    """One symbol names three dims."""

    @T.prim_func
    def main(A: T.Tensor((M, M), "float16"), B: T.Tensor((M, M), "float16"), C: T.Tensor((M, M), "float16")):
        with T.Kernel(M // BM, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BM), "float16")
            c = T.alloc_fragment((BM, BM), "float32")
            T.clear(c)
            for k in T.Pipelined(M // BK, num_stages=2):
                T.copy(A[by * BM, k * BK], a)
                T.copy(B[k * BK, bx * BM], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * BM, bx * BM])

    return main


@tilelang.jit
def flat_batch():
    """Two batch dims in one grid axis."""

    @T.prim_func
    def main(
        A: T.Tensor((4, 3, R, R), "float16"),
        B: T.Tensor((4, 3, R, R), "float16"),
        C: T.Tensor((4, 3, R, R), "float16"),
    ):
        with T.Kernel(2, 2, 12) as (bx, by, bz):
            a = T.alloc_shared((64, 32), "float16")
            b = T.alloc_shared((32, 64), "float16")
            c = T.alloc_fragment((64, 64), "float32")
            T.clear(c)
            for k in T.serial(4):
                T.copy(A[bz // 3, bz % 3, by * 64, k * 32], a)
                T.copy(B[bz // 3, bz % 3, k * 32, bx * 64], b)
                T.gemm(a, b, c)
            T.copy(c, C[bz // 3, bz % 3, by * 64, bx * 64])

    return main


@tilelang.jit
def reversed_k():
    """K is walked backwards."""

    @T.prim_func
    def main(A: T.Tensor((R, R), "float16"), B: T.Tensor((R, R), "float16"), C: T.Tensor((R, R), "float16")):
        with T.Kernel(2, 2) as (bx, by):
            a = T.alloc_shared((64, 32), "float16")
            b = T.alloc_shared((32, 64), "float16")
            c = T.alloc_fragment((64, 64), "float32")
            T.clear(c)
            for k in T.serial(4):
                T.copy(A[by * 64, 96 - k * 32], a)
                T.copy(B[96 - k * 32, bx * 64], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * 64, bx * 64])

    return main


@tilelang.jit
def manual_pipeline():
    """A schedule given by hand."""

    @T.prim_func
    def main(A: T.Tensor((R, R), "float16"), B: T.Tensor((R, R), "float16"), C: T.Tensor((R, R), "float16")):
        with T.Kernel(2, 2) as (bx, by):
            a = T.alloc_shared((64, 32), "float16")
            b = T.alloc_shared((32, 64), "float16")
            c = T.alloc_fragment((64, 64), "float32")
            T.clear(c)
            for k in T.Pipelined(4, order=[0, 1, 2], stage=[0, 0, 1]):
                T.copy(A[by * 64, k * 32], a)
                T.copy(B[k * 32, bx * 64], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * 64, bx * 64])

    return main


@tilelang.jit
def macroed():
    """The steps stand in a macro."""

    @T.macro
    def step(A, B, a, b, c, bx, by, k):
        T.copy(A[by * 64, k * 32], a)
        T.copy(B[k * 32, bx * 64], b)
        T.gemm(a, b, c)

    @T.prim_func
    def main(A: T.Tensor((R, R), "float16"), B: T.Tensor((R, R), "float16"), C: T.Tensor((R, R), "float16")):
        with T.Kernel(2, 2) as (bx, by):
            a = T.alloc_shared((64, 32), "float16")
            b = T.alloc_shared((32, 64), "float16")
            c = T.alloc_fragment((64, 64), "float32")
            T.clear(c)
            for k in T.Pipelined(4, num_stages=2):
                step(A, B, a, b, c, bx, by, k)
            T.copy(c, C[by * 64, bx * 64])

    return main


@tilelang.jit
def unrolled_k():
    """All of K is staged and the gemm reads slices of it."""

    @T.prim_func
    def main(A: T.Tensor((R, R), "float16"), B: T.Tensor((R, R), "float16"), C: T.Tensor((R, R), "float16")):
        with T.Kernel(2, 2) as (bx, by):
            a = T.alloc_shared((64, R), "float16")
            b = T.alloc_shared((R, 64), "float16")
            c = T.alloc_fragment((64, 64), "float32")
            T.clear(c)
            T.copy(A[by * 64, 0], a)
            T.copy(B[0, bx * 64], b)
            for k in T.unroll(4):
                T.gemm(a[:, k * 32 : (k + 1) * 32], b[k * 32 : (k + 1) * 32, :], c)
            T.copy(c, C[by * 64, bx * 64])

    return main
