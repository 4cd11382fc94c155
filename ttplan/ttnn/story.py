"""Why a kernel has no plan that TTNN runs: ttplan's own rules first, then those of TTNN that stand in the way."""

from __future__ import annotations

from dataclasses import replace

from ttplan.explain.decisions import short
from ttplan.explain.infeasible import infeasible, member_of
from ttplan.explain.legality import Legality
from ttplan.explain.results import Member, Relaxation, Story
from ttplan.explain.rulebook import rules_in, sentence
from ttplan.explain.variants import best_plan, totals, without_pin
from ttplan.rules import encodings
from ttplan.rules.problem import Infeasible, Problem
from ttplan.ttnn.target import NAME


def infeasible_for_ttnn(problem: Problem, error: Infeasible) -> Story:
    """The story of a problem of `for_ttnn` that has no plan. error: what the search raised.

    When ttplan's own rules already exclude every plan, their story is told. Otherwise the relaxations are the plan
    without TTNN, and the plans TTNN runs without one of the pins in the conflict; each is solved.
    """
    free = replace(problem, extra="")
    if Legality(free).conflict() is not None:
        return infeasible(free)
    book = rules_in(encodings.text(NAME), f"encodings/{NAME}.lp")
    members = []
    variants = [(("plan without --for ttnn",), free)]
    for item in error.conflict:
        rule = book.get(item.name)
        if rule is None:
            members.append(member_of(free, item))
        else:
            members.append(
                Member(kind="rule", name=rule.name, message=sentence(rule, item), source=rule.source)
            )
        if item.name == "pin":
            pin = problem.pins.pins[item.arguments[0].number]
            variants.append(((f"drop {pin.source}",), without_pin(problem, pin)))
    solved = [(changes, best_plan(variant)) for changes, variant in variants]
    return Story(
        kernel=problem.flow.kernel.name,
        device=problem.device.name,
        conflict=tuple(members),
        relaxations=tuple(
            Relaxation(changes=changes, totals=totals(plan), decisions=short(plan))
            for changes, plan in solved
            if plan is not None
        ),
        tried=len(variants),
    )
