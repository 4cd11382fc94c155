"""The plan under check and what is derived from it once: meaning, free cores, work by core, groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from ttplan.check.meaning import Meaning, ceil_div
from ttplan.plan import BufferPlan, CircularBuffer, Core, CoreWork, KernelPlan, Plan, Range, Role

MULTICAST_OF_SCHEME: dict[str, frozenset[str]] = {
    "split": frozenset(),
    "multicast_in0": frozenset({"in0"}),
    "multicast_in1": frozenset({"in1"}),
    "multicast_2d": frozenset({"in0", "in1"}),
}
"""Streams a scheme shares between cores."""

LARGEST_GRID = 32
"""Rows and columns a device document may have (ttplan.device.Grid)."""


def cells(area: Range) -> tuple[Core, ...]:
    """Cores of an inclusive rectangle, row by row; none when corners are swapped or outside of every grid."""
    x0, y0, x1, y1 = area
    if min(area) < 0 or max(area) >= LARGEST_GRID:
        return ()
    return tuple((x, y) for y in range(y0, y1 + 1) for x in range(x0, x1 + 1))


def repeated(values: Iterable[object]) -> tuple[str, ...]:
    """Values that occur more than once, as text, in order of first occurrence."""
    return tuple(str(value) for value, times in Counter(values).items() if times > 1)


def core_text(cores: Iterable[Core], limit: int = 4) -> str:
    """A few cores as text."""
    listed = [f"({x}, {y})" for x, y in sorted(cores)]
    return ", ".join(listed[:limit]) + (f" and {len(listed) - limit} more" if len(listed) > limit else "")


@dataclass(frozen=True)
class Subject:
    """One plan and its meaning; lookups that answer None instead of failing when the plan is broken."""

    plan: Plan
    meaning: Meaning

    @cached_property
    def available(self) -> frozenset[Core]:
        """Cores of the device that are neither missing nor reserved by the kernel."""
        return frozenset(self.plan.device.cores) - frozenset(self.plan.kernel.reserve.cores)

    @cached_property
    def work(self) -> dict[Core, CoreWork]:
        """Work by core."""
        return {item.core: item for item in self.plan.partition.work}

    @cached_property
    def buffers(self) -> dict[str, BufferPlan]:
        """Buffers by name."""
        return {buffer.name: buffer for buffer in self.plan.buffers}

    @cached_property
    def cbs(self) -> dict[str, CircularBuffer]:
        """Circular buffers by name."""
        return {cb.name: cb for cb in self.plan.circular_buffers}

    @property
    def split(self) -> bool:
        """Whether out blocks are dealt out one after another."""
        return self.plan.partition.scheme == "split"

    @property
    def has_partials(self) -> bool:
        """Whether partial sums leave DST (docs/kernels.md, Compute 1)."""
        rows = (
            self.meaning.operands[step.operand].row_broadcast
            for step in self.meaning.epilogue
            if step.operand
        )
        return self.plan.blocking.k_blocks > 1 or any(rows)

    def movement(self, stream: str) -> str | None:
        """How a stream moves, None when the plan does not have it."""
        found = self.plan.stream(stream)
        return found.movement if found else None

    def is_local(self, stream: str) -> bool:
        """Whether the circular buffer of the stream is the shard of the core."""
        return self.movement(stream) == "local"

    def groups(self, stream: str) -> tuple[tuple[Core, ...], ...]:
        """Work cores that need the same tiles of in0 (same rows) or in1 (same columns) in the same order."""
        groups: dict[int, list[Core]] = {}
        for item in self.plan.partition.work:
            groups.setdefault(item.m_start if stream == "in0" else item.n_start, []).append(item.core)
        return tuple(tuple(groups[key]) for key in sorted(groups))

    def role(self, kernel: KernelPlan, stream: str) -> Role | None:
        """The role a kernel has for a stream."""
        return next((role for role in kernel.roles if role.stream == stream), None)

    def kernels_of(self, stream: str, part: str) -> tuple[tuple[int, KernelPlan], ...]:
        """Kernels, with their place in the plan, that play a part for a stream."""
        return tuple(
            (index, kernel)
            for index, kernel in enumerate(self.plan.kernels)
            if any(role.stream == stream and role.part == part for role in kernel.roles)
        )

    @property
    def out_blocks_m(self) -> int:
        """Out blocks along m over one matrix."""
        return ceil_div(self.plan.tiling.m, self.plan.blocking.out_block[0])

    @property
    def out_blocks_n(self) -> int:
        """Out blocks along n."""
        return ceil_div(self.plan.tiling.n, self.plan.blocking.out_block[1])
