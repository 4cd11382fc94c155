"""The hand-made plans are plans: the independent checker finds nothing in them but their missing cost."""

from __future__ import annotations

import pytest

from render.cases import CASES
from render.rendered import plan_of
from ttplan.check import check_plan


@pytest.mark.parametrize("case", [case.name for case in CASES])
def test_the_checker_finds_only_missing_costs(case: str) -> None:
    found = {finding.rule for finding in check_plan(plan_of(case)) if not finding.rule.startswith("cost")}
    assert found == set()
