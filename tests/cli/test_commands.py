"""What the commands do: exit codes, pins, rules, reserves, and the same bytes again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small import small

from tests.cli.process import ROOT, run


def test_solve_writes_a_program_that_checks_and_renders_again(tmp_path: Path, kernel: Path) -> None:
    out = tmp_path / "program"
    result = run("solve", str(kernel), "--out", str(out))
    assert result.returncode == 0, result.stderr
    assert "proven optimal" in result.stdout
    names = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert {"plan.json", "main.cpp", "CMakeLists.txt", "run.py", "kernels/compute.cpp"} <= names
    assert run("check", str(out)).returncode == 0
    again = tmp_path / "again"
    assert run("render", str(out / "plan.json"), "--out", str(again)).returncode == 0
    assert (again / "kernels/compute.cpp").read_bytes() == (out / "kernels/compute.cpp").read_bytes()
    assert (again / "plan.json").read_bytes() == (out / "plan.json").read_bytes()


def test_check_says_no_to_a_changed_plan(tmp_path: Path, kernel: Path) -> None:
    path = tmp_path / "plan.json"
    assert run("solve", str(kernel), "--plan", str(path)).returncode == 0
    plan = json.loads(path.read_text())
    plan["circular_buffers"][0]["depth"] += 1
    path.write_text(json.dumps(plan))
    result = run("check", str(path))
    assert result.returncode == 4
    assert "circular_buffers[0]" in result.stdout


def test_simulate_compares_with_numpy(tmp_path: Path, kernel: Path) -> None:
    path = tmp_path / "plan.json"
    assert run("solve", str(kernel), "--plan", str(path), "--simulate").returncode == 0
    result = run("simulate", str(path), "--format", "json", "--seed", "3")
    document = json.loads(result.stdout)
    assert result.returncode == 0 and document["ok"] and not document["diagnostics"]


@pytest.mark.parametrize(("arguments", "code"), [((), 2), (("--help",), 0), (("solve", "--help"), 0)])
def test_help_is_shown_when_it_is_asked_for_or_nothing_is(arguments: tuple[str, ...], code: int) -> None:
    result = run(*arguments)
    assert result.returncode == code and "Usage:" in result.stdout + result.stderr


def test_contradicting_pins_end_in_exit_code_1(kernel: Path) -> None:
    result = run("solve", str(kernel), "--pin", "subblock=8x4")
    assert result.returncode == 1
    assert "subblock=8x4" in result.stderr and "Traceback" not in result.stderr


def test_reserved_cores_and_l1_are_kept_free(tmp_path: Path) -> None:
    path = tmp_path / "kernel.json"
    path.write_text(
        json.dumps(
            small(
                dims={"M": 512, "K": 64, "N": 512}, reserve={"l1_bytes": 1000000, "cores": [[0, 0], [3, 4]]}
            )
        )
    )
    result = run("solve", str(path), "--format", "json")
    assert result.returncode == 0, result.stderr
    plan = json.loads(result.stdout)
    assert [0, 0] not in plan["partition"]["cores"] and [3, 4] not in plan["partition"]["cores"]
    assert plan["l1"]["circular_buffers"] + plan["l1"]["buffers"] <= 1395424 - 1000000


def test_one_more_rule_changes_the_plan_without_python(tmp_path: Path, kernel: Path) -> None:
    rules = tmp_path / "mine.lp"
    rules.write_text(":- work_cores(N), N > 3.\n")
    result = run("solve", str(kernel), "--rules", str(rules), "--format", "json")
    assert result.returncode == 0, result.stderr
    assert len(json.loads(result.stdout)["partition"]["cores"]) <= 3


@pytest.mark.parametrize("document", ["kernel", "device", "plan", "program"])
def test_schemas_are_json(document: str) -> None:
    assert json.loads(run("schema", document).stdout)["type"] == "object"


def test_readme_and_ci_run_the_same_commands() -> None:
    readme, ci = (ROOT / "README.md").read_text(), (ROOT / ".ci" / "run").read_text()
    for command in ("pip install -q -e '.[test]' && pytest -n 2", "ttplan solve examples/mlp_up.json"):
        assert command in readme and command in ci


def test_a_plan_that_is_not_proven_best_is_printed_and_not_explained() -> None:
    done = run("solve", str(ROOT / "examples" / "mlp_up.json"), "--conflicts", "20", "--explain")
    assert done.returncode == 3 and "best found, lower bound" in " ".join(done.stdout.split())
    assert done.stderr.startswith("error: the plan is not explained")
