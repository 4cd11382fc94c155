"""Every named rule of ttnn.lp has a kernel and pins that provoke it, and says why in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ttplan.explain.handbook import TTNN_EXAMPLES, conflict_of
from ttplan.explain.legality import Legality
from ttplan.explain.rulebook import rules_in
from ttplan.rules import encodings

RULES = rules_in(encodings.text("ttnn"), "encodings/ttnn.lp")


def test_every_rule_is_provoked() -> None:
    assert set(TTNN_EXAMPLES) == set(RULES)


@pytest.mark.parametrize("name", sorted(TTNN_EXAMPLES))
def test_a_rule_of_ttnn_is_named_where_it_stands_in_the_way(name: str) -> None:
    found = [member for member in conflict_of(TTNN_EXAMPLES[name]) if member.kind == "rule"]
    assert {member.name for member in found} == {name, *TTNN_EXAMPLES[name].with_rules}
    beginning = RULES[name].message.partition("{")[0]
    said = [member for member in found if member.name == name]
    assert said and all(beginning in one.message and one.source == RULES[name].source for one in said)


@pytest.mark.parametrize("name", sorted(set(TTNN_EXAMPLES) - {"ttnn_dst"}))
def test_rules_of_ttplan_allow_what_a_rule_of_ttnn_refuses(name: str) -> None:
    assert Legality(replace(TTNN_EXAMPLES[name], ttnn=False).problem()).conflict() is None
