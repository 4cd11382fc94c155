"""`--for ttnn`: the extra rules and facts that leave only plans TTNN can run."""

from __future__ import annotations

from dataclasses import replace

from ttplan.device import Device
from ttplan.facts.geometry import core_lines, rectangles
from ttplan.rules import encodings
from ttplan.rules.search import Options

NAME = "ttnn"
"""Name of the encoding file."""


def facts(device: Device) -> str:
    """Grids that stand at core (0, 0): rectangles as (width, height), and lines whose bounding box is whole."""
    anchored = {size for size, origin in rectangles(device).items() if origin == (0, 0)}
    lines = [f"ttnn_rectangle({width},{height})." for width, height in sorted(anchored)]
    for count, ranges in sorted(core_lines(device).items()):
        box = (1 + max(item[2] for item in ranges), 1 + max(item[3] for item in ranges))
        if ranges[0][:2] == (0, 0) and box in anchored:
            lines.append(f"ttnn_line({count}).")
    return "\n".join(lines) + "\n"


def for_ttnn(options: Options, device: Device) -> Options:
    """The options with TTNN's rules added in front of the user's own."""
    text = encodings.text(NAME) + facts(device)
    return replace(options, rules=((f"{NAME}.lp", text), *options.rules))
