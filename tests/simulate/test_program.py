"""Bad program documents and bad inputs are refused with the place and the cause; the command says what came
out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
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


ENDLESS = """
#include "api/dataflow/dataflow_api.h"
void kernel_main() { for (volatile int turn = 0;; turn = turn + 1) {} }
"""
"""No limit of API calls ends it."""


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_signals_leave_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    kernel = {
        "name": "endless",
        "source": ENDLESS,
        "processor": "riscv_1",
        "core_ranges": [[0, 0, 0, 0]],
    }
    document = {"device": {"arch": "wormhole_b0", "grid": [8, 8]}, "kernels": [kernel]}
    program, temporary = tmp_path / "program.json", tmp_path / "temporary"
    program.write_text(json.dumps(document), encoding="utf-8")
    temporary.mkdir()
    start = "import sys; from ttplan.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", start, "simulate", "--program", str(program)]
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": root},
    )
    try:
        assert _soon(lambda: bool(_processes_about(temporary)))
        process.send_signal(number)
        code = process.wait(timeout=30)
    finally:
        process.kill()
    assert code == {signal.SIGINT: 130, signal.SIGTERM: 143}.get(number, -number)
    assert _soon(lambda: not _processes_about(temporary))
    if number != signal.SIGKILL:
        assert list(temporary.iterdir()) == []


def test_an_interrupt_while_the_simulator_starts_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = {"name": "endless", "source": ENDLESS, "processor": "riscv_1", "core_ranges": [[0, 0, 0, 0]]}
    document = {"device": {"arch": "wormhole_b0", "grid": [8, 8]}, "kernels": [kernel]}
    start, started = subprocess.Popen, []

    def interrupted(*arguments: Any, **options: Any) -> Any:
        process = start(*arguments, **options)
        if "ttplan" in str(arguments[0][1]):  # the simulator in its folder, not a compiler
            started.append(process)
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)
        return process

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            run_program(validate(Program, document), {})
    finally:
        signal.signal(signal.SIGINT, before)
        killed = [process.poll() for process in started]
        for process in started:
            process.kill()
    assert killed == [-signal.SIGKILL]


def _soon(condition: Callable[[], bool]) -> bool:
    """Whether the condition becomes true within a minute; a first run builds the simulator."""
    for _ in range(1200):
        if condition():
            return True
        time.sleep(0.05)
    return False


def _processes_about(folder: Path) -> list[str]:
    """Command lines of the simulators that work in a folder."""
    found = []
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = one.read_bytes().split(b"\0")
        except OSError:
            continue
        if len(words) > 1 and words[1].startswith(os.fsencode(folder)):
            found.append(words[1].decode())
    return found


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
