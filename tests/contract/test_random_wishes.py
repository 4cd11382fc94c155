"""Random wishes for layouts and schedules: refused with a place and a reason, or served as they were made."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import DEEP, Case, device_of, kernel_of

from ttplan.contract import attributes
from ttplan.document import validate
from ttplan.errors import InternalError, TtplanError
from ttplan.facts.dataflow import analyse
from ttplan.facts.pins import pins_of
from ttplan.kernel import Kernel
from ttplan.rules.problem import Infeasible
from ttplan.solve import solve

AXES = st.sampled_from(["B", "H", "M", "N", "K", "W"])
PAIR = st.one_of(st.none(), st.lists(st.integers(-1, 9), min_size=1, max_size=3))


@st.composite
def shards(draw: st.DrawFn) -> dict[str, Any]:
    length = draw(st.integers(1, 3))
    found = {
        "axes": draw(st.one_of(st.just(["M", "N"]), st.lists(AXES, min_size=1, max_size=3))),
        "grid": draw(st.lists(st.integers(0, 5), min_size=length, max_size=length)),
        "shard_shape_elems": draw(
            st.lists(st.sampled_from([0, 1, 16, 32, 64, 96, 128]), min_size=length, max_size=length)
        ),
        "order": draw(st.sampled_from([None, "row_major", "block_linear(2)", "match_shard", "spiral"])),
    }
    for key in draw(st.sets(st.sampled_from(sorted(found)), max_size=1)):
        del found[key]
    return {key: value for key, value in found.items() if value is not None}


@st.composite
def wishes(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {
        "memory": draw(st.sampled_from(["DRAM", "L1", "SRAM"])),
        "layout": draw(
            st.sampled_from(["sharded", "interleaved", "height_sharded", "block_sharded", "shraded"])
        ),
    }
    if draw(st.integers(0, 3)):
        found["nd_shard"] = draw(shards())
    return found


@st.composite
def schedules(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "partition_mode": draw(st.sampled_from([None, None, "global", "local_shard", "banana"])),
        "grid_tiles": draw(PAIR),
        "local_shape_tiles": draw(PAIR),
        "shard_grid": draw(PAIR),
        "runtime_args": draw(st.one_of(st.none(), st.lists(st.sampled_from("abcdef"), max_size=12))),
        "order": draw(st.sampled_from([None, None, "row_major", "block_linear(1)", "block_linear(x)"])),
    }


@settings(max_examples=3000 if DEEP else 300)
@given(
    batch=st.integers(0, 2), layout=st.dictionaries(st.sampled_from("AWC"), wishes()), schedule=schedules()
)
def test_every_wish_is_read_or_refused_at_its_place(
    batch: int, layout: dict[str, Any], schedule: dict[str, Any]
) -> None:
    document = kernel_of(Case(64, 96, 128, batch=batch)).model_dump(mode="json", by_alias=True)
    try:
        kernel = validate(Kernel, document | {"layout": layout, "schedule": schedule})
        pins_of(analyse(kernel), device_of())
    except TtplanError as error:
        assert not isinstance(error, InternalError)
        for problem in error.problems:
            assert problem.path.startswith(("layout.", "schedule.")) and problem.message


@settings(max_examples=300 if DEEP else 12)
@given(
    buffer=st.sampled_from("AC"),
    rows=st.sampled_from([1, 2, 4]),
    columns=st.sampled_from([1, 2, 4]),
    padded=st.booleans(),
)
def test_shards_that_are_served_are_told_as_they_were_wished(
    buffer: str, rows: int, columns: int, padded: bool
) -> None:
    """4 x 4 tiles on a grid of shards, ragged when padded."""
    elems = [128 // rows + 32 * (padded and rows == 2), 128 // columns]
    shard = {"axes": ["M", "N"], "grid": [rows, columns], "shard_shape_elems": elems}
    wish = {buffer: {"memory": "L1", "layout": "sharded", "nd_shard": shard}}
    document = kernel_of(Case(128, 128, 128)).model_dump(mode="json", by_alias=True)
    try:
        plan = solve(validate(Kernel, document | {"layout": wish}), device_of(columns=4, rows=4))
    except Infeasible:
        assert padded or buffer == "A" or 1 in (rows, columns)
        return
    found = attributes(plan)[f"tt.buffer.{buffer}"]["nd_shard"]
    assert {key: found[key] for key in shard} == shard
    assert len({tuple(core) for core in found["cores"]}) == rows * columns
