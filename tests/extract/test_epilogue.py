"""Fused epilogues: every spelling of an activation is its op, and the Kernel computes the formula."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tilelang", reason="reading TileLang kernels needs the extra ttplan[tilelang]")

from extract.meaning import Array, erf, run, sample, sigmoid
from extract.written import ops_of
from ttplan.errors import InputError
from ttplan.extract import extract

Write = Callable[..., Path]

SPELLINGS = [
    ("T.max(x, 0)", ["relu"]),
    ("T.max(0.0, x)", ["relu"]),
    ("T.if_then_else(x > 0, x, 0)", ["relu"]),
    ("T.if_then_else(x <= 0, 0, x)", ["relu"]),
    ("T.if_then_else(0 < x, x, 0)", ["relu"]),
    ("T.Select(x >= 0, x, T.float32(0))", ["relu"]),
    ("T.sigmoid(x)", ["sigmoid"]),
    ("1.0 / (1.0 + T.exp(-x))", ["sigmoid"]),
    ("1.0 / (T.exp(x * -1.0) + 1.0)", ["sigmoid"]),
    ("1.0 / (1.0 + T.exp2(-x * 1.44269504))", ["sigmoid"]),
    ("0.5 * (T.tanh(0.5 * x) + 1.0)", ["sigmoid"]),
    ("x * T.sigmoid(x)", ["silu"]),
    ("x / (1.0 + T.exp(-x))", ["silu"]),
    ("x / (1.0 + T.exp2(-x * 1.4427))", ["silu"]),
    ("0.5 * x * (1.0 + T.erf(x * 0.7071))", ["gelu"]),
    ("x * (0.5 + 0.5 * T.erf(x / 1.41421356))", ["gelu"]),
    ("0.5 * x * (1.0 + T.tanh(0.7978845608 * (x + 0.044715 * x * x * x)))", ["gelu"]),
    ("x * 0.5 * (1 + T.tanh(0.79788 * x * (1.0 + 0.044715 * x * x)))", ["gelu"]),
    ("0.5 * x * (1.0 + T.tanh(0.7978845608 * (x + 0.044715 * T.pow(x, 3.0))))", ["gelu"]),
    ("x * T.sigmoid(1.5957691 * (x + 0.044715 * x * x * x))", ["gelu"]),
    ("x * 0.25", ["scale(0.25)"]),
    ("x / 4.0", ["scale(0.25)"]),
    ("-x", ["scale(-1.0)"]),
    ("2.0 * x * 4.0", ["scale(8.0)"]),
    ("x * 1.0", []),
    ("x + bias", ["add(bias)"]),
    ("bias + x", ["add(bias)"]),
    ("x + skip", ["add(skip)"]),
    ("bias + (x + skip)", ["add(skip)", "add(bias)"]),
    ("x + (bias + skip)", ["add(bias)", "add(skip)"]),
    ("(x + bias) * 0.5", ["add(bias)", "scale(0.5)"]),
    ("x * 0.5 + bias", ["scale(0.5)", "add(bias)"]),
    ("T.max(x + bias, 0) + skip", ["add(bias)", "relu", "add(skip)"]),
    ("T.max(x, 0) * T.sigmoid(T.max(x, 0))", ["relu", "silu"]),
    ("(x + bias) / (1.0 + T.exp(-(x + bias)))", ["add(bias)", "silu"]),
    ("0.5 * (x + bias) * (1.0 + T.erf((x + bias) * 0.70710678))", ["add(bias)", "gelu"]),
    ("0.125 * (x * T.sigmoid(x)) + skip", ["silu", "scale(0.125)", "add(skip)"]),
]
REFUSED = [
    ("T.exp(x)", "exp has no op"),
    ("T.sqrt(x)", "sqrt has no op"),
    ("x * x", "mul has no op"),
    ("T.min(x, 0)", "min has no op"),
    ("T.max(x, 0.1)", "max has no op"),
    ("T.if_then_else(x > 0, x, 0.01 * x)", "where has no op"),
    ("x * T.sigmoid(1.702 * x)", "mul with sigmoid has no op"),
    ("0.5 * x * (1.0 + T.erf(x * 0.8))", "mul with erf has no op"),
    ("0.5 * x * (1.0 + T.tanh(0.7978845608 * (x + 0.05 * x * x * x)))", "mul with tanh has no op"),
    ("1.0 / (2.0 + T.exp(-x))", "div with exp has no op"),
    ("x + 1.0", "adding a constant has no op"),
    ("x - bias", "sub has no op"),
    ("x * bias", "mul has no op"),
    ("x + 0.5 * skip", "adding a formula of tensors has no op"),
]


@pytest.mark.parametrize(("formula", "expected"), SPELLINGS)
def test_spelling_is_recognised_and_means_the_same(fused: Write, formula: str, expected: list[str]) -> None:
    kernel = extract(fused(formula))
    assert ops_of(kernel) == ["matmul", *expected]
    tensors = sample(kernel)
    x = tensors["A"] @ tensors["B"]
    # The formula's own meaning, from the same text with NumPy in the place of TileLang.
    wanted = eval(formula, {"T": Functions, "x": x, "bias": tensors.get("bias"), "skip": tensors.get("skip")})
    assert np.allclose(run(kernel, tensors), wanted, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize(("formula", "expected"), REFUSED)
def test_formula_without_an_op_is_refused_by_name(fused: Write, formula: str, expected: str) -> None:
    path = fused(formula)
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if "c[i, j] = " in text)
    with pytest.raises(InputError) as caught:
        extract(path)
    assert expected in str(caught.value)
    assert f"kernel kernel, line {line}" in str(caught.value)


def test_gelu_records_its_form(fused: Write) -> None:
    hints = extract(fused("0.5 * x * (1.0 + T.tanh(0.7978845608 * (x + 0.044715 * x * x * x)))")).hints
    assert hints is not None and str(hints.source).endswith("accumulates in float32; gelu in its tanh form")


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_casts_that_change_nothing_leave_no_op(fused: Write, dtype: str) -> None:
    kernel = extract(fused("T.max(x + bias, 0)", dtype, dtype))
    assert ops_of(kernel) == ["matmul", "add(bias)", "relu"]
    assert {buffer.dtype for buffer in kernel.buffers} == {dtype}


class Functions:
    """NumPy meanings of the TileLang functions the formulas use."""

    exp, exp2, tanh, sqrt = np.exp, np.exp2, np.tanh, np.sqrt
    max, min, pow = np.maximum, np.minimum, np.power
    Select = if_then_else = np.where
    erf = erf
    float32 = float

    @staticmethod
    def sigmoid(x: Array) -> Array:
        return sigmoid(x)
