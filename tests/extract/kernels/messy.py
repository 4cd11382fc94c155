"""A file as users have them: absent packages, a GPU at import, results at the end, kernels in between."""

import absent_package
import pytest
import tilelang
import tilelang.language as T
import torch
from absent_package.parts import decorate

try:
    import absent_too
except ImportError:
    absent_too = None

BLOCK = 64 if not torch.cuda.is_available() else 128
if torch.cuda.is_available():
    STAGES = 4
else:
    STAGES = 2
device = torch.randn(3, device="cuda")
measured = device.sum().item()
torch.cuda.synchronize()


def configurations():
    return [{"block_M": 32, "block_N": 64}, {"block_M": 64, "block_N": 64}]


@decorate
def unrelated(value):
    return absent_package.call(value)


@tilelang.autotune(configs=configurations)
@tilelang.jit
def tuned(A, B, block_M, block_N, dtype=T.float16, turned: bool = True):
    M, N, K = T.const("M N K")
    A: T.Tensor[[M, K], dtype]
    B: T.Tensor[[N, K] if turned else [K, N], dtype]
    C = T.empty([M, N], dtype)
    with T.Kernel(T.ceildiv(N, block_N), T.ceildiv(M, block_M)) as (bx, by):
        a = T.alloc_shared((block_M, 32), dtype)
        b = T.alloc_shared((block_N, 32), dtype)
        c = T.alloc_fragment((block_M, block_N), T.float32)
        T.clear(c)
        for k in T.Pipelined(T.ceildiv(K, 32), num_stages=STAGES):
            T.copy(A[by * block_M, k * 32], a)
            T.copy(B[bx * block_N, k * 32], b)
            T.gemm(a, b, c, transpose_B=True)
        T.copy(c, C[by * block_M, bx * block_N])
    return C


def dynamic(K=64, N=64, block=BLOCK):
    M = T.dynamic("M")

    @T.prim_func
    def main(
        A: T.Tensor((M, K), "float32"),
        B: T.Tensor((K, N), "float32"),
        alpha: T.float32,
        C: T.Tensor((M, N), "float32"),
    ):
        with T.Kernel(T.ceildiv(N, block), T.ceildiv(M, block)) as (bx, by):
            a = T.alloc_shared((block, 32), "float32")
            b = T.alloc_shared((32, block), "float32")
            c = T.alloc_fragment((block, block), "float32")
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(K, 32), num_stages=0):
                T.copy(A[by * block, k * 32], a)
                T.copy(B[k * 32, bx * block], b)
                T.gemm(a, b, c)
            for i, j in T.Parallel(block, block):
                c[i, j] *= alpha
            T.copy(c, C[by * block, bx * block])

    return main


@tilelang.jit
def uses_measurement(M, N, K):
    scale = measured

    @T.prim_func
    def main(A: T.Tensor((M, K), "float32"), C: T.Tensor((M, K), "float32")):
        with T.Kernel(1):
            for i, j in T.Parallel(M, K):
                C[i, j] = A[i, j] * scale

    return main


@tilelang.jit
def crashes(M):
    assert M % 7 == 0, "M must be a multiple of seven"

    @T.prim_func
    def main(A: T.Tensor((M, M), "float32"), C: T.Tensor((M, M), "float32")):
        with T.Kernel(1):
            T.copy(A, C)

    return main


@pytest.mark.skipif(True, reason="never")
def test_tuned():
    tuned(torch.randn(8, 8), torch.randn(8, 8))


kernel = dynamic()
result = kernel(measured)
if __name__ == "__main__":
    raise SystemExit("a main section must not run")
