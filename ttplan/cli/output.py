"""Printing: text, JSON, and signs of life on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TextIO, cast

from ttplan.errors import InputError


def say(text: str) -> None:
    """Print text that is already formatted."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


class _Output:
    """Standard output that tells its own errors from those of other files. A closed pipe is no error of a user."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with self._told():
            return self._stream.write(text)

    def flush(self) -> None:
        with self._told():
            self._stream.flush()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Errors of the stream as InputError."""
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            raise InputError("", f"standard output cannot be written: {error.strerror}") from None


def watch_output() -> None:
    """Let errors of standard output be told as such; without one there is an error as soon as something is written."""
    stream = sys.stdout or os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    sys.stdout = cast(TextIO, _Output(stream))


def drop_output() -> None:
    """Drop what standard output does not take, of which an error has been told, so that Python does not tell it again."""
    try:
        sys.stdout.flush()
    except (InputError, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
