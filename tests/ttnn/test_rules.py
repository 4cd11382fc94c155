"""Every named rule of ttnn.lp has a kernel and pins that provoke it, and says why in words."""

from __future__ import annotations

import pytest
from strategies import Case, device_of, kernel_of

from ttplan.explain.infeasible import member_of
from ttplan.explain.legality import Legality
from ttplan.explain.rulebook import rules_in
from ttplan.rules import encodings
from ttplan.solve import problem_of
from ttplan.ttnn import for_ttnn

SQUARE = Case(64, 64, 64)
IN_L1 = {"memory": "L1", "layout": "width_sharded"}
IN_BANKS = {"memory": "DRAM", "layout": "width_sharded"}
WIDE = Case(64, 64, 256, layouts={"in1": IN_L1})
TALL_OUT = Case(128, 128, 128, layouts={"out": {"memory": "L1", "layout": "height_sharded"}})
PROVOKED: dict[str, tuple[Case, tuple[str, ...], set[str]]] = {
    "ttnn_dtype": (Case(64, 64, 64, dtypes=("float16",) * 3), (), set()),
    "ttnn_epilogue": (Case(64, 64, 64, ops=("relu", "gelu")), (), set()),
    "ttnn_anchor": (SQUARE, ("scheme=multicast_in0",), {"pin"}),
    "ttnn_k_blocks": (Case(64, 160, 64), ("k_block=2",), {"pin"}),
    "ttnn_per_core": (Case(96, 64, 64), ("per_core_M=4",), {"pin"}),
    "ttnn_dst": (Case(128, 64, 128), ("subblock=4x4",), {"pin"}),
    "ttnn_movers": (SQUARE, ("carries(riscv_1,out)",), {"given_layout", "pin"}),
    "ttnn_depth": (SQUARE, ("A.depth=3",), {"pin"}),
    "ttnn_reuse": (SQUARE, ("grid=1x1",), {"pin"}),
    "ttnn_batch": (Case(64, 64, 64, batch=2, in0_batched=False, in1_batched=True), (), set()),
    "ttnn_sharded_out": (TALL_OUT, ("subblock=2x1",), {"shard_scheme", "given_layout", "pin"}),
    "ttnn_local_in1": (WIDE, ("out_block_w=1", "cores=4"), {"shard_scheme", "given_layout", "pin"}),
    "ttnn_dram_sharded": (Case(32, 64, 384, layouts={"in1": IN_BANKS}), (), {"given_layout"}),
    "ttnn_dram_subblock": (
        Case(32, 384, 768, layouts={"in0": IN_L1, "in1": IN_BANKS, "out": IN_L1}),
        ("subblock=1x1",),
        {"ttnn_dram_sharded", "dram_sharded", "given_layout", "pin"},
    ),
}
"""Rule -> kernel, pins, and what else its minimal conflict names."""
RULES = rules_in(encodings.text("ttnn"), "encodings/ttnn.lp")


def test_every_rule_is_provoked() -> None:
    assert set(PROVOKED) == set(RULES)


@pytest.mark.parametrize("name", sorted(PROVOKED))
def test_a_rule_of_ttnn_is_named_where_it_stands_in_the_way(name: str) -> None:
    case, pins, others = PROVOKED[name]
    holed = name in ("ttnn_anchor", "ttnn_reuse")  # no core at (0, 0)
    device = device_of(missing=((0, 0),)) if holed else device_of(columns=8, rows=8)
    free = problem_of(kernel_of(case), device, pins)
    assert Legality(free).conflict() is None or name == "ttnn_dst", "ttplan's own rules allow a plan"
    problem = for_ttnn(free)
    conflict = Legality(problem, problem.obeyed()).conflict()
    assert conflict is not None and {item.name for item in conflict} == {name, *others}
    said = [member_of(problem, item) for item in conflict if item.name == name]
    beginning = RULES[name].message.partition("{")[0]
    assert said and all(beginning in one.message and one.source == RULES[name].source for one in said)
