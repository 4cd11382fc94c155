"""What holds a plan back: rules, pins and layouts, each with what it costs."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import pytest
from explain.problems import ROOT, explained, problem_for
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from strategies import DEEP, Case, batched, device_of, devices, fused, kernel_of, merged, placed, plain

from ttplan.device import Device, load_device
from ttplan.document import load
from ttplan.explain import explain, questions
from ttplan.explain.questions import binding
from ttplan.explain.variants import best_plan
from ttplan.kernel import Kernel
from ttplan.rules.arithmetic import CAP
from ttplan.rules.problem import Infeasible, Options
from ttplan.rules.search import search
from ttplan.solve import problem_of
from ttplan.ttnn import for_ttnn


def test_a_pin_that_holds_the_plan_back_gains_what_the_plan_without_it_saves() -> None:
    pinned, free = problem_for(Case(96, 512, 96), ("cores=2",)), problem_for(Case(96, 512, 96))
    slow, found = explained(pinned)
    fast = best_plan(free)
    assert fast is not None and found.holders is not None
    holder = next(one for one in found.holders if one.member.name == "--pin cores=2")
    assert holder.gain == slow.cost.cycles - fast.cost.cycles > 0


def test_a_lifted_rule_leaves_no_work_without_a_price() -> None:
    """Subblocks with a remainder are faster per tile, and every tile is still paid for."""
    plan, found = explained(problem_for(Case(224, 96, 224), side=1))
    assert found.holders is not None
    (gain,) = {one.gain for one in found.holders if one.member.name == "subblock_divides"}
    compute = next(term.cycles for term in plan.cost.terms if term.name == "compute")
    tiles = 7 * 3 * 7
    assert 0 < gain < compute - tiles * plan.device.calibration.matmul_tile["HiFi4"]


@settings(max_examples=100 if DEEP else 6)
@given(case=st.one_of(plain(6), fused(4), placed(4)), device=devices(), tight=st.integers(0, 200))
def test_what_holds_a_plan_back_is_the_same_looked_at_limit_by_limit(
    case: Case, device: Device, tight: int
) -> None:
    """Large problems are looked at in another way: each limit on a device of its own, without the others."""
    problem = problem_of(kernel_of(merged(case, reserve=64 * tight)), device)
    try:
        units = search(problem).time_units
    except Infeasible:
        assume(False)
    at_once = binding(problem, units)
    with patch.object(questions, "SHORTLIST", 1):
        one_by_one = binding(problem, units)
    assert {item: gain for item, gain in at_once.items() if gain} == {
        item: gain for item, gain in one_by_one.items() if gain
    }
    for found in (at_once, one_by_one):
        limits = questions.Limits(problem, units)
        assert limits.core(list(found)) is not None
        assert all(limits.core([item for item in found if item != one]) is None for one in found)


PINS = st.sampled_from(
    ["cores=1", "cores=2", "out_block=1x1", "k_block=1", "A.depth=1", "scheme=split", "subblock=1x1"]
)


@settings(max_examples=100 if DEEP else 8)
@given(plain(5), devices(3), st.lists(PINS, min_size=1, max_size=3, unique=True))
def test_pins_that_cost_much_hold_a_plan_back_as_any_requirement_does(
    case: Case, device: Device, pins: list[str]
) -> None:
    problem = problem_of(kernel_of(case), device, tuple(pins))
    try:
        units = search(problem).time_units
    except Infeasible:
        assume(False)
    with patch.object(questions, "FAR", 0):  # every pin is one that may cost much
        found = binding(problem, units)
    limits = questions.Limits(problem, units)
    assert limits.core(list(found)) is not None, "no conflict"
    assert all(limits.core([item for item in found if item != one]) is None for one in found), "not minimal"
    assert found == {item: limits.gain(item) for item in found}


def test_one_core_for_a_large_matmul_is_explained_in_a_small_window() -> None:
    """Without the pin every plan of 110 cores is cheaper: those are not looked at one by one."""
    problem = problem_of(kernel_of(Case(2048, 2048, 2048)), load_device("p150"), ("cores=1",))
    _, found = explained(problem)
    assert found.holders is not None
    assert found.holders[0].member.name == "--pin cores=1" and found.holders[0].gain > 0


@settings(max_examples=100 if DEEP else 3)
@given(case=st.one_of(batched(2), placed(3)), device=devices(2))
@example(case=Case(64, 32, 64, batch=2, in1_batched=True), device=device_of())
@example(
    case=Case(128, 32, 160, layouts={"out": {"memory": "L1", "layout": "height_sharded"}}),
    device=device_of(columns=2, rows=1, l1_units=760),
)
def test_bounds_do_not_hide_what_a_rule_costs(case: Case, device: Device) -> None:
    """The gain without a rule is that among all plans, where no bound has a say."""
    problem = problem_of(kernel_of(case), device)
    try:
        units = search(problem).time_units
    except Infeasible:
        assume(False)
    near, every = questions.Limits(problem, units, ()), questions.Limits(problem, CAP, ())
    for rule in near.requirements:
        faster = every.best((), [one for one in every.requirements if one != rule])
        assert faster is not None
        assert near.gain(rule) == max(units - faster.time_units, 0), rule


def test_a_rule_of_the_user_that_binds_is_a_holder_with_what_it_costs() -> None:
    own = 'rule(one_row, "one row of cores", "the user"). requirement(one_row).\n'
    own += ":- hold(one_row), grid(H, _), H > 1.\n:- work_cores(N), N > 2.\n:- work_cores(N), N > 90.\n"
    rules = (("own.lp", own),)
    case, device = Case(160, 96, 224), device_of(columns=4, rows=4)
    problem = problem_of(kernel_of(case), device, (), Options(rules=rules))
    plan, found = explained(problem)
    held = {holder.member.name: holder.gain for holder in found.holders or ()}
    assert "own.lp:3" in held and "own.lp:4" not in held
    for name, freer in (
        ("own.lp:3", own.replace("N > 2", "N > 99")),
        ("one_row", own.replace("H > 1", "H > 99")),
    ):
        freed = best_plan(problem_of(kernel_of(case), device, (), Options(rules=(("own.lp", freer),))))
        assert freed is not None
        assert held.get(name, 0) == plan.cost.cycles - freed.cost.cycles


def test_a_layout_that_the_kernel_gives_is_a_holder_with_what_it_costs() -> None:
    given = {"out": {"memory": "DRAM", "layout": "interleaved"}}
    problem = problem_for(Case(128, 128, 128, layouts=given))
    plan, found = explained(problem)
    free = best_plan(problem_for(Case(128, 128, 128)))
    assert free is not None and free.cost.cycles < plan.cost.cycles
    layouts = [one.gain for one in found.holders or () if one.member.kind == "layout"]
    assert layouts == [plan.cost.cycles - free.cost.cycles]


def test_plans_for_ttnn_are_explained_by_its_rules() -> None:
    free = problem_for(Case(160, 128, 128))
    problem = for_ttnn(free)
    plan, found = explained(problem)
    everything = best_plan(free)
    assert everything is not None
    depths = [one for one in found.decisions if one.name.endswith(".depth")]
    assert any(member.name.startswith("ttnn_") for one in depths for member in one.excluded)
    gains = [one.gain for one in found.holders or () if one.member.name == "--for ttnn"]
    assert sum(gains) == plan.cost.cycles - everything.cost.cycles


@pytest.mark.parametrize("pins", [(), ("k_block=1", "grid=2x2")])
def test_a_rule_that_excludes_nothing_changes_no_explanation(pins: tuple[str, ...]) -> None:
    """Values that rules bar from the search are no reasons; pins, limits and rules are."""
    rules = (("mine.lp", ":- work_cores(N), N > 64.\n"),)
    case = Case(128, 128, 128, layouts={"out": {"memory": "DRAM", "layout": "interleaved"}})
    plain, ruled = (
        problem_of(kernel_of(case), device_of(columns=3, rows=3), pins, Options(rules=one))
        for one in ((), rules)
    )
    plan = best_plan(plain)
    assert plan is not None
    assert explain(ruled, plan) == explain(plain, plan)


def test_a_rule_that_leaves_one_value_is_the_reason() -> None:
    problem = replace(
        problem_for(Case(96, 128, 96)), options=Options(rules=(("mine.lp", ":- k_block(B), B > 1."),))
    )
    _, found = explained(problem, "k_block")
    assert [(one.status, [member.name for member in one.excluded]) for one in found.decisions] == [
        ("forced", ["mine.lp:1"])
    ]


def test_a_product_with_an_operand_in_dram_banks_is_explained() -> None:
    """Blocks that no bank leaves are not looked at, however far; what the banks cost is still told."""
    problem = problem_of(load(Kernel, ROOT / "examples" / "decode.json"), load_device("n150"))
    _, found = explained(problem)
    assert {one.name: one.status for one in found.decisions}["B.layout"] == "forced"
    assert found.holders is not None and found.holders[0].member.name == "dram_sharded"
