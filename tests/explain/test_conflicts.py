"""Stories of problems without a plan: conflicts are minimal, relaxations are solved, wishes stay."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from explain.problems import PINS, problem_on, solvable
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import DEEP, Case, device_of, devices, fused, kernel_of, merged, placed, plain

from ttplan.device import Device, load_device
from ttplan.document import validate
from ttplan.explain import infeasible, why_not
from ttplan.explain.legality import Legality
from ttplan.explain.results import Story, Totals
from ttplan.explain.variants import best_plan, totals
from ttplan.facts.dataflow import analyse
from ttplan.facts.pin_words import literals_of
from ttplan.facts.pins import Pin
from ttplan.kernel import Kernel
from ttplan.rules.problem import Options, Problem
from ttplan.solve import problem_of

CASES = 200 if DEEP else 12


def test_wishes_for_large_blocks_of_large_kernels_are_answered() -> None:
    case = Case(2048 * 32, 32, 32)
    problem = problem_on(case, load_device("n150"), ("out_block_h=2048",))
    assert "out_block_h=2048" in str([member.name for member in infeasible(problem).conflict])
    assert len(Legality(problem).domain("out_block", 2)) > 64


def without(problem: Problem, change: str) -> Problem:
    """The problem after `drop --pin X` or `X instead of Y`, read from the words of a relaxation alone."""
    pins = [pin.source.removeprefix("--pin ") for pin in problem.pins.pins]
    if change.startswith("drop --pin "):
        pins.remove(change.removeprefix("drop --pin "))
    else:
        new, _, old = change.partition(" instead of ")
        pins[pins.index(old)] = new
    return problem_of(problem.flow.kernel, problem.device, tuple(pins), problem.options)


@pytest.mark.parametrize(
    "pins",
    [
        ("subblock=4x4", "A.depth=4"),
        ("grid=4x4",),
        ("C.layout=L1/block_sharded", "scheme=split"),
        ("cores=2", "grid=2x2"),
    ],
)
def test_relaxations_give_just_the_plans_they_promise(pins: tuple[str, ...]) -> None:
    problem = problem_on(Case(128, 64, 96), device_of(columns=3, rows=3), pins)
    story = infeasible(problem)
    assert story.relaxations
    for relaxation in story.relaxations:
        changed = problem
        if not any(
            change.startswith(("drop", *pins)) or " instead of " in change for change in relaxation.changes
        ):
            continue
        for change in relaxation.changes:
            changed = without(changed, change)
        plan = best_plan(changed)
        assert plan is not None and totals(plan) == relaxation.totals
    found = [tuple(one.totals.model_dump().values()) for one in story.relaxations]
    assert found == sorted(found)


def l1_story(**changes: Any) -> Story:
    """Three blocks of 4 x 4 tiles, 98304 bytes, on cores of 65536."""
    device = device_of(columns=2, rows=2, l1_units=1024)
    return infeasible(problem_on(Case(128, 128, 128, **changes), device, ("out_block=4x4", "k_block=4")))


def test_a_story_about_l1_adds_up_to_the_byte() -> None:
    (need,) = l1_story().needs
    assert [(one.role, one.bytes) for one in need.occupants] == [
        ("in0", 16 * 2048),
        ("in1", 16 * 2048),
        ("out", 16 * 2048),
    ]
    assert need.needed == 98304 and need.available == 65536 and need.short == 32768
    assert need.capacity - need.base == 65536


def test_a_story_about_l1_counts_only_pins_of_the_conflict() -> None:
    device = device_of(columns=2, rows=2, l1_units=1024)
    story = infeasible(problem_on(Case(512, 128, 512), device, ("out_block=8x8", "k_block=4")))
    assert [one.name for one in story.conflict] == ["l1_capacity", "--pin out_block=8x8"]
    (need,) = story.needs
    assert need.pins == ("out_block=8x8",) and need.needed == (8 + 8 + 64) * 2048


def test_a_story_about_a_buffer_that_fills_all_l1_says_what_a_core_has_to_hold() -> None:
    device = device_of(columns=2, rows=2, l1_units=1024)
    (need,) = infeasible(problem_on(Case(512, 64, 512), device, ("C.layout=L1/block_sharded",))).needs
    shard = next(one for one in need.occupants if one.kind == "resident buffer")
    assert (shard.buffer, shard.bytes) == ("C", 16 * 16 // 4 * 2048)
    assert {one.role for one in need.occupants} >= {"in0", "in1"}, "what moves takes its share"
    assert need.short > 0


@pytest.mark.parametrize("pins", [(), ("subblock=1x1",)])
def test_no_block_is_so_large_that_a_story_forgets_its_bytes(pins: tuple[str, ...]) -> None:
    device = device_of(columns=2, rows=2, l1_units=64)  # 4096 bytes: not even one page of each stream
    (need,) = infeasible(problem_on(Case(16384, 16384, 16384), device, pins)).needs
    assert sorted(one.role for one in need.occupants)[:2] == ["in0", "in1"]
    assert need.needed == 3 * 2048 and need.short > 0


def test_reserved_l1_and_wide_formats_are_relaxed_when_memory_is_short() -> None:
    changes = [one.changes for one in l1_story().relaxations]
    assert ("A, W, C as bfloat8_b",) in changes
    device = device_of(columns=2, rows=2, l1_units=1600)
    roomy = problem_on(Case(128, 128, 128, reserve=8192), device, ("out_block=4x4", "k_block=4"))
    assert ("free 8192 of the 8192 reserved bytes of L1",) in [
        one.changes for one in infeasible(roomy).relaxations
    ]


def test_the_smallest_format_is_offered_where_nothing_else_helps() -> None:
    device = device_of(columns=2, rows=2, banks=1)
    small = device.model_copy(update={"dram": device.dram.model_copy(update={"bank_bytes": 30720})})
    layouts = {name: {"memory": "DRAM", "layout": "interleaved"} for name in ("in0", "in1", "out")}
    problem = problem_of(kernel_of(Case(128, 128, 128, dtypes=("bfloat8_b",) * 3, layouts=layouts)), small)
    (relaxation,) = infeasible(problem).relaxations
    assert relaxation.changes == ("A, W, C as bfloat4_b",)
    assert totals(best_plan(redone(problem, relaxation.changes))) == relaxation.totals


def test_layouts_that_only_together_are_too_much_are_relaxed_together() -> None:
    """Each of three buffers alone fills L1."""
    in_l1 = {"memory": "L1", "layout": "interleaved"}
    case = Case(2048, 2048, 2048, layouts={"in0": in_l1, "in1": in_l1, "out": in_l1})
    problem = problem_of(kernel_of(case), device_of(columns=2, rows=2))
    story = infeasible(problem)
    assert [one.changes for one in story.relaxations] == [("A, W and C in DRAM/interleaved",)]
    in_dram = {key: {"memory": "DRAM", "layout": "interleaved"} for key in ("in0", "in1", "out")}
    plan = best_plan(problem_of(kernel_of(merged(case, layouts=in_dram)), device_of(columns=2, rows=2)))
    assert plan is not None and story.relaxations[0].totals == totals(plan)


def test_dram_that_is_too_small_is_told_buffer_by_buffer() -> None:
    device = device_of(columns=2, rows=2, banks=2)
    small = device.model_copy(update={"dram": device.dram.model_copy(update={"bank_bytes": 32768})})
    case = Case(
        128,
        128,
        128,
        layouts={name: {"memory": "DRAM", "layout": "interleaved"} for name in ("in0", "in1", "out")},
    )
    story = infeasible(problem_on(case, small))
    need = next(one for one in story.needs if one.memory == "DRAM")
    assert [(one.buffer, one.bytes) for one in need.occupants] == [
        (name, 8 * 2048) for name in ("A", "C", "W")
    ]
    assert need.needed == 3 * 8 * 2048 and need.available == (32768 - small.dram.base) // 64 * 64


def test_an_impossible_value_is_answered_with_what_the_decision_can_be() -> None:
    story = infeasible(problem_on(Case(96, 64, 96), device_of(columns=3, rows=3), ("A.depth=9",)))
    assert story.domain is not None
    assert "one to 4 blocks" in story.domain.meaning
    assert story.domain.nearest == ("A.depth=4", "A.depth=3", "A.depth=2", "A.depth=1")


def test_a_wish_stays_while_the_pins_against_it_are_relaxed() -> None:
    problem = problem_on(Case(128, 64, 128), device_of(columns=4, rows=4), ("cores=4",))
    answer = why_not(problem, ("grid=4x4",))
    assert answer.verdict == "impossible" and answer.story is not None
    assert [(one.name, one.source) for one in answer.story.conflict] == [
        ("--pin cores=4", "command line"),
        ("--pin grid=4x4", "asked for"),
    ]
    changes = [one.changes for one in answer.story.relaxations]
    assert ("drop --pin cores=4",) in changes and ("drop --pin grid=4x4",) not in changes


WISHES = (
    ("C.layout=L1/height_sharded",),
    ("A.layout=L1/width_sharded",),
    ("scheme=multicast_2d", "C.layout=L1/height_sharded"),
    ("A.depth=1", "C.layout=L1/block_sharded", "scheme=split"),
    ("orientation=col_major", "scheme=multicast_in0"),
)


@settings(max_examples=8 * CASES if DEEP else 8)
@given(st.one_of(plain(4), fused(3), placed(3)), devices(3), st.sampled_from(WISHES))
def test_a_wish_that_is_changed_is_solved_as_if_it_had_been_asked_for(
    case: Case, device: Device, wish: tuple[str, ...]
) -> None:
    problem = problem_on(case, device)
    if not solvable(problem):
        return
    story = why_not(problem, wish).story
    for relaxation in () if story is None else story.relaxations:
        (change, *more) = relaxation.changes
        new, found, old = change.partition(" instead of ")
        if more or not found:
            continue
        asked = tuple(new if one == old else one for one in wish)
        assert asked != wish
        plan = best_plan(problem_on(case, device, asked))
        assert plan is not None and totals(plan) == relaxation.totals, asked


def test_a_wish_of_two_values_is_changed_in_both_where_one_is_not_enough() -> None:
    device = device_of(columns=2, rows=2, l1_units=1024)
    wish = "out_block=32x32"
    found = why_not(problem_on(Case(1024, 64, 1024), device), (wish,))
    assert found.story is not None
    (changed,) = [one for one in found.story.relaxations if len(one.changes) == 2]
    assert all("out_block" in change and change.endswith("=32") for change in changed.changes)
    pins = [change.partition(" instead of ")[0] for change in changed.changes]
    plan = best_plan(problem_on(Case(1024, 64, 1024), device, tuple(pins)))
    assert plan is not None and totals(plan) == changed.totals


def test_a_wish_about_a_buffer_that_lies_elsewhere_moves_the_buffer_too() -> None:
    case = Case(128, 64, 128, layouts={"out": {"memory": "DRAM", "layout": "interleaved"}})
    problem = problem_on(case, device_of(columns=2, rows=2))
    story = why_not(problem, ("C.shard=1x1",)).story
    assert story is not None
    ((moved, wish),) = [one.changes for one in story.relaxations]
    assert moved == "let the planner choose where C lies (place: free)"
    assert wish.startswith("C.shard=") and wish.endswith(" instead of C.shard=1x1")


def test_what_the_user_fixed_is_given_up_together_where_nothing_less_is_enough() -> None:
    device = device_of(columns=2, rows=2, l1_units=1024)
    pins = ("scheme=split", "mode=local_shard", "subblock=4x4", "A.depth=4")
    problem = problem_on(Case(128, 128, 128, reserve=65536), device, pins)
    (relaxation,) = infeasible(problem).relaxations
    assert relaxation.changes[0] == "free 65536 of the 65536 reserved bytes of L1"
    assert len(relaxation.changes) == 3
    plan = best_plan(redone(problem, relaxation.changes))
    assert plan is not None and totals(plan) == relaxation.totals


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (("scheme=multicast_in0", "grid=2x2"), ("multicast_in0 cuts n alone", "fits on 2 x 2 cores")),
        (("orientation=col_major", "scheme=split"), ("col_major) only in multicast_2d",)),
        (("k_block=4", "l1_accumulation=yes"), ("from three K blocks on", "cut 4 tiles")),
    ],
)
def test_two_wishes_that_exclude_each_other_say_what_each_can_be(
    wish: tuple[str, ...], words: tuple[str, ...]
) -> None:
    story = why_not(problem_on(Case(128, 128, 128), device_of(columns=2, rows=2)), wish).story
    assert story is not None and len(story.conflict) == 2
    assert all(any(word in meaning for meaning in story.meanings) for word in words), story.meanings


def test_a_wish_in_words_is_changed_to_what_the_plan_has() -> None:
    case = Case(4096, 4096, 4096, layouts={"out": {"memory": "DRAM", "layout": "interleaved"}})
    story = why_not(problem_on(case, load_device("n150")), ("A.layout=L1/block_sharded",)).story
    assert story is not None
    assert ("A.layout=DRAM/interleaved instead of A.layout=L1/block_sharded",) in [
        one.changes for one in story.relaxations
    ]


def test_rules_of_the_user_that_exclude_every_plan_are_named() -> None:
    own = 'rule(few_cores, "no more than {0} cores", "the user"). requirement(few_cores(1)).\n'
    own += ":- hold(few_cores(N)), work_cores(C), C > N.\n"
    problem = problem_on(
        Case(128, 64, 128), device_of(columns=4, rows=4), ("grid=4x4",), rules=(("own.lp", own),)
    )
    story = infeasible(problem)
    named = [(one.name, one.message) for one in story.conflict]
    assert named == [("few_cores", "no more than 1 cores"), ("--pin grid=4x4", "grid(4,4)")]
    changes = [one.changes for one in story.relaxations]
    assert ("drop rule few_cores",) in changes and ("drop --pin grid=4x4",) in changes


def test_a_constraint_of_the_user_is_named_by_its_place() -> None:
    own = "% mine\n:- work_cores(N), N > 1.\n"
    problem = problem_on(
        Case(128, 64, 128), device_of(columns=4, rows=4), ("grid=4x4",), rules=(("own.lp", own),)
    )
    story = infeasible(problem)
    assert [(one.name, one.message) for one in story.conflict] == [
        ("own.lp:2", ":- work_cores(N); N > 1."),
        ("--pin grid=4x4", "grid(4,4)"),
    ]
    assert ("drop rule own.lp:2",) in [one.changes for one in story.relaxations]


def test_rules_of_the_user_about_costs_are_told_as_the_search_found_them() -> None:
    own = ":- low(V), V >= 0.\n"
    problem = problem_on(Case(128, 64, 128), device_of(columns=2, rows=2), rules=(("own.lp", own),))
    story = infeasible(problem)
    assert [one.name for one in story.conflict] == ["own.lp:1"]
    assert [one.changes for one in story.relaxations] == [("drop rule own.lp:1",)]


@pytest.mark.parametrize(
    "layouts", [{}, {"out": {"memory": "DRAM", "layout": "interleaved"}}], ids=["too large", "given"]
)
def test_what_the_rules_exclude_is_not_searched_for(layouts: dict[str, Any]) -> None:
    """An output that exceeds L1 in every format, and that stays in L1 because it is asked for."""
    case = Case(512, 32, 512, layouts=layouts)
    problem = problem_on(case, device_of(columns=2, rows=1, l1_units=1024), ("C.layout=L1/interleaved",))
    story = infeasible(problem, wishes=1)
    assert story.tried == len(story.relaxations) > 0
    assert not any("bfloat" in change for one in story.relaxations for change in one.changes)


def test_a_relaxation_whose_time_runs_out_is_left_out() -> None:
    problem = problem_on(Case(128, 64, 96), device_of(columns=3, rows=3), ("subblock=4x4",))
    hurried = replace(problem, options=Options(time_limit=1e-9))
    story = infeasible(hurried)
    assert story.conflict and story.relaxations == () and story.tried > 0


def test_totals_are_the_criteria_of_the_objective() -> None:
    plan = best_plan(problem_on(Case(64, 64, 64), device_of()))
    assert plan is not None
    assert totals(plan) == Totals(
        cycles=plan.cost.cycles,
        dram_bytes=plan.cost.dram_bytes,
        l1_bytes=plan.cost.l1_bytes,
        cores=plan.cost.cores,
    )


def redone(problem: Problem, changes: Sequence[str]) -> Problem:
    """The problem after changes, made anew from the words of a relaxation alone."""
    document = json.loads(problem.flow.kernel.model_dump_json(by_alias=True, exclude_none=True))
    pins = {pin.source: pin.literals for pin in problem.pins.pins if pin.source.startswith("--pin ")}
    for change in changes:
        changed(document, pins, change, problem.device)
    kernel = validate(Kernel, document)
    again = problem_of(kernel, problem.device, (), problem.options)
    made = tuple(Pin(source, literals) for source, literals in pins.items())
    return replace(again, pins=replace(again.pins, pins=(*again.pins.pins, *made)))


def changed(document: dict[str, Any], pins: dict[str, tuple[str, ...]], change: str, device: Device) -> None:
    """One change in the kernel document or among the pins."""
    flow = analyse(validate(Kernel, document))
    buffers = {buffer["name"]: buffer for buffer in document["buffers"]}
    layouts = document["layout"]
    if change.startswith("drop --pin "):
        del pins[change.removeprefix("drop ")]
    elif " instead of " in change:
        new, old = (literals_of(flow, device, words, "--pin") for words in change.split(" instead of "))
        source = next(source for source, literals in pins.items() if set(old) <= set(literals))
        pins[source] = tuple(dict(zip(old, new, strict=True)).get(one, one) for one in pins[source])
    elif match := re.fullmatch(r"let the planner choose where (\w+) lies \(place: free\)", change):
        buffers[match[1]]["place"] = "free"
        layouts.pop(match[1], None)
    elif match := re.fullmatch(r"([\w, ]+) in DRAM/interleaved", change):
        for name in re.split(r", | and ", match[1]):
            layouts[name] = {"memory": "DRAM", "layout": "interleaved"}
            buffers[name]["place"] = "given"
    elif match := re.fullmatch(r"([\w, ]+) as (\w+)", change):
        for name in match[1].split(", "):
            buffers[name]["dtype"] = match[2]
    elif match := re.fullmatch(r"free (\d+) of the (\d+) reserved bytes of L1", change):
        assert document["reserve"]["l1_bytes"] == int(match[2])
        document["reserve"]["l1_bytes"] -= int(match[1])
    elif match := re.fullmatch(r"compute\.(\w+) = (true|false)", change):
        document["compute"][match[1]] = match[2] == "true"
    else:
        raise AssertionError(change)


@settings(max_examples=CASES * 2)
@given(
    st.one_of(plain(4), fused(3), placed(3)),
    devices(3),
    st.integers(0, 340),
    st.lists(PINS, max_size=3, unique=True),
)
def test_every_relaxation_done_anew_from_its_words_gives_the_plan_it_promises(
    case: Case, device: Device, reserved: int, pins: list[str]
) -> None:
    problem = problem_on(merged(case, reserve=reserved * 4096), device, tuple(pins))
    assume(Legality(problem).conflict() is not None)
    for relaxation in infeasible(problem).relaxations:
        plan = best_plan(redone(problem, relaxation.changes))
        assert plan is not None and totals(plan) == relaxation.totals, relaxation.changes
