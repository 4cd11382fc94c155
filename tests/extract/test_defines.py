"""Files are read without being run; kernels are chosen by name and given sizes with -D."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("tilelang", reason="reading TileLang kernels needs the extra ttplan[tilelang]")

from extract.written import EXAMPLES, KERNELS
from ttplan.errors import InputError, TtplanError
from ttplan.extract import extract, kernel_of, parse_defines
from ttplan.extract.source import loaded
from ttplan.extract.trace import Define, candidates

FILE = KERNELS / "messy.py"
SIZES: dict[str, Define] = {"M": 64, "N": 128, "K": 96}


def refused(name: str | None, **defines: Define) -> str:
    with pytest.raises(TtplanError) as caught:
        extract(FILE, name, defines)
    assert caught.value.file == str(FILE)
    return str(caught.value).removeprefix(f"{FILE}: ")


def test_a_file_that_uses_a_gpu_at_import_is_read() -> None:
    with loaded(FILE) as source:
        assert [c.name for c in candidates(source)] == ["tuned", "dynamic", "uses_measurement", "crashes"]
        assert {"absent_package", "decorate"} <= set(source.missing)
        assert {"device", "measured", "kernel", "result"} <= set(source.skipped)
        assert source.names["BLOCK"] == 64 and source.names["STAGES"] == 2
        assert "ttplan_source_messy" in sys.modules
    assert "ttplan_source_messy" not in sys.modules


def test_nothing_is_written_next_to_the_file() -> None:
    before = sorted(path.name for path in KERNELS.iterdir())
    extract(FILE, "tuned", SIZES)
    assert sorted(path.name for path in KERNELS.iterdir()) == before


def test_only_what_the_kernel_refers_to_is_loaded() -> None:
    with loaded(FILE, "dynamic") as source:
        assert source.defined == ["BLOCK", "dynamic"]


def test_several_kernels_are_listed() -> None:
    text = refused(None)
    assert text.startswith("the file has 4 kernels; choose one; allowed: messy.py:tuned, messy.py:dynamic")


def test_an_unknown_kernel_is_answered_with_the_nearest() -> None:
    assert "no kernel of the file has this name; found 'tuneed'" in refused("tuneed")
    assert refused("tuneed").endswith("nearest: tuned")
    assert "no kernel of the file has this name" in refused("unrelated")


def test_missing_sizes_are_named() -> None:
    assert refused("tuned", M=64) == "-D: tuned needs a value for N, K; allowed: -D N=..., -D K=..."
    assert refused("uses_measurement", M=1) == (
        "-D: uses_measurement needs a value for N, K; allowed: -D N=..., -D K=..."
    )


def test_an_unknown_define_is_answered_with_the_nearest() -> None:
    text = refused("tuned", M=64, N=64, K=64, blok_M=32)
    assert "tuned has no such parameter; found 'blok_M'" in text
    assert text.endswith("nearest: block_M")
    assert "crashes has no such parameter; found 'J'; allowed: M" in refused("crashes", J=1)


def test_defines_take_the_type_of_the_default() -> None:
    assert "takes a whole number here; found 1.5" in refused("dynamic", block=1.5, M=64, alpha=1)
    assert "takes a truth value here; found 'maybe'" in refused("tuned", turned="maybe", **SIZES)
    assert "no TileLang format has this name; found 'floot16'" in refused("tuned", dtype="floot16", **SIZES)
    kernel = extract(FILE, "tuned", {**SIZES, "dtype": "bfloat16", "block_M": 64})
    assert {buffer.dtype for buffer in kernel.buffers} == {"bfloat16"}
    assert kernel.hints is not None and kernel.hints.block["M"] == 64


def test_tunables_default_to_the_first_configuration() -> None:
    hints = extract(FILE, "tuned", SIZES).hints
    assert hints is not None and hints.block == {"M": 32, "N": 64, "K": 32} and hints.num_stages == 2


def test_dynamic_dims_and_runtime_scalars_need_values() -> None:
    assert (
        refused("dynamic") == "kernel dynamic: the dim M of A is dynamic; give it a size; allowed: -D M=..."
    )
    assert "the runtime scalar alpha has no value at planning time" in refused("dynamic", M=96)
    assert "-D alpha: dynamic takes a number here; found 'many'" in refused("dynamic", M=96, alpha="many")
    assert "-D alpha: dynamic takes a number here; found inf" in refused("dynamic", M=96, alpha=float("inf"))
    kernel = extract(FILE, "dynamic", {"M": 96, "alpha": 0.5})
    assert kernel.dims == {"M": 96, "N": 64, "K": 64}
    assert [(op.op, op.value) for op in kernel.ops] == [("matmul", None), ("scale", 0.5)]


FORMS = """
import tilelang
import tilelang.language as T

def factory(M, N, K, dtype="float32", block=32):
    shape = (M, K)
    @T.prim_func
    def main(A: T.Tensor(shape, dtype), B: T.Tensor((K, N), dtype), C: T.Tensor((M, N), dtype)):
        with T.Kernel(T.ceildiv(N, block), T.ceildiv(M, block), threads=128) as (bx, by):
            a = T.alloc_shared((block, 32), dtype)
            b = T.alloc_shared((32, block), dtype)
            c = T.alloc_fragment((block, block), "float32")
            T.clear(c)
            for k in T.Pipelined(T.ceildiv(K, 32), num_stages=2):
                T.copy(A[by * block, k * 32], a)
                T.copy(B[k * 32, bx * block], b)
                T.gemm(a, b, c)
            T.copy(c, C[by * block, bx * block])
    return main

lazy = tilelang.jit(factory)

def annotated(M: int, N: int, K: int, dtype: str = "float32"):
    return factory(M, N, K, dtype)
    @T.prim_func
    def main(): pass
"""


@pytest.mark.parametrize("value", ["abc", "1.5", "true", "inf", "nan", "0x10"])
@pytest.mark.parametrize("name", ["factory", "lazy", "annotated", "matmul", "dynamic"])
def test_what_is_no_size_is_refused_by_its_define(name: str, value: str, tmp_path: Path) -> None:
    path = {"matmul": EXAMPLES / "matmul.py", "dynamic": FILE}.get(name, tmp_path / "forms.py")
    (tmp_path / "forms.py").write_text(FORMS)
    defines: dict[str, Define] = {"alpha": 1} if name == "dynamic" else {"N": 64, "K": 64}
    with pytest.raises(InputError) as caught:
        extract(path, name, {**defines, **parse_defines([f"M={value}"])})
    (problem,) = caught.value.problems
    assert problem.path == "-D M" and "takes a whole number here" in problem.message
    assert str(problem.found).lower() == value and problem.allowed


@pytest.mark.parametrize("value", [0, -3, 300000, 10**400])
@pytest.mark.parametrize("name", ["M", "K"])
def test_sizes_out_of_range_are_refused(name: str, value: int) -> None:
    text = refused("dynamic", **{"M": 64, "alpha": 1, name: value})
    assert text == f"-D {name}: dynamic has no dim of this size; found {value}; allowed: 1..262144"


def test_a_whole_number_may_be_written_with_a_point() -> None:
    assert extract(FILE, "dynamic", {"M": 96.0, "N": 64.0, "alpha": 1}).dims["M"] == 96


def test_a_kernel_made_by_a_call_of_jit_keeps_the_names_of_its_dims(tmp_path: Path) -> None:
    (tmp_path / "forms.py").write_text(FORMS)
    assert list(extract(tmp_path / "forms.py", "lazy", SIZES).dims) == ["M", "N", "K"]


def test_values_of_statements_that_are_not_run_are_explained() -> None:
    text = refused("uses_measurement", M=8, N=8, K=8)
    lines = FILE.read_text().splitlines()
    line, used = lines.index("measured = device.sum().item()") + 1, lines.index("    scale = measured") + 1
    assert text.startswith(f"kernel uses_measurement, line {used}: TileLang cannot trace the kernel: ")
    assert f"measured is set on line {line}, which is not run because it calls other code" in text


def test_a_kernel_that_rejects_its_sizes_says_so() -> None:
    line = next(n for n, text in enumerate(FILE.read_text().splitlines(), 1) if "M % 7" in text)
    expected = "TileLang cannot trace the kernel: AssertionError: M must be a multiple of seven"
    assert f"kernel crashes, line {line}: {expected}" in refused("crashes", M=8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def broken(:", "line 1: not valid Python"),
        ("x = 1\n", "the file has no TileLang kernel"),
        (
            "import tilelang.language as T\n@T.prim_func\ndef f(A: T.Tensor((n,), 'int8')): pass\n",
            "line 3: f cannot be defined: NameError: name 'n' is not defined",
        ),
    ],
)
def test_files_without_a_kernel_are_refused(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "odd.py"
    path.write_text(text)
    with pytest.raises(TtplanError) as caught:
        extract(path)
    assert expected in str(caught.value)


FAILING = {
    "a decorator": (
        """
def wrap(function):
    raise ValueError("boom")  # here
@wrap
def kernel(A):
    pass
""",
        "kernel cannot be defined: ValueError: boom",
    ),
    "a default": ("def kernel(M=1 / 0):  # here\n    pass\n", "kernel cannot be defined: ZeroDivisionError"),
    "a default that ends the program": (
        "import sys\ndef kernel(M=sys.exit(3)):  # here\n    pass\n",
        "kernel cannot be defined: SystemExit: 3",
    ),
    "a body": (
        """
import tilelang.language as T
@T.prim_func
def kernel(A: T.Tensor((32, 32), "float32")):
    with T.Kernel(1):
        x = 1 // 0  # here
""",
        "kernel cannot be defined: ZeroDivisionError",
    ),
    "a condition": (
        "if 1 / 0:  # here\n    def kernel(M):\n        pass\n",
        "kernel cannot be defined: ZeroDivisionError",
    ),
    "a call of jit": (
        """
import tilelang
def make(M):
    pass
kernel = tilelang.jit(make, out_idx=unknown)  # here
""",
        "kernel cannot be defined: NameError: name 'unknown' is not defined",
    ),
    "a constant it needs": (
        "BLOCK = 1 // 0\ndef kernel(M=BLOCK):  # here\n    pass\n",
        "kernel cannot be defined: BLOCK is not set, for line 1 raises ZeroDivisionError",
    ),
    "an import": (
        "from absent_package import kernel  # here\n",
        "kernel cannot be defined: ModuleNotFoundError: No module named 'absent_package'",
    ),
}


@pytest.mark.parametrize("cause", FAILING)
def test_a_kernel_that_cannot_be_defined_is_answered_with_the_exception_and_its_line(
    cause: str, tmp_path: Path
) -> None:
    text, expected = FAILING[cause]
    path = tmp_path / "failing.py"
    path.write_text(text)
    line = next(number for number, one in enumerate(text.splitlines(), 1) if one.endswith("# here"))
    for name in ("kernel", None) if cause != "an import" else ("kernel",):
        with pytest.raises(TtplanError) as caught:
            extract(path, name)
        assert f"{path}: line {line}: {expected}" in str(caught.value)


def test_a_file_whose_imports_fail_says_so_where_it_has_no_kernel(tmp_path: Path) -> None:
    path = tmp_path / "importing.py"
    path.write_text("from absent_package import kernel\n")
    with pytest.raises(InputError, match=r"no TileLang kernel; imports that failed: kernel \(Module"):
        extract(path)


def test_a_kernel_is_found_beside_a_definition_that_fails(tmp_path: Path) -> None:
    path = tmp_path / "beside.py"
    path.write_text((EXAMPLES / "matmul.py").read_text() + "\n\ndef broken(M=1 / 0):\n    pass\n")
    assert extract(path, None, SIZES).name == "matmul"


def test_unreadable_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        extract(tmp_path / "absent.py")
    (tmp_path / "binary.py").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not UTF-8"):
        extract(tmp_path / "binary.py")


def test_a_prim_func_in_hand_gives_the_same_kernel() -> None:
    with loaded(KERNELS / "accepted.py", "bare") as source:
        function = source.names["bare"]
    direct, read = kernel_of(function, "mine"), extract(KERNELS / "accepted.py", "bare")
    assert direct.name == "mine" and kernel_of(function).name == "bare"
    assert list(direct.dims.values()) == list(read.dims.values())
    assert list(direct.dims) == ["d0", "d1", "d2"]
    assert [(b.name, b.dtype, b.io) for b in direct.buffers] == [
        (b.name, b.dtype, b.io) for b in read.buffers
    ]
    with pytest.raises(InputError, match="kernel_of takes a PrimFunc"):
        kernel_of("bare")


def test_a_parameter_is_defined_once() -> None:
    with pytest.raises(InputError, match="a parameter is defined twice; found 'M=96'"):
        parse_defines(["M=64", "N=64", "M=96"])
