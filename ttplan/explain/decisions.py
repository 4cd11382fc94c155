"""The decisions of a plan as short texts, in the words that `--pin` understands where it can say them."""

from __future__ import annotations

from ttplan.explain.results import Change, Comparison, Switch
from ttplan.explain.variants import totals
from ttplan.plan import BufferPlan, Plan


def layout_text(buffer: BufferPlan) -> str:
    """`L1/block_sharded`."""
    return f"{buffer.memory}/{buffer.layout}"


def decisions_of(plan: Plan) -> dict[str, str]:
    """Name of each decision -> its value, in the order of a plan."""
    part, block = plan.partition, plan.blocking
    found = {
        "scheme": part.scheme,
        "mode": part.mode,
        "grid": f"{part.grid[0]}x{part.grid[1]}",
        "cores": str(len(part.cores)),
        "orientation": "col_major" if part.transposed else "row_major",
        "per_core": f"{part.per_core[0]}x{part.per_core[1]}",
        "out_block": f"{block.out_block[0]}x{block.out_block[1]}",
        "k_block": str(block.k_block),
        "k_blocks": str(block.k_blocks),
        "subblock": f"{block.subblock[0]}x{block.subblock[1]}",
        "l1_accumulation": "yes" if block.l1_accumulation else "no",
    }
    for buffer in plan.buffers:
        found[f"{buffer.name}.layout"] = layout_text(buffer)
        if buffer.shard is not None:
            found[f"{buffer.name}.shard"] = f"{buffer.shard.shape[0]}x{buffer.shard.shape[1]}"
    for stream in plan.streams:
        name = (
            stream.buffer if [one.buffer for one in plan.streams].count(stream.buffer) == 1 else stream.name
        )
        found[f"{name}.movement"] = stream.movement
        if stream.processor is not None:
            found[f"{name}.processor"] = stream.processor
        cb = plan.cb(stream.name)
        if cb is not None:
            found[f"{name}.depth"] = str(cb.depth)
    for cb in plan.circular_buffers:
        where = "" if cb.alias_of is None else f", shares the memory of c_{cb.alias_of}"
        where = where if cb.on_buffer is None else f", lies on {cb.on_buffer}"
        found[f"cb {cb.name}"] = f"c_{cb.id}: {cb.pages} pages of {cb.page_bytes} B, {cb.dtype}{where}"
    for kernel in plan.kernels:
        names = [argument.name for argument in (*kernel.common_args, *kernel.runtime_args)]
        found[f"arguments of {kernel.name}"] = ", ".join(names) or "none"
    return found


MAIN = ("scheme", "grid", "out_block", "k_block", "subblock")
"""Decisions that name a plan in one line, with layouts and depths."""


def short(plan: Plan) -> tuple[str, ...]:
    """What a plan chose, as pins that would give it."""
    found = decisions_of(plan)
    outputs = {buffer.name for buffer in plan.buffers if buffer.io == "out"}
    names = [name for name in found if name in MAIN or name.endswith(".depth")]
    names += [f"{name}.layout" for name in sorted(outputs)]
    return tuple(f"{name}={found[name]}" for name in names)


def compare(before: Plan, after: Plan) -> Comparison:
    """Two plans decision by decision and term by term."""
    old, new = decisions_of(before), decisions_of(after)
    switches = tuple(
        Switch(decision=name, before=old.get(name), after=new.get(name))
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    )
    clocks = (before.device.clock_mhz, after.device.clock_mhz)
    return Comparison(
        decisions=switches,
        terms=changed_terms(before, after),
        before=totals(before),
        after=totals(after),
        binding=(before.cost.binding, after.cost.binding),
        clocks_mhz=None if clocks[0] == clocks[1] else clocks,
    )


def changed_terms(before: Plan, after: Plan) -> tuple[Change, ...]:
    """Cost terms that differ, in cycles."""
    old = {term.name: term.cycles for term in before.cost.terms}
    new = {term.name: term.cycles for term in after.cost.terms}
    return tuple(
        Change(name=name, before=old.get(name, 0), after=new.get(name, 0))
        for name in dict.fromkeys((*old, *new))
        if old.get(name, 0) != new.get(name, 0)
    )
