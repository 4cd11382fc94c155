"""What a run gives back: outputs, findings, statistics."""

from __future__ import annotations

from dataclasses import dataclass

from ttplan.document import Document
from ttplan.simulate.device import Core
from ttplan.simulate.formats import Array


class Blocked(Document):
    """A kernel that waits in a deadlock. on: "cb N" or "semaphore N"; wanted, available: pages or values."""

    core: Core
    kernel: str
    file: str
    line: int
    on: str
    wanted: int
    available: int


class Diagnostic(Document):
    """One finding. count: how often it happened at that line; core is where it happened first."""

    kind: str
    message: str
    core: Core | None = None
    kernel: str | None = None
    file: str | None = None
    line: int | None = None
    count: int = 1
    blocked: tuple[Blocked, ...] = ()

    def text(self) -> str:
        """One line for people: place, kind, cause."""
        place = "" if self.kernel is None else f"kernel {self.kernel}"
        if self.core is not None:
            place += f" on core ({self.core[0]},{self.core[1]})"
        if self.file is not None:
            place += f" at {self.file}:{self.line}"
        times = f" [{self.count} times]" if self.count > 1 else ""
        return (
            f"{self.kind}: {place}: {self.message}{times}" if place else f"{self.kind}: {self.message}{times}"
        )


class Counters(Document):
    """Bytes and transactions by kind, at the core that issued them; a multicast counts once."""

    dram_read_bytes: int
    dram_read_transactions: int
    dram_write_bytes: int
    dram_write_transactions: int
    l1_read_bytes: int
    l1_read_transactions: int
    l1_write_bytes: int
    l1_write_transactions: int
    multicast_write_bytes: int
    multicast_write_transactions: int
    read_barriers: int
    write_barriers: int
    semaphore_incs: int
    matmul_tiles: int
    packed_tiles: int


class CircularBufferUse(Document):
    """Pages of a circular buffer: capacity, most at one time, total pushed."""

    id: int
    pages: int
    high_water: int
    pushed: int


class CoreStatistics(Counters):
    """Counters of one core and the use of its circular buffers."""

    core: Core
    circular_buffers: tuple[CircularBufferUse, ...]


class Statistics(Document):
    """steps: API calls; slices: turns the scheduler gave; cores: those with kernels."""

    steps: int
    slices: int
    cores: tuple[CoreStatistics, ...]
    total: Counters


@dataclass(frozen=True)
class Result:
    """outputs: "out" buffers by name, float32 or the integer type, in their shape; after an error incomplete.

    statistics is None when the kernels did not compile. printed: what the kernels printed.
    """

    outputs: dict[str, Array]
    statistics: Statistics | None
    diagnostics: tuple[Diagnostic, ...]
    printed: str = ""

    @property
    def ok(self) -> bool:
        """No finding at all."""
        return not self.diagnostics
