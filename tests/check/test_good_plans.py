"""Legal plans of every kind keep every rule."""

from __future__ import annotations

import pytest

from ttplan.check import RULES, check_plan, check_text
from ttplan.plan import Plan

from .variants import VARIANTS, plan_of


@pytest.mark.parametrize("name", VARIANTS)
def test_a_legal_plan_has_no_findings(name: str) -> None:
    assert [item.text() for item in check_plan(plan_of(name))] == []


def test_the_text_of_a_good_plan_counts_the_rules() -> None:
    assert check_text(plan_of("grid")) == f"matmul on n150: {len(RULES)} rules checked, all kept\n"


def test_a_plan_read_back_from_json_is_still_good() -> None:
    plan = plan_of("grid_rotation")
    assert check_plan(Plan.model_validate_json(plan.model_dump_json(by_alias=True))) == ()
