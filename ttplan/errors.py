"""What can go wrong for a user, as values: where, what was found, what is allowed, what is nearest."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

EXIT_SOLVED = 0
EXIT_INFEASIBLE = 1
EXIT_BAD_INPUT = 2
EXIT_TIME_LIMIT = 3
EXIT_INTERNAL = 4


def nearest(found: object, allowed: Iterable[object]) -> str | None:
    """The allowed value that looks most like `found`, or None when none is close."""
    choices = [str(value) for value in allowed]
    folded = {choice.lower(): choice for choice in choices}
    if str(found).lower() in folded:
        return folded[str(found).lower()]
    longer = [choice for choice in choices if str(found) and choice.lower().startswith(str(found).lower())]
    if len(longer) == 1:
        return longer[0]
    close = difflib.get_close_matches(str(found), choices, n=1, cutoff=0.5)
    if close:
        return close[0]
    close = difflib.get_close_matches(str(found).lower(), list(folded), n=1, cutoff=0.5)
    return folded[close[0]] if close else None


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in an input.

    path: JSON path inside the document (`buffers[1].dtype`), or a command-line option.
    found: the offending value. allowed: the values or the condition that would be accepted.
    hint: the nearest valid choice, when there is one.
    """

    path: str
    message: str
    found: object = None
    allowed: tuple[str, ...] = ()
    hint: str | None = None

    def text(self) -> str:
        """One line for people."""
        parts = [f"{self.path}: {self.message}" if self.path else self.message]
        if self.found is not None:
            parts.append(f"found {self.found!r}")
        if self.allowed:
            parts.append("allowed: " + ", ".join(self.allowed))
        if self.hint is not None:
            parts.append(f"nearest: {self.hint}")
        return "; ".join(parts)


@dataclass
class TtplanError(Exception):
    """An error with fields first, text second. `file` is the document it was found in."""

    problems: tuple[Problem, ...]
    file: str | None = None
    exit_code: int = field(default=EXIT_BAD_INPUT)

    def __str__(self) -> str:
        prefix = f"{self.file}: " if self.file else ""
        return "\n".join(prefix + problem.text() for problem in self.problems)


class InputError(TtplanError):
    """The input is not a valid document, or names something that does not exist (exit code 2)."""

    def __init__(
        self,
        path: str,
        message: str,
        found: object = None,
        allowed: Iterable[object] = (),
        file: str | None = None,
        hint: str | None = None,
    ) -> None:
        names = tuple(str(value) for value in allowed)
        if hint is None and found is not None and len(names) > 1:
            hint = nearest(found, names)
        super().__init__((Problem(path, message, found, names, hint),), file)


class BadInputs(TtplanError):
    """Several problems of one document at once (exit code 2)."""


@contextmanager
def found_in(file: str) -> Iterator[None]:
    """Errors about the content of a file name it; those about another option of the command line do not."""
    try:
        yield
    except TtplanError as error:
        if error.exit_code == EXIT_BAD_INPUT and not error.problems[0].path.startswith("--"):
            error.file = error.file or file
        raise


class InternalError(TtplanError):
    """ttplan contradicts itself: a check, a cost recomputation or a simulation failed (exit code 4)."""

    def __init__(self, message: str) -> None:
        super().__init__((Problem("", message),), None, EXIT_INTERNAL)
