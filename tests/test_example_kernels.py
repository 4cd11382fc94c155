"""Every example is solved, checked and simulated; the README shows what the program prints."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ttplan.check import check_plan
from ttplan.cli import app
from ttplan.device import load_device
from ttplan.document import dumps, load
from ttplan.explain import why_not
from ttplan.explain.words import text
from ttplan.kernel import Kernel
from ttplan.solve import problem_of, solve

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.json"))


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_solve_and_compute_the_right_numbers(name: str) -> None:
    simulate = pytest.importorskip("ttplan.simulate.plan_run", reason="the simulator needs NumPy")
    plan = solve(load(Kernel, ROOT / "examples" / f"{name}.json"), load_device("n150"))
    assert plan.status == "optimal" and not check_plan(plan)
    run = simulate.simulate_plan(plan)
    assert run.ok, "\n".join(run.text())


def test_examples_stand_in_canonical_form() -> None:
    import json

    for name in EXAMPLES:
        text = (ROOT / "examples" / f"{name}.json").read_text()
        assert text == dumps(json.loads(text)), name


def test_the_readme_shows_real_output() -> None:
    example = "examples/ragged.json"
    shown = (ROOT / "README.md").read_text().partition(f"`ttplan solve {example}` answers:\n```\n")[2]
    said = CliRunner(env={"COLUMNS": "88"}).invoke(app, ["solve", str(ROOT / example)]).output
    lines = "─" * 500  # as long as the terminal is wide
    assert [one for one in shown.partition("```")[0].split() if one not in lines] == [
        one for one in said.split() if one not in lines
    ]


def test_the_readme_shows_a_real_why_not() -> None:
    problem = problem_of(load(Kernel, ROOT / "examples" / "ragged.json"), load_device("n150"))
    said = text(why_not(problem, ("A.depth=4", "subblock=4x4"))).splitlines()
    shown = (ROOT / "README.md").read_text().partition("why not A.depth=4 and subblock=4x4")
    block = (shown[1] + shown[2].partition("```")[0]).splitlines()
    assert len(block) > 6 and said[: len(block)] == block
