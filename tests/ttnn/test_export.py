"""Plans solved `--for ttnn` are TTNN calls: accepted by TTNN's rules, with the plan's blocks, L1 and modelled time."""

from __future__ import annotations

from hypothesis import assume, example, given, settings
from strategies import DEEP, Case, batched, devices, fused, kernel_of, placed, plain, shard_pinned

from ttplan.device import Device, load_device
from ttplan.errors import InputError
from ttplan.rules.problem import Infeasible
from ttplan.solve import problem_of, solve_problem
from ttplan.ttnn import TtnnProgram, export, for_ttnn, judge, modelled_cycles

CASES = 400 if DEEP else 5


def agree(case: Case, device: Device) -> None:
    """A plan for TTNN, when there is one, is exported; the call is legal and costs what the plan costs, but for
    inputs that are moved before it.
    """
    try:
        plan = solve_problem(for_ttnn(problem_of(kernel_of(case), device))).plan
    except (Infeasible, InputError):
        assume(False)
        return
    program = export(plan)
    assert isinstance(program, TtnnProgram), program
    assert judge(program.call, plan.device) == ()
    moves = sum(term.cycles for term in plan.cost.terms if term.name.startswith("move_"))
    assert modelled_cycles(program.call, plan.device) == plan.cost.cycles - moves


@settings(max_examples=CASES)
@given(case=plain(8), device=devices())
@example(Case(512, 512, 512), load_device("n150"))
@example(Case(32, 4096, 4096), load_device("p150"))
def test_plain_products(case: Case, device: Device) -> None:
    agree(case, device)


@settings(max_examples=CASES)
@given(case=batched(), device=devices())
def test_batches(case: Case, device: Device) -> None:
    agree(case, device)


@settings(max_examples=CASES)
@given(case=fused(), device=devices())
def test_epilogues(case: Case, device: Device) -> None:
    agree(case, device)


@settings(max_examples=CASES)
@given(case=placed(), device=devices())
def test_free_inputs(case: Case, device: Device) -> None:
    agree(case, device)


@settings(max_examples=CASES)
@given(case=shard_pinned(), device=devices())
def test_given_shards(case: Case, device: Device) -> None:
    agree(case, device)
