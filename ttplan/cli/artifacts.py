"""`check`, `render` and `verify`: plans and TTNN calls held against the rules, and the artifacts of a plan."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ttplan.cli.options import DefineOption, Format, FormatOption, OptionalPlanArgument, PlanArgument
from ttplan.cli.output import json_text, say
from ttplan.cli.reading import read_plan
from ttplan.errors import EXIT_INFEASIBLE, EXIT_INTERNAL, InputError

if TYPE_CHECKING:
    from ttplan.plan import Plan


def check(
    plan: OptionalPlanArgument = None,
    ttnn: Annotated[
        Path | None, typer.Option("--ttnn", help="A TTNN call instead of a plan (docs/ttnn.md).")
    ] = None,
    device: Annotated[
        str | None, typer.Option("--device", "-d", help="With --ttnn: judge on this device, not the file's.")
    ] = None,
    format: FormatOption = Format.text,
) -> None:
    """Hold a plan against every rule with arithmetic of its own; exit code 4 when a rule is broken.

    With --ttnn, hold a matmul call against TTNN's rules; exit code 1 when TTNN does not run it.
    """
    if (plan is None) == (ttnn is None):
        raise InputError("", "give either a plan or --ttnn")
    if ttnn is not None:
        _check_call(ttnn, device, format)
        return
    if device is not None or format is Format.json:
        raise InputError("", "--device and --format belong to --ttnn")
    assert plan is not None
    from ttplan.check import check_plan, check_text

    document = read_plan(plan)
    say(check_text(document))
    if check_plan(document):
        raise typer.Exit(EXIT_INTERNAL)


def _check_call(path: Path, device: str | None, format: Format) -> None:
    """The verdict on a TTNN call."""
    from ttplan.ttnn.command import check_call

    verdict, text = check_call(path, device)
    say(json_text(verdict) if format is Format.json else text)
    if not verdict["legal"]:
        raise typer.Exit(EXIT_INFEASIBLE)


class Target(str, Enum):
    """What `ttplan render` writes."""

    program = "program"
    pictures = "pictures"
    ttnn = "ttnn"
    attributes = "attributes"
    tt_plan = "tt-plan"


class Generation(str, Enum):
    """Vocabularies of the attributes (docs/contract.md)."""

    layout_aware = "layout-aware"
    legacy = "legacy"
    v5 = "v5"


def render(
    plan: PlanArgument,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder to write to; without it pictures go to the terminal."),
    ] = None,
    target: Annotated[
        Target,
        typer.Option(
            "--target",
            help="Kernels and host program, pictures of L1 and cores, the call of TTNN, or the attributes or "
            "tt.plan.json of the TileLang Tenstorrent backend.",
        ),
    ] = Target.program,
    generation: Annotated[
        Generation, typer.Option("--generation", help="Vocabulary of the attributes.")
    ] = Generation.layout_aware,
    compat: Annotated[
        bool, typer.Option("--compat", help="Attributes as upstream's passes would have written them.")
    ] = False,
) -> None:
    """Write the artifacts of a plan."""
    document = read_plan(plan)
    if target is Target.program:
        _render_program(document, out)
    elif target is Target.pictures:
        _render_pictures(document, out)
    elif target is Target.ttnn:
        _render_call(document, out)
    else:
        from ttplan.contract.command import attributes_text, tt_plan_text

        named = target is Target.attributes
        text = attributes_text(document, generation.value, compat) if named else tt_plan_text(document)
        _write_text(text, "tt.attributes.json" if named else "tt.plan.json", out)


def _render_program(plan: Plan, out: Path | None) -> None:
    from ttplan.render import render_program, stale_files, write_program

    if out is None:
        raise InputError("--out", "say where the program shall be written")
    files = render_program(plan)
    written = write_program(files, out, "--out", stale_files(files, out, "--out"))
    say(f"wrote {len(written)} files to {out}")


def _render_pictures(plan: Plan, out: Path | None) -> None:
    from ttplan.document import write_files
    from ttplan.render import picture

    if out is None:
        from ttplan import report

        report.show(*report.pictures(plan))
        return
    drawn = {out / "l1.svg": picture.l1_svg(plan), out / "cores.svg": picture.core_grid_svg(plan)}
    write_files(drawn, "--out")
    say(f"wrote l1.svg and cores.svg to {out}")


def _render_call(plan: Plan, out: Path | None) -> None:
    from ttplan.ttnn.command import exported, write_exported

    program = exported(plan)
    if out is None:
        say(program["ttnn_call.py"])
        return
    write_exported(program, out)
    say(f"wrote {len(program)} files to {out}")


def _write_text(text: str, name: str, out: Path | None) -> None:
    """Into the file of this name in the folder, or to standard output."""
    from ttplan.document import write_atomically

    if out is None:
        say(text)
        return
    write_atomically(out / name, text, "--out")
    say(f"wrote {name} to {out}")


def verify(
    function: Annotated[
        str,
        typer.Argument(
            help="A stamped PrimFunc: FILE.py:NAME (the file is run), or a file of tvm.ir.save_json.",
            metavar="FUNCTION",
        ),
    ],
    define: DefineOption = None,
    format: FormatOption = Format.text,
) -> None:
    """Hold the tt attributes of a TileLang function against the rules; exit code 4 when there are errors."""
    from ttplan.contract.tilelang import load_function
    from ttplan.contract.tilelang import verify as verified
    from ttplan.extract import parse_defines

    found = verified(load_function(function, parse_defines(define or ())))
    if format is Format.json:
        say(json_text({"errors": found.errors, "warnings": found.warnings}))
    else:
        say(found.text())
    if not found.ok:
        raise typer.Exit(EXIT_INTERNAL)
