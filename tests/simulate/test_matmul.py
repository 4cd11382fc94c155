"""Multicast matmuls on many cores: numbers, determinism, garbage that stays inside."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from programs import KERNELS, multicast_matmul

from ttplan.simulate import Result, run_program
from ttplan.simulate.formats import Array, rounded

SIZE: dict[str, Any] = {"m": 128, "k": 192, "n": 256, "grid": (2, 2)}


def run_matmul(seed: int = 0, **options: Any) -> tuple[Result, Array]:
    """The run and the float64 product of the rounded inputs."""
    size = {**SIZE, **options}
    random = np.random.default_rng(3)
    program = multicast_matmul(**size)
    inputs = {
        one.name: rounded(random.standard_normal(one.shape).astype(np.float32), one.dtype)
        for one in program.buffers
        if one.io == "in"
    }
    result = run_program(program, inputs, folder=KERNELS, seed=seed)
    expected = inputs["a"].astype(np.float64) @ inputs["b"].astype(np.float64)
    if "bias" in inputs:
        expected = expected + inputs["bias"]
    return result, np.maximum(expected, 0) if size.get("relu") else expected


VARIANTS: dict[str, tuple[dict[str, Any], float]] = {
    # options, relative error of the whole matrix
    "bfloat16": ({}, 0.006),
    "float32_sums": ({"fp32": True, "acc_dtype": "float32"}, 0.003),
    "block_float_weights": ({"in1_dtype": "bfloat4_b", "fp32": True, "acc_dtype": "float32"}, 0.003),
    "block_float_output": ({"out_dtype": "bfloat8_b", "fp32": True, "acc_dtype": "float32"}, 0.01),
    "float32_all": (
        {
            "dtype": "float32",
            "in1_dtype": "float32",
            "out_dtype": "float32",
            "fp32": True,
            "acc_dtype": "float32",
        },
        0.002,
    ),
    "float16": (
        {"dtype": "float16", "in1_dtype": "float16", "out_dtype": "float16", "acc_dtype": "float16"},
        0.002,
    ),
    "bias_and_relu": ({"bias": True, "relu": True}, 0.006),
    "deep_blocks": ({"block_k": 3, "subblock": (2, 4)}, 0.006),
    "blackhole": ({"arch": "blackhole", "grid": (8, 2)}, 0.006),
    "one_core": ({"grid": (1, 1), "m": 64, "n": 64}, 0.006),
    "row_of_cores": ({"grid": (4, 1)}, 0.006),
    "column_of_cores": ({"grid": (1, 4)}, 0.006),
}


@pytest.mark.parametrize("name", sorted(VARIANTS))
def test_matmul_matches_numpy(name: str) -> None:
    options, error = VARIANTS[name]
    if options.get("grid") == (8, 2):
        options = {**options, "subblock": (1, 1)}
    result, expected = run_matmul(**options)
    assert result.ok, [one.text() for one in result.diagnostics]
    got = result.outputs["c"].astype(np.float64)
    assert np.linalg.norm(got - expected) <= error * np.linalg.norm(expected)


def test_three_runs_are_identical_and_seeds_change_only_the_interleaving() -> None:
    first, _ = run_matmul(bias=True, relu=True)
    for seed in (0, 0, 1, 2, 3, 99):
        other, _ = run_matmul(seed, bias=True, relu=True)
        assert other.ok
        assert other.outputs["c"].tobytes() == first.outputs["c"].tobytes()
        if seed == 0:
            assert other.statistics == first.statistics
    permuted, _ = run_matmul(7, bias=True, relu=True)
    assert permuted.statistics is not None and first.statistics is not None
    assert permuted.statistics.total == first.statistics.total
    assert permuted.statistics.slices != first.statistics.slices


def test_statistics_count_what_the_plan_moves() -> None:
    result, _ = run_matmul()
    assert result.statistics is not None
    total = result.statistics.total
    tiles_a, tiles_b, tiles_c = 4 * 6, 6 * 8, 4 * 8
    assert total.dram_read_bytes == (tiles_a + tiles_b) * 2048  # each block is read once and multicast
    assert total.dram_write_bytes == tiles_c * 2048
    # Two rows and two columns of cores, three K blocks, data and flag each; a block is 2x2 and 2x4 tiles.
    assert total.multicast_write_transactions == (2 + 2) * 3 * 2
    assert total.multicast_write_bytes == 3 * (2 * (4 * 2048 + 4) + 2 * (8 * 2048 + 4))
    assert total.matmul_tiles == 4 * 8 * 6
    assert total.semaphore_incs == (2 + 2) * 3
    per_core = {one.id: one for one in result.statistics.cores[0].circular_buffers}
    assert per_core[0].pages == 8 and 4 <= per_core[0].high_water <= 8
    assert per_core[16].pushed == 8


def test_64_cores_of_wormhole() -> None:
    result, expected = run_matmul(m=512, k=256, n=512, grid=(8, 8), subblock=(2, 2), block_k=4)
    assert result.ok
    assert np.linalg.norm(result.outputs["c"] - expected) <= 0.006 * np.linalg.norm(expected)
