"""Explanations: why this plan, why not that one, why none. Each is computed by solving; text is made from
the results.
"""

from __future__ import annotations

from ttplan.explain.diff import diff
from ttplan.explain.explanation import explain
from ttplan.explain.infeasible import infeasible
from ttplan.explain.what_if import what_if
from ttplan.explain.why_not import why_not
from ttplan.explain.words import text

__all__ = ["diff", "explain", "infeasible", "text", "what_if", "why_not"]
