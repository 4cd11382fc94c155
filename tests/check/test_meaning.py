"""Sizes, roles, transposes, batches and epilogue derived from the ops of a kernel alone."""

from __future__ import annotations

from typing import Any

import pytest

from ttplan.check import check_plan
from ttplan.check.meaning import NotAContraction, Operand, Step, meaning_of
from ttplan.kernel import Kernel

from .plans import matmul
from .variants import VARIANTS, buffers, ops, plan_of


def kernel(steps: list[dict[str, Any]], dims: dict[str, int] | None = None, **tensors: str) -> Kernel:
    """A kernel of these ops and tensors; dims of 64 elements unless given."""
    sizes = {letter: 64 for text in tensors.values() for letter in text.split()[0]} | (dims or {})
    declared = buffers(**tensors)
    return matmul(1, 1, 1, dims=sizes, buffers=declared, ops=steps)


def test_sizes_are_whole_tiles() -> None:
    meaning = meaning_of(matmul(33, 32, 1))
    assert (meaning.batches, meaning.m, meaning.k, meaning.n) == (1, 2, 1, 1)


def test_the_operand_with_the_rows_of_the_output_is_in0_wherever_it_stands() -> None:
    meaning = meaning_of(VARIANTS["grid_swapped_inputs"][0])
    assert (meaning.operands["in0"].buffer, meaning.operands["in1"].buffer) == ("A", "B")


def test_transposes_follow_the_order_of_dims() -> None:
    operands = meaning_of(VARIANTS["grid_transposed_operands"][0]).operands
    assert operands["in0"] == Operand("A", transposed=True)
    assert operands["in1"] == Operand("B", transposed=True)


def test_epilogue_and_operands_are_numbered_along_the_chain() -> None:
    meaning = meaning_of(VARIANTS["grid_epilogue"][0])
    assert meaning.epilogue == (
        Step("add", "add0", None),
        Step("gelu", None, None),
        Step("add", "add1", None),
        Step("scale", None, 0.5),
    )
    assert meaning.operands["add0"] == Operand("bias", row_broadcast=True)
    assert meaning.operands["add1"] == Operand("R")


def test_batches_are_fused_only_when_every_operand_stacks() -> None:
    def fuses(a: str, b: str, r: str) -> bool:
        chain = ops("matmul A,B t", "add t,R C")
        dims = {"Z": 3}
        tensors = {
            "A": f"{a} bfloat16 in",
            "B": f"{b} bfloat16 in",
            "R": f"{r} bfloat16 in",
            "C": "ZMN bfloat16 out",
        }
        return meaning_of(kernel(chain, dims, **tensors)).can_fuse

    assert fuses("ZMK", "KN", "ZMN")
    assert fuses("ZMK", "KN", "N")
    assert not fuses("ZMK", "ZKN", "ZMN")
    assert not fuses("ZKM", "KN", "ZMN")
    assert not fuses("MK", "KN", "ZMN")
    assert not fuses("ZMK", "KN", "MN")


def test_a_batch_dim_of_one_is_no_batch() -> None:
    single = kernel(
        ops("matmul A,B C"), {"Z": 1}, A="ZMK bfloat16 in", B="KN bfloat16 in", C="ZMN bfloat16 out"
    )
    assert meaning_of(single).batches == 1
    assert not meaning_of(single).operands["in0"].batched


X = {"A": "MK bfloat16 in", "B": "KN bfloat16 in", "C": "MN bfloat16 out"}
REFUSED: list[tuple[str, list[dict[str, Any]], dict[str, str]]] = [
    ("0 contractions", ops("relu A C"), X),
    ("2 contractions", ops("matmul A,B t", "matmul t,B C"), X),
    ("does not use t", ops("matmul A,B t", "relu A C"), X),
    ("no output of the kernel", ops("matmul A,B t"), X),
    ("t with itself", ops("matmul A,B t", "add t,t C"), X),
    ("U is no input", ops("matmul A,B t", "add t,U C"), X),
    ("neither rows M nor columns N", ops("matmul A,B C"), {**X, "B": "KM bfloat16 in"}),
    ("sum over different dims", ops("matmul A,B C"), {**X, "B": "LN bfloat16 in"}),
    ("neither a row nor a matrix", ops("matmul A,B t", "add t,R C"), {**X, "R": "NM bfloat16 in"}),
    (
        "neither none nor all",
        ops("matmul A,B C"),
        {"A": "YZMK bfloat16 in", "B": "ZKN bfloat16 in", "C": "YZMN bfloat16 out"},
    ),
    ("no rows and columns", ops("matmul A,B C"), {**X, "C": "N bfloat16 out"}),
]


@pytest.mark.parametrize(("message", "steps", "tensors"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_is_no_contraction_is_refused_by_name(
    message: str, steps: list[dict[str, Any]], tensors: dict[str, str]
) -> None:
    with pytest.raises(NotAContraction) as refusal:
        meaning_of(kernel(steps, None, **tensors))
    assert message in refusal.value.message


def test_the_checker_reports_a_kernel_it_does_not_understand() -> None:
    plan = plan_of("grid")
    other = plan.model_copy(update={"kernel": kernel(ops("relu A C"), None, **X)})
    assert [item.rule for item in check_plan(other)] == ["kernel_supported"]
