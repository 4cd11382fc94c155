"""Kernel and device in, checked plan out: the one function behind `ttplan solve`."""

from __future__ import annotations

from dataclasses import dataclass

from ttplan.device import Device, without
from ttplan.errors import InternalError
from ttplan.facts.dataflow import analyse, in_order
from ttplan.facts.family import require_covered
from ttplan.facts.pins import pins_of
from ttplan.kernel import Kernel
from ttplan.plan import Plan
from ttplan.rules.problem import Answer, Options, Problem, refuse_overflow
from ttplan.rules.search import counted


@dataclass(frozen=True)
class Solution:
    """A plan, the problem it solves and the answer it came from."""

    plan: Plan
    problem: Problem
    answer: Answer


def problem_of(
    kernel: Kernel, device: Device, pins: tuple[str, ...] = (), options: Options | None = None
) -> Problem:
    """A validated problem. Raises InputError or BadInputs."""
    flow = analyse(kernel)
    require_covered(flow)
    refuse_overflow(flow, device)
    flow = in_order(flow)
    usable = without(device, kernel.reserve.cores)
    problem = Problem(flow, usable, pins_of(flow, usable, pins), options or Options())
    if not problem.options.rules:
        return problem
    from ttplan.rules.preferences import settled

    return settled(problem)


def solve_problem(problem: Problem, pins: tuple[str, ...] = ()) -> Solution:
    """Search, assemble, and hold the plan against the independent checker.

    Raises Infeasible, TimeLimit, or InternalError when solver and checker disagree.
    """
    from ttplan.check import check_plan
    from ttplan.contract.compat.deviations import deviations
    from ttplan.rules.assemble import assemble

    answer = counted(problem)
    plan = assemble(problem.flow, problem.device, answer, pins)
    plan = plan.model_copy(update={"deviations": deviations(plan), "rules": _obeyed(problem)})
    findings = check_plan(plan)
    if findings:
        raise InternalError("the checker refuses the solver's plan: " + findings[0].text())
    return Solution(plan, problem, answer)


def _obeyed(problem: Problem) -> tuple[str, ...] | None:
    """What a plan obeys beside the encodings and pins, as clingo writes it; None when there is nothing."""
    if not (problem.options.rules or problem.extra):
        return None
    from ttplan.rules import own
    from ttplan.ttnn.target import NAME

    library = f"{NAME}.lp"
    files = [file for file, _ in problem.options.rules]
    mine = own.spoken([one for one in problem.options.rules if one[0] != library])
    return (*(("--for ttnn",) if problem.extra or library in files else ()), *mine)


def solve(kernel: Kernel, device: Device, pins: tuple[str, ...] = (), options: Options | None = None) -> Plan:
    """The best plan of a kernel on a device, checked.

    pins: decisions to keep, as `--pin` takes them. Raises InputError, BadInputs, Infeasible, TimeLimit,
    InternalError.
    """
    return solve_problem(problem_of(kernel, device, pins, options), pins).plan
