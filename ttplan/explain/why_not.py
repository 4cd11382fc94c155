"""Why a plan with a wished decision was not chosen: the best such plan and what it costs, or why there is
none.
"""

from __future__ import annotations

from dataclasses import replace

from ttplan.explain.decisions import compare
from ttplan.explain.infeasible import infeasible
from ttplan.explain.results import WhyNot
from ttplan.explain.variants import plan_or_refusal, time_units, with_pins
from ttplan.plan import Plan
from ttplan.rules.problem import Infeasible, Problem


def why_not(problem: Problem, queries: tuple[str, ...], plan: Plan | None = None) -> WhyNot:
    """Compare the best plan with the best plan that has the wished decisions, as `--pin` takes them.

    plan: the best plan of the problem, when it is known already. Raises InputError for a wish that is no
    decision, TimeLimit when the problem's time or conflicts run out.
    """
    wished = with_pins(problem, queries)
    base = plan if plan is not None else plan_or_refusal(problem)
    if isinstance(base, Infeasible):
        return WhyNot(wish=queries, verdict="no_plan", story=infeasible(problem, base))
    least = time_units(base) - 1 if base.status == "optimal" else 0
    found = plan_or_refusal(replace(wished.counted_in(base.cost.unit), beyond=least))
    if isinstance(found, Infeasible):
        known = base if base.status == "optimal" else None
        story = infeasible(wished, found, len(queries), known)
        return WhyNot(wish=queries, verdict="impossible", story=story)
    comparison = compare(base, found)
    first = first_difference(base, found)
    if not comparison.decisions:
        return WhyNot(wish=queries, verdict="chosen", comparison=comparison)
    return WhyNot(wish=queries, verdict="worse" if first else "tie", first=first, comparison=comparison)


def first_difference(before: Plan, after: Plan) -> str | None:
    """The most important criterion in which two plans differ, as the objective counts it; None when they
    tie.
    """
    pairs = (
        ("modelled time", before.cost.units * before.cost.unit, after.cost.units * after.cost.unit),
        ("DRAM bytes moved", before.cost.dram_bytes, after.cost.dram_bytes),
        ("L1 bytes on the fullest core", before.cost.l1_bytes, after.cost.l1_bytes),
        ("cores", before.cost.cores, after.cost.cores),
    )
    return next((name for name, old, new in pairs if old != new), None)
