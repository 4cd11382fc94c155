"""`explain`, `why-not`, `whatif` and `diff`: questions about plans and their answers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ttplan.cli.options import Format, FormatOption, PlanArgument
from ttplan.cli.output import busy, say
from ttplan.cli.reading import read_plan
from ttplan.cli.request import RequestWithRules, takes_request
from ttplan.errors import EXIT_INFEASIBLE

if TYPE_CHECKING:
    from ttplan.document import Document


@takes_request
def explain(
    request: RequestWithRules,
    decision: Annotated[
        str | None, typer.Argument(help="One decision, such as grid or A.depth; without it, all.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Draw L1 and cores into FILE.svg, or FILE.html with the text."),
    ] = None,
    format: FormatOption = Format.text,
) -> None:
    """Why the plan is as it is: each decision against its best alternatives, and what holds the plan back."""
    from ttplan.document import write_atomically
    from ttplan.explain import explain as explanation_of
    from ttplan.explain import infeasible
    from ttplan.explain.command import pictures, refuse_picture
    from ttplan.rules.problem import Infeasible
    from ttplan.solve import solve_problem

    if out is not None:
        refuse_picture(out)
    problem = request.problem()

    def question() -> Document:
        try:
            plan = solve_problem(problem, request.pins).plan
        except Infeasible as error:
            if out is not None:
                sys.stderr.write(f"{out} is not written: there is no plan to draw\n")
            return infeasible(problem, error)
        result = explanation_of(problem, plan, decision)
        if out is not None:
            write_atomically(out, pictures(plan, result, out), "--out")
        elif format is Format.text and decision is None:
            from ttplan import report

            report.show(*report.pictures(plan))
        return result

    _answer(question, format)


@takes_request
def why_not(
    request: RequestWithRules,
    wish: Annotated[
        list[str], typer.Argument(help="Decisions to ask about together, as --pin takes them: 'A.depth=4'.")
    ],
    format: FormatOption = Format.text,
) -> None:
    """Why a decision was not taken: the best plan with it, or what excludes it (exit code 1)."""
    from ttplan import explain as answers

    problem = request.problem()
    _answer(lambda: answers.why_not(problem, tuple(wish)), format)


@takes_request
def whatif(
    change: Annotated[
        list[str],
        typer.Option(
            "--set", help="PATH=VALUE in the kernel or, after 'device.', in the device. Repeatable."
        ),
    ],
    request: RequestWithRules,
    format: FormatOption = Format.text,
) -> None:
    """What changes in the best plan when numbers of kernel or device do."""
    from ttplan import explain as answers

    problem = request.problem()
    _answer(lambda: answers.what_if(problem, tuple(change)), format)


def diff(
    before: PlanArgument,
    after: Annotated[Path, typer.Argument(help="The plan to compare with.")],
    format: FormatOption = Format.text,
) -> None:
    """Compare two plans decision by decision, cost term by cost term."""
    from ttplan import explain as answers

    old, new = read_plan(before), read_plan(after)
    _answer(lambda: answers.diff(old, new), format)


def _answer(question: Callable[[], Document], format: Format) -> None:
    """Print what a question of explain/ is answered with; exit code 1 when the answer is that there is no plan."""
    from ttplan.explain.command import impossible, printed

    with busy("solving"):
        result = question()
    say(printed(result, format is Format.json))
    if impossible(result):
        raise typer.Exit(EXIT_INFEASIBLE)
