"""Options and arguments that several commands take, each with its one name and help text."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


class Format(str, Enum):
    """How results are printed."""

    text = "text"
    json = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="Print for people or for tools.")]
KernelArgument = Annotated[
    str, typer.Argument(help="kernel.json, or a TileLang kernel FILE.py[:NAME].", metavar="KERNEL")
]
DeviceOption = Annotated[
    str, typer.Option("--device", "-d", help="Name of a device (see `ttplan devices`) or a device file.")
]
PinOption = Annotated[
    list[str] | None,
    typer.Option(
        "--pin",
        help="Keep a decision: 'grid=8x4', 'A.depth=3', 'C.layout=DRAM/interleaved', or an atom. Repeatable.",
    ),
]
DefineOption = Annotated[
    list[str] | None, typer.Option("-D", help="NAME=VALUE for a parameter of a TileLang kernel. Repeatable.")
]
RulesOption = Annotated[
    list[Path] | None, typer.Option("--rules", help="More rules (.lp) in the documented vocabulary.")
]
_PLAN = typer.Argument(help="plan.json, or a folder that holds one.")
PlanArgument = Annotated[Path, _PLAN]
OptionalPlanArgument = Annotated[Path | None, _PLAN]
