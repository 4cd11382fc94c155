"""Round trip with the real TileLang: plans stamped on its functions, annotations read back, functions checked."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tilelang", reason="stamping PrimFuncs needs the extra ttplan[tilelang]")

import tilelang
from typer.testing import CliRunner

import ttplan
from ttplan.cli import app
from ttplan.contract import GENERATIONS, attributes
from ttplan.contract.tilelang import (
    annotate_layout,
    annotate_schedule,
    buffer_shapes,
    kernel_function,
    load_function,
    read,
    verify,
)
from ttplan.device import load_device
from ttplan.errors import InputError, TtplanError
from ttplan.extract import extract, kernel_of, parse_define, parse_target
from ttplan.plan import Plan
from ttplan.solve import solve

EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "tilelang").glob("*.py"))


def command(path: Path) -> tuple[Path, str | None, dict[str, Any]]:
    """File, kernel and defines of the command in an example's docstring."""
    found = re.search(r"ttplan extract (.*)", path.read_text(encoding="utf-8"))
    assert found is not None
    target, *rest = shlex.split(found[1])
    defines = dict(parse_define(text) for text in rest if text != "-D")
    return path, parse_target(Path(target).name)[1], defines


@pytest.fixture(scope="module")
def small() -> tuple[Any, Plan]:
    """The function of a small matmul and its plan."""
    defines = {"M": 256, "N": 384, "K": 128}
    path = next(path for path in EXAMPLES if path.stem == "matmul")
    return (
        kernel_function(path, "matmul", defines),
        solve(extract(path, "matmul", defines), load_device("n150")),
    )


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_takes_its_plan(path: Path) -> None:
    """Every attribute comes back as it was, also from a saved file, and the check has nothing to say."""
    arguments = command(path)
    function, plan = kernel_function(*arguments), solve(extract(*arguments), load_device("n150"))
    for generation in GENERATIONS:
        stamped = ttplan.stamp(function, plan, generation)
        assert read(stamped) == attributes(plan, generation)
        saved = tilelang.tvm.ir.load_json(tilelang.tvm.ir.save_json(stamped))
        assert read(saved) == attributes(plan, generation)
        report = verify(saved)
        assert (report.errors, report.warnings) == ([], []), generation
    assert read(function) == {}


def test_a_plan_for_another_function_is_refused(small: tuple[Any, Plan]) -> None:
    plan = small[1]
    with pytest.raises(InputError, match="the function has no such parameter"):
        other = next(path for path in EXAMPLES if path.stem == "linear_gelu")
        ttplan.stamp(kernel_function(*command(other)), plan)
    with pytest.raises(InputError, match="the plan is for another shape") as error:
        path = next(path for path in EXAMPLES if path.stem == "matmul")
        ttplan.stamp(kernel_function(path, "matmul", {"M": 128, "N": 384, "K": 128}), plan)
    assert error.value.problems[0].found == [128, 128]


def test_annotations_are_pins(small: tuple[Any, Plan]) -> None:
    shard = {"axes": ["M", "N"], "grid": [4, 3], "shard_shape_elems": [64, 128]}
    function = annotate_layout(
        small[0], {"C": {"memory": "L1", "layout": "sharded", "nd_shard": shard}, "A": {"cb_depth": 3}}
    )
    function = annotate_schedule(function, {"partition_mode": "local_shard"})
    plan = solve(kernel_of(function), load_device("n150"))
    assert plan.partition.mode == "local_shard"
    found = attributes(plan)
    assert found["tt.buffer.C"]["nd_shard"]["shard_shape_elems"] == [64, 128]
    assert found["tt.cb.A"]["depth"] == 3
    assert found["tt.user_layout"]["C"]["nd_shard"] == shard
    stamped = ttplan.stamp(function, plan)
    assert verify(stamped).ok and read(stamped) == found


def test_annotations_add_up(small: tuple[Any, Plan]) -> None:
    function = annotate_layout(annotate_layout(small[0], {"A": {"cb_depth": 2}}), {"B": {"cb_depth": 3}})
    assert read(function)["tt.user_layout"] == {"A": {"cb_depth": 2}, "B": {"cb_depth": 3}}


def test_bad_annotations_are_refused_in_their_words(small: tuple[Any, Plan]) -> None:
    function = annotate_layout(small[0], {"A": {"halo": [1, 1]}})
    with pytest.raises(TtplanError, match="Halo metadata not supported for A"):
        solve(kernel_of(function), load_device("n150"))
    with pytest.raises(TtplanError, match="nd_shard.gird: unknown key"):
        kernel_of(annotate_layout(small[0], {"A": {"nd_shard": {"gird": [1, 1]}}}))


def test_the_check_finds_what_was_changed(small: tuple[Any, Plan]) -> None:
    stamped = ttplan.stamp(*small)
    assert buffer_shapes(stamped) == {"A": (256, 128), "B": (128, 384), "C": (256, 384)}
    broken = stamped.with_attr("tt.partition_mode", "banana").without_attr("tt.buffer.A")
    errors = verify(broken).errors
    assert any("'banana' is unknown" in line for line in errors)
    assert any("buffer 'A' takes part in a DRAM-L1 transfer without metadata" in line for line in errors)
    assert verify(small[0]).errors == ["no tt attributes: the function is not stamped"]


def test_the_command_checks_saved_and_written_functions(small: tuple[Any, Plan], tmp_path: Path) -> None:
    runner = CliRunner()
    saved = tmp_path / "stamped.json"
    saved.write_text(tilelang.tvm.ir.save_json(ttplan.stamp(*small)), encoding="utf-8")
    good = runner.invoke(app, ["verify", str(saved)])
    assert good.exit_code == 0 and good.stdout == "0 errors, 0 warnings\n"

    written = tmp_path / "mine.py"
    written.write_text(
        "from pathlib import Path\n"
        "from ttplan.contract.tilelang import read_saved\n"
        f"good = read_saved(Path({str(saved)!r}))\n"
        "bad = good.with_attr('tt_num_cbs', 77)\n",
        encoding="utf-8",
    )
    assert runner.invoke(app, ["verify", f"{written}:good"]).exit_code == 0
    bad = runner.invoke(app, ["verify", f"{written}:bad", "--format", "json"])
    assert bad.exit_code == 4
    found = json.loads(bad.stdout)
    assert any(line.startswith("tt_num_cbs: 77") for line in found["errors"]) and found["warnings"] == []


def test_the_command_names_what_is_wrong_with_its_argument(tmp_path: Path) -> None:
    noise = tmp_path / "noise.json"
    noise.write_text("{}", encoding="utf-8")
    for target, text in (
        (str(noise), "not what tvm.ir.save_json writes"),
        (str(tmp_path / "absent.json"), "cannot be read"),
        (str(tmp_path / "absent.py") + ":main", "no such file"),
        (str(EXAMPLES[0]), "say which function"),
    ):
        with pytest.raises(InputError, match=text):
            load_function(target)


def test_an_unstamped_kernel_of_a_file_is_no_stamped_function() -> None:
    path = next(path for path in EXAMPLES if path.stem == "matmul")
    report = verify(load_function(f"{path}:matmul", {"M": 64, "N": 64, "K": 64}))
    assert report.errors == ["no tt attributes: the function is not stamped"]


def test_an_error_in_a_kernel_of_a_file_names_the_file() -> None:
    path = next(path for path in EXAMPLES if path.stem == "matmul")
    with pytest.raises(InputError, match="-D M: matmul takes a whole number here") as caught:
        load_function(f"{path}:matmul", {"M": "abc", "N": 64, "K": 64})
    assert caught.value.file == str(path)
