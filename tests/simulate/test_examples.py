"""The hand-written examples run and compute what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ttplan.document import load
from ttplan.simulate import Program, Result, run_program
from ttplan.simulate.formats import Array, rounded

EXAMPLES = Path(__file__).parents[2] / "examples" / "programs"


def run_example(name: str, seed: int = 0) -> tuple[Result, dict[str, Array]]:
    folder = EXAMPLES / name
    program = load(Program, folder / "program.json")
    random = np.random.default_rng(7)
    inputs = {
        one.name: rounded(random.standard_normal(one.shape).astype(np.float32), one.dtype)
        for one in program.buffers
        if one.io == "in"
    }
    result = run_program(program, inputs, folder=folder, seed=seed)
    assert result.ok, [one.text() for one in result.diagnostics]
    return result, inputs


def test_vector_add_is_exact_in_bfloat16() -> None:
    result, inputs = run_example("vector_add")
    np.testing.assert_array_equal(result.outputs["sum"], rounded(inputs["a"] + inputs["b"], "bfloat16"))
    assert result.statistics is not None
    assert result.statistics.total.dram_read_bytes == 24 * 2048
    assert result.statistics.total.dram_write_transactions == 12
    high = {one.id: one.high_water for one in result.statistics.cores[0].circular_buffers}
    assert high[0] == high[1] == 4


def test_matmul_multicore_matches_numpy() -> None:
    result, inputs = run_example("matmul_multicore")
    expected = inputs["a"].astype(np.float64) @ inputs["b"].astype(np.float64)
    np.testing.assert_allclose(result.outputs["c"], expected, rtol=2**-8, atol=1e-5)
    assert result.statistics is not None
    assert result.statistics.total.matmul_tiles == 3 * 4 * 5


def test_interleaving_does_not_change_numbers() -> None:
    first, _ = run_example("matmul_multicore")
    for seed in (1, 2, 3):
        other, _ = run_example("matmul_multicore", seed)
        np.testing.assert_array_equal(first.outputs["c"], other.outputs["c"])
