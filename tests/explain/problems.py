"""Small problems with their plans and explanations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from strategies import DEEP, Case, device_of, kernel_of

from ttplan.device import Device
from ttplan.explain import explain
from ttplan.explain.results import Decision, Explanation, Totals
from ttplan.explain.variants import best_plan, totals
from ttplan.plan import Plan
from ttplan.rules.problem import Infeasible, Options, Problem
from ttplan.rules.search import search
from ttplan.solve import problem_of

ROOT = Path(__file__).parents[2]
CASES = 60 if DEEP else 2
PINS = st.sampled_from(
    [
        "grid=2x2",
        "cores=3",
        "scheme=multicast_2d",
        "scheme=split",
        "out_block=2x2",
        "k_block=2",
        "subblock=2x2",
        "subblock=4x4",
        "A.depth=4",
        "A.layout=L1/interleaved",
        "C.layout=L1/block_sharded",
        "C.layout=L1/height_sharded",
        "mode=local_shard",
        "l1_accumulation",
    ]
)
"""Pins that small problems may have."""


def problem_for(case: Case, pins: tuple[str, ...] = (), side: int = 3) -> Problem:
    return problem_of(kernel_of(case), device_of(columns=side, rows=side), pins)


def problem_on(case: Case, device: Device, pins: tuple[str, ...] = (), **options: Any) -> Problem:
    return problem_of(kernel_of(case), device, pins, Options(**options))


def solvable(problem: Problem) -> bool:
    try:
        search(problem)
    except Infeasible:
        return False
    return True


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
