"""What must hold for every kernel, device and set of pins."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from strategies import (
    CALIBRATIONS,
    DEEP,
    Case,
    batched,
    device_of,
    devices,
    fused,
    kernel_of,
    merged,
    placed,
    plain,
)

from ttplan.check import check_plan
from ttplan.device import Device
from ttplan.document import dumps, validate
from ttplan.facts.geometry import core_lines, line_cores, rectangles
from ttplan.plan import Plan
from ttplan.rules.problem import Infeasible
from ttplan.solve import solve

CASES = 400 if DEEP else 20
CASES_OF_A_FAMILY = st.one_of(plain(5), fused(4), batched(3), placed(4))


def best(case: Case, device: Device, pins: tuple[str, ...] = ()) -> Plan | None:
    try:
        return solve(kernel_of(case), device, pins)
    except Infeasible:
        return None


def decisions(plan: Plan) -> dict[str, str]:
    """Every pinnable decision of a plan, as `--pin` takes it, by a name of the decision."""
    partition, blocking = plan.partition, plan.blocking
    orientation = "col_major" if partition.transposed else "row_major"
    pins = {
        "scheme": f"scheme={partition.scheme}",
        "grid": f"grid={partition.grid[0]}x{partition.grid[1]}",
        "cores": f"cores={len(partition.cores)}",
        "mode": f"mode={partition.mode}",
        "orientation": f"orientation={orientation}",
        "out_block": f"out_block={blocking.out_block[0]}x{blocking.out_block[1]}",
        "per_core_M": f"per_core_M={partition.per_core[0]}",
        "per_core_N": f"per_core_N={partition.per_core[1]}",
        "k_block": f"k_block={blocking.k_block}",
        "k_blocks": f"k_blocks({blocking.k_blocks})",
        "subblock": f"subblock={blocking.subblock[0]}x{blocking.subblock[1]}",
        "rounds": f"rounds({max(work.blocks for work in partition.work)})",
    }
    if blocking.l1_accumulation:
        pins["l1_accumulation"] = "l1_accumulation"
    for stream in plan.streams:
        cb, buffer = plan.cb(stream.name), plan.buffer(stream.buffer)
        assert cb is not None
        term = re.sub(r"^add(\d+)$", r"add(\1)", stream.name)
        pins[f"{stream.name}.layout"] = f"{buffer.name}.layout={buffer.memory}/{buffer.layout}"
        pins[f"{stream.name}.depth"] = f"{buffer.name}.depth={cb.depth}"
        pins[f"{stream.name}.movement"] = f"movement({term},{stream.movement})"
        if stream.processor is not None:
            pins[f"{stream.name}.processor"] = f"carries({stream.processor},{term})"
        if buffer.shard is not None:
            pins[f"{stream.name}.shard"] = (
                f"shard({buffer.name},{buffer.shard.shape[0]},{buffer.shard.shape[1]})"
            )
    return pins


def without_pins(plan: Plan) -> str:
    return dumps(plan.model_copy(update={"pins": ()}))


@settings(max_examples=CASES)
@given(case=CASES_OF_A_FAMILY, device=devices(4))
def test_every_plan_passes_the_checker_and_is_proven(case: Case, device: Device) -> None:
    plan = best(case, device)
    assume(plan is not None)
    assert plan is not None
    assert check_plan(plan) == ()
    assert plan.status == "optimal" and plan.cost.lower_bound == plan.cost.units


@settings(max_examples=CASES)
@given(case=CASES_OF_A_FAMILY, device=devices(3), less=st.integers(1, 600))
def test_more_l1_is_never_slower(case: Case, device: Device, less: int) -> None:
    document = device.model_dump(by_alias=True)
    document["l1"]["bytes"] = device.l1.base + 64 * (300 + less)
    small = best(case, validate(Device, document))
    assume(small is not None)
    large = best(
        case, validate(Device, document | {"l1": document["l1"] | {"bytes": device.l1.base + 64 * 1500}})
    )
    assert small is not None and large is not None
    assert large.cost.units <= small.cost.units


@settings(max_examples=CASES)
@given(
    case=st.one_of(plain(6), fused(4)), columns=st.integers(1, 3), rows=st.integers(1, 3), more=st.booleans()
)
def test_more_cores_are_never_slower(case: Case, columns: int, rows: int, more: bool) -> None:
    few, many = (
        device_of(columns=columns, rows=rows),
        device_of(columns=columns + more, rows=rows + (not more)),
    )
    small, large = best(case, few), best(case, many)
    assert small is not None and large is not None
    assert large.cost.units <= small.cost.units


@st.composite
def nested_devices(draw: st.DrawFn, side: int) -> tuple[Device, Device]:
    """A chip with cores missing anywhere, and the same chip with some of them back."""
    columns, rows = draw(st.integers(2, side)), draw(st.integers(1, side))
    cores = [(x, y) for y in range(rows) for x in range(columns)]
    few = draw(st.lists(st.sampled_from(cores), min_size=1, max_size=len(cores) - 1, unique=True))
    many = draw(st.lists(st.sampled_from(few), max_size=len(few) - 1, unique=True))
    base, prices = draw(st.sampled_from(["n150", "p150"])), draw(st.sampled_from(CALIBRATIONS))
    small, large = (
        device_of(base, columns, rows, tuple(missing), calibration=prices) for missing in (few, many)
    )
    return small, large


GAP = (
    device_of(columns=4, rows=2, missing=((0, 0), (0, 1))),
    device_of(columns=4, rows=2, missing=((0, 1),)),
)
"""Five cores in two rows, left of which a core comes back that has no neighbour below."""


@settings(max_examples=CASES)
@given(case=CASES_OF_A_FAMILY, nested=nested_devices(4))
@example(case=Case(32, 64, 160), nested=GAP)
def test_cores_that_come_back_are_never_slower(case: Case, nested: tuple[Device, Device]) -> None:
    small, large = (best(case, device) for device in nested)
    assume(small is not None)
    assert small is not None and large is not None
    assert large.cost.units <= small.cost.units


@given(nested=nested_devices(6))
@settings(max_examples=10 * CASES)
def test_cores_that_come_back_take_no_line_or_rectangle_away(nested: tuple[Device, Device]) -> None:
    small, large = nested
    assert set(core_lines(small)) <= set(core_lines(large))
    assert set(rectangles(small)) <= set(rectangles(large))
    for known, ranges in core_lines(small).items():
        cores = line_cores(ranges)
        assert len(set(cores)) == len(cores) == known and set(cores) <= set(small.cores)


@settings(max_examples=CASES)
@given(case=st.one_of(fused(4), batched(2), placed(3)), device=devices(3), order=st.permutations(range(6)))
def test_renaming_buffers_and_dims_changes_names_only(case: Case, device: Device, order: list[int]) -> None:
    words = [("zeta", "Alpha", "in1", "out", "compute", "B")[i] for i in order]
    names = {
        "in0": words[0],
        "in1": words[1],
        "out": words[2],
        "add0": words[3],
        "add1": words[4],
        "add2": words[5],
    }
    names |= {"M": "N", "N": "rows", "K": "M", "B": "K", "acc": "t"}
    original = best(case, device)
    assume(original is not None)
    assert original is not None
    other = solve(kernel_of(case, names), device)
    there = kernel_of(case, names)
    back = {new.name: old.name for old, new in zip(original.kernel.buffers, there.buffers, strict=True)}

    def neutral(plan: Plan, called: dict[str, str]) -> Any:
        """The plan with its buffers called otherwise, wherever it names them."""
        document = plan.model_dump(mode="json", by_alias=True, exclude={"kernel", "device", "deviations"})

        def rename(item: Any, key: str) -> None:
            if item[key] is not None:
                item[key] = called.get(item[key], item[key])

        for buffer in document["buffers"]:
            rename(buffer, "name")
        for stream in document["streams"]:
            rename(stream, "buffer")
        for cb in document["circular_buffers"]:
            rename(cb, "on_buffer")
        for kernel in document["kernels"]:
            kernel["accessors"] = [called.get(name, name) for name in kernel["accessors"]]
            for argument in (*kernel["compile_args"], *kernel["common_args"], *kernel["runtime_args"]):
                if argument.get("of") in called:
                    argument["name"] = argument["name"].replace(argument["of"], called[argument["of"]])
                    rename(argument, "of")
        return document

    assert neutral(original, {}) == neutral(other, back)


@settings(max_examples=CASES)
@given(case=CASES_OF_A_FAMILY, device=devices(3), data=st.data())
def test_pinning_decisions_of_the_optimum_returns_the_same_plan(
    case: Case, device: Device, data: st.DataObject
) -> None:
    plan = best(case, device)
    assume(plan is not None)
    assert plan is not None
    pins = decisions(plan)
    every = tuple(pins.values())
    assert without_pins(solve(kernel_of(case), device, every)) == without_pins(plan)
    one = data.draw(st.sampled_from(sorted(pins)))
    assert without_pins(solve(kernel_of(case), device, (pins[one],))) == without_pins(plan)


@settings(max_examples=2 * CASES)
@given(case=CASES_OF_A_FAMILY, device=devices(3), data=st.data())
def test_no_assignment_of_decisions_beats_the_optimum(
    case: Case, device: Device, data: st.DataObject
) -> None:
    """Pins drawn at random; where they leave a plan, it satisfies them and is not better."""
    plan = best(case, device)
    assume(plan is not None)
    assert plan is not None
    drawn = {
        "scheme": st.sampled_from(["split", "multicast_in0", "multicast_in1", "multicast_2d"]).map(
            "scheme={}".format
        ),
        "cores": st.integers(1, 9).map("cores={}".format),
        "k_block": st.integers(1, 4).map("k_block={}".format),
        "out_block_h": st.integers(1, 4).map("out_block_h={}".format),
        "out_block_w": st.integers(1, 4).map("out_block_w={}".format),
        "subblock": st.sampled_from(["1x1", "1x2", "2x1", "2x2"]).map("subblock={}".format),
        "in0.depth": st.integers(1, 4).map("A.depth={}".format),
        "out.depth": st.integers(1, 4).map("C.depth={}".format),
        "in1.processor": st.integers(0, 1).map("carries(riscv_{},in1)".format),
        "out.processor": st.integers(0, 1).map("carries(riscv_{},out)".format),
        "out.layout": st.sampled_from(["DRAM/interleaved", "L1/interleaved", "L1/block_sharded"]).map(
            "C.layout={}".format
        ),
    }
    names = data.draw(st.lists(st.sampled_from(sorted(drawn)), min_size=1, max_size=3, unique=True))
    pins = {name: data.draw(drawn[name]) for name in names}
    other = best(case, device, tuple(pins.values()))
    assume(other is not None)
    assert other is not None
    assert check_plan(other) == ()
    assert other.cost.units >= plan.cost.units
    kept = decisions(other) | {
        "out_block_h": f"out_block_h={other.blocking.out_block[0]}",
        "out_block_w": f"out_block_w={other.blocking.out_block[1]}",
    }
    assert {name: kept[name] for name in pins} == pins


@settings(max_examples=CASES)
@given(case=plain(4), device=devices(3), bytes_=st.integers(1, 3000))
def test_reserved_l1_stays_free(case: Case, device: Device, bytes_: int) -> None:
    plan = best(merged(case, reserve=64 * bytes_), device)
    assume(plan is not None)
    assert plan is not None
    taken = plan.l1.circular_buffers + plan.l1.buffers
    assert taken + 64 * bytes_ <= device.l1_usable


@pytest.mark.parametrize("base", ["n150", "p150"])
def test_one_core_is_planned(base: str) -> None:
    plan = best(Case(100, 100, 100), device_of(base, 1, 1))
    assert plan is not None and plan.partition.scheme == "split" and plan.cost.cores == 1
