"""What the commands `explain`, `why-not`, `whatif` and `diff` print and write."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from collections.abc import Callable
from html import escape
from pathlib import Path

from ttplan.document import Document, dumps, write_atomically
from ttplan.errors import InputError
from ttplan.explain.results import Comparison, Explanation, Story, WhatIf, WhyNot
from ttplan.explain.words import text
from ttplan.plan import Plan
from ttplan.render import picture

SCHEMAS: dict[str, type[Document]] = {
    "story": Story,
    "explanation": Explanation,
    "why_not": WhyNot,
    "what_if": WhatIf,
    "comparison": Comparison,
}
"""Documents that explanations print as JSON, by the name that `ttplan schema` takes."""
STYLE = "body { font-family: sans-serif; margin: 2em } pre { overflow-x: auto }"


def printed(result: Document, json: bool) -> str:
    """A result for tools or for people."""
    return dumps(result) if json else text(result)


def write_page(page: Callable[[], str], description: str | None) -> None:
    """The command of a module that generates a page of the documentation: takes the file to write."""
    parser = ArgumentParser(description=description)
    parser.add_argument("file", type=Path, help="where to write the page")
    write_atomically(parser.parse_args().file, page())


def impossible(result: Document) -> bool:
    """Whether the answer is that nothing satisfies the requirements."""
    return isinstance(result, Story) or getattr(result, "story", None) is not None


def refuse_picture(path: Path) -> None:
    """Raises InputError for a file that is no picture by its ending."""
    if path.suffix not in (".svg", ".html"):
        raise InputError("--out", "a picture is a file of one of these kinds", path.name, (".svg", ".html"))


def pictures(plan: Plan, explanation: Explanation, path: Path) -> str:
    """Content of a file that shows a plan's L1 and its cores: `.svg`, or `.html` with the explanation below."""
    drawn = (picture.l1_svg(plan), picture.core_grid_svg(plan))
    if path.suffix == ".svg":
        return _stacked(drawn)
    title = escape(f"{explanation.kernel} on {explanation.device}")
    head = f'<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{title}</title>'
    body = "".join(drawn) + f"<pre>{escape(text(explanation))}</pre>"
    return f"{head}\n<style>{STYLE}</style>\n<h1>{title}</h1>\n{body}\n</html>\n"


def _stacked(drawn: tuple[str, ...]) -> str:
    """SVG documents below each other in one."""
    sizes = [re.search(r'width="(\d+)" height="(\d+)"', one) for one in drawn]
    widths, heights = zip(*((int(size[1]), int(size[2])) for size in sizes if size), strict=True)
    parts = []
    for index, one in enumerate(drawn):
        parts.append(one.replace("<svg ", f'<svg y="{sum(heights[:index])}" ', 1))
    frame = f'width="{max(widths)}" height="{sum(heights)}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {frame}>\n' + "".join(parts) + "</svg>\n"
