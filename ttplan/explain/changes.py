"""Changes of the kernel document that may make an impossible problem possible: layouts, formats, L1, the register."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial

from clingo import Symbol

from ttplan.explain.legality import Legality
from ttplan.explain.results import Need
from ttplan.explain.variants import Variant, attempt, rebuilt, with_dtype, with_layout
from ttplan.formats import FORMATS
from ttplan.kernel import Kernel, Layout
from ttplan.rules.problem import Problem
from ttplan.rules.search import narrowed

SMALLER = ("bfloat16", "bfloat8_b")
"""Formats that save memory."""
SMALLEST = ("bfloat4_b",)
"""Those that are offered where nothing else helps: they cost most accuracy."""
L1_KINDS = ("interleaved", "height", "width", "block")
"""Layouts in L1."""


def without(changed: Problem, legality: Legality, left_out: Collection[Symbol]) -> Problem:
    """A problem that is another one without some requirements, which leaves plans, as a search is to take it."""
    held = [item for item in legality.requirements if item not in left_out]
    return narrowed(replace(changed, possible=True), known=legality, held=held)


def layout_changes(problem: Problem, legality: Legality, name: str) -> Iterator[Variant]:
    """Another layout of a buffer that stays where it is, or the planner's choice, which the rules allow."""
    kernel = problem.flow.kernel
    buffer = kernel.buffer(name)
    assert buffer is not None
    entry = kernel.layout.get(name)
    given = buffer.place == "given" or buffer.io == "in" or entry is not None
    if not given:
        return
    interleaved = Layout(memory="DRAM", layout="interleaved")
    if entry is not None and (entry.memory, entry.layout) != ("DRAM", "interleaved"):
        found = attempt(
            (f"{name} in DRAM/interleaved",), lambda: with_layout(problem, name, interleaved, "given")
        )
        if found is not None:
            yield found
        if buffer.io == "in":
            return
    found = attempt((freely(name),), lambda: with_layout(problem, name, None, "free"))
    if found is not None:
        yield replace(found, problem=without(found.problem, legality, legality.stated(name)))


def layouts_together(problem: Problem, legality: Legality) -> Iterator[Variant]:
    """Everything that the kernel puts elsewhere in DRAM, interleaved, where one buffer alone is not enough."""
    interleaved = {"memory": "DRAM", "layout": "interleaved", "nd_shard": None, "orientation": None}
    names = [
        name
        for name, entry in problem.flow.kernel.layout.items()
        if (entry.memory, entry.layout) not in ((None, None), ("DRAM", "interleaved"))
    ]
    stated = [one for name in names for one in legality.stated(name)]
    if len(names) > 1 and legality.possible_without(stated):
        layout = problem.flow.kernel.layout
        moved = {name: layout[name].model_copy(update=interleaved) for name in names}
        kernel = problem.flow.kernel.model_copy(update={"layout": {**layout, **moved}})
        text = f"{', '.join(names[:-1])} and {names[-1]} in DRAM/interleaved"
        found = attempt((text,), lambda: rebuilt(problem, kernel))
        if found is not None:
            yield found


def format_changes(
    problem: Problem, legality: Legality, needs: Sequence[Need], dtypes: Sequence[str] = SMALLER
) -> Iterator[Variant]:
    """A smaller format of one buffer, where memory is short."""
    for dtype in dtypes:
        for name in _larger(problem, dtype):
            yield from _reformatted(problem, legality, needs, (name,), dtype)


def formats_together(
    problem: Problem, legality: Legality, needs: Sequence[Need], dtypes: Sequence[str] = SMALLER
) -> Iterator[Variant]:
    """A smaller format of several buffers, where memory is short."""
    for dtype in dtypes:
        names = _larger(problem, dtype)
        if len(names) > 1:
            yield from _reformatted(problem, legality, needs, names, dtype)


def _larger(problem: Problem, dtype: str) -> tuple[str, ...]:
    """Buffers in a larger floating-point format."""
    return tuple(
        buffer.name
        for buffer in problem.flow.kernel.buffers
        if buffer.io is not None
        and FORMATS[buffer.dtype].kind != "integer"
        and FORMATS[dtype].tile_bytes < FORMATS[buffer.dtype].tile_bytes
    )


def _reformatted(
    problem: Problem, legality: Legality, needs: Sequence[Need], names: tuple[str, ...], dtype: str
) -> Iterator[Variant]:
    """Nothing when memory is short even so: in DRAM, or in L1 for a buffer that overfills it by itself."""
    if not needs or _too_large(problem, legality, names, dtype) or _too_little(names, dtype, needs):
        return
    found = attempt((f"{', '.join(names)} as {dtype}",), partial(with_dtype, problem, names, dtype))
    if found is not None:
        yield found


def _too_large(problem: Problem, legality: Legality, names: Sequence[str], dtype: str) -> bool:
    """Whether a buffer that is pinned to L1 exceeds it, even spread over all cores, with these in another format."""
    pinned = {literal for pin in problem.pins.pins for literal in pin.literals}
    overfull = {(atom.arguments[0].string, atom.arguments[1].name) for atom in legality.domain("overfull", 2)}
    return any(
        (buffer.name, dtype if buffer.name in names else buffer.dtype) in overfull
        for buffer in problem.flow.kernel.buffers
        if any(f'layout("{buffer.name}",l1_{kind})' in pinned for kind in L1_KINDS)
    )


def _too_little(names: Sequence[str], dtype: str, needs: Sequence[Need]) -> bool:
    """Whether memory is short even with these buffers in another format. DRAM holds them whatever the plan is. No plan
    needs less of L1 than the least one, shrunk by as much as any format can, and again by half: intermediate tiles, no
    more than the others, may come to lie on those.
    """
    smallest = FORMATS[dtype].tile_bytes
    for need in (need for need in needs if need.memory == "L1"):
        largest = max((FORMATS[one.dtype].tile_bytes for one in need.occupants), default=smallest)
        if need.needed * smallest // largest // 2 > need.available:
            return True
    for need in (need for need in needs if need.memory == "DRAM"):
        left = need.needed
        for one in need.occupants:
            if one.buffer in names:
                left -= one.bytes - one.bytes // FORMATS[one.dtype].tile_bytes * smallest
        if left > need.available:
            return True
    return False


def less_reserved(problem: Problem, needs: Sequence[Need]) -> Iterator[Variant]:
    """Reserved L1 given back: as much as the least plan lacks, and all of it."""
    kernel = problem.flow.kernel
    total = kernel.reserve.l1_bytes
    for lack in (need.short for need in needs if need.memory == "L1" and total):
        for freed in sorted({min(max(lack, 1), total), total}):
            yield Variant((freed_words(freed, total),), rebuilt(problem, reserving(kernel, total - freed)))


def register_changes(problem: Problem) -> Iterator[Variant]:
    kernel = problem.flow.kernel
    for name, value in (("fp32_dest_acc_en", False), ("dst_full_sync_en", True)):
        if getattr(kernel.compute, name) != value:
            compute = kernel.compute.model_copy(update={name: value})
            text = f"compute.{name} = {str(value).lower()}"
            yield Variant((text,), rebuilt(problem, kernel.model_copy(update={"compute": compute})))


def freely(name: str) -> str:
    return f"let the planner choose where {name} lies (place: free)"


def freed_words(size: int, total: int) -> str:
    return f"free {size} of the {total} reserved bytes of L1"


def reserving(kernel: Kernel, size: int) -> Kernel:
    """The kernel with so many bytes of L1 reserved."""
    reserve = kernel.reserve.model_copy(update={"l1_bytes": size})
    return kernel.model_copy(update={"reserve": reserve})
