"""The checker and the simulator agree: what one calls good, the other runs right."""

from __future__ import annotations

import pytest

from ttplan.check import check_plan
from ttplan.errors import InputError
from ttplan.plan import Plan
from ttplan.simulate.plan_run import simulate_plan
from ttplan.simulate.toolchain import compiler

from .random_plans import random_plan


def _good_plans(count: int) -> list[tuple[int, Plan]]:
    found: list[tuple[int, Plan]] = []
    seed = 0
    while len(found) < count:
        plan = random_plan(seed)
        if plan is not None and not check_plan(plan):
            found.append((seed, plan))
        seed += 1
    return found


def _has_compiler() -> bool:
    try:
        return bool(compiler())
    except InputError:
        return False


@pytest.mark.skipif(not _has_compiler(), reason="the simulator needs a C++ compiler")
@pytest.mark.parametrize(("seed", "plan"), _good_plans(10))
def test_a_plan_without_findings_runs_and_computes_the_right_numbers(seed: int, plan: Plan) -> None:
    run = simulate_plan(plan, seed=seed)
    assert run.ok, run.text()


def test_random_plans_are_judged_without_an_error() -> None:
    judged = [check_plan(plan) for plan in map(random_plan, range(300)) if plan is not None]
    assert sum(not found for found in judged) > 50
    assert sum(bool(found) for found in judged) > 20
