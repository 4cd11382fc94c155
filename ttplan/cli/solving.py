"""`solve`, `predict` and `baseline`: a kernel becomes a plan, or the story of why there is none."""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from ttplan.cli.options import Format, FormatOption
from ttplan.cli.output import busy, json_text, say
from ttplan.cli.reading import search_options
from ttplan.cli.request import Request, RequestWithRules, takes_request
from ttplan.errors import EXIT_INFEASIBLE

if TYPE_CHECKING:
    from ttplan.rules.problem import Infeasible, Problem
    from ttplan.solve import Solution


class Runner(str, Enum):
    """Who runs a plan besides the program that ttplan writes."""

    ttnn = "ttnn"


RunnerOption = Annotated[
    Runner | None, typer.Option("--for", help="Only plans that this library can run (docs/ttnn.md).")
]


@takes_request
def solve(
    request: RequestWithRules,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write plan, kernels and host program into this folder."),
    ] = None,
    plan_file: Annotated[Path | None, typer.Option("--plan", help="Write the plan into this file.")] = None,
    simulate: Annotated[
        bool, typer.Option("--simulate", help="Run the rendered kernels and compare with NumPy.")
    ] = False,
    stats: Annotated[bool, typer.Option("--stats", help="Show what the search cost.")] = False,
    time_limit: Annotated[
        float | None, typer.Option("--time-limit", help="Seconds; then the best plan found, with its gap.")
    ] = None,
    conflicts: Annotated[
        int | None, typer.Option("--conflicts", help="Budget of each search in conflicts (reproducible).")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the solver; never changes a proven plan.")] = 0,
    threads: Annotated[
        int, typer.Option("--threads", help="Solver threads; never change a proven plan.")
    ] = 1,
    explained: Annotated[
        bool, typer.Option("--explain", help="Explain each decision; as JSON, in place of the plan.")
    ] = False,
    runner: RunnerOption = None,
    format: FormatOption = Format.text,
) -> None:
    """Decide everything for one kernel on one device; exit code 1 when nothing satisfies the requirements."""
    from ttplan.document import dumps, write_atomically

    options = search_options(request.rules, time_limit, conflicts, seed, threads, stats)
    problem = _for_runner(request.problem(options), runner)
    solution = _solved(problem, request.pins, format)
    plan = solution.plan
    files: dict[str, str] = {}
    stale: tuple[Path, ...] = ()
    if out is not None:
        from ttplan.render import render_program, stale_files

        files = render_program(plan)
        stale = stale_files(files, out, "--out")  # before --plan, which may be the plan.json that names them
    if plan_file is not None:
        write_atomically(plan_file, dumps(plan), "--plan")
    if out is not None:
        from ttplan.render import write_program

        write_program(files, out, "--out", stale)
    if format is Format.json and not explained:
        say(dumps(plan))
    elif format is Format.text:
        from ttplan import report

        report.show(report.summary(plan))
        if stats:
            report.show(report.statistics(solution.answer))
        if explained:
            report.show(*report.pictures(plan))
        if out is not None:
            say(f"wrote {len(files)} files to {out}")
    if explained:
        from ttplan.explain import explain as explanation_of
        from ttplan.explain.command import printed

        with busy("asking for alternatives"):
            told = explanation_of(problem, plan)
        say(printed(told, format is Format.json))
    if simulate:
        from ttplan.cli.simulating import run_plan

        run_plan(plan, seed, "random", Format.text, to_error=format is Format.json)


@takes_request
def predict(request: Request, runner: RunnerOption = None, format: FormatOption = Format.text) -> None:
    """Modelled time of the configuration that the pins say, term by term; exit code 1 when it is not legal."""
    from ttplan import report
    from ttplan.document import dumps
    from ttplan.predict import prediction

    plan = _solved(_for_runner(request.problem(), runner), request.pins, format).plan
    if format is Format.json:
        say(dumps(prediction(plan)))
    else:
        report.show(report.headline(plan), report.decisions(plan), report.buffers(plan), report.cost(plan))


@takes_request
def baseline(request: Request, format: FormatOption = Format.text) -> None:
    """What TTNN's auto-config chooses for the kernel, beside the best plan: config, L1, modelled time."""
    from ttplan.ttnn import baseline as compared
    from ttplan.ttnn.command import baseline_document, baseline_text

    problem = request.problem()
    plan = _solved(problem, request.pins, format).plan
    with busy("solving with TTNN's storage"):
        result = compared(plan, problem, request.pins)
    say(json_text(baseline_document(result)) if format is Format.json else baseline_text(result))


def _for_runner(problem: Problem, runner: Runner | None) -> Problem:
    """The problem with the rules of the library that shall run the plan."""
    if runner is None:
        return problem
    from ttplan.ttnn import for_ttnn

    return for_ttnn(problem)


def _solved(problem: Problem, pins: tuple[str, ...], format: Format) -> Solution:
    """The solved problem, or the story of why it has no plan and the exit code for it."""
    from ttplan.rules.problem import Infeasible
    from ttplan.solve import solve_problem

    try:
        with busy("solving"):
            return solve_problem(problem, pins)
    except Infeasible as error:
        _refuse(problem, error, format)


def _refuse(problem: Problem, error: Infeasible, format: Format) -> NoReturn:
    from ttplan.explain import infeasible
    from ttplan.explain.command import printed

    with busy("looking for what excludes a plan"):
        if problem.extra:
            from ttplan.ttnn import infeasible_for_ttnn

            story = infeasible_for_ttnn(problem, error)
        else:
            story = infeasible(problem, error)
    (sys.stdout if format is Format.json else sys.stderr).write(printed(story, format is Format.json))
    raise typer.Exit(EXIT_INFEASIBLE)
