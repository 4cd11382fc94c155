"""Two plans side by side: decisions and cost terms that differ."""

from __future__ import annotations

from ttplan.explain.decisions import compare
from ttplan.explain.results import Comparison
from ttplan.plan import Plan


def diff(before: Plan, after: Plan) -> Comparison:
    """Compare two plans decision by decision, term by term; they may be of different kernels or devices."""
    return compare(before, after)
