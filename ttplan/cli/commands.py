"""The application: its commands in the order of `--help`, and errors as one clear text and an exit code."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from ttplan.cli.artifacts import check, render, verify
from ttplan.cli.documents import calibrate, devices, extract, schema
from ttplan.cli.explaining import diff, explain, whatif, why_not
from ttplan.cli.output import drop_output, say, watch_output
from ttplan.cli.simulating import simulate
from ttplan.cli.solving import baseline, predict, solve
from ttplan.cli.usage import Commands, UsageError, input_error
from ttplan.errors import EXIT_BAD_INPUT, EXIT_INTERNAL, TtplanError

COMMANDS: tuple[Callable[..., None], ...] = (
    solve,
    explain,
    why_not,
    whatif,
    diff,
    predict,
    baseline,
    check,
    render,
    verify,
    simulate,
    extract,
    devices,
    schema,
    calibrate,
)

app = typer.Typer(
    name="ttplan",
    cls=Commands,
    help="Proven-optimal plans for Tenstorrent kernels: layouts, cores, blocks, circular buffers, arguments.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for _command in COMMANDS:
    app.command()(_command)


def _version(value: bool) -> None:
    if value:
        from ttplan import __version__

        say(f"ttplan {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options of every command."""


def _run() -> int | None:
    """Run the command line to its last byte; the exit code that a command asks for. Raises TtplanError."""
    try:
        code: int | None = app(standalone_mode=False)
        sys.stdout.flush()
    except UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            sys.stderr.write(f"{error}\n")
            return EXIT_BAD_INPUT
        raise input_error(error) from None
    return code


def main() -> None:
    """Entry point: errors become one clear text and the documented exit code."""
    watch_output()
    try:
        sys.exit(_run())
    except TtplanError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("interrupted\n")
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:
        if os.environ.get("TTPLAN_DEBUG"):
            raise
        sys.stderr.write(
            f"internal error: {type(error).__name__}: {error} (set TTPLAN_DEBUG=1 for the traceback)\n"
        )
        sys.exit(EXIT_INTERNAL)
    finally:
        drop_output()
        gc.freeze()  # all memory is about to go: looking through it for garbage takes a tenth of a short command
