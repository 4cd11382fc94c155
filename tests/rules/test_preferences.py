"""Preferences of the user's own: those before the criteria become requirements, those after them order equal plans."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import DEEP, Case, device_of, devices, fused, kernel_of, plain

from ttplan.device import Device, load_device
from ttplan.errors import InputError
from ttplan.explain import explain, infeasible, what_if, why_not
from ttplan.explain.variants import best_plan, totals
from ttplan.plan import Plan
from ttplan.rules.problem import Infeasible, Options, Problem, TimeLimit
from ttplan.rules.search import search
from ttplan.solve import problem_of, solve_problem
from ttplan.ttnn import for_ttnn

FEW = "#minimize { N@5 : work_cores(N) }."


def problem(text: str, case: Case, device: Device | None = None, pins: tuple[str, ...] = ()) -> Problem:
    rules = (("mine.lp", text),) if text else ()
    return problem_of(kernel_of(case), device or device_of(), pins, Options(rules=rules))


def plan(text: str, case: Case, device: Device | None = None, pins: tuple[str, ...] = ()) -> Plan:
    return solve_problem(problem(text, case, device, pins)).plan


@settings(max_examples=100 if DEEP else 8)
@given(st.one_of(plain(4), fused(3)), devices(3))
def test_a_preference_before_the_criteria_takes_its_best_value_and_the_best_plan_with_it(
    case: Case, device: Device
) -> None:
    found = best_plan(problem(FEW, case, device))
    every = [
        best_plan(problem("", case, device, (f"cores={count}",))) for count in range(1, len(device.cores) + 1)
    ]
    left = [one for one in every if one is not None]
    if not left:
        assert found is None
        return
    fewest = min(left, key=lambda one: one.cost.cores)
    assert found is not None and totals(found) == totals(fewest)


def test_the_highest_level_comes_first() -> None:
    case = Case(128, 128, 128)
    wide = "#maximize { B@7 : k_block(B) }. "
    both = plan(wide + FEW, case)
    assert (both.blocking.k_block, both.cost.cores) == (4, 1)
    swapped = plan(wide.replace("7", "5") + FEW.replace("5", "7"), case)
    assert swapped.blocking.k_block == 4 and swapped.cost.cores == 1
    large = "#maximize { N@6 : work_cores(N) }. " + FEW
    assert plan(large, case).cost.cores == 4


def test_weights_of_one_level_are_added_up() -> None:
    text = ":~ scheme(multicast_2d). [3@5]\n:~ scheme(split). [3@5]\n:~ scheme(multicast_in0). [1@5]"
    assert plan(text, Case(128, 128, 128)).partition.scheme == "multicast_in1"


def test_a_preference_of_level_0_chooses_among_equal_plans_only() -> None:
    case = Case(128, 64, 128)
    usual = plan("", case, pins=("scheme=multicast_2d", "grid=2x2"))
    other = plan("#maximize { 1 : orientation(col_major) }.", case, pins=("scheme=multicast_2d", "grid=2x2"))
    assert (usual.partition.transposed, other.partition.transposed) == (False, True)
    assert totals(usual) == totals(other)
    assert totals(plan("#minimize { N : work_cores(N) }.", case)) == totals(plan("", case))


@pytest.mark.parametrize("text", ["#minimize { V@5 : resource(V) }.", "#minimize { V@5 : low(V) }."])
def test_a_preference_before_the_criteria_cannot_speak_of_costs(text: str) -> None:
    with pytest.raises(InputError, match=r"mine.lp: line 1: .*decisions, not of what they cost"):
        problem(text, Case(64, 64, 64))


def test_weights_of_any_size_are_counted() -> None:
    text = "#minimize { X@5 : work_cores(N), X = (N - 3) * (N - 3) * 100000000 }."
    assert plan(text, Case(128, 96, 128)).cost.cores == 3


def test_a_preference_about_what_only_some_programs_define_is_kept_by_all() -> None:
    text = "#minimize { N@5, C : cb_units(C, N) }. #maximize { H * W@6 : subblock(H, W) }."
    found = plan(text, Case(128, 128, 128))
    sizes = [cb.bytes // 64 for cb in found.circular_buffers if cb.alias_of is None and cb.on_buffer is None]
    assert found.blocking.subblock[0] * found.blocking.subblock[1] == 8
    for depth in (1, 2):
        other = best_plan(
            problem("", Case(128, 128, 128), pins=(f"A.depth={depth}", "subblock=2x4", "k_block=1"))
        )
        assert other is not None and sum(sizes) <= other.cost.l1_bytes // 64


def test_a_preference_is_a_reason_and_can_be_dropped() -> None:
    asked = problem(FEW + "\n#minimize { K@6 : k_block(K) }.", Case(128, 128, 128))
    answer = why_not(asked, ("grid=2x2",))
    assert answer.story is not None
    rule = answer.story.conflict[0]
    assert rule.name == "preference" and rule.message.startswith(":~ work_cores(N). [N@5] adds up to 1")
    dropped = next(one for one in answer.story.relaxations if one.changes == ("drop rule preference",))
    left = plan("#minimize { K@6 : k_block(K) }.", Case(128, 128, 128), pins=("grid=2x2",))
    assert dropped.totals == totals(left)
    best = best_plan(asked)
    assert best is not None
    holders = explain(asked, best).holders
    assert holders is not None and "preference" in {one.member.name for one in holders if one.gain > 0}


def test_a_changed_kernel_is_preferred_anew() -> None:
    answer = what_if(problem("#maximize { B@5 : k_block(B) }.", Case(64, 64, 64)), ("dims.K=160",))
    assert answer.comparison is not None
    assert ("k_block", "2", "5") in [
        (one.decision, one.before, one.after) for one in answer.comparison.decisions
    ]


def test_a_preference_takes_its_best_value_among_the_plans_of_a_library() -> None:
    asked = for_ttnn(problem(FEW, Case(512, 512, 512), device_of(columns=4, rows=4)))
    found = solve_problem(asked).plan
    fewer = for_ttnn(
        problem(
            f":- work_cores(N), N >= {found.cost.cores}.", Case(512, 512, 512), device_of(columns=4, rows=4)
        )
    )
    with pytest.raises(Infeasible):
        search(fewer)


@pytest.mark.parametrize(
    "text, words",
    [
        ("#minimize { N*1000000000@5 : work_cores(N) }.", "more than 32 bits"),
        ("#minimize { 1@5, T : hold(T) }.", "of decisions, not of requirements"),
        ("#minimize { N@5 : frobnicate(N) }.", "no such predicate; found 'frobnicate/1'"),
    ],
)
def test_preferences_that_cannot_be_counted_are_refused_where_they_stand(text: str, words: str) -> None:
    with pytest.raises(InputError) as refusal:
        problem(text, Case(64, 64, 64))
    assert words in str(refusal.value) and str(refusal.value).startswith("mine.lp: line 1")


def test_a_preference_keeps_to_the_time_limit() -> None:
    options = Options(rules=(("mine.lp", "#maximize { V@5, C : cb_units(C, V) }."),), time_limit=0.2)
    started = time.monotonic()
    with contextlib.suppress(TimeLimit):
        problem_of(kernel_of(Case(1024, 1024, 1024)), load_device("n150"), (), options)
    assert time.monotonic() - started < 20


def test_a_preference_keeps_to_the_budget_of_conflicts() -> None:
    text = "#maximize { V@5, C : cb_units(C, V) }."
    options = Options(rules=(("mine.lp", text),), conflicts=1)
    with pytest.raises(TimeLimit):
        problem_of(kernel_of(Case(256, 256, 256)), load_device("n150"), (), options)
    ample = problem_of(kernel_of(Case(64, 64, 64)), device_of(), (), replace(options, conflicts=10**6))
    assert ample.options.rules == problem(text, Case(64, 64, 64)).options.rules


def test_a_plan_records_what_it_obeys() -> None:
    found = plan(f":- grid(2,2). % not\n{FEW}", Case(128, 128, 128))
    assert found.rules == (":- grid(2,2).", ":~ work_cores(N). [N@5]")
    assert plan("", Case(64, 64, 64)).rules is None
    asked = for_ttnn(problem(FEW, Case(256, 256, 256)))
    assert solve_problem(asked).plan.rules == ("--for ttnn", ":~ work_cores(N). [N@5]")


def test_where_there_is_no_plan_no_preference_is_blamed() -> None:
    asked = problem(FEW, Case(128, 128, 128), pins=("subblock=4x4",))
    with pytest.raises(Infeasible):
        search(asked)
    assert [one.name for one in infeasible(asked).conflict] == ["dst_capacity", "--pin subblock=4x4"]
