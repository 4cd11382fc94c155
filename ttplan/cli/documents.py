"""`extract`, `devices`, `schema` and `calibrate`: the documents that ttplan reads, where they come from."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ttplan.cli.options import DefineOption, DeviceOption, Format, FormatOption
from ttplan.cli.output import busy, json_text, say
from ttplan.cli.reading import read_kernel
from ttplan.errors import InputError

if TYPE_CHECKING:
    from pydantic import BaseModel


def extract(
    source: Annotated[str, typer.Argument(help="A TileLang kernel FILE.py[:NAME].")],
    define: DefineOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the kernel document into this file.")
    ] = None,
) -> None:
    """Lift a TileLang kernel to a kernel document."""
    from ttplan.document import dumps, write_atomically

    if source.endswith(".json"):
        raise InputError("", "this is a kernel document already", source, ("FILE.py:NAME",))
    text = dumps(read_kernel(source, define))
    if out is None:
        say(text)
    else:
        write_atomically(out, text, "--out")


def devices(
    name: Annotated[str | None, typer.Argument(help="Show one device whole.")] = None,
    format: FormatOption = Format.text,
) -> None:
    """Show the devices that come with ttplan."""
    from ttplan.device import device_names, load_device
    from ttplan.document import dumps

    if name is not None:
        say(dumps(load_device(name)))
        return
    found = [load_device(known) for known in device_names()]
    if format is Format.json:
        import json

        say(json.dumps([device.name for device in found]))
        return
    from ttplan import report

    report.show(report.devices(found))


class Schema(str, Enum):
    """Documents with a JSON Schema."""

    kernel = "kernel"
    device = "device"
    plan = "plan"
    program = "program"
    story = "story"
    explanation = "explanation"
    why_not = "why_not"
    what_if = "what_if"
    comparison = "comparison"
    prediction = "prediction"
    ttnn = "ttnn"
    tt_plan = "tt-plan"


def schema(document: Annotated[Schema, typer.Argument(help="Which document.")]) -> None:
    """Print the JSON Schema of a document."""
    say(json_text(_schema_of(document)))


def _schema_of(document: Schema) -> dict[str, Any]:
    if document is Schema.program:
        from ttplan.simulate.program import Program

        return Program.model_json_schema(by_alias=True)
    if document is Schema.tt_plan:
        from ttplan.contract.plan_json import schema as tt_plan_schema

        return tt_plan_schema()
    from ttplan.device import Device
    from ttplan.explain.command import SCHEMAS
    from ttplan.kernel import Kernel
    from ttplan.plan import Plan
    from ttplan.predict import Prediction
    from ttplan.ttnn import MatmulCall

    models: dict[str, type[BaseModel]]
    models = {"kernel": Kernel, "device": Device, "plan": Plan, **SCHEMAS}
    models |= {"prediction": Prediction, "ttnn": MatmulCall}
    return models[document.value].model_json_schema(by_alias=True)


def calibrate(
    measurements: Annotated[Path, typer.Argument(help="CSV of measurements (docs/cost_model.md).")],
    device: DeviceOption = "n150",
    out: Annotated[Path, typer.Option("--out", "-o", help="Device file to write.")] = Path("device.json"),
) -> None:
    """Refit the constants of the cost model from measurements on a board."""
    from ttplan.calibrate import run

    with busy("fitting"):
        text = run(measurements, device, out)
    say(text)
