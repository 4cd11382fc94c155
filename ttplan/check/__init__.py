"""The independent checker: a plan verified with plain arithmetic, written from the sources of the rules.

Nothing here reads the encodings. Hardware rules come from tt-metal (each finding names the file), the meaning
of the tables from docs/kernels.md, the modelled time from docs/cost_model.md.
"""

from __future__ import annotations

from ttplan.check.arguments import check_arguments
from ttplan.check.blocking import check_blocking
from ttplan.check.buffers import check_buffers
from ttplan.check.circular import check_circular_buffers
from ttplan.check.cost import check_cost
from ttplan.check.dataflow import check_dataflow
from ttplan.check.finding import RULES, Finding, finding
from ttplan.check.meaning import NotAContraction, meaning_of
from ttplan.check.movement import check_movement
from ttplan.check.multicast import check_multicast
from ttplan.check.pins import check_pins
from ttplan.check.record import check_deviations
from ttplan.check.shards import check_local_shards
from ttplan.check.subject import Subject
from ttplan.check.work import check_work
from ttplan.plan import Plan

__all__ = ["RULES", "Finding", "check_plan", "check_text"]

CONCERNS = (
    check_dataflow,
    check_work,
    check_blocking,
    check_buffers,
    check_local_shards,
    check_circular_buffers,
    check_movement,
    check_multicast,
    check_arguments,
    check_pins,
    check_cost,
)
"""What is checked, in the order of the findings."""


def check_plan(plan: Plan) -> tuple[Finding, ...]:
    """Every rule the plan breaks, in a fixed order; empty for a good one. Never raises for a valid plan."""
    try:
        meaning = meaning_of(plan.kernel)
    except NotAContraction as refusal:
        return (finding("kernel_supported", refusal.path, refusal.message),)
    subject = Subject(plan, meaning)
    found = tuple(item for concern in CONCERNS for item in concern(subject))
    return found or tuple(check_deviations(plan))


def check_text(plan: Plan) -> str:
    """What `ttplan check` prints: one line per finding, or one line that says the plan keeps every rule."""
    found = check_plan(plan)
    if not found:
        return f"{plan.kernel.name} on {plan.device.name}: {len(RULES)} rules checked, all kept\n"
    lines = [item.text() for item in found]
    rules = len({item.rule for item in found})
    return (
        "\n".join(
            [*lines, f"{plan.kernel.name} on {plan.device.name}: {len(found)} findings, {rules} rules broken"]
        )
        + "\n"
    )
