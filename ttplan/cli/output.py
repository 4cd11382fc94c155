"""Printing: text, JSON, and signs of life on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any


def say(text: str) -> None:
    """Print text that is already formatted."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def json_text(value: Any) -> str:
    """A value that is no document of ttplan's own, as indented JSON."""
    import json

    return json.dumps(value, indent=2)


def busy(message: str) -> AbstractContextManager[Any]:
    """A spinner on a terminal's standard error, nothing elsewhere."""
    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console

    return Console(stderr=True).status(message)


def progress(name: str) -> tuple[AbstractContextManager[Any], Callable[[str, float], None] | None]:
    """A progress bar on a terminal's standard error, and what moves it: the phase and its fraction done."""
    if not sys.stderr.isatty():
        return nullcontext(), None
    from rich.console import Console
    from rich.progress import Progress

    bar = Progress(console=Console(stderr=True), transient=True)
    task = bar.add_task(name, total=1.0)

    def report(phase: str, fraction: float) -> None:
        bar.update(task, description=phase, completed=fraction)

    return bar, report
