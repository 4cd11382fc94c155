"""`--for ttnn`: the extra rules and facts that leave only plans TTNN can run."""

from __future__ import annotations

from dataclasses import replace

from ttplan.device import Device
from ttplan.facts.geometry import core_lines, rectangles
from ttplan.formats import FORMATS
from ttplan.rules import encodings
from ttplan.rules.preferences import settled
from ttplan.rules.problem import Problem

NAME = "ttnn"
"""Name of the encoding file."""


def facts(device: Device) -> str:
    """Data types of TTNN, and grids that stand at core (0, 0): rectangles as (width, height), and lines whose
    bounding box is whole.
    """
    lines = [f"ttnn_dtype({form.name})." for form in FORMATS.values() if form.ttnn is not None]
    anchored = {size for size, origin in rectangles(device).items() if origin == (0, 0)}
    lines += [f"ttnn_rectangle({width},{height})." for width, height in sorted(anchored)]
    for count, ranges in sorted(core_lines(device).items()):
        box = (1 + max(item[2] for item in ranges), 1 + max(item[3] for item in ranges))
        if ranges[0][:2] == (0, 0) and box in anchored:
            lines.append(f"ttnn_line({count}).")
    return "\n".join(lines) + "\n"


def for_ttnn(problem: Problem) -> Problem:
    """The problem with TTNN's rules beside ttplan's, and beside the user's own if there are some."""
    text, options = encodings.text(NAME) + facts(problem.device), problem.options
    if options.rules:
        rules = ((f"{NAME}.lp", text), *options.rules)
        return settled(replace(problem, options=replace(options, rules=rules)))
    return replace(problem, extra=problem.extra + text)
