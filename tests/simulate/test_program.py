"""Bad program documents and bad inputs are refused with the place and the cause; the command says what came
out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from programs import KERNELS, multicast_matmul

from ttplan.document import validate
from ttplan.errors import TtplanError
from ttplan.simulate import Program, run_program
from ttplan.simulate.command import simulate_program
from ttplan.simulate.toolchain import INCLUDE, compiler
from ttplan.simulate.validate import validate_program

EXAMPLE = Path(__file__).parents[2] / "examples" / "programs" / "vector_add" / "program.json"
Edit = Callable[[dict[str, Any]], Any]

BAD: dict[str, tuple[Edit, str, str]] = {
    # name: (edit, path, fragment)
    "unknown_key": (lambda d: d["buffers"][0].update(adress=3), "buffers[0].adress", "nearest: address"),
    "unknown_dtype": (lambda d: d["buffers"][0].update(dtype="bf16"), "buffers[0].dtype", "bfloat16"),
    "grid_too_large": (lambda d: d["device"].update(grid=[9, 9]), "device", "8x10"),
    "range_outside": (
        lambda d: d["kernels"][0].update(core_ranges=[[0, 0, 8, 0]]),
        "kernels[0].core_ranges[0]",
        "x1 < 8",
    ),
    "misaligned": (lambda d: d["buffers"][0].update(address=40), "buffers[0].address", "32 bytes"),
    "overlap": (lambda d: d["buffers"][1].update(address=2048), "buffers[1]", "overlaps buffers[0]"),
    "cb_overlap": (
        lambda d: d["circular_buffers"][1].update(address=103744),
        "circular_buffers[1]",
        "overlaps",
    ),
    "cb_outside": (
        lambda d: d["circular_buffers"][2].update(address=1499120),
        "circular_buffers[2]",
        "103712..1499136",
    ),
    "cb_page": (lambda d: d["circular_buffers"][0].update(total_bytes=5000), "page_bytes", "does not divide"),
    "cb_twice": (lambda d: d["circular_buffers"][1]["formats"][0].update(id=0), "formats", "already"),
    "cb_number": (lambda d: d["circular_buffers"][1]["formats"][0].update(id=32), "formats[0].id", "0..31"),
    "two_places": (
        lambda d: d["circular_buffers"][0].update(buffer="a"),
        "circular_buffers[0]",
        "either an address",
    ),
    "same_noc": (lambda d: d["kernels"][0].update(noc=1), "kernels[2].noc", "uses this NoC already"),
    "same_processor": (
        lambda d: d["kernels"][0].update(processor="riscv_0"),
        "kernels[2].processor",
        "already",
    ),
    "no_buffer": (
        lambda d: d["kernels"][2].update(compile_args=[{"accessor": "summ"}]),
        "compile_args[0]",
        "nearest: sum",
    ),
    "foreign_core": (
        lambda d: d["kernels"][1]["runtime_args"].update({"5,5": [1]}),
        "runtime_args",
        "does not run",
    ),
    "shard_missing": (lambda d: d["buffers"][0].update(layout="sharded"), "buffers[0].shard", "has a shard"),
    "exponents": (
        lambda d: d["circular_buffers"][1]["formats"][0].update(dtype="float16"),
        "kernels[1]",
        "mix 5-bit and 8-bit",
    ),
    "no_source": (lambda d: d["kernels"][0].pop("file"), "kernels[0]", "either a file or a source"),
    "too_many_words": (
        lambda d: d["kernels"][1]["runtime_args"].update({"0,0": [0] * 400}),
        "runtime_args.0,0",
        "341",
    ),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_bad_document_is_refused_with_its_place(name: str) -> None:
    edit, path, fragment = BAD[name]
    document = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    edit(document)
    with pytest.raises(TtplanError) as raised:
        validate_program(validate(Program, document))
    assert path in raised.value.problems[0].path
    assert fragment in raised.value.problems[0].text()


@pytest.mark.parametrize(
    ("inputs", "fragment"),
    [
        ({}, "inputs.a: the input has no values"),
        ({"a": np.zeros((2, 2)), "b": np.zeros((96, 128))}, "another shape"),
        ({"c": np.zeros(1)}, "no such input"),
        ({"a": np.full((96, 128), "x"), "b": np.zeros((96, 128))}, "not an array of numbers"),
    ],
)
def test_bad_inputs_are_refused(inputs: dict[str, Any], fragment: str) -> None:
    program = validate(Program, json.loads(EXAMPLE.read_text(encoding="utf-8")))
    with pytest.raises(TtplanError, match=fragment.replace(".", r"\.")):
        run_program(program, inputs, folder=EXAMPLE.parent)


def test_missing_kernel_file_is_refused() -> None:
    program = validate(Program, json.loads(EXAMPLE.read_text(encoding="utf-8")))
    inputs = {"a": np.zeros((96, 128)), "b": np.zeros((96, 128))}
    with pytest.raises(TtplanError, match="the source cannot be read"):
        run_program(program, inputs, folder=Path("nowhere"))


def test_document_survives_a_round_trip() -> None:
    program = multicast_matmul(128, 128, 256, (2, 2), bias=True)
    again = validate(Program, json.loads(program.model_dump_json(by_alias=True)))
    assert again == program


def test_command_tells_people_and_tools() -> None:
    text, code = simulate_program(EXAMPLE, 0, "ones", "text")
    assert code == 0
    assert "output sum (96 x 128): 2 .. 2, mean 2" in text
    assert "dram read:       49,152 bytes in 24 transactions" in text
    document = json.loads(simulate_program(EXAMPLE, 3, "random", "json")[0])
    assert document["ok"] and document["statistics"]["total"]["dram_write_bytes"] == 24576
    with pytest.raises(TtplanError, match="not a readable"):
        simulate_program(EXAMPLE, 0, "missing.npz", "text")


def test_temporary_files_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    simulate_program(EXAMPLE, 0, "ones", "text")
    assert list(tmp_path.iterdir()) == []


def test_interrupt_leaves_nothing_behind(tmp_path: Path) -> None:
    program = multicast_matmul(128, 128, 256, (2, 2))
    script = f"""
import sys, numpy as np
sys.path.insert(0, {str(Path(__file__).parent)!r})
from programs import KERNELS, multicast_matmul
from ttplan.simulate import run_program
program = multicast_matmul(128, 128, 256, (2, 2))
def stop(phase, fraction):
    if phase == "run": raise KeyboardInterrupt
loop = "void kernel_main() {{ for (;;) noc_async_write_barrier(); }}"
writer = program.kernels[2].model_copy(update={{"file": None, "source": loop}})
endless = program.model_copy(update={{"kernels": (*program.kernels[:2], writer)}})
inputs = {{"a": np.ones((128, 128)), "b": np.ones((128, 256))}}
try:
    run_program(endless, inputs, folder=KERNELS, step_limit=10**12, progress=stop)
except KeyboardInterrupt:
    print("interrupted")
"""
    assert program.kernels[2].name == "writer"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.stdout == "interrupted\n"
    assert list(tmp_path.iterdir()) == []


HEADERS = sorted(
    path.relative_to(INCLUDE).as_posix() for path in INCLUDE.rglob("*") if path.suffix in (".h", ".hpp")
)


def test_headers_compile_without_warnings(tmp_path: Path) -> None:
    compute = [name for name in HEADERS if name.startswith(("api/compute", "api/debug", "hostdevcommon"))]
    dataflow = [
        name
        for name in HEADERS
        if name.startswith(("api/dataflow", "api/tensor", "api/debug", "experimental"))
    ]
    for group, define in ((compute, "-DCOMPILE_FOR_TRISC"), (dataflow, "-DCOMPILE_FOR_BRISC")):
        source = tmp_path / "all.cpp"
        source.write_text("".join(f'#include "{name}"\n' for name in group), encoding="utf-8")
        flags = ["-std=c++17", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", define, f"-I{INCLUDE}"]
        done = subprocess.run([*compiler(), *flags, str(source)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert KERNELS.is_dir()
