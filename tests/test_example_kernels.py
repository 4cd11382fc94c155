"""Every example is solved, checked and simulated; the README shows what the program prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from ttplan.check import check_plan
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
    plan = solve(load(Kernel, ROOT / "examples" / "ragged.json"), load_device("n150"))
    readme = (ROOT / "README.md").read_text()
    assert f"ragged on n150: {plan.cost.cycles} cycles modelled" in readme
    for cb in plan.circular_buffers:
        assert f"c_{cb.id}" in readme


def test_the_readme_shows_a_real_why_not() -> None:
    problem = problem_of(load(Kernel, ROOT / "examples" / "ragged.json"), load_device("n150"))
    said = text(why_not(problem, ("A.depth=4", "subblock=4x4"))).splitlines()
    shown = (ROOT / "README.md").read_text().partition("why not A.depth=4 and subblock=4x4")
    block = (shown[1] + shown[2].partition("```")[0]).splitlines()
    assert len(block) > 6 and said[: len(block)] == block
