"""The solver's plan is the best of all plans, found by looking at every one of them."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import (
    CALIBRATIONS,
    DEEP,
    Case,
    Operand,
    batched,
    device_of,
    devices,
    fused,
    kernel_of,
    placed,
    plain,
    shard_pinned,
)

from ttplan.device import Device
from ttplan.errors import InputError
from ttplan.rules.problem import Infeasible
from ttplan.solve import solve

from .space import Key, Space

CASES = 1200 if DEEP else 40


def solved(case: Case, device: Device) -> Key | None:
    """What the solver's plan costs, None when there is none (or the kernel names too large a shard)."""
    try:
        plan = solve(kernel_of(case), device)
    except Infeasible:
        return None
    except InputError as refusal:
        assert refusal.problems[0].path.startswith("layout.A.nd_shard"), refusal
        return None
    assert plan.status == "optimal"
    cost = plan.cost
    return Key(cost.cycles, cost.dram_bytes, cost.l1_bytes, cost.cores)


def fixed(layout: str, in0: tuple[int, int], shard: tuple[int, int]) -> Case:
    """in0 in shards of that many tiles."""
    grid = [-(-size // (32 * tiles)) for size, tiles in zip(in0, shard, strict=True)]
    nd_shard = {"axes": ["M", "K"], "grid": grid, "shard_shape_elems": [32 * tiles for tiles in shard]}
    return Case(*in0, 64, layouts={"in0": {"memory": "L1", "layout": layout, "nd_shard": nd_shard}})


SLOW_DRAM = {"dram_efficiency": 0.021, "sender_rate": 900.0, "shared_read_rate": 5.0}


def in_slow_dram(dtype: str) -> Case:
    """One row of tiles, where bringing in1 to L1 is worth its time."""
    layouts = {"out": {"memory": "L1", "layout": "interleaved"}}
    return Case(32, 32, 64, dtypes=(dtype,) * 3, fidelity="LoFi", free=("in0", "in1"), layouts=layouts)


ONE_TILE_A_MATRIX = Case(
    32, 32, 32, batch=2, in1_batched=True, dtypes=("bfloat8_b", "float32", "bfloat4_b"), fidelity="LoFi"
)
"""Where padding an out block to two tiles must not seem to hide that the last tile is written after compute."""


def agree(case: Case, device: Device) -> None:
    assert solved(case, device) == Space(case, device).best()


@settings(max_examples=CASES)
@given(case=plain(5 if DEEP else 4), device=devices())
@example(Case(32, 32, 32), device_of(columns=1, rows=1))
@example(Case(160, 224, 96), device_of("p150", 3, 2, ((1, 1),)))
@example(Case(128, 128, 64), device_of(columns=2, rows=1, calibration=CALIBRATIONS[-1]))
def test_no_plan_of_a_matmul_is_better(case: Case, device: Device) -> None:
    agree(case, device)


@settings(max_examples=CASES)
@given(case=fused(4 if DEEP else 3), device=devices())
@example(Case(96, 96, 96, ops=(Operand("bfloat16", row=True), "gelu", Operand("float32"))), device_of())
def test_no_plan_with_an_epilogue_is_better(case: Case, device: Device) -> None:
    agree(case, device)


@settings(max_examples=CASES)
@given(case=batched(3 if DEEP else 2), device=devices(2))
@example(Case(64, 64, 64, batch=2, in1_batched=True), device_of())
@example(ONE_TILE_A_MATRIX, device_of(columns=1, rows=1, calibration={"write_rate": 6.5, "issue": 3.0}))
def test_no_plan_of_a_batched_matmul_is_better(case: Case, device: Device) -> None:
    agree(case, device)


@settings(max_examples=CASES)
@given(case=placed(4 if DEEP else 3), device=devices(3 if DEEP else 2))
@example(
    Case(32, 64, 128, layouts={"in1": {"memory": "DRAM", "layout": "width_sharded"}}), device_of(banks=2)
)
@example(Case(64, 64, 64, free=("in0", "in1")), device_of())
@example(Case(64, 64, 64, free=("add0",), ops=(Operand("bfloat16"),)), device_of())
@example(
    Case(
        160,
        32,
        64,
        free=("add0",),
        ops=(Operand("float32", row=True),),
        layouts={"out": {"memory": "L1", "layout": "interleaved"}},
    ),
    device_of(columns=3, rows=4, calibration={"shared_read_rate": 11.0, "issue": 1.0}),
)
@example(in_slow_dram("float16"), device_of(columns=1, rows=1, calibration=SLOW_DRAM))
@example(in_slow_dram("bfloat16"), device_of(columns=1, rows=1, calibration=SLOW_DRAM))
def test_no_plan_with_placed_buffers_is_better(case: Case, device: Device) -> None:
    agree(case, device)


@settings(max_examples=CASES)
@given(case=shard_pinned(6 if DEEP else 5), device=devices())
@example(fixed("height_sharded", (480, 64), (11, 2)), device_of(columns=2, rows=1))
@example(fixed("block_sharded", (192, 96), (5, 2)), device_of())
def test_no_plan_with_a_fixed_shard_is_better(case: Case, device: Device) -> None:
    agree(case, device)


@settings(max_examples=CASES // 4)
@given(case=st.one_of(plain(2), fused(2), batched(1)), device=devices(2))
def test_no_depth_makes_a_plan_better_that_is_not_looked_at(case: Case, device: Device) -> None:
    best = Space(case, device, all_depths=True).best()
    assert best == Space(case, device).best() == solved(case, device)


@pytest.mark.skipif(not DEEP, reason="larger cases are part of the deep profile")
@settings(max_examples=300)
@given(case=st.one_of(plain(9), fused(6)), device=devices(4))
def test_no_plan_of_a_larger_kernel_is_better(case: Case, device: Device) -> None:
    agree(case, device)
