"""Small problems with their plans and explanations."""

from __future__ import annotations

from pathlib import Path

from strategies import (
    DEEP,
    Case,
    device_of,
    kernel_of,
)

from ttplan.explain import explain
from ttplan.explain.results import Decision, Explanation, Totals
from ttplan.explain.variants import best_plan, totals
from ttplan.plan import Plan
from ttplan.rules.problem import Problem
from ttplan.solve import problem_of

ROOT = Path(__file__).parents[2]


CASES = 60 if DEEP else 2


def problem_for(case: Case, pins: tuple[str, ...] = (), side: int = 3) -> Problem:
    return problem_of(kernel_of(case), device_of(columns=side, rows=side), pins)


def explained(problem: Problem, decision: str | None = None) -> tuple[Plan, Explanation]:
    plan = best_plan(problem)
    assert plan is not None
    return plan, explain(problem, plan, decision)


def fresh(problem: Problem, name: str, value: str) -> Totals | None:
    given_pins = [pin.source.removeprefix("--pin ") for pin in problem.pins.pins]
    plan = best_plan(
        problem_of(problem.flow.kernel, problem.device, (*given_pins, f"{name}={value}"), problem.options)
    )
    return None if plan is None else totals(plan)


def asked(found: Explanation) -> list[Decision]:
    return [one for one in found.decisions if one.status != "follows"]
