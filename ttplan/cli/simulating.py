"""`simulate`, also as `solve --simulate`: the kernels of a plan or program run on the host."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ttplan.cli.options import Format, FormatOption, OptionalPlanArgument
from ttplan.cli.output import json_text, progress, say
from ttplan.cli.reading import LARGEST_SEED, read_plan, require_within
from ttplan.errors import EXIT_INTERNAL, InputError

if TYPE_CHECKING:
    from ttplan.plan import Plan
    from ttplan.simulate.plan_run import PlanRun


def simulate(
    plan: OptionalPlanArgument = None,
    program: Annotated[
        Path | None,
        typer.Option("--program", help="A program document instead of a plan (docs/simulate.md)."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Permutes the interleaving of cores on purpose.")] = 0,
    inputs: Annotated[
        str, typer.Option("--inputs", help="random, ones, or FILE.npz with one array per input.")
    ] = "random",
    format: FormatOption = Format.text,
) -> None:
    """Run the kernels of a plan on the host and compare with NumPy; exit code 4 when anything is wrong.

    In a folder the kernels must be those that its plan renders; edited ones are run as a --program.
    """
    if (plan is None) == (program is None):
        raise InputError("", "give either a plan or --program")
    require_within("--seed", seed, 0, LARGEST_SEED)
    if plan is not None:
        read = read_plan(plan)
        if plan.is_dir():
            _require_rendered(read, plan)
        run_plan(read, seed, inputs, format)
        return
    assert program is not None
    _require_numpy()
    from ttplan.simulate.command import simulate_program

    bar, moved = progress("simulate")
    with bar:
        text, code = simulate_program(program, seed, inputs, format.value, moved)
    say(text)
    if code:
        raise typer.Exit(code)


def _require_rendered(plan: Plan, folder: Path) -> None:
    """Raises InputError for a kernel beside a plan that is not what the plan renders; a folder may have none."""
    from ttplan.render import render_program

    kernels = {name: text for name, text in render_program(plan).items() if name.startswith("kernels/")}
    if not (folder / "kernels").is_dir():
        return
    for name, text in sorted(kernels.items()):
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8", errors="replace") != text:
            words = "this is not the kernel that the plan renders, which is what a plan's simulation runs"
            raise InputError(
                "", words, "missing" if not path.is_file() else "another text", ("ttplan render",), str(path)
            )


def run_plan(plan: Plan, seed: int, inputs: str, format: Format, to_error: bool = False) -> None:
    """Run the kernels of a plan and print what came out; exit code 4 when anything is wrong.

    inputs: "random", "ones", or the path of a .npz file. to_error: text goes to standard error.
    """
    _require_numpy()
    from ttplan.simulate.plan_run import simulate_plan

    values = _arrays(inputs) if inputs.endswith(".npz") else inputs
    bar, moved = progress("simulate")
    with bar:
        run = simulate_plan(plan, seed=seed, inputs=values, progress=moved)
    if format is Format.json:
        say(json_text(_document(run)))
    else:
        (sys.stderr if to_error else sys.stdout).write("\n".join(_lines(plan, run)) + "\n")
    if not run.ok:
        raise typer.Exit(EXIT_INTERNAL)


def _require_numpy() -> None:
    try:
        import numpy  # noqa: F401
    except ImportError:
        raise InputError("", 'the simulator needs NumPy: pip install "ttplan[simulate]"') from None


def _arrays(path: str) -> dict[str, Any]:
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError) as error:
        raise InputError("--inputs", f"the file cannot be read: {error}", file=path) from None


def _lines(plan: Plan, run: PlanRun) -> list[str]:
    from ttplan.simulate.command import statistics_lines

    lines = [
        f"simulated {plan.kernel.name} on {len(plan.partition.cores)} cores: {'ok' if run.ok else 'FAILED'}",
        *run.text(),
    ]
    if run.result.statistics is not None:
        lines += statistics_lines(run.result.statistics)
    return lines


def _document(run: PlanRun) -> dict[str, Any]:
    from dataclasses import asdict

    statistics = run.result.statistics
    return {
        "ok": run.ok,
        "outputs": [asdict(comparison) for comparison in run.comparisons],
        "diagnostics": [one.model_dump(mode="json", exclude_none=True) for one in run.result.diagnostics],
        "statistics": None if statistics is None else statistics.model_dump(mode="json"),
    }
