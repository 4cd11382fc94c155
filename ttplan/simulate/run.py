"""Run a program document: compile its kernels, execute them, collect the results."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ttplan.document import validate
from ttplan.errors import InputError, InternalError
from ttplan.simulate.formats import Array
from ttplan.simulate.image import write_image
from ttplan.simulate.layout import pages_to_buffer, result_dtype
from ttplan.simulate.prelude import kernel_prelude
from ttplan.simulate.program import Kernel, Program
from ttplan.simulate.result import Diagnostic, Result, Statistics
from ttplan.simulate.toolchain import CompileError, KernelSource, compile_kernels, runtime_executable
from ttplan.simulate.validate import page_count, validate_program

STEP_LIMIT = 100_000_000
"""API calls after which a run counts as endless."""

Progress = Callable[[str, float], None]
"""Called with the phase ("compile", "run") and the finished fraction of it."""


def run_program(
    program: Program,
    inputs: Mapping[str, Array],
    *,
    seed: int = 0,
    step_limit: int = STEP_LIMIT,
    progress: Progress | None = None,
    folder: Path | None = None,
) -> Result:
    """Execute the kernels of a program on the host.

    inputs: values of the "in" buffers, in their shapes; they are rounded to the buffers' formats. seed: 0
    runs the cores in order, any other value permutes the interleaving. folder: where relative kernel files
    and value files are.
    Raises InputError for a program or inputs that make no sense; what the kernels do wrong is in
    Result.diagnostics.
    """
    validate_program(program)
    values = input_values(program, inputs, folder)
    with _ended_by_sigterm():
        return _run(program, values, seed, step_limit, progress, folder)


def _run(
    program: Program,
    values: dict[str, Array],
    seed: int,
    step_limit: int,
    progress: Progress | None,
    folder: Path | None,
) -> Result:
    try:
        sources = [_source(program, kernel, folder) for kernel in program.kernels]
        _report(progress, "compile", 0.0)
        libraries = compile_kernels(sources)
        executable = runtime_executable()
        _report(progress, "compile", 1.0)
    except CompileError as error:
        kernel = next((k for k in program.kernels if k.source_name == error.name), None)
        return Result({}, None, (_compile_diagnostic(error, kernel),))
    temporary = Path(tempfile.mkdtemp(prefix="ttplan-"))
    try:
        write_image(program, values, libraries, temporary, seed, step_limit)
        printed = _execute(executable, temporary, progress)
        return _collect(program, temporary, printed)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """SIGTERM ends the run as Ctrl-C does, so that its files go; unless somebody else handles it."""
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return

    def end(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _report(progress: Progress | None, phase: str, fraction: float) -> None:
    if progress is not None:
        progress(phase, fraction)


def input_values(program: Program, inputs: Mapping[str, Array], folder: Path | None) -> dict[str, Array]:
    """Values of every buffer that has some: from `inputs`, or from the buffer's own file."""
    readable = [buffer.name for buffer in program.buffers if buffer.io != "out"]
    for name in inputs:
        if name not in readable:
            raise InputError(f"inputs.{name}", "the program has no such input", name, readable)
    values: dict[str, Array] = {}
    for index, buffer in enumerate(program.buffers):
        if buffer.name in inputs:
            array = np.asarray(inputs[buffer.name])
        elif buffer.values is not None:
            path = (folder or Path()) / buffer.values
            try:
                array = np.load(path, allow_pickle=False)
            except (OSError, ValueError) as error:
                raise InputError(
                    f"buffers[{index}].values", f"not a readable .npy file: {error}", buffer.values
                ) from None
        elif buffer.io == "in":
            raise InputError(f"inputs.{buffer.name}", "the input has no values")
        else:
            continue
        if array.dtype.kind not in "fiub":
            raise InputError(f"inputs.{buffer.name}", "not an array of numbers", str(array.dtype))
        if array.shape != buffer.shape:
            raise InputError(
                f"inputs.{buffer.name}",
                "the array has another shape",
                list(array.shape),
                (list(buffer.shape),),
            )
        values[buffer.name] = array
    return values


def _source(program: Program, kernel: Kernel, folder: Path | None) -> KernelSource:
    prelude = kernel_prelude(program, kernel)
    if kernel.source is not None:
        return KernelSource(kernel.source_name, kernel.source, prelude, folder)
    path = (folder or Path()) / str(kernel.file)
    try:
        return KernelSource(path.name, path.read_text(encoding="utf-8"), prelude, path.parent.resolve())
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise InputError(f"kernel {kernel.name}", f"the source cannot be read: {reason}", str(path)) from None


def _compile_diagnostic(error: CompileError, kernel: Kernel | None) -> Diagnostic:
    line = None
    for text in error.output.splitlines():
        parts = text.split(":")
        if len(parts) > 2 and parts[0] == error.name and parts[1].isdigit() and "error" in text:
            line = int(parts[1])
            break
    name = kernel.name if kernel is not None else None
    return Diagnostic(kind="compile_error", message=error.output, kernel=name, file=error.name, line=line)


def _execute(executable: Path, folder: Path, progress: Progress | None) -> str:
    """Run the image; returns what the kernels printed. The process never outlives this call."""
    with open(folder / "printed.txt", "wb") as printed, open(folder / "errors.txt", "wb") as errors:
        environment = {**os.environ, "LC_ALL": "C"}
        process: subprocess.Popen[bytes] | None = None
        try:
            with _signals_waiting():  # or it would run on unknown
                process = subprocess.Popen(
                    [str(executable), str(folder)], stdout=printed, stderr=errors, env=environment
                )
            while True:
                try:
                    code = process.wait(timeout=0.2 if progress is not None else None)
                    break
                except subprocess.TimeoutExpired:
                    _report(progress, "run", _fraction(folder))
        except BaseException:
            if process is not None:
                process.kill()
                process.wait()
            raise
    if code != 0:
        said = (folder / "errors.txt").read_text(encoding="utf-8", errors="replace").strip()
        raise InternalError(f"the simulator ended with code {code}: {said or 'no message'}")
    _report(progress, "run", 1.0)
    return (folder / "printed.txt").read_text(encoding="utf-8", errors="replace")


@contextmanager
def _signals_waiting() -> Iterator[None]:
    """What would interrupt this block does so at its end."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    ours = threading.current_thread() is threading.main_thread()
    handlers = {number: handler for number, handler in handlers.items() if ours and callable(handler)}
    caught: list[int] = []
    for number in handlers:
        signal.signal(number, lambda number, _frame: caught.append(number))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if caught:
            signal.raise_signal(caught[0])


def _fraction(folder: Path) -> float:
    try:
        return float((folder / "progress").read_text())
    except (OSError, ValueError):
        return 0.0


def _collect(program: Program, folder: Path, printed: str) -> Result:
    outputs: dict[str, Array] = {}
    for index, buffer in enumerate(program.buffers):
        if buffer.io == "out":
            raw = np.frombuffer((folder / f"buffer{index}.out").read_bytes(), dtype=np.uint8)
            with np.errstate(all="ignore"):
                outputs[buffer.name] = pages_to_buffer(buffer, raw.reshape(page_count(buffer), -1)).astype(
                    result_dtype(buffer)
                )
    lines = (folder / "diagnostics.jsonl").read_text(encoding="utf-8").splitlines()
    diagnostics = tuple(validate(Diagnostic, json.loads(line)) for line in lines)
    raw_statistics: Any = json.loads((folder / "statistics.json").read_text(encoding="utf-8"))
    return Result(outputs, validate(Statistics, raw_statistics), diagnostics, printed)
