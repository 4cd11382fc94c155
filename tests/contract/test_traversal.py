"""Traversal orders: as lists of tiles, as requirements on plans, and as the walk of the kernels that run."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import Case, device_of, kernel_of

from ttplan.check import check_plan
from ttplan.contract import attributes, tt_plan_json
from ttplan.contract.work import core_tiles
from ttplan.document import validate
from ttplan.errors import InputError
from ttplan.facts.traversal import Order, parse_order, tile_order
from ttplan.kernel import Kernel
from ttplan.plan import Plan
from ttplan.rules.problem import Infeasible
from ttplan.simulate.plan_run import simulate_plan
from ttplan.solve import solve


@given(
    rows=st.integers(1, 9),
    columns=st.integers(1, 9),
    order=st.sampled_from(
        ["row_major", "match_shard", "block_linear(1)", "block_linear(2)", "block_linear(3)"]
    ),
    shard=st.tuples(st.integers(1, 4), st.integers(1, 4)),
)
def test_every_order_visits_each_tile_once(
    rows: int, columns: int, order: str, shard: tuple[int, int]
) -> None:
    found = list(tile_order(parse_order(order), rows, columns, shard))
    assert sorted(found) == [(row, column) for row in range(rows) for column in range(columns)]


def test_orders_written_out() -> None:
    assert list(tile_order(Order("row_major"), 2, 3)) == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
    blocks = [(0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (1, 2), (2, 0), (2, 1), (2, 2)]
    assert list(tile_order(Order("block_linear", 2), 3, 3)) == blocks
    shards = [(0, 0), (1, 0), (0, 1), (1, 1)]
    assert list(tile_order(Order("match_shard"), 2, 2, (2, 1))) == shards


@pytest.mark.parametrize(
    "text", ["z_order", "block_linear", "block_linear(0)", "block_linear(-1)", "Row_major"]
)
def test_unknown_orders(text: str) -> None:
    with pytest.raises(InputError) as error:
        parse_order(text)
    (found,) = error.value.problems
    assert found.allowed == ("row_major", "match_shard", "block_linear(k)")


def test_match_shard_needs_a_shard() -> None:
    with pytest.raises(InputError, match="match_shard needs a sharded buffer"):
        list(tile_order(Order("match_shard"), 2, 2))


def planned(case: Case, schedule: dict[str, Any], pins: tuple[str, ...] = (), **layout: Any) -> Plan:
    document = kernel_of(case).model_dump(mode="json", by_alias=True)
    kernel = validate(Kernel, document | {"schedule": schedule, "layout": layout})
    return solve(kernel, device_of(columns=2, rows=2), pins)


def test_without_a_wish_out_blocks_go_row_by_row() -> None:
    plan = planned(Case(256, 64, 256), {})
    assert plan.blocking.traversal == "row_major"
    assert attributes(plan)["tt_schedule_order"] == "row_major"


@pytest.mark.parametrize("side", [1, 2, 4])
@pytest.mark.parametrize("scheme", ["split", "multicast_2d"])
def test_blocks_of_a_side_are_walked_one_after_another(side: int, scheme: str) -> None:
    """The kernels run, and their out blocks are those of the order."""
    plan = planned(Case(256, 32, 256), {"order": f"block_linear({side})"}, (f"scheme={scheme}",))
    assert check_plan(plan) == ()
    assert plan.blocking.traversal == f"block_linear({side})" and plan.blocking.out_block == (side, side)
    for kernel in plan.kernels:
        sizes = {a.name: a.value for a in kernel.compile_args if a.name in ("block_m", "block_n")}
        assert set(sizes.values()) <= {side}
    if scheme == "multicast_2d":
        for work in plan.partition.work:
            walk = tile_order(Order("block_linear", side), work.m_count, work.n_count)
            found = [(m - work.m_start, n - work.n_start) for _, m, n in core_tiles(plan, work)]
            assert found == list(walk)
    else:
        cores = [tile for work in plan.partition.work for tile in core_tiles(plan, work)]
        assert [(m, n) for _, m, n in cores] == list(tile_order(Order("block_linear", side), 8, 8))
    assert simulate_plan(plan, seed=1).ok
    items = [item for mine in tt_plan_json(plan)["work_partition"].values() for item in mine]
    assert {item["tile_order"] for item in items} == {f"block_linear({side})"}


def test_ragged_blocks_at_the_edges_run_too() -> None:
    plan = planned(Case(32 * 5, 40, 32 * 7 - 3), {"order": "block_linear(2)"}, ("scheme=split",))
    tiles = [tile for work in plan.partition.work for tile in core_tiles(plan, work)]
    assert [(m, n) for _, m, n in tiles] == list(tile_order(Order("block_linear", 2), 5, 7))
    assert simulate_plan(plan).ok


def test_match_shard_gives_each_core_the_tiles_of_its_shard() -> None:
    shard = {"axes": ["M", "N"], "grid": [2, 2], "shard_shape_elems": [128, 64], "order": "match_shard"}
    plan = planned(Case(256, 64, 128), {}, C={"memory": "L1", "layout": "block_sharded", "nd_shard": shard})
    assert plan.blocking.traversal == "match_shard" and plan.partition.mode == "local_shard"
    found = plan.buffer("C").shard
    assert found is not None
    owners = dict(zip(found.cores, tile_order(Order("row_major"), *found.grid), strict=True))
    walks = {work.core: [(m, n) for _, m, n in core_tiles(plan, work)] for work in plan.partition.work}
    order = list(tile_order(Order("match_shard"), 8, 4, found.shape))
    size = found.shape[0] * found.shape[1]
    for core, (row, column) in owners.items():
        place = (row * found.grid[1] + column) * size
        assert sorted(walks[core]) == sorted(order[place : place + size])
    assert simulate_plan(plan).ok
    assert attributes(plan)["tt.buffer.C"]["nd_shard"]["order"] == "match_shard"


def test_match_shard_without_a_local_shard_has_no_plan() -> None:
    with pytest.raises(Infeasible):
        planned(Case(64, 64, 64), {"order": "match_shard", "partition_mode": "global"})


def test_two_orders_are_refused() -> None:
    shard = {"axes": ["M", "N"], "grid": [2, 2], "shard_shape_elems": [32, 32], "order": "row_major"}
    with pytest.raises(InputError, match="a kernel has one traversal order") as error:
        layout = {"memory": "L1", "layout": "block_sharded", "nd_shard": shard}
        planned(Case(64, 64, 64), {"order": "block_linear(2)"}, C=layout)
    assert error.value.problems[0].path == "layout.C.nd_shard.order"


def test_the_checker_knows_a_false_order() -> None:
    plan = planned(Case(64, 64, 64), {})
    for name in ("block_linear(7)", "match_shard"):
        false = plan.model_copy(update={"blocking": plan.blocking.model_copy(update={"traversal": name})})
        assert any(found.rule == "pin_schedule" for found in check_plan(false))
