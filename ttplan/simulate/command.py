"""`ttplan simulate --program`: run a program document and say what came out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ttplan.document import load
from ttplan.errors import EXIT_INTERNAL, EXIT_SOLVED, InputError, found_in
from ttplan.simulate.formats import Array, is_integer
from ttplan.simulate.program import Program
from ttplan.simulate.result import Result, Statistics
from ttplan.simulate.run import Progress, run_program
from ttplan.simulate.validate import validate_program


def chosen_inputs(program: Program, inputs: str) -> dict[str, Array]:
    """Values of the "in" buffers without a file of their own.

    inputs: "random" (standard normal, or integers below 100; always the same), "ones", or the path of a .npz
    file with one array per buffer. Raises InputError when the file cannot be read.
    """
    wanted = [buffer for buffer in program.buffers if buffer.io == "in" and buffer.values is None]
    if inputs == "ones":
        return {buffer.name: np.ones(buffer.shape, np.float32) for buffer in wanted}
    if inputs == "random":
        random = np.random.default_rng(0)
        return {
            buffer.name: random.integers(0, 100, buffer.shape)
            if is_integer(buffer.dtype)
            else random.standard_normal(buffer.shape).astype(np.float32)
            for buffer in wanted
        }
    try:
        with np.load(inputs, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise InputError(
            "--inputs", f"not a readable .npz file: {error}", inputs, ("random", "ones", "FILE.npz")
        ) from None


def simulate_program(
    path: Path, seed: int, inputs: str, fmt: Literal["text", "json"], progress: Progress | None = None
) -> tuple[str, int]:
    """Run the document at `path`. Returns what to print and the exit code: 0, or 4 when there were findings.

    Raises InputError for a document, kernels or inputs that cannot be used.
    """
    program = load(Program, path)
    with found_in(str(path)):
        validate_program(program)
    values = chosen_inputs(program, inputs)
    result = run_program(program, values, seed=seed, progress=progress, folder=path.parent)
    text = result_json(program, result) if fmt == "json" else result_text(program, result)
    return text, EXIT_SOLVED if result.ok else EXIT_INTERNAL


def result_json(program: Program, result: Result) -> str:
    """The run as JSON text: findings, statistics, and range and mean of every output."""
    document: dict[str, Any] = {
        "name": program.name,
        "ok": result.ok,
        "outputs": {name: _summary(values) for name, values in result.outputs.items()},
        "diagnostics": [one.model_dump(mode="json", exclude_none=True) for one in result.diagnostics],
        "statistics": None if result.statistics is None else result.statistics.model_dump(mode="json"),
        "printed": result.printed,
    }
    return json.dumps(document, indent=2) + "\n"


def _summary(values: Array) -> dict[str, Any]:
    finite = values[np.isfinite(values)].astype(np.float64)
    lowest, highest, mean = (finite.min(), finite.max(), finite.mean()) if finite.size else (0.0, 0.0, 0.0)
    return {
        "shape": list(values.shape),
        "lowest": float(lowest),
        "highest": float(highest),
        "mean": float(mean),
        "not_finite": int(values.size - finite.size),
    }


def result_text(program: Program, result: Result) -> str:
    """The run for people."""
    lines = [f"{program.name}: {'ok' if result.ok else f'{len(result.diagnostics)} findings'}"]
    lines += [f"  {one.text()}" for one in result.diagnostics]
    for name, values in result.outputs.items():
        facts = _summary(values)
        shape = " x ".join(map(str, facts["shape"]))
        spoiled = f", {facts['not_finite']} not finite" if facts["not_finite"] else ""
        spread = f"{facts['lowest']:.6g} .. {facts['highest']:.6g}, mean {facts['mean']:.6g}"
        lines.append(f"output {name} ({shape}): {spread}{spoiled}")
    if result.statistics is not None:
        lines += statistics_lines(result.statistics)
    if result.printed:
        lines += ["printed by kernels:", *(f"  {line}" for line in result.printed.splitlines())]
    return "\n".join(lines) + "\n"


def statistics_lines(statistics: Statistics) -> list[str]:
    """Traffic in total, and the use of each circular buffer over all cores."""
    total = statistics.total
    lines = [
        f"{len(statistics.cores)} cores, {statistics.steps} API calls, {total.matmul_tiles} tile products"
    ]
    for kind in ("dram_read", "dram_write", "l1_read", "l1_write", "multicast_write"):
        moved, count = getattr(total, f"{kind}_bytes"), getattr(total, f"{kind}_transactions")
        if count:
            lines.append(f"{kind.replace('_', ' '):>16}: {moved:>12,} bytes in {count:,} transactions")
    lines.append(
        f"{'barriers':>16}: {total.read_barriers:,} read, {total.write_barriers:,} write; "
        f"{total.semaphore_incs:,} semaphore increments"
    )
    uses: dict[tuple[int, int], list[int]] = {}
    for core in statistics.cores:
        for cb in core.circular_buffers:
            uses.setdefault((cb.id, cb.pages), []).append(cb.high_water)
    for (cb_id, pages), high in sorted(uses.items()):
        reached = str(max(high)) if min(high) == max(high) else f"{min(high)} to {max(high)}"
        lines.append(f"{f'cb {cb_id}':>16}: {reached} of {pages} pages at most, on {len(high)} cores")
    return lines
