"""Bad input ends in one clear error: the place, the value, what is allowed, the nearest choice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small import small

from tests.cli.process import EXAMPLE, ROOT, run

BAD = {
    "a number as text": (small(dims={"M": "64", "K": 96, "N": 128}), "dims.M"),
    "a truth value as a number": (small(dims={"M": True, "K": 96, "N": 128}), "dims.M"),
    "a format no op computes with": (
        small(buffers=[{"name": "A", "dims": ["M"], "dtype": "int", "io": "in"}]),
        "allowed: float32, bfloat16, float16, bfloat8_b, bfloat4_b\n",
    ),
    "a factor beyond float32": (
        small(ops=[{"op": "scale", "in": ["A"], "out": "C", "value": 1e39}]),
        "ops[0].value",
    ),
    "not a number": (
        small(ops=[{"op": "scale", "in": ["A"], "out": "C", "value": float("nan")}]),
        "JSON has no such number; found 'NaN'",
    ),
    "unknown dtype": (
        small(buffers=[{"name": "A", "dims": ["M"], "dtype": "bfloat17", "io": "in"}]),
        "bfloat16",
    ),
    "unknown op": (small(ops=[{"op": "matmull", "in": ["A", "B"], "out": "C"}]), "nearest: matmul"),
    "unknown dim": (small(dims={"M": 64, "K": 96}), "unknown dim"),
    "unknown buffer": (small(ops=[{"op": "matmul", "in": ["A", "D"], "out": "C"}]), "ops[0].in[1]"),
    "unknown key": (small(dimensions={}), "nearest: dims"),
    "zero dim": (small(dims={"M": 0, "K": 96, "N": 128}), "dims.M"),
    "huge dim": (small(dims={"M": 10**7, "K": 96, "N": 128}), "dims.M"),
    "halo": (small(layout={"A": {"memory": "L1", "halo": {"h": 1}}}), "Halo metadata not supported for A"),
    "layout of unknown buffer": (small(layout={"X": {"memory": "L1"}}), "unknown buffer"),
    "unknown mode": (small(schedule={"partition_mode": "banana"}), "schedule.partition_mode"),
    "unaligned shard": (
        small(
            layout={
                "A": {
                    "memory": "L1",
                    "nd_shard": {"axes": ["M", "N"], "grid": [2, 1], "shard_shape_elems": [33, 96]},
                }
            }
        ),
        "L1 shard for buffer 'A' must be tile-aligned",
    ),
    "uncovered": (
        small(
            layout={
                "A": {
                    "memory": "L1",
                    "nd_shard": {"axes": ["M", "K"], "grid": [1, 1], "shard_shape_elems": [32, 96]},
                }
            }
        ),
        "do not cover",
    ),
    "large shard grid": (
        small(
            dims={"M": 8192, "K": 96, "N": 128},
            layout={
                "A": {
                    "memory": "L1",
                    "nd_shard": {"axes": ["M", "K"], "grid": [256, 1], "shard_shape_elems": [32, 96]},
                }
            },
        ),
        "larger than the device",
    ),
    "large shard": (
        small(
            dims={"M": 8192, "K": 8192, "N": 128},
            layout={
                "A": {
                    "memory": "L1",
                    "nd_shard": {"axes": ["M", "K"], "grid": [8, 1], "shard_shape_elems": [1024, 8192]},
                }
            },
        ),
        "L1 shard for buffer 'A' exceeds capacity",
    ),
    "shapes that do not agree": (
        small(
            buffers=[
                {"name": "A", "dims": ["M", "K"], "dtype": "bfloat16", "io": "in"},
                {"name": "B", "dims": ["N", "M"], "dtype": "bfloat16", "io": "in"},
                {"name": "C", "dims": ["M", "N"], "dtype": "bfloat16", "io": "out"},
            ]
        ),
        "matmul gives other dims than C declares",
    ),
    "families": (
        small(
            buffers=[
                {"name": "A", "dims": ["M", "K"], "dtype": "float16", "io": "in"},
                {"name": "B", "dims": ["K", "N"], "dtype": "bfloat16", "io": "in"},
                {"name": "C", "dims": ["M", "N"], "dtype": "bfloat16", "io": "out"},
            ]
        ),
        "exponent families may not mix",
    ),
    "two matmuls": (
        small(
            ops=[
                {"op": "matmul", "in": ["A", "B"], "out": "C"},
                {"op": "matmul", "in": ["A", "B"], "out": "D"},
            ]
        ),
        "ops[1]",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_kernels_end_in_one_clear_error(name: str, tmp_path: Path) -> None:
    document, expected = BAD[name]
    path = tmp_path / "kernel.json"
    path.write_text(json.dumps(document))
    out = tmp_path / "out"
    result = run("solve", str(path), "--out", str(out))
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr and expected in result.stderr
    assert not out.exists() and not result.stdout


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("solve", "missing.json"), "cannot be read"),
        (("solve", "kernel.txt"), "TileLang"),
        (("solve", str(EXAMPLE), "--device", "n15"), "nearest: n150"),
        (("solve", str(EXAMPLE), "--pin", "grids=8x8"), "nearest: grid"),
        (("solve", str(EXAMPLE), "--pin", "D.depth=2"), "unknown buffer"),
        (("solve", str(EXAMPLE), "--rules", "none.lp"), "cannot be read"),
        (("solve", str(EXAMPLE), "--time-limit", "-1"), "positive"),
        (("solve", str(EXAMPLE), "--time-limit", "nan"), "positive"),
        (("solve", str(EXAMPLE), "--pin", "mode=local"), "nearest: local_shard"),
        (("solve", str(EXAMPLE), "--pin", "orientation=row"), "nearest: row_major"),
        (("solve", str(EXAMPLE), "--pin", 'layout("C",dram)'), "layout has no such value"),
        (("solve", str(EXAMPLE), "--pin", "movement(in9,read)"), "no such stream or buffer"),
        (("solve", str(EXAMPLE), "--pin", "carries(riscv_0,add(9))"), "no such stream or buffer"),
        (("solve", str(EXAMPLE), "--pin", "grid=4294967304x8"), "allowed: 1..8; nearest: 8"),
        (("solve", str(EXAMPLE), "--pin", "grid(1,9999999)"), "allowed: 1..64; nearest: 64"),
        (("why-not", str(EXAMPLE), "k_block=99999999999999"), "allowed: 1..32; nearest: 32"),
        (("solve", str(EXAMPLE), "--pin", "A.depth=9999999"), "allowed: 1..4; nearest: 4"),
        (("solve", str(EXAMPLE), "--pin", "A.depth=0"), "allowed: 1..4; nearest: 1"),
        (("solve", str(EXAMPLE), "--pin", "A.depth=03"), "allowed: 1..4; nearest: 3"),
        (("solve", str(EXAMPLE), "--pin", "k_blocks=-7"), "allowed: 1..32; nearest: 1"),
        (("solve", str(EXAMPLE), "--pin", "subblock=1x9999999"), "allowed: 1..8; nearest: 8"),
        (("solve", str(EXAMPLE), "--pin", "out_block=9999999x4"), "allowed: 1..36; nearest: 36"),
        (("solve", str(EXAMPLE), "--pin", "cores=9999999"), "allowed: 1..64; nearest: 64"),
        (("solve", str(EXAMPLE), "-d", "p150", "--pin", "cores=9999999"), "allowed: 1..110; nearest: 110"),
        (("solve", str(EXAMPLE), "--pin", "rounds=9999999"), "allowed: 1..4096; nearest: 4096"),
        (
            ("solve", str(EXAMPLE), "--pin", "grid(8,8"),
            "a parenthesis is not closed; found 'grid(8,8'; nearest: grid(8,8)",
        ),
        (("solve", str(EXAMPLE), "--pin", "cb_depth(add(0,3)"), "a parenthesis is not closed"),
        (("solve", str(EXAMPLE), "--pin", "grid(8,8))"), "a parenthesis is closed that is not open"),
        (("whatif", str(EXAMPLE), "--set", "device=p15"), "nearest: p150"),
        (("check", "missing"), "cannot be read"),
        (("simulate",), "either a plan or --program"),
        (
            ("solve", str(EXAMPLE), "--seed", "-1"),
            "--seed: the number is out of range; found -1; allowed: 0..",
        ),
        (("solve", str(EXAMPLE), "--threads", "9999"), "--threads: the number is out of range; found 9999"),
        (("solve", str(EXAMPLE), "--conflicts", "0"), "--conflicts: the number is out of range; found 0"),
        (("simulate", "plan.json", "--seed", str(2**32)), "--seed: the number is out of range"),
    ],
)
def test_bad_arguments_name_what_is_allowed(arguments: tuple[str, ...], expected: str) -> None:
    result = run(*arguments)
    assert result.returncode == 2, result.stderr
    assert expected in result.stderr and "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("slove",), "no such command; found 'slove'; allowed: solve, explain, why-not,"),
        (("slove",), "nearest: solve"),
        (("Devices", "n150"), "nearest: devices"),
        (("solve", "x", "--devic", "n150"), "solve: no such option; found '--devic'; allowed: --device, -d,"),
        (("solve", "x", "--devic", "n150"), "nearest: --device"),
        (("--device", "n150", "solve", "x"), "no such option; found '--device'; allowed: --version"),
        (("solve", "x", "-q"), "solve: no such option; found '-q'"),
        (("solve",), "solve: KERNEL is missing; allowed: kernel.json, or a TileLang"),
        (("whatif", "x"), "whatif: --set is missing; allowed: PATH=VALUE"),
        (("why-not", "x"), "why-not: wish is missing"),
        (("schema",), "schema: document is missing; allowed: kernel, device,"),
        (("schema", "devic"), "document: it takes no such value; found 'devic'; allowed: kernel, device,"),
        (("schema", "devic"), "nearest: device"),
        (
            ("check", "--format", "JSON"),
            "--format: it takes no such value; found 'JSON'; allowed: text, json",
        ),
        (
            ("render", "x", "--target", "prog"),
            "--target: it takes no such value; found 'prog'; allowed: program,",
        ),
        (
            ("solve", "x", "--seed", "1.5"),
            "--seed: it takes no such value; found '1.5'; allowed: a whole number",
        ),
        (
            ("solve", "x", "--time-limit", "y"),
            "--time-limit: it takes no such value; found 'y'; allowed: a number",
        ),
        (("solve", "x", "--pin"), "--pin: the option requires an argument"),
        (("solve", "x", "--stats=3"), "--stats: the option does not take a value"),
        (("devices", "n150", "p150"), "devices: more arguments than the command takes; found 'p150'"),
    ],
)
def test_a_command_line_that_cannot_be_read_ends_in_one_line(
    arguments: tuple[str, ...], expected: str
) -> None:
    result = run(*arguments)
    assert result.returncode == 2 and not result.stdout
    assert result.stderr.startswith("error: ") and result.stderr.count("\n") == 1
    assert expected in result.stderr


def test_malformed_json_names_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "kernel.json"
    path.write_text('{"name": "x",\n "dims": }')
    result = run("solve", str(path))
    assert result.returncode == 2 and "line 2 column" in result.stderr


@pytest.mark.parametrize(
    ("place", "value", "expected"),
    [
        ("calibration.matmul_tile", {}, "calibration.matmul_tile: a price is missing; allowed: LoFi"),
        (
            "calibration.matmul_tile",
            dict.fromkeys(("LoFi", "HiFi2", "HiFi3", "HiFi4"), -5),
            "matmul_tile.LoFi",
        ),
        ("calibration.sender_rate", 1e-12, "calibration.sender_rate"),
        ("calibration.block_overhead", 10**9, "calibration.block_overhead"),
        ("l1.cb_alignment", 7, "l1.cb_alignment"),
        (
            "l1.base",
            103713,
            "l1.base: the base of L1 is not aligned; found 103713; allowed: a multiple of 32",
        ),
        ("l1.bytes", 2**40, "l1.bytes"),
        ("dram.read_alignment", 3000, "dram.read_alignment"),
        ("limits.semaphores", 1, "limits.semaphores"),
        ("limits.runtime_args", 3, "allowed: at least 64"),
    ],
)
def test_device_files_that_no_chip_is_like_are_refused(
    place: str, value: object, expected: str, tmp_path: Path, kernel: Path
) -> None:
    device = json.loads(run("devices", "n150").stdout)
    part, key = place.split(".")
    device[part][key] = value
    path = tmp_path / "device.json"
    path.write_text(json.dumps(device))
    result = run("solve", str(kernel), "--device", str(path))
    assert result.returncode == 2 and expected in result.stderr, result.stderr


def test_a_device_without_cores_is_refused(tmp_path: Path, kernel: Path) -> None:
    device = json.loads(run("devices", "n150").stdout)
    device["grid"]["columns"] = 0
    path = tmp_path / "device.json"
    path.write_text(json.dumps(device))
    result = run("solve", str(kernel), "--device", str(path))
    assert result.returncode == 2 and "no worker cores" in result.stderr


def test_broken_rules_are_an_input_error(tmp_path: Path, kernel: Path) -> None:
    rules = tmp_path / "mine.lp"
    rules.write_text(":- work_cores(N) N > 3.\n")
    result = run("solve", str(kernel), "--rules", str(rules))
    assert result.returncode == 2 and "mine.lp" in result.stderr


@pytest.mark.parametrize(
    ("text", "found"), [("[]", "'a list'"), ("3", "3"), ('"x"', "'x'"), ("null", "'null'"), ("true", "True")]
)
def test_a_document_that_is_no_object_says_so(text: str, found: str, tmp_path: Path) -> None:
    path = tmp_path / "document.json"
    path.write_text(text)
    for command in (("solve",), ("check",), ("solve", str(EXAMPLE), "--device")):
        result = run(*command, str(path))
        assert result.returncode == 2
        assert (
            result.stderr == f"error: {path}: the document is an object; found {found}; allowed: an object\n"
        )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"ops": [{"op": "matmul", "in": ["A", "D"], "out": "C"}]}, "ops[0].in[1]: no input buffer or op"),
        ({"layout": {"A": {"nd_shard": {}}}}, "layout.A.nd_shard: nd_shard metadata"),
        ({"schedule": {"shard_grid": [99, 99]}}, "schedule.shard_grid: the shard grid is larger"),
        ({"schedule": {"order": "zigzag"}}, "schedule.order: unknown traversal order"),
        (
            {"reserve": {"cores": [[0, 0], [8, 0]]}},
            "reserve.cores[1]: a reserved core outside the grid; found",
        ),
        (
            {"reserve": {"cores": [[0, -1]]}},
            "reserve.cores[0]: a reserved core outside the grid; found '[0, -1]'",
        ),
        (
            {"reserve": {"cores": [[x, y] for x in range(8) for y in range(8)]}},
            "reserve.cores: no core of the device is left; found 64; allowed: at most 63 of its 64 cores",
        ),
        ({"reserve": {"cores": [[0, 0], 3]}}, "reserve.cores[1]: this value does not belong here; found 3"),
        ({"reserve": {"cores": [[0]]}}, "reserve.cores[0][1]: required key is missing"),
        (
            {
                "dims": {"D": 2**12, "M": 2**18, "K": 32, "N": 2**18},
                "buffers": [
                    {"name": name, "dims": ["D", *dims], "dtype": "bfloat16", "io": io}
                    for name, dims, io in (("A", "MK", "in"), ("B", "KN", "in"), ("C", "MN", "out"))
                ],
            },
            "dims: C has more tiles than",
        ),
    ],
)
def test_errors_in_what_a_kernel_says_name_its_file(
    change: dict[str, object], expected: str, tmp_path: Path
) -> None:
    path = tmp_path / "kernel.json"
    path.write_text(json.dumps(small(**change)))
    for command in ("solve", "predict", "explain"):
        result = run(command, str(path))
        assert result.returncode == 2, result.stderr
        assert result.stderr.startswith(f"error: {path}: {expected}"), result.stderr


def test_a_document_of_another_kind_is_told_by_its_schema(kernel: Path) -> None:
    result = run("check", str(EXAMPLE))
    expected = f"error: {EXAMPLE}: schema: unknown value; found 'ttplan.kernel/1'; allowed: ttplan.plan/1"
    assert result.returncode == 2
    assert result.stderr.startswith(expected) and result.stderr.count("\n") == 1


def test_an_error_in_a_program_names_its_file(tmp_path: Path) -> None:
    program = json.loads((ROOT / "examples/programs/vector_add/program.json").read_text())
    program["kernels"][1]["name"] = program["kernels"][0]["name"]
    path = tmp_path / "program.json"
    path.write_text(json.dumps(program))
    result = run("simulate", "--program", str(path))
    assert result.returncode == 2
    assert result.stderr.startswith(f"error: {path}: kernels[1].name: the name is used twice")


def test_an_error_in_an_option_names_no_kernel(kernel: Path) -> None:
    assert run("solve", str(kernel), "--pin", "D.depth=2").stderr.startswith("error: --pin: unknown buffer")
