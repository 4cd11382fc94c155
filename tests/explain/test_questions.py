"""Answers to single questions: why not, what if, what is different."""

from __future__ import annotations

from dataclasses import replace

import pytest
from explain.problems import problem_for
from strategies import (
    Case,
    Operand,
    kernel_of,
)

from ttplan.device import load_device
from ttplan.errors import BadInputs, InputError
from ttplan.explain import diff, text, what_if, why_not
from ttplan.explain.decisions import decisions_of
from ttplan.explain.variants import best_plan, time_units, totals, with_pins
from ttplan.rules.search import narrowed, search
from ttplan.solve import problem_of


@pytest.mark.parametrize(
    "case",
    [
        Case(96, 128, 96),
        Case(64, 64, 64, ops=(Operand("bfloat16"), Operand("bfloat16", row=True))),
        Case(128, 64, 32, in0_transposed=True, layouts={"out": {"memory": "L1", "layout": "height_sharded"}}),
        Case(32, 128, 128, layouts={"in0": {"memory": "L1", "layout": "width_sharded"}}),
    ],
    ids=["plain", "adds", "height sharded", "rotating"],
)
def test_every_decision_that_is_printed_is_a_wish_that_the_plan_grants(case: Case) -> None:
    problem = problem_for(case)
    plan = best_plan(problem)
    assert plan is not None
    printed = [
        f"{name}={value}"
        for name, value in decisions_of(plan).items()
        if not name.startswith(("cb ", "arguments of"))
    ]
    for wish in printed:
        assert why_not(problem, (wish,), plan).verdict == "chosen", wish
    assert why_not(problem, tuple(printed), plan).verdict == "chosen"


@pytest.mark.parametrize(
    "wish",
    [
        "cb(in1)",
        "block_pages(in1,1)",
        "block_pages(add(0),1)",
        "partials_format(bfloat16)",
        "shared_memory=yes",
        "cb_units(in0,64)",
        "resident(C,32)",
        "movement(add(0),read)",
        "add0.movement=read",
        "cb_depth(add(0),1)",
    ],
)
def test_what_follows_from_decisions_may_be_wished_for(wish: str) -> None:
    in_l1 = {"out": {"memory": "L1", "layout": "interleaved"}}
    case = Case(96, 128, 96, ops=(Operand("bfloat16"),), layouts=in_l1)
    problem = problem_for(case, ("k_block=1", "out_block=1x1", "A.depth=2"))
    assert why_not(problem, (wish,)).verdict == "chosen"


@pytest.mark.parametrize("name", ["l1_accumulation", "shared_memory"])
def test_yes_and_no_are_each_other_s_opposite(name: str) -> None:
    problem = problem_for(Case(96, 128, 96))
    both = why_not(problem, (f"{name}=yes", f"{name}=no"))
    assert both.story is not None and len(both.story.conflict) == 2
    one = {why_not(problem, (f"{name}={value}",)).verdict for value in ("yes", "no")}
    assert "chosen" in one and one <= {"chosen", "worse", "tie"}


def test_why_not_knows_the_chosen_the_equal_the_worse_and_the_impossible() -> None:
    problem = problem_for(Case(96, 64, 96))
    plan = best_plan(problem)
    assert plan is not None
    chosen = why_not(problem, (f"subblock={decisions_of(plan)['subblock']}",))
    assert chosen.verdict == "chosen" and "the best plan has it" in text(chosen)
    worse = why_not(problem, ("cores=1", "k_block=1"))
    assert worse.verdict == "worse" and worse.first == "modelled time" and worse.comparison is not None
    assert worse.comparison.after.cores == 1
    assert worse.comparison.before == totals(plan)
    impossible = why_not(problem, ("subblock=8x8",))
    assert impossible.verdict == "impossible" and impossible.story is not None
    assert impossible.story.conflict[-1].name == "--pin subblock=8x8"
    with pytest.raises(InputError):
        why_not(problem, ("A.dept=2",))


def test_terms_and_totals_of_why_not_are_those_of_two_separate_solves() -> None:
    problem = problem_for(Case(128, 96, 128))
    answer = why_not(problem, ("cores=4",))
    before, after = best_plan(problem), best_plan(problem_for(Case(128, 96, 128), ("cores=4",)))
    assert before is not None and after is not None and answer.comparison is not None
    assert (answer.comparison.before, answer.comparison.after) == (totals(before), totals(after))
    old = {term.name: term.cycles for term in before.cost.terms}
    new = {term.name: term.cycles for term in after.cost.terms}
    for change in answer.comparison.terms:
        assert (old.get(change.name, 0), new.get(change.name, 0)) == (change.before, change.after)


def test_what_if_solves_the_changed_documents() -> None:
    problem = problem_for(Case(128, 96, 128))
    answer = what_if(problem, ("dims.M=256", "device.l1.bytes=262144"))
    longer = best_plan(problem_for(Case(256, 96, 128)))
    assert answer.comparison is not None and longer is not None
    assert answer.comparison.before == totals(best_plan(problem) or longer)
    assert answer.comparison.after.cycles >= totals(longer).cycles
    short, long = (what_if(problem, (f"{path}=262144",)) for path in ("device.l1", "device.l1.bytes"))
    assert short.comparison == long.comparison
    none = what_if(problem, ("device.dram.bank_bytes=4096",))
    assert none.story is not None and none.story.conflict[0].name == "dram_capacity"


@pytest.mark.parametrize(
    "change",
    [
        "dims.X.y=3",
        "dims.X=3",
        "dims.M",
        "buffers.9.dtype=float32",
        "device.l1.bites=3",
        "dims.M=-4",
        "layout",
        "buffers.Z.dtype=float32",
        "device.l1=5",
    ],
)
def test_what_if_refuses_what_the_documents_do_not_have(change: str) -> None:
    with pytest.raises((InputError, BadInputs)) as refusal:
        what_if(problem_for(Case(64, 64, 64)), (change,))
    assert change.partition("=")[0].rpartition(".")[0] in str(refusal.value)


@pytest.mark.parametrize(
    "change", ["reserve.cores=[[9,9]]", "buffers.A.dtype=float16", "device.grid.columns=0", "device=n15"]
)
def test_what_if_says_that_the_change_is_wrong(change: str) -> None:
    with pytest.raises((InputError, BadInputs)) as refusal:
        what_if(problem_for(Case(64, 64, 64)), (change,))
    assert str(refusal.value).startswith("--set") and change.partition("=")[0].split(".")[0] in str(
        refusal.value
    )


def test_what_if_refuses_to_set_a_path_twice() -> None:
    with pytest.raises(InputError, match="set twice"):
        what_if(problem_for(Case(64, 64, 64)), ("dims.M=32", "dims.M=96"))


def test_what_if_finds_buffers_by_name() -> None:
    problem = problem_for(Case(128, 96, 128))
    named, counted = (what_if(problem, (f"buffers.{one}.dtype=bfloat8_b",)) for one in ("W", "1"))
    assert named.comparison == counted.comparison != None  # noqa: E711


def test_what_if_tells_the_first_plan_of_a_kernel_that_had_none() -> None:
    problem = problem_for(Case(128, 128, 128), ("subblock=4x4",))
    answer = what_if(problem, ("compute.dst_full_sync_en=true",))
    assert answer.comparison is None and answer.first is not None and answer.story is None
    assert "there is a plan, where there was none" in text(answer)
    assert "subblock=4x4" in answer.first.decisions


def test_a_plan_does_not_differ_from_itself_and_differs_from_another() -> None:
    plan, other = (
        best_plan(problem_for(Case(96, 64, 96))),
        best_plan(problem_for(Case(96, 64, 96), ("cores=1",))),
    )
    assert plan is not None and other is not None
    same = diff(plan, plan)
    assert same.decisions == () and same.terms == () and same.before == same.after
    assert "no decision differs" in text(same)
    changed = {one.decision: (one.before, one.after) for one in diff(plan, other).decisions}
    assert changed["cores"] == (str(len(plan.partition.cores)), "1")


def test_a_wish_is_not_blamed_where_there_is_no_plan_without_it() -> None:
    answer = why_not(problem_for(Case(128, 128, 128), ("subblock=4x4",)), ("A.depth=4",))
    assert answer.verdict == "no_plan" and "there is no plan even without it" in text(answer)


def test_cycles_of_two_clocks_are_compared_as_time() -> None:
    answer = what_if(problem_for(Case(128, 96, 128)), ("device.clock_mhz=500",))
    assert answer.comparison is not None and answer.comparison.clocks_mhz == (1000, 500)
    cycles = answer.comparison.before.cycles
    (line,) = [line for line in text(answer).splitlines() if "nanoseconds" in line]
    assert line.split()[1:] == [str(cycles), str(2 * cycles), f"+{cycles}"]


def test_what_if_takes_another_device_by_name() -> None:
    problem = problem_of(kernel_of(Case(512, 512, 512)), load_device("n150"))
    answer = what_if(problem, ("device=p150",))
    assert answer.comparison is not None
    other = best_plan(problem_of(kernel_of(Case(512, 512, 512)), load_device("p150")))
    assert other is not None and answer.comparison.after.cycles == other.cost.cycles


def test_a_wish_that_costs_a_hundred_times_as_much_is_found_by_a_look_that_far() -> None:
    problem = problem_of(kernel_of(Case(4096, 512, 512)), load_device("p150"))
    plan = best_plan(problem)
    assert plan is not None
    asked = replace(with_pins(problem, ("cores=1", "k_block=1", "subblock=1x1")), beyond=time_units(plan) - 1)
    answer = search(asked)
    assert answer.time_units > 64 * time_units(plan)
    assert "open" not in [effort.stage for effort in answer.efforts]


@pytest.mark.parametrize("wish", ["A.movement=read", "rounds=3", "mode=local_shard"])
def test_wishes_that_bounds_do_not_know_are_answered_by_what_they_leave(wish: str) -> None:
    """Each took many seconds to minutes while it was only found by widening the window."""
    case = Case(1024, 1024, 1024, layouts={"out": {"memory": "DRAM", "layout": "interleaved"}})
    problem = problem_of(kernel_of(case), load_device("n150"))
    answer = why_not(problem, (wish,))
    if answer.verdict == "impossible":
        assert wish == "mode=local_shard"
        return
    assert answer.verdict == "worse" and narrowed(with_pins(problem, (wish,))).narrow
