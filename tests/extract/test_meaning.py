"""The extracted Kernel computes what the TileLang kernel computes, executed block by block."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tilelang", reason="reading TileLang kernels needs the extra ttplan[tilelang]")

from extract.meaning import run, sample
from extract.tensor_program import Program
from extract.written import EXAMPLES, KERNELS
from ttplan.device import load_device
from ttplan.extract import extract
from ttplan.extract.source import loaded
from ttplan.extract.trace import Define, choose, trace
from ttplan.simulate.plan_run import simulate_plan
from ttplan.solve import solve

FILE = KERNELS / "accepted.py"
FORMS = (
    "grid_order conditional_clear loads_in_parallel transposed_by_hand output_transposed persistent_groups "
    "persistent_primitive nested_k one_block_of_k same_names bias_in_accumulator rounded_then_activated "
    "rounded_then_relu unit_dims single_rows padded_k square flat_batch reversed_k manual_pipeline macroed "
    "unrolled_k"
).split()
SMALL: dict[str, dict[str, Define]] = {
    "matmul.py": {"M": 96, "N": 160, "K": 80, "block_M": 32, "block_N": 64, "block_K": 16},
    "matmul_lazy.py": {"M": 96, "N": 160, "K": 80},
    "linear_gelu.py": {
        "tokens": 40,
        "features": 48,
        "hidden": 72,
        "block_M": 32,
        "block_N": 32,
        "block_K": 32,
    },
    "batched_matmul.py:batched_matmul": {"batch": 3, "M": 40, "N": 48, "K": 56, "block_M": 32, "block_N": 32},
    "batched_matmul.py:shared_weights": {"batch": 3, "M": 40, "N": 48, "K": 56, "block_M": 32, "block_N": 32},
    "transposed.py": {"M": 64, "N": 96, "K": 80, "transpose_A": True, "block_M": 32, "block_N": 32},
    "ragged_relu.py": {"M": 50, "N": 37, "K": 33, "block_M": 16, "block_N": 32},
    "residual.py": {"M": 96, "N": 80, "K": 64, "blocks": 4, "block_M": 32, "block_N": 32},
}


def check(path: Path, name: str | None, defines: dict[str, Define]) -> None:
    kernel = extract(path, name, defines)
    tensors = sample(kernel)
    with loaded(path) as source:
        function = trace(source, choose(source, name), defines).function
    shapes = {
        str(b.name): [int(e) for e in b.shape] for b in (function.buffer_map[p] for p in function.params)
    }
    out = next(buffer.name for buffer in kernel.buffers if buffer.io == "out")
    memory = {known: tensors[known].reshape(shapes[known]) for known in tensors}
    memory[out] = np.full(shapes[out], np.nan)
    Program(function, memory)
    expected = run(kernel, tensors)
    assert np.allclose(memory[out].reshape(expected.shape), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", FORMS)
def test_kernel_means_what_the_blocks_compute(name: str) -> None:
    check(FILE, name, {})


@pytest.mark.parametrize("example", SMALL)
def test_example_means_what_its_blocks_compute(example: str) -> None:
    file, _, name = example.partition(":")
    check(EXAMPLES / file, name or None, SMALL[example])


@pytest.mark.parametrize("example", SMALL)
def test_plan_of_an_example_computes_the_right_numbers(example: str) -> None:
    file, _, name = example.partition(":")
    plan = solve(extract(EXAMPLES / file, name or None, SMALL[example]), load_device("n150"))
    assert plan.kernel.compute.fp32_dest_acc_en
    run = simulate_plan(plan)
    assert run.ok, "\n".join(run.text())
