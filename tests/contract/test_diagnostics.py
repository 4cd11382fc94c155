"""Every diagnostic the seeds planned: where it points, what it says, and that a near miss passes."""

from __future__ import annotations

from typing import Any

import pytest
from strategies import Case, device_of, kernel_of

from ttplan.contract import attributes, verify_attributes
from ttplan.device import load_device
from ttplan.document import validate
from ttplan.errors import Problem, TtplanError
from ttplan.explain import infeasible
from ttplan.facts.dataflow import analyse
from ttplan.facts.pins import pins_of
from ttplan.kernel import Kernel
from ttplan.plan import Plan
from ttplan.rules.problem import Infeasible
from ttplan.solve import problem_of, solve_problem

SQUARE = Case(256, 256, 256)


def kernel_with(case: Case = SQUARE, **changes: Any) -> Kernel:
    return validate(Kernel, kernel_of(case).model_dump(mode="json", by_alias=True) | changes)


def refused(**changes: Any) -> Problem:
    """The first problem that reading the kernel's wishes raises."""
    with pytest.raises(TtplanError) as error:
        kernel = kernel_with(**changes)
        pins_of(analyse(kernel), load_device("n150"))
    return error.value.problems[0]


def accepted(**changes: Any) -> None:
    kernel = kernel_with(**changes)
    pins_of(analyse(kernel), load_device("n150"))


def shard(grid: tuple[int, int], elems: tuple[int, int], **more: Any) -> dict[str, Any]:
    return {
        "A": {
            "memory": "L1",
            "layout": "sharded",
            "nd_shard": {"axes": ["M", "N"], "grid": list(grid), "shard_shape_elems": list(elems)},
            **more,
        }
    }


def test_halo_is_unsupported() -> None:
    found = refused(layout={"A": {"halo": [1, 1]}})
    assert (found.path, found.message) == ("layout.A.halo", "Halo metadata not supported for A")
    accepted(layout={"A": {"memory": "DRAM"}})


@pytest.mark.parametrize("missing", ["axes", "grid", "shard_shape_elems"])
def test_an_incomplete_shard(missing: str) -> None:
    layout = shard((2, 2), (128, 128))
    del layout["A"]["nd_shard"][missing]
    found = refused(layout=layout)
    assert found.path == "layout.A.nd_shard"
    assert (
        found.message
        == "nd_shard metadata for buffer 'A' must include 'axes', 'grid', and 'shard_shape_elems'"
    )


def test_axes_without_rows_or_columns() -> None:
    layout = shard((2, 2), (128, 128))
    layout["A"]["nd_shard"]["axes"] = ["H", "W"]
    found = refused(layout=layout)
    assert found.path == "layout.A.nd_shard.axes"
    assert found.message == "nd_shard metadata for buffer 'A' must include axes 'M' and 'N'"


def test_a_shard_that_is_not_made_of_tiles() -> None:
    found = refused(layout=shard((2, 2), (144, 128)))
    assert found.message == "L1 shard for buffer 'A' must be tile-aligned"
    assert (found.found, found.allowed) == (144, ("a multiple of 32",))
    accepted(layout=shard((2, 2), (128, 128)))


def test_a_shard_larger_than_l1() -> None:
    """4096 x 4096 tiles in 16-bit floats on one core, which upstream accepted."""
    big = Case(4096, 4096, 32)
    found = refused(case=big, layout=shard((1, 1), (4096, 4096)))
    assert found.message == "L1 shard for buffer 'A' exceeds capacity: 128 x 128 tiles of 2048 bytes"
    assert found.found == 128 * 128 * 2048
    device = load_device("n150")
    assert found.allowed[0].startswith(f"at most {device.l1_usable} bytes ({device.l1.bytes} of L1 - ")


def test_a_shard_that_leaves_no_room_for_the_depth() -> None:
    device = load_device("n150")
    tiles = device.l1_usable // 2048
    case, elems = Case(32, 32 * tiles, 32), (32, 32 * tiles)
    accepted(case=case, layout=shard((1, 1), elems))
    found = refused(case=case, layout=shard((1, 1), elems, cb_depth=4))
    assert found.message == (
        f"L1 shard for buffer 'A' exceeds capacity: 1 x {tiles} tiles of 2048 bytes and a circular buffer of depth 4"
    )
    assert found.found == (tiles + 4) * 2048


def test_a_shard_beside_what_the_kernel_reserves() -> None:
    layout = shard((1, 1), (256, 256))
    limit = load_device("n150").l1_usable
    found = refused(layout=layout, reserve={"l1_bytes": limit - 64 * 2048 + 1})
    assert found.allowed[0].endswith(f"{limit - 64 * 2048 + 1} reserved)")
    accepted(layout=layout, reserve={"l1_bytes": limit - 64 * 2048})


def test_shards_that_do_not_cover_the_buffer() -> None:
    found = refused(layout=shard((2, 2), (96, 128)))
    assert found.message == "the shards of A do not cover dim M: 2 x 96 < 256"
    assert (found.found, found.allowed) == (96, ("at least 128",))


def test_shards_without_elements() -> None:
    found = refused(layout=shard((4, 2), (128, 128)))
    assert (found.path, found.allowed) == ("layout.A.nd_shard.grid", ("at most 2",))
    assert found.message == "some shards of A along dim M would be empty"


def test_a_shard_grid_larger_than_the_device() -> None:
    case = Case(32 * 9, 32 * 9, 32)
    found = refused(case=case, layout=shard((9, 9), (32, 32)))
    assert found.message == "the shard grid is larger than the device (8 x 8 cores)"
    assert (found.path, found.found) == ("layout.A.nd_shard.grid", "9 x 9")


def test_two_shards_that_no_partition_serves_together() -> None:
    """The conflict names the wishes, no other rules of the user's."""
    layout = shard((4, 2), (64, 128))
    wish = {"axes": ["M", "N"], "grid": [2, 8], "shard_shape_elems": [128, 32]}
    layout["C"] = {"memory": "L1", "layout": "block_sharded", "nd_shard": wish}
    problem = problem_of(kernel_with(layout=layout), load_device("n150"))
    with pytest.raises(Infeasible) as error:
        solve_problem(problem)
    story = infeasible(problem, error.value).model_dump_json()
    assert "A" in story and "C" in story and "shard" in story


@pytest.mark.parametrize(
    ("schedule", "path", "message"),
    [
        ({"partition_mode": "banana"}, "schedule.partition_mode", "unknown value"),
        ({"grid_tiles": [1, 1]}, "schedule.grid_tiles", "C has another number of tiles"),
        ({"grid_tiles": [8]}, "schedule.grid_tiles[1]", "required key is missing"),
        ({"local_shape_tiles": [0, 1]}, "schedule.local_shape_tiles", "two positive numbers are meant"),
        (
            {"shard_grid": [9, 8]},
            "schedule.shard_grid",
            "the shard grid is larger than the device (64 cores)",
        ),
        (
            {"grid_tiles": [8, 8], "local_shape_tiles": [2, 2], "shard_grid": [2, 2]},
            "schedule.local_shape_tiles",
            "[2, 2] shards of [2, 2] tiles do not cover grid_tiles",
        ),
        (
            {"runtime_args": ["foo", "bar", "Mt"]},
            "schedule.runtime_args",
            "names of runtime arguments must be as many as a core has values",
        ),
        (
            {"partition_mode": "global", "runtime_args": list("abcdefghijk")},
            "schedule.runtime_args",
            "names of runtime arguments must be as many as a core has values",
        ),
        ({"runtime_args": ["a", "b", "a", "c", "d"]}, "schedule.runtime_args[2]", "a name appears twice"),
        *(
            (
                {"runtime_args": ["a", name, "b", "c", "d"]},
                "schedule.runtime_args[1]",
                "a runtime argument is a variable of the kernels",
            )
            for name in ("int", "a b", "", "2nd", "co_await-", "größe", "xor", "x\n", "a;b")
        ),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, dict) else "",
)
def test_schedules_that_cannot_be(schedule: dict[str, Any], path: str, message: str) -> None:
    found = refused(schedule=schedule)
    assert (found.path, found.message) == (path, message)


def test_names_of_arguments_decide_the_mode_and_are_kept() -> None:
    names = ["first", "count", "rows", "depth", "columns"]
    kernel = kernel_with(Case(64, 64, 64), schedule={"runtime_args": names})
    plan = solve_problem(problem_of(kernel, device_of())).plan
    assert plan.partition.mode == "global"
    assert attributes(plan)["tt.runtime_arg_names"] == names
    assert verify_attributes(attributes(plan)).errors == []


def test_a_dtype_without_a_tile_format() -> None:
    document = kernel_of(SQUARE).model_dump(mode="json", by_alias=True)
    document["buffers"][0]["dtype"] = "float64"
    with pytest.raises(TtplanError) as error:
        validate(Kernel, document)
    (found,) = error.value.problems
    assert (found.path, found.found) == ("buffers[0].dtype", "float64")
    assert found.message == "no Tensix tile format has this name" and found.hint == "float16"


@pytest.fixture(scope="module")
def stamped(random_plans: list[Plan]) -> tuple[dict[str, Any], dict[str, tuple[int, ...]]]:
    """Attributes of a plan with shards, and the shapes of its buffers."""
    plan = next(
        plan
        for plan in random_plans
        if plan.partition.mode == "local_shard" and len(plan.partition.cores) > 1 and plan.tiling.n > 1
    )
    return attributes(plan), {buffer.name: buffer.elements for buffer in plan.buffers}


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (
            "tt.buffer.A",
            None,
            "tt.buffer.A: missing, buffer 'A' takes part in a DRAM-L1 transfer without metadata",
        ),
        ("tt.grid_tiles", None, "tt.grid_tiles: missing, runtime arguments need Mt and Nt"),
        (
            "tt.partition_mode",
            "banana",
            "tt.partition_mode: 'banana' is unknown; allowed: global, local_shard",
        ),
        (
            "tt.runtime_arg_names",
            ["a", "b"],
            "tt.runtime_arg_names: 2 names, local_shard mode has 11 values per "
            "core; tt_shard_coord_y and tt_shard_coord_x belong to it",
        ),
        ("tt_num_tiles", 9999, "tt_num_tiles is 9999"),
        ("tt_num_cbs", 99, "tt_num_cbs: 99"),
        ("tt_grid_x", 0, "tt_grid_x: 0 is not positive"),
        ("tt.core_ranges", [[0, 0, 0, 0]], "a row is [x, y, x, y, start, count]"),
        ("tt.shard_grid", [0, 1], "tt.shard_grid: [0, 1], two positive numbers are meant"),
        ("tt_tile_height", None, "tt_tile_height: missing"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("tt") and ":" not in value else "",
)
def test_verification_names_the_attribute(stamped: Any, key: str, value: Any, message: str) -> None:
    attrs, shapes = dict(stamped[0]), stamped[1]
    assert verify_attributes(attrs, shapes).ok
    if value is None:
        del attrs[key]
    else:
        attrs[key] = value
    report = verify_attributes(attrs, shapes)
    assert any(message in line for line in report.errors), report.errors
    assert report.attributes()["tt_ir_validated"] is False


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("memory", "SRAM", "Invalid memory type for {}: SRAM"),
        ("layout", "shraded", "Invalid layout type for {}: shraded"),
        ("dtype", "int64", "dtype 'int64' has no Tensix tile format"),
        ("halo", [1, 1], "Halo metadata not supported for {}"),
        ("tile_shape", [16, 16], "kernels work on 32x32 tiles"),
        ("nd_shard", None, "L1 sharded buffer '{}' requires nd_shard"),
    ],
)
def test_verification_of_a_buffer(stamped: Any, part: str, value: Any, message: str) -> None:
    attrs, shapes = dict(stamped[0]), stamped[1]
    name = next(key for key in attrs if key.startswith("tt.buffer.") and attrs[key].get("nd_shard"))
    attrs[name] = attrs[name] | {part: value}
    errors = verify_attributes(attrs, shapes).errors
    assert any(message.format(name.removeprefix("tt.buffer.")) in line for line in errors), errors


def test_verification_of_shards_that_miss_a_part(stamped: Any) -> None:
    attrs, shapes = dict(stamped[0]), stamped[1]
    name = next(key for key in attrs if key.startswith("tt.buffer.") and attrs[key].get("nd_shard"))
    shard_found = attrs[name]["nd_shard"]
    for part, value, message in (
        ("grid", [2 * count for count in shard_found["grid"]], "some shards"),
        (
            "shard_shape_elems",
            [size - 1 for size in shard_found["shard_shape_elems"]],
            "must be tile-aligned",
        ),
        ("cores", shard_found["cores"][:1] * len(shard_found["cores"]), "owners"),
        ("axes", ["H", "W", "D"][: len(shard_found["axes"])], "must include axes 'M' and 'N'"),
    ):
        broken = attrs | {name: attrs[name] | {"nd_shard": shard_found | {part: value}}}
        errors = verify_attributes(broken, shapes).errors
        assert any(message in line for line in errors), (part, errors)


def test_verification_of_l1(stamped: Any) -> None:
    attrs, shapes = dict(stamped[0]), stamped[1]
    name = next(key for key, cb in attrs.items() if key.startswith("tt.cb.") and "on_buffer" not in cb)
    attrs[name] = attrs[name] | {"num_pages": 10**6, "depth": 10**6, "block_pages": 1}
    del attrs["tt_circular_buffers"]
    errors = verify_attributes(attrs, shapes).errors
    assert any("exceed capacity 1572864" in line for line in errors), errors


def test_local_shards_need_metadata_of_shards(stamped: Any) -> None:
    attrs = {key: value for key, value in stamped[0].items() if not key.startswith("tt.buffer.")}
    errors = verify_attributes(attrs).errors
    assert "tt.partition_mode: layout-aware partitioning requires sharded buffer metadata" in errors


def test_unknown_attributes_are_warnings(stamped: Any) -> None:
    report = verify_attributes(stamped[0] | {"tt.bufer.A": {}})
    assert report.ok and report.warnings == ["tt.bufer.A: not an attribute of any generation"]
