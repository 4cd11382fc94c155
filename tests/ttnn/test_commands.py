"""`predict`, `baseline`, `solve --for ttnn`, `render --target ttnn` and `check --ttnn` as a user meets them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.ttnn.calls import kernel, plane
from ttplan.document import dumps
from ttplan.kernel import Kernel

ROOT = Path(__file__).parent.parent.parent
MEASURED = (
    # board, shape (m, k, n), dtype, fidelity, storage of in0 and out, per core, K block, subblock, device cycles
    ("n150", (1024, 1024, 2048), "bfloat16", "HiFi2", "L1", (4, 8), 4, (1, 8), 61122.9),
    ("n150", (3072, 4096, 4096), "bfloat16", "HiFi4", "DRAM", (12, 16), 8, (4, 2), 1706296.4),
    ("n150", (512, 1024, 1024), "bfloat8_b", "HiFi2", "L1", (2, 4), 4, (1, 4), 18630.9),
)
"""Rows of tech_reports/GEMM_FLOPS on 8 x 8 cores: device time until the math threads end."""


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ttplan", *arguments]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=env, timeout=120)


def written(folder: Path, source: Kernel) -> str:
    (folder / "kernel.json").write_text(dumps(source), encoding="utf-8")
    return "kernel.json"


def predicted(folder: Path, *arguments: str) -> dict[str, Any]:
    result = run("predict", *arguments, "--format", "json", cwd=folder)
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("board", "shape", "dtype", "fidelity", "storage", "per_core", "k_block", "subblock", "cycles"), MEASURED
)
def test_predict_comes_close_to_measurements(
    tmp_path: Path,
    board: str,
    shape: tuple[int, int, int],
    dtype: str,
    fidelity: str,
    storage: str,
    per_core: tuple[int, int],
    k_block: int,
    subblock: tuple[int, int],
    cycles: float,
) -> None:
    place = {"memory": "L1", "layout": "block_sharded"} if storage == "L1" else {"memory": "DRAM"}
    source = kernel(*shape, dtypes=(dtype, dtype, dtype), layout={"A": place, "C": place})
    compute = source.compute.model_copy(update={"math_fidelity": fidelity})
    path = written(tmp_path, source.model_copy(update={"compute": compute}))
    pins = [
        "scheme=multicast_2d",
        "grid=8x8",
        f"out_block={per_core[0]}x{per_core[1]}",
        f"k_block={k_block}",
        f"subblock={subblock[0]}x{subblock[1]}",
        "A.depth=2",
        "B.depth=2",
    ]
    found = predicted(tmp_path, path, "-d", board, *(part for pin in pins for part in ("--pin", pin)))
    assert found["decisions"]["subblock"] == f"{subblock[0]}x{subblock[1]}"
    assert found["decisions"]["A.depth"] == "2"
    assert abs(found["math_cycles"] / cycles - 1) < 0.1
    shown = sum(
        term["cycles"]
        for term in found["terms"]
        if term["name"] in ("startup", "resources", "fill", "stall", "tail")
    )
    assert shown == found["cycles"]


def test_predict_refuses_a_configuration_that_is_not_legal(tmp_path: Path) -> None:
    path = written(tmp_path, kernel(512, 512, 512))
    result = run("predict", path, "--pin", "grid=9x9", cwd=tmp_path)
    assert result.returncode == 1
    assert "grid=9x9" in result.stderr


def test_a_plan_for_ttnn_becomes_a_call_that_check_accepts(tmp_path: Path) -> None:
    path = written(tmp_path, kernel(256, 512, 512, bias=True, activation="relu"))
    assert run("solve", path, "--for", "ttnn", "--plan", "plan.json", cwd=tmp_path).returncode == 0
    result = run("render", "plan.json", "--target", "ttnn", "--out", "call", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    text = run("render", "plan.json", "--target", "ttnn", cwd=tmp_path).stdout
    assert text == (tmp_path / "call" / "ttnn_call.py").read_text(encoding="utf-8")
    assert "ttnn.linear(" in text and "UnaryOpType.RELU" in text
    verdict = run("check", "--ttnn", "call/ttnn_call.json", "--format", "json", cwd=tmp_path)
    assert verdict.returncode == 0
    assert json.loads(verdict.stdout)["legal"]


def test_a_kernel_that_ttnn_does_not_run_is_refused_with_its_rule(tmp_path: Path) -> None:
    half = ("float16", "float16", "float16")
    path = written(tmp_path, kernel(64, 64, 64, dtypes=half))
    result = run("solve", path, "--for", "ttnn", "--format", "json", cwd=tmp_path)
    assert result.returncode == 1
    story = json.loads(result.stdout)
    assert {member["name"] for member in story["conflict"]} == {"ttnn_dtype"}
    assert story["relaxations"][0]["changes"] == ["plan without --for ttnn"]
    assert run("solve", path, "--plan", "plan.json", cwd=tmp_path).returncode == 0
    refused = run("render", "plan.json", "--target", "ttnn", cwd=tmp_path)
    assert refused.returncode == 2
    assert "float16 is not a data type of TTNN" in refused.stderr


def test_check_names_the_broken_rule_and_the_nearest_config(tmp_path: Path) -> None:
    (tmp_path / "call.json").write_text(dumps(plane(in0_block_w=5)), encoding="utf-8")
    result = run("check", "--ttnn", "call.json", cwd=tmp_path)
    assert result.returncode == 1
    assert "in0_block_w 5 must divide Kt 32" in result.stdout
    assert "in0_block_w=4  (was 5)" in result.stdout
    (tmp_path / "call.json").write_text(dumps(plane(program_config=None)), encoding="utf-8")
    missing = run("check", "--ttnn", "call.json", cwd=tmp_path)
    assert missing.returncode == 2
    assert "program_config" in missing.stderr
    assert run("check", cwd=tmp_path).returncode == 2


def test_baseline_sets_the_stock_choice_beside_the_plan(tmp_path: Path) -> None:
    path = written(tmp_path, kernel(512, 1024, 1024))
    document = json.loads(run("baseline", path, "--format", "json", cwd=tmp_path).stdout)
    stock = document["stock"]["program_config"]
    assert (stock["class"], stock["per_core_N"]) == ("MatmulMultiCoreReuseMultiCast1DProgramConfig", 1)
    assert set(document["same_storage"]["buffers"].values()) == {"DRAM/interleaved"}
    assert document["speedup"] == document["stock"]["cycles"] / document["same_storage"]["cycles"] > 1
    text = run("baseline", path, cwd=tmp_path).stdout
    assert "modelled speed-up with the same storage" in text


@pytest.mark.parametrize(("name", "field"), [("ttnn", "program_config"), ("prediction", "math_cycles")])
def test_documents_have_a_schema(tmp_path: Path, name: str, field: str) -> None:
    result = run("schema", name, cwd=tmp_path)
    assert field in json.loads(result.stdout)["properties"]
