"""Kernels that are almost a matmul: each computes something else, and must not be taken for one."""

import tilelang
import tilelang.language as T

M, N, K = 128, 128, 128


@tilelang.jit
def overlap_k():
    """Half of every block of K is added twice."""

    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(2, 2) as (bx, by):
            a = T.alloc_shared((64, 32), "float16")
            b = T.alloc_shared((32, 64), "float16")
            c = T.alloc_fragment((64, 64), "float32")
            T.clear(c)
            for k in T.serial(8):
                T.copy(A[by * 64, k * 16], a)
                T.copy(B[k * 16, bx * 64], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * 64, bx * 64])

    return main


@tilelang.jit
def same_a_block():
    """Every step multiplies the first block of A."""

    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(2, 2) as (bx, by):
            a = T.alloc_shared((64, 32), "float16")
            b = T.alloc_shared((32, 64), "float16")
            c = T.alloc_fragment((64, 64), "float32")
            T.clear(c)
            T.copy(A[by * 64, 0], a)
            for k in T.serial(4):
                T.copy(B[k * 32, bx * 64], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * 64, bx * 64])

    return main


@tilelang.jit
def stale_copy():
    """A is copied after the gemm: the gemm uses the block of the iteration before."""

    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(2, 2) as (bx, by):
            a = T.alloc_shared((64, 32), "float16")
            b = T.alloc_shared((32, 64), "float16")
            c = T.alloc_fragment((64, 64), "float32")
            T.clear(c)
            T.copy(A[by * 64, 0], a)
            for k in T.serial(4):
                T.copy(B[k * 32, bx * 64], b)
                T.gemm(a, b, c)
                T.copy(A[by * 64, k * 32], a)
            T.copy(c, C[by * 64, bx * 64])

    return main


@tilelang.jit
def skipped_step():
    """The first block of K is left out."""

    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(2, 2) as (bx, by):
            a = T.alloc_shared((64, 32), "float16")
            b = T.alloc_shared((32, 64), "float16")
            c = T.alloc_fragment((64, 64), "float32")
            T.clear(c)
            for k in T.serial(4):
                if k > 0:
                    T.copy(A[by * 64, k * 32], a)
                    T.copy(B[k * 32, bx * 64], b)
                    T.gemm(a, b, c)
            T.copy(c, C[by * 64, bx * 64])

    return main


@tilelang.jit
def triangular():
    """The first rows sum over half of K."""

    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(2, 2) as (bx, by):
            a = T.alloc_shared((64, 32), "float16")
            b = T.alloc_shared((32, 64), "float16")
            c = T.alloc_fragment((64, 64), "float32")
            T.clear(c)
            for k in T.serial(2 * (by + 1)):
                T.copy(A[by * 64, k * 32], a)
                T.copy(B[k * 32, bx * 64], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * 64, bx * 64])

    return main


@tilelang.jit
def batch_loop_no_clear():
    """Each matrix of the batch is added to the ones before."""

    @T.prim_func
    def main(
        A: T.Tensor((3, M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((3, M, N), "float16")
    ):
        with T.Kernel(2, 2) as (bx, by):
            a = T.alloc_shared((64, 32), "float16")
            b = T.alloc_shared((32, 64), "float16")
            c = T.alloc_fragment((64, 64), "float32")
            T.clear(c)
            for z in T.serial(3):
                for k in T.serial(4):
                    T.copy(A[z, by * 64, k * 32], a)
                    T.copy(B[k * 32, bx * 64], b)
                    T.gemm(a, b, c)
                T.copy(c, C[z, by * 64, bx * 64])

    return main


@tilelang.jit
def wrong_batch():
    """Two matrices of A share one of B."""

    @T.prim_func
    def main(
        A: T.Tensor((4, M, K), "float16"),
        B: T.Tensor((2, K, N), "float16"),
        C: T.Tensor((4, M, N), "float16"),
    ):
        with T.Kernel(2, 2, 4) as (bx, by, bz):
            a = T.alloc_shared((64, 32), "float16")
            b = T.alloc_shared((32, 64), "float16")
            c = T.alloc_fragment((64, 64), "float32")
            T.clear(c)
            for k in T.serial(4):
                T.copy(A[bz, by * 64, k * 32], a)
                T.copy(B[bz // 2, k * 32, bx * 64], b)
                T.gemm(a, b, c)
            T.copy(c, C[bz, by * 64, bx * 64])

    return main


@tilelang.jit
def mismatched_k():
    """A is walked backwards, B forwards."""

    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(2, 2) as (bx, by):
            a = T.alloc_shared((64, 32), "float16")
            b = T.alloc_shared((32, 64), "float16")
            c = T.alloc_fragment((64, 64), "float32")
            T.clear(c)
            for k in T.serial(4):
                T.copy(A[by * 64, 96 - k * 32], a)
                T.copy(B[k * 32, bx * 64], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * 64, bx * 64])

    return main


@tilelang.jit
def small_b():
    """B has fewer columns than C."""

    @T.prim_func
    def main(
        A: T.Tensor((M, K), "float16"), B: T.Tensor((K, 100), "float16"), C: T.Tensor((M, N), "float16")
    ):
        with T.Kernel(2, 2) as (bx, by):
            a = T.alloc_shared((64, 32), "float16")
            b = T.alloc_shared((32, 64), "float16")
            c = T.alloc_fragment((64, 64), "float32")
            T.clear(c)
            for k in T.serial(4):
                T.copy(A[by * 64, k * 32], a)
                T.copy(B[k * 32, bx * 64], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * 64, bx * 64])

    return main


@tilelang.jit
def masked_epilogue():
    """relu on half of the rows of a block."""

    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(2, 2) as (bx, by):
            a = T.alloc_shared((64, K), "float16")
            b = T.alloc_shared((K, 64), "float16")
            c = T.alloc_fragment((64, 64), "float32")
            T.copy(A[by * 64, 0], a)
            T.copy(B[0, bx * 64], b)
            T.gemm(a, b, c, clear_accum=True)
            for i, j in T.Parallel(64, 64):
                if i < 32:
                    c[i, j] = T.max(c[i, j], 0)
            T.copy(c, C[by * 64, bx * 64])

    return main


@tilelang.jit
def block_condition():
    """relu in the first column of blocks."""

    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(2, 2) as (bx, by):
            a = T.alloc_shared((64, K), "float16")
            b = T.alloc_shared((K, 64), "float16")
            c = T.alloc_fragment((64, 64), "float32")
            T.copy(A[by * 64, 0], a)
            T.copy(B[0, bx * 64], b)
            T.gemm(a, b, c, clear_accum=True)
            if bx == 0:
                for i, j in T.Parallel(64, 64):
                    c[i, j] = T.max(c[i, j], 0)
            T.copy(c, C[by * 64, bx * 64])

    return main
