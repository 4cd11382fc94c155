"""The ways to write a matmul in TileLang all give the same Kernel."""

from __future__ import annotations

import pytest

pytest.importorskip("tilelang", reason="reading TileLang kernels needs the extra ttplan[tilelang]")

from extract.written import EXAMPLES, KERNELS, ops_of
from ttplan.extract import extract
from ttplan.facts.dataflow import analyse
from ttplan.kernel import Compute

FILE = KERNELS / "accepted.py"
PLAIN = (
    "bare",
    "grid_order",
    "conditional_clear",
    "loads_in_parallel",
    "output_transposed",
    "persistent_groups",
    "persistent_primitive",
    "nested_k",
    "one_block_of_k",
    "half_accumulator",
    "unit_dims",
)


@pytest.mark.parametrize("name", PLAIN)
def test_one_matmul_however_it_is_written(name: str) -> None:
    kernel = extract(FILE, name)
    assert kernel.name == name
    assert list(kernel.dims.items()) == [("M", 192), ("N", 320), ("K", 96)]
    assert [(b.name, b.dims, b.dtype, b.io) for b in kernel.buffers] == [
        ("A", ("M", "K"), "float16", "in"),
        ("B", ("K", "N"), "float16", "in"),
        ("C", ("M", "N"), "float16", "out"),
    ]
    assert [(op.op, op.inputs, op.out) for op in kernel.ops] == [("matmul", ("A", "B"), "C")]
    assert analyse(kernel).dims["C"] == ("M", "N")


def test_an_operand_turned_while_staged_is_a_transposed_operand() -> None:
    kernel = extract(FILE, "transposed_by_hand")
    assert [(b.name, b.dims) for b in kernel.buffers] == [
        ("A", ("K", "M")),
        ("B", ("K", "N")),
        ("C", ("M", "N")),
    ]
    assert ops_of(kernel) == ["matmul"]


def test_roles_come_from_dataflow_when_names_lie() -> None:
    kernel = extract(FILE, "same_names")
    assert [(b.name, b.dims, b.io) for b in kernel.buffers] == [
        ("C", ("M", "K"), "in"),
        ("out", ("K", "N"), "in"),
        ("A", ("M", "N"), "out"),
    ]
    assert kernel.ops[0].inputs == ("C", "out")


def test_an_accumulator_that_starts_with_the_bias_adds_it() -> None:
    kernel = extract(FILE, "bias_in_accumulator")
    assert ops_of(kernel) == ["matmul", "add(bias)"]
    bias = kernel.buffer("bias")
    assert bias is not None and bias.dims == ("N",) and bias.dtype == "float32"


def test_rounding_before_an_activation_is_a_cast_with_its_format() -> None:
    kernel = extract(FILE, "rounded_then_activated")
    assert ops_of(kernel) == ["matmul", "cast", "sigmoid"]
    rounded = kernel.buffer(kernel.ops[1].out)
    assert rounded is not None and rounded.dtype == "float16" and rounded.io is None


def test_rounding_before_a_last_relu_is_the_write_back() -> None:
    assert ops_of(extract(FILE, "rounded_then_relu")) == ["matmul", "relu"]


def test_sizes_need_not_be_multiples_of_the_block() -> None:
    kernel = extract(FILE, "padded_k")
    assert sorted(kernel.dims.values()) == [100, 192, 320]
    assert extract(FILE, "single_rows").dims == {"d0": 1, "N": 320, "K": 96}


def test_a_symbol_of_several_dims_names_none_of_them() -> None:
    assert extract(FILE, "square").dims == {"d0": 192, "d1": 192, "d2": 192}


def test_gpu_tiling_is_a_hint() -> None:
    hints = extract(FILE, "bare").hints
    assert hints is not None
    assert hints.block == {"M": 64, "N": 64, "K": 32}
    assert hints.num_stages == 2
    assert hints.source == "accepted.py:bare; accumulates in float32"
    nested, whole, half = (
        extract(FILE, name).hints for name in ("nested_k", "one_block_of_k", "half_accumulator")
    )
    assert nested is not None and nested.block["K"] == 16 and nested.num_stages is None
    assert whole is not None and whole.block["K"] == 96
    assert half is not None and half.source == "accepted.py:half_accumulator; accumulates in float16"


@pytest.mark.parametrize("accumulator", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("tensors", ["float32", "float16", "bfloat16"])
def test_the_destination_registers_accumulate_as_the_fragment_does(tensors: str, accumulator: str) -> None:
    sizes = {"M": 64, "N": 96, "K": 32, "block_M": 32, "block_N": 32, "block_K": 32, "num_stages": 0}
    formats = {"dtype": tensors, "accum_dtype": accumulator}
    kernel = extract(EXAMPLES / "matmul_lazy.py", None, {**sizes, **formats})
    assert {buffer.dtype for buffer in kernel.buffers} == {tensors}
    assert kernel.compute == Compute(fp32_dest_acc_en=accumulator == "float32")
