"""Legal plans of every kind keep every rule."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ttplan.check import RULES, check_plan, check_text
from ttplan.plan import Plan

from .variants import VARIANTS, plan_of

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", VARIANTS)
def test_a_legal_plan_has_no_findings(name: str) -> None:
    assert [item.text() for item in check_plan(plan_of(name))] == []


def test_the_text_of_a_good_plan_counts_the_rules() -> None:
    assert check_text(plan_of("grid")) == f"matmul on n150: {len(RULES)} rules checked, all kept\n"


def test_a_plan_read_back_from_json_is_still_good() -> None:
    plan = plan_of("grid_rotation")
    assert check_plan(Plan.model_validate_json(plan.model_dump_json(by_alias=True))) == ()


def test_findings_are_the_same_whatever_the_hash_seed() -> None:
    script = (
        "from ttplan.check import check_text; from tests.check.test_mutations import MUTATIONS, broken\n"
        "print(*(check_text(broken(variant, edit)) for _, variant, edit in MUTATIONS[::3]))"
    )
    texts = set()
    for seed in ("0", "1"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        run = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, env=environment, check=True, text=True
        )
        texts.add(run.stdout)
    assert len(texts) == 1
