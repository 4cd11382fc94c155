"""The NumPy side of a comparison: right values, and tolerances that a wrong kernel does not meet."""

from __future__ import annotations

import numpy as np
import pytest

from render.case import Case
from render.plans import build
from render.rendered import plan_of
from ttplan.errors import InputError
from ttplan.kernel import Buffer, Kernel, Op
from ttplan.simulate.plan_run import compare, input_arrays, simulate_plan
from ttplan.simulate.reference import evaluate, storage_error, stored


def test_values_of_a_whole_epilogue() -> None:
    plan = plan_of("row_residual_silu")
    arrays = input_arrays(plan.kernel, "random")
    kept = {name: stored(values, plan.buffer(name).dtype) for name, values in arrays.items()}
    x = kept["A"] @ kept["B"] + kept["D0"][np.newaxis, :] + kept["D1"]
    assert np.allclose(evaluate(plan.kernel, arrays)["C"].values, x / (1 + np.exp(-x)))


def test_stored_transposed_operands_are_read_by_their_dims() -> None:
    kernel = Kernel(
        name="transposed",
        dims={"M": 3, "N": 2, "K": 4},
        buffers=(
            Buffer(name="A", dims=("K", "M"), dtype="float32", io="in"),
            Buffer(name="B", dims=("N", "K"), dtype="float32", io="in"),
            Buffer(name="C", dims=("M", "N"), dtype="float32", io="out"),
        ),
        ops=(Op(op="matmul", inputs=("A", "B"), out="C"),),
    )
    a, b = np.arange(12.0).reshape(4, 3), np.arange(8.0).reshape(2, 4)
    assert np.array_equal(evaluate(kernel, {"A": a, "B": b})["C"].values, a.T @ b.T)


@pytest.mark.parametrize("case", ["split", "fp32_partials", "l1_accumulation", "batched_split"])
def test_a_missing_k_block_is_beyond_the_tolerance(case: str) -> None:
    plan = plan_of(case)
    arrays = input_arrays(plan.kernel, "random")
    short = {**arrays, "A": arrays["A"].copy()}
    short["A"][..., -32:] = 0
    right, wrong = evaluate(plan.kernel, arrays)["C"], evaluate(plan.kernel, short)["C"]
    found = compare("C", wrong.values, right.values, right.tolerance)
    assert found.wrong > found.elements // 2


def test_a_value_that_is_no_number_never_agrees() -> None:
    ones = np.ones((2, 2))
    found = compare("C", np.array([[1.0, np.nan], [1.0, np.inf]]), ones, ones)
    assert found.wrong == 2


def test_block_floats_are_as_coarse_as_the_largest_of_sixteen() -> None:
    values = np.zeros((1, 32))
    values[0, 0], values[0, 16] = 64.0, 1.0
    error = storage_error(values, "bfloat8_b")
    assert error[0, 1] == error[0, 0] == 64 * error[0, 17]
    assert np.all(
        np.abs(stored(values + 0.3, "bfloat8_b") - (values + 0.3)) <= storage_error(values + 0.3, "bfloat8_b")
    )


def test_missing_and_misshapen_inputs_are_named() -> None:
    kernel = plan_of("split").kernel
    with pytest.raises(InputError, match=r"inputs\.B"):
        evaluate(kernel, {"A": np.ones((128, 128))})
    with pytest.raises(InputError, match="another shape"):
        evaluate(kernel, {"A": np.ones((128, 64)), "B": np.ones((128, 128))})
    with pytest.raises(InputError, match="nearest: ones"):
        input_arrays(kernel, "one")
    with pytest.raises(InputError, match="no such input"):
        input_arrays(kernel, {"Z": np.ones(1)})


def test_a_whole_chip_computes_a_thousand_cubed() -> None:
    case = Case(
        "whole_chip",
        m=1024,
        n=1024,
        k=1024,
        scheme="multicast_2d",
        grid=(8, 8),
        block=(4, 4, 4),
        subblock=(2, 4),
    )
    run = simulate_plan(build(case))
    assert run.ok, "\n".join(run.text())
    assert run.result.statistics is not None
    assert run.result.statistics.total.matmul_tiles == 32**3
