"""Explanations of plans: alternatives cost what a fresh solve says, answers are stable."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from unittest.mock import patch

import pytest
from explain.problems import CASES, ROOT, asked, explained, fresh, problem_for
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import (
    Case,
    Operand,
    device_of,
    devices,
    fused,
    kernel_of,
    placed,
)

from ttplan.device import load_device
from ttplan.document import dumps
from ttplan.errors import InputError
from ttplan.explain import alternatives, explain, text
from ttplan.explain.decisions import decisions_of
from ttplan.explain.results import Explanation
from ttplan.explain.variants import best_plan, totals
from ttplan.rules.problem import Options, TimeLimit
from ttplan.solve import problem_of


@settings(max_examples=CASES)
@given(st.one_of(fused(3), placed(3)), devices(2))
@example(Case(64, 64, 64, free=("add0",), ops=(Operand("bfloat16"),)), device_of())
def test_every_alternative_costs_what_a_fresh_solve_with_its_pin_costs(case: Case, device: object) -> None:
    problem = problem_of(kernel_of(case), device)  # type: ignore[arg-type]
    plan = best_plan(problem)
    if plan is None:
        return
    chosen = totals(plan)
    for decision in explain(problem, plan).decisions:
        for one in decision.alternatives:
            if one.value != "none":
                assert fresh(problem, decision.name, one.value) == one.totals, (decision.name, one.value)
            assert one.cycles == one.totals.cycles - chosen.cycles
            assert one.l1_bytes == one.totals.l1_bytes - chosen.l1_bytes


def test_the_first_alternative_is_the_best_of_all_other_values() -> None:
    problem = problem_for(Case(128, 96, 128))
    plan, found = explained(problem, "subblock")
    (decision,) = found.decisions
    others = [
        fresh(problem, "subblock", f"{height}x{width}")
        for height in range(1, 9)
        for width in range(1, 9)
        if f"{height}x{width}" != decision.value and height * width <= 8
    ]
    known = sorted(tuple(one.model_dump().values()) for one in others if one is not None)
    assert [tuple(one.totals.model_dump().values()) for one in decision.alternatives] == known[:2]
    assert decision.value == decisions_of(plan)["subblock"]


@pytest.mark.parametrize(
    ("case", "name", "values"),
    [
        (Case(256, 64, 256, free=("in0", "in1")), "A.movement", ("read", "multicast", "rotate", "local")),
        (Case(256, 64, 256, free=("in0", "in1")), "W.movement", ("read", "multicast", "rotate", "local")),
        (Case(64, 256, 128, free=("in0",)), "mode", ("global", "local_shard")),
        (Case(128, 64, 96), "C.movement", ("write", "local")),
        (Case(96, 64, 96), "per_core", tuple(f"{m}x{n}" for m in range(1, 4) for n in range(1, 4))),
    ],
)
def test_what_follows_has_the_best_alternatives_that_other_choices_make(
    case: Case, name: str, values: tuple[str, ...]
) -> None:
    problem = problem_for(case)
    plan, found = explained(problem, name)
    (decision,) = found.decisions
    assert decision.status == "follows" and decision.value == decisions_of(plan)[name]
    others = [fresh(problem, name, value) for value in values if value != decision.value]
    known = sorted(tuple(one.model_dump().values()) for one in others if one is not None)
    assert [tuple(one.totals.model_dump().values()) for one in decision.alternatives] == known[:2]
    assert known, "the case has an alternative"


def test_a_decision_without_a_choice_names_the_rule_that_makes_it() -> None:
    _, found = explained(problem_for(Case(96, 64, 96)))
    for decision in found.decisions:
        assert decision.alternatives or decision.excluded or decision.status == "forced", decision.name
    by_name = {one.name: one for one in found.decisions}
    assert [member.name for member in by_name["cb out"].excluded] == ["cb"]
    assert by_name["cores"].buys == "decided with grid:"
    assert by_name["cb out"].buys == "nothing is left to choose:"
    assert [member.name for member in by_name["arguments of compute"].excluded] == ["arguments"]


def test_an_explanation_does_not_depend_on_short_lists() -> None:
    problem = problem_for(Case(256, 64, 256, free=("in0",)))
    plan, found = explained(problem)
    with patch.object(alternatives, "SHORTLIST", 1):
        assert explain(problem, plan) == found


def test_a_decision_is_forced_just_when_nothing_else_is_possible() -> None:
    problem = problem_for(Case(96, 64, 96), ("cores=3",))
    _, found = explained(problem)
    by_name = {one.name: one for one in found.decisions}
    assert by_name["A.layout"].status == "forced"
    assert [member.kind for member in by_name["A.layout"].excluded] == ["layout"]
    for decision in asked(found):
        assert (decision.status == "forced") == (not decision.alternatives)
    assert by_name["cores"].status == "follows"


def test_a_tie_costs_the_same_on_every_criterion() -> None:
    _, found = explained(problem_for(Case(96, 64, 96)))
    ties = [one for one in asked(found) if one.status == "tie"]
    for decision in ties:
        near = decision.alternatives[0]
        assert (near.cycles, near.dram_bytes, near.l1_bytes, near.cores) == (0, 0, 0, 0)
        assert "order" in decision.buys
    costly = [one for one in asked(found) if one.status == "cost"]
    assert costly
    for decision in costly:
        near = decision.alternatives[0]
        assert (near.cycles, near.dram_bytes, near.l1_bytes, near.cores) > (0, 0, 0, 0)


def test_an_alternative_that_cannot_be_counted_is_named() -> None:
    pins = ("grid=1x1", "out_block=2x2", "k_block=1")
    problem = problem_of(kernel_of(Case(16384, 16384, 16384)), load_device("p150"), pins)
    with pytest.raises(InputError, match="the most that units of"):
        explained(problem)


def test_the_largest_resource_binds_and_the_second_is_named() -> None:
    plan, found = explained(problem_for(Case(96, 64, 96)), "grid")
    cycles = [one.cycles for one in found.resources]
    assert cycles == sorted(cycles, reverse=True)
    assert found.binds == plan.cost.binding
    assert found.resources[0].cycles == max(cycles)
    assert found.holders is None


def test_an_unknown_decision_is_refused_with_the_nearest() -> None:
    problem = problem_for(Case(96, 64, 96))
    plan = best_plan(problem)
    assert plan is not None
    with pytest.raises(InputError) as refusal:
        explain(problem, plan, "A.dept")
    assert "A.depth" in str(refusal.value)


def test_a_decision_is_explained_by_any_of_its_names() -> None:
    problem = problem_for(Case(96, 64, 96))
    names = {
        "in0_block_w": "k_block",
        "per_core_M": "per_core",
        "work_cores": "cores",
        "in0.depth": "A.depth",
    }
    for other, name in names.items():
        assert explained(problem, other) == explained(problem, name)


def test_only_plans_that_are_proven_best_are_explained() -> None:
    problem = problem_for(Case(96, 64, 96))
    plan, _ = explained(problem, "grid")
    with pytest.raises(TimeLimit, match="not proven best"):
        explain(problem, plan.model_copy(update={"status": "bounded"}))
    with pytest.raises(TimeLimit, match="too narrow"):
        explain(replace(problem, options=Options(conflicts=1)), plan)


ANSWERS = """
from strategies import *
from ttplan.document import dumps
from ttplan.explain import explain, infeasible, what_if, why_not
from ttplan.explain.variants import best_plan
from ttplan.solve import problem_of

small = problem_of(kernel_of(Case(96, 64, 96, ops=(Operand("bfloat16", row=True),))), device_of(columns=3))
print(dumps(explain(small, best_plan(small))))
print(dumps(why_not(small, ("scheme=multicast_2d", "A.depth=4", "grid=3x3"))))
print(dumps(why_not(small, ("k_block=1", "subblock=1x1"))))
print(dumps(what_if(small, ("dims.M=256", "device.l1.bytes=262144"))))
tight = problem_of(kernel_of(Case(128, 128, 128, reserve=65536)), device_of(l1_units=1024), ("out_block=4x4", "k_block=4"))
print(dumps(infeasible(tight)))
print(dumps(infeasible(problem_of(kernel_of(Case(64, 64, 64)), device_of(), ("subblock=4x4", "grid=2x2")))))
"""


def test_explanations_do_not_depend_on_the_hash_seed() -> None:
    printed = set()
    for seed in ("1", "2", str(int.from_bytes(os.urandom(4), "big"))):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
        done = subprocess.run(
            [sys.executable, "-c", ANSWERS], env=env, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        printed.add(done.stdout)
    assert len(printed) == 1, f"the last hash seed was {seed}"


@pytest.mark.parametrize(
    "case",
    [Case(96, 64, 96), Case(64, 96, 64, batch=2, in1_batched=True), Case(96, 32, 64, free=("in0",))],
    ids=["plain", "batched", "free"],
)
def test_how_the_search_is_done_does_not_show_in_an_explanation(case: Case) -> None:
    plan, expected = explained(problem_for(case))
    for options in (Options(seed=7), Options(configuration="handy", seed=1), Options(threads=2)):
        problem = replace(problem_for(case), options=options)
        assert explain(problem, plan) == expected, options


def test_an_explanation_survives_its_json() -> None:
    _, found = explained(problem_for(Case(64, 64, 64), side=2), "grid")
    assert Explanation.model_validate_json(dumps(found)) == found


def test_a_whole_explanation_says_which_decisions_could_be_others() -> None:
    _, found = explained(problem_for(Case(96, 64, 96)))
    said = text(found).partition("which decisions could be others:\n")[2].partition("\n\n")[0]
    listed = {
        line.strip().rpartition(": ")[0]: line.rpartition(": ")[2].split(", ") for line in said.splitlines()
    }
    assert listed["forced in every plan"] == [one.name for one in found.decisions if one.status == "forced"]
    assert sum(map(len, listed.values())) == len(asked(found))
    assert len(listed) == 3, "the case has decisions of all kinds"
