"""Kernels outside the planned families, one construct each; `# here` marks the line that is refused."""

import tilelang
import tilelang.language as T

M, N, K = 256, 256, 128
BM, BN, BK = 64, 64, 32


@tilelang.jit
def split_k():
    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float32")):
        with T.Kernel(N // BN, M // BM, 2, threads=128) as (bx, by, bz):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.clear(c)
            for k in T.Pipelined(K // BK // 2, num_stages=2):
                T.copy(A[by * BM, bz * (K // 2) + k * BK], a)
                T.copy(B[bz * (K // 2) + k * BK, bx * BN], b)
                T.gemm(a, b, c)
            T.atomic_add(C[by * BM, bx * BN], c)  # here

    return main


@tilelang.jit
def split_k_elements():
    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float32")):
        with T.Kernel(N // BN, M // BM, 2, threads=128) as (bx, by, bz):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.clear(c)
            for k in T.Pipelined(K // BK // 2, num_stages=2):
                T.copy(A[by * BM, bz * (K // 2) + k * BK], a)
                T.copy(B[bz * (K // 2) + k * BK, bx * BN], b)
                T.gemm(a, b, c)
            for i, j in T.Parallel(BM, BN):
                T.atomic_add(C[by * BM + i, bx * BN + j], c[i, j])  # here

    return main


@tilelang.jit
def split_k_workspace():
    @T.prim_func
    def main(
        A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((2, M, N), "float32")
    ):
        with T.Kernel(N // BN, M // BM, 2, threads=128) as (bx, by, bz):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.clear(c)
            for k in T.Pipelined(K // BK // 2, num_stages=2):
                T.copy(A[by * BM, bz * (K // 2) + k * BK], a)
                T.copy(B[bz * (K // 2) + k * BK, bx * BN], b)
                T.gemm(a, b, c)
            T.copy(c, C[bz, by * BM, bx * BN])  # here

    return main


@tilelang.jit
def short_k():
    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.clear(c)
            for k in T.Pipelined(K // BK - 1, num_stages=2):
                T.copy(A[by * BM, k * BK], a)
                T.copy(B[k * BK, bx * BN], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * BM, bx * BN])  # here

    return main


@tilelang.jit
def small_grid():
    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(N // BN, M // BM - 1, threads=128) as (bx, by):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.clear(c)
            for k in T.Pipelined(K // BK, num_stages=2):
                T.copy(A[by * BM, k * BK], a)
                T.copy(B[k * BK, bx * BN], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * BM, bx * BN])  # here

    return main


@tilelang.jit
def shifted_rows():
    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.clear(c)
            for k in T.Pipelined(K // BK, num_stages=2):
                T.copy(A[by * BM + 1, k * BK], a)
                T.copy(B[k * BK, bx * BN], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * BM, bx * BN])  # here

    return main


@tilelang.jit
def never_cleared():
    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            for k in T.Pipelined(K // BK, num_stages=2):
                T.copy(A[by * BM, k * BK], a)
                T.copy(B[k * BK, bx * BN], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * BM, bx * BN])  # here

    return main


@tilelang.jit
def cleared_every_step():
    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            for k in T.Pipelined(K // BK, num_stages=2):
                T.copy(A[by * BM, k * BK], a)
                T.copy(B[k * BK, bx * BN], b)
                T.gemm(a, b, c, clear_accum=True)
            T.copy(c, C[by * BM, bx * BN])  # here

    return main


@tilelang.jit
def rescaled_every_step():
    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.clear(c)
            for k in T.Pipelined(K // BK, num_stages=2):
                T.copy(A[by * BM, k * BK], a)
                T.copy(B[k * BK, bx * BN], b)
                T.gemm(a, b, c)
                for i, j in T.Parallel(BM, BN):
                    c[i, j] = c[i, j] * 0.5
            T.copy(c, C[by * BM, bx * BN])  # here

    return main


@tilelang.jit
def stored_inside_k():
    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.clear(c)
            for k in T.serial(K // BK):  # here
                T.copy(A[by * BM, k * BK], a)
                T.copy(B[k * BK, bx * BN], b)
                T.gemm(a, b, c)
                T.copy(c, C[by * BM, bx * BN])

    return main


@tilelang.jit
def elementwise():
    @T.prim_func
    def main(A: T.Tensor((M, N), "float16"), B: T.Tensor((M, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_fragment((BM, BN), "float16")
            b = T.alloc_fragment((BM, BN), "float16")
            T.copy(A[by * BM, bx * BN], a)
            T.copy(B[by * BM, bx * BN], b)
            for i, j in T.Parallel(BM, BN):
                a[i, j] = a[i, j] + b[i, j]  # here
            T.copy(a, C[by * BM, bx * BN])

    return main


@tilelang.jit
def row_sum():
    @T.prim_func
    def main(A: T.Tensor((M, N), "float32"), C: T.Tensor((M,), "float32")):
        with T.Kernel(M // BM, threads=128) as bx:
            a = T.alloc_fragment((BM, N), "float32")
            s = T.alloc_fragment((BM,), "float32")
            T.copy(A[bx * BM, 0], a)
            T.reduce_sum(a, s, dim=1)  # here
            T.copy(s, C[bx * BM])

    return main


@tilelang.jit
def running_sum():
    @T.prim_func
    def main(A: T.Tensor((M, N), "float32"), C: T.Tensor((M, N), "float32")):
        with T.Kernel(M // BM, threads=128) as bx:
            a = T.alloc_shared((BM, N), "float32")
            T.copy(A[bx * BM, 0], a)
            T.cumsum(a, dim=1)  # here
            T.copy(a, C[bx * BM, 0])

    return main


@tilelang.jit
def attention():
    @T.prim_func
    def main(Q: T.Tensor((M, K), "float16"), X: T.Tensor((M, K), "float16"), C: T.Tensor((M, K), "float16")):
        with T.Kernel(M // BM, threads=128) as bx:
            q = T.alloc_shared((BM, K), "float16")
            x = T.alloc_shared((BM, K), "float16")
            s = T.alloc_fragment((BM, BM), "float32")
            p = T.alloc_fragment((BM, BM), "float16")
            o = T.alloc_fragment((BM, K), "float32")
            T.copy(Q[bx * BM, 0], q)
            T.clear(o)
            for k in T.Pipelined(M // BM, num_stages=1):
                T.copy(X[k * BM, 0], x)
                T.gemm(q, x, s, transpose_B=True, clear_accum=True)
                T.copy(s, p)
                T.gemm(p, x, o)
            T.copy(o, C[bx * BM, 0])  # here

    return main


@tilelang.jit
def gate_and_up():
    @T.prim_func
    def main(
        A: T.Tensor((M, K), "float16"),
        B: T.Tensor((K, N), "float16"),
        D: T.Tensor((K, N), "float16"),
        C: T.Tensor((M, N), "float16"),
    ):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            d = T.alloc_shared((BK, BN), "float16")
            gate = T.alloc_fragment((BM, BN), "float32")
            up = T.alloc_fragment((BM, BN), "float32")
            T.clear(gate)
            T.clear(up)
            for k in T.Pipelined(K // BK, num_stages=2):
                T.copy(A[by * BM, k * BK], a)
                T.copy(B[k * BK, bx * BN], b)
                T.copy(D[k * BK, bx * BN], d)
                T.gemm(a, b, gate)
                T.gemm(a, d, up)
            for i, j in T.Parallel(BM, BN):
                gate[i, j] = gate[i, j] * T.sigmoid(gate[i, j]) * up[i, j]  # here
            T.copy(gate, C[by * BM, bx * BN])

    return main


@tilelang.jit
def two_outputs():
    @T.prim_func
    def main(
        A: T.Tensor((M, K), "float16"),
        B: T.Tensor((K, N), "float16"),
        C: T.Tensor((M, N), "float16"),
        D: T.Tensor((M, N), "float16"),
    ):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, K), "float16")
            b = T.alloc_shared((K, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.copy(A[by * BM, 0], a)
            T.copy(B[0, bx * BN], b)
            T.gemm(a, b, c, clear_accum=True)
            T.copy(c, C[by * BM, bx * BN])
            T.copy(c, D[by * BM, bx * BN])  # here

    return main


@tilelang.jit
def in_place():
    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, K), "float16")
            b = T.alloc_shared((K, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.copy(A[by * BM, 0], a)
            T.copy(B[0, bx * BN], b)
            T.copy(C[by * BM, bx * BN], c)
            T.gemm(a, b, c)
            T.copy(c, C[by * BM, bx * BN])  # here

    return main


@tilelang.jit
def two_kernels():
    @T.prim_func
    def main(
        A: T.Tensor((M, K), "float16"),
        B: T.Tensor((K, N), "float16"),
        C: T.Tensor((M, N), "float16"),
        D: T.Tensor((M, N), "float16"),
    ):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, K), "float16")
            b = T.alloc_shared((K, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.copy(A[by * BM, 0], a)
            T.copy(B[0, bx * BN], b)
            T.gemm(a, b, c, clear_accum=True)
            T.copy(c, C[by * BM, bx * BN])
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):  # here
            t = T.alloc_shared((BM, BN), "float16")
            T.copy(C[by * BM, bx * BN], t)
            T.copy(t, D[by * BM, bx * BN])

    return main


@tilelang.jit
def eight_bit():
    @T.prim_func
    def main(
        A: T.Tensor((M, K), "float8_e4m3fn"),
        B: T.Tensor((K, N), "float8_e4m3fn"),
        C: T.Tensor((M, N), "float32"),
    ):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, K), "float8_e4m3fn")
            b = T.alloc_shared((K, BN), "float8_e4m3fn")
            c = T.alloc_fragment((BM, BN), "float32")
            T.copy(A[by * BM, 0], a)
            T.copy(B[0, bx * BN], b)
            T.gemm(a, b, c, clear_accum=True)
            T.copy(c, C[by * BM, bx * BN])

    return main


@tilelang.jit
def rounded_operand():
    @T.prim_func
    def main(A: T.Tensor((M, K), "float32"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, K), "float16")
            b = T.alloc_shared((K, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.copy(A[by * BM, 0], a)
            T.copy(B[0, bx * BN], b)
            T.gemm(a, b, c, clear_accum=True)
            T.copy(c, C[by * BM, bx * BN])  # here

    return main


@tilelang.jit
def packed_weights():
    @T.prim_func
    def main(
        A: T.Tensor((M, K), "float16"), B: T.Tensor((N, K // 2), "uint8"), C: T.Tensor((M, N), "float16")
    ):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, K), "float16")
            q = T.alloc_shared((BN, K // 2), "uint8")
            b = T.alloc_fragment((BN, K), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.copy(A[by * BM, 0], a)
            T.copy(B[bx * BN, 0], q)
            for i, j in T.Parallel(BN, K):
                b[i, j] = T.cast((q[i, j // 2] >> (4 * (j % 2))) & 15, "float16")  # here
            T.gemm(a, b, c, transpose_B=True, clear_accum=True)
            T.copy(c, C[by * BM, bx * BN])

    return main


@tilelang.jit
def block_sparse():
    @T.prim_func
    def main(
        A: T.Tensor((M, K), "float16"),
        B: T.Tensor((K, N), "float16"),
        mask: T.Tensor((M // BM, N // BN, K // BK), "bool"),
        C: T.Tensor((M, N), "float16"),
    ):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.clear(c)
            for k in T.Pipelined(K // BK, num_stages=2):
                if mask[by, bx, k]:  # here
                    T.copy(A[by * BM, k * BK], a)
                    T.copy(B[k * BK, bx * BN], b)
                    T.gemm(a, b, c)
            T.copy(c, C[by * BM, bx * BN])

    return main


@tilelang.jit
def gathered_rows():
    @T.prim_func
    def main(
        A: T.Tensor((M, K), "float16"),
        B: T.Tensor((K, N), "float16"),
        rows: T.Tensor((M,), "int32"),
        C: T.Tensor((M, N), "float16"),
    ):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, K), "float16")
            b = T.alloc_shared((K, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            for i, j in T.Parallel(BM, K):
                a[i, j] = A[rows[by * BM + i], j]  # here
            T.copy(B[0, bx * BN], b)
            T.gemm(a, b, c, clear_accum=True)
            T.copy(c, C[by * BM, bx * BN])

    return main


@tilelang.jit
def while_loop():
    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            k = T.alloc_var("int32")
            T.clear(c)
            k = 0
            while k < K // BK:  # here
                T.copy(A[by * BM, k * BK], a)
                T.copy(B[k * BK, bx * BN], b)
                T.gemm(a, b, c)
                k = k + 1
            T.copy(c, C[by * BM, bx * BN])

    return main


@tilelang.jit
def warp_specialised():
    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(N // BN, M // BM, threads=256) as (bx, by):
            a = T.alloc_shared((BM, BK), "float16")
            b = T.alloc_shared((BK, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            ready = T.alloc_barrier(arrive_count=128)
            done = T.alloc_barrier(arrive_count=128)
            T.clear(c)
            for k in T.serial(K // BK):
                T.barrier_wait(done, (k + 1) % 2)
                T.copy(A[by * BM, k * BK], a)
                T.copy(B[k * BK, bx * BN], b)
                T.barrier_arrive(ready)
                T.barrier_wait(ready, k % 2)
                T.gemm(a, b, c)
                T.barrier_arrive(done)
            T.copy(c, C[by * BM, bx * BN])

    return main


@tilelang.jit
def thread_dependent():
    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, K), "float16")
            b = T.alloc_shared((K, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            tx = T.get_thread_binding()
            T.copy(A[by * BM, 0], a)
            T.copy(B[0, bx * BN + tx], b)  # here
            T.gemm(a, b, c, clear_accum=True)
            T.copy(c, C[by * BM, bx * BN])

    return main


@tilelang.jit
def reshaped_view():
    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, K), "float16")
            b = T.alloc_shared((K, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            flat = T.Tensor((M * K,), "float16", data=A.data)
            for i, j in T.Parallel(BM, K):
                a[i, j] = flat[(by * BM + i) * K + j]  # here
            T.copy(B[0, bx * BN], b)
            T.gemm(a, b, c, clear_accum=True)
            T.copy(c, C[by * BM, bx * BN])

    return main


@tilelang.jit
def column_bias():
    @T.prim_func
    def main(
        A: T.Tensor((M, K), "float16"),
        B: T.Tensor((K, N), "float16"),
        bias: T.Tensor((M,), "float16"),
        C: T.Tensor((M, N), "float16"),
    ):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, K), "float16")
            b = T.alloc_shared((K, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.copy(A[by * BM, 0], a)
            T.copy(B[0, bx * BN], b)
            T.gemm(a, b, c, clear_accum=True)
            for i, j in T.Parallel(BM, BN):
                c[i, j] += bias[by * BM + i]
            T.copy(c, C[by * BM, bx * BN])  # here

    return main


@tilelang.jit
def causal_mask():
    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, K), "float16")
            b = T.alloc_shared((K, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.copy(A[by * BM, 0], a)
            T.copy(B[0, bx * BN], b)
            T.gemm(a, b, c, clear_accum=True)
            for i, j in T.Parallel(BM, BN):
                c[i, j] = T.if_then_else(by * BM + i >= bx * BN + j, c[i, j], 0)
            T.copy(c, C[by * BM, bx * BN])  # here

    return main


@tilelang.jit
def half_stored():
    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, K), "float16")
            b = T.alloc_shared((K, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.copy(A[by * BM, 0], a)
            T.copy(B[0, bx * BN], b)
            T.gemm(a, b, c, clear_accum=True)
            for i, j in T.Parallel(BM, BN):
                if by * BM + i < M - 1:
                    C[by * BM + i, bx * BN + j] = c[i, j]  # here

    return main


@tilelang.jit
def racing():
    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), B: T.Tensor((K, N), "float16"), C: T.Tensor((M, N), "float16")):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, K), "float16")
            b = T.alloc_shared((K, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.copy(A[by * BM, 0], a)
            T.copy(B[0, bx * BN], b)
            T.gemm(a, b, c, clear_accum=True)
            for i, j in T.Parallel(BM, BN):
                c[i, j] = c[j, i] * 2.0  # here
            T.copy(c, C[by * BM, bx * BN])

    return main


@tilelang.jit
def unused_tensor():
    @T.prim_func
    def main(
        A: T.Tensor((M, K), "float16"),
        B: T.Tensor((K, N), "float16"),
        spare: T.Tensor((M, N), "float16"),
        C: T.Tensor((M, N), "float16"),
    ):
        with T.Kernel(N // BN, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, K), "float16")
            b = T.alloc_shared((K, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.copy(A[by * BM, 0], a)
            T.copy(B[0, bx * BN], b)
            T.gemm(a, b, c, clear_accum=True)
            T.copy(c, C[by * BM, bx * BN])  # here

    return main


@tilelang.jit
def gram():
    @T.prim_func
    def main(A: T.Tensor((M, K), "float16"), C: T.Tensor((M, M), "float16")):
        with T.Kernel(M // BM, M // BM, threads=128) as (bx, by):
            a = T.alloc_shared((BM, K), "float16")
            b = T.alloc_shared((BM, K), "float16")
            c = T.alloc_fragment((BM, BM), "float32")
            T.copy(A[by * BM, 0], a)
            T.copy(A[bx * BM, 0], b)
            T.gemm(a, b, c, transpose_B=True, clear_accum=True)
            T.copy(c, C[by * BM, bx * BM])  # here

    return main


@tilelang.jit
def head_dim_in_the_middle():
    @T.prim_func
    def main(
        A: T.Tensor((M, 4, K), "float16"),
        B: T.Tensor((4, K, N), "float16"),
        C: T.Tensor((4, M, N), "float16"),
    ):
        with T.Kernel(N // BN, M // BM, 4, threads=128) as (bx, by, bz):
            a = T.alloc_shared((BM, K), "float16")
            b = T.alloc_shared((K, BN), "float16")
            c = T.alloc_fragment((BM, BN), "float32")
            T.copy(A[by * BM : by * BM + BM, bz, 0:K], a)
            T.copy(B[bz, 0, bx * BN], b)
            T.gemm(a, b, c, clear_accum=True)
            T.copy(c, C[bz, by * BM, bx * BN])  # here

    return main
