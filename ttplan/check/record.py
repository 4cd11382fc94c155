"""What a plan says of itself beside its decisions: where it differs from upstream's passes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ttplan.check.finding import Finding, finding
from ttplan.plan import Deviation, Plan


def check_deviations(plan: Plan) -> Iterator[Finding]:
    """A plan that keeps all other rules lists the deviations that concern it, each as often as it does, and no others."""
    from ttplan.contract.compat.deviations import deviations

    missing = Counter(deviations(plan)) - Counter(plan.deviations)
    left = Counter(deviations(plan))
    for index, one in enumerate(plan.deviations):
        if left[one]:
            left[one] -= 1
            continue
        right = [_text(other) for other in missing.elements() if other.key == one.key]
        allowed = ", ".join(right) or f"no (further) deviation of {one.key}"
        yield finding("deviation", f"deviations[{index}]", f"found {_text(one)}, allowed: {allowed}")
    listed = {one.key for one in plan.deviations}
    for other in missing.elements():
        if other.key not in listed:
            yield finding("deviation", "deviations", f"{other.key} is missing, which is {_text(other)}")


def _text(one: Deviation) -> str:
    return f"{one.upstream!r} upstream and {one.here!r} here"
