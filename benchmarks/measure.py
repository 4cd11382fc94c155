"""What the timing benchmarks share: CPU seconds of a call, quantiles, and how fast the machine is meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Result = TypeVar("Result")
EVERY = 20
"""Items between two looks at the machine's speed."""


def timed(run: Callable[..., Result], *arguments: object) -> tuple[Result, float]:
    """The result of a call and its CPU seconds."""
    before = time.process_time()
    result = run(*arguments)
    return result, time.process_time() - before


def quantile(values: list[float], share: float) -> float:
    """The value that `share` of the values do not exceed."""
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]


def _additions() -> int:
    total = 0
    for number in range(10_000_000):
        total += number
    return total


class Machine:
    """CPU seconds of ten million additions in Python, before a run and every so often: a busy host changes them."""

    NAME = "ten million additions in Python"

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def watched(self, items: Iterable[Result]) -> Iterator[Result]:
        """The items, with looks at the machine between them."""
        for count, item in enumerate(items):
            if count % EVERY == 0:
                self.seconds.append(timed(_additions)[1])
            yield item

    def __str__(self) -> str:
        ordered = sorted(self.seconds)
        return f"{ordered[0]:.2f} to {ordered[-1]:.2f} s, median {ordered[len(ordered) // 2]:.2f} s"
