"""Plans and rendered files by case name, built once."""

from __future__ import annotations

from functools import cache

from render.cases import BY_NAME
from render.plans import build
from ttplan.plan import Plan
from ttplan.render import render_program


@cache
def plan_of(name: str) -> Plan:
    """The plan of a case."""
    return build(BY_NAME[name])


@cache
def files_of(name: str) -> dict[str, str]:
    """Everything the plan of a case renders to."""
    return render_program(plan_of(name))
