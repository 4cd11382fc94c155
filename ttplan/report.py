"""Tables for people: where everything of a plan lives, who works on what, what it costs; and the devices."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from ttplan.device import Device
    from ttplan.plan import Plan
    from ttplan.rules.problem import Answer


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 else "right", no_wrap=index == 0)
    return table


def headline(plan: Plan) -> Text:
    """One line: kernel, device, modelled time, how sure."""
    cost, device = plan.cost, plan.device
    micros = cost.cycles / device.clock_mhz
    gap = "" if plan.status == "optimal" else f", lower bound {cost.lower_bound * cost.unit}"
    rules = len(plan.rules or ())
    own = f" under {rules} more rule{'s' if rules > 1 else ''}" if rules else ""
    proof = "proven optimal" + own if plan.status == "optimal" else "best found" + gap
    return Text.assemble(
        (plan.kernel.name, "bold"),
        f" on {device.name}: {cost.cycles} cycles modelled ({micros:.1f} us at {device.clock_mhz} MHz), ",
        (proof, "green" if plan.status == "optimal" else "yellow"),
        f", bound by {cost.binding}",
    )


def decisions(plan: Plan) -> Table:
    """Partition and blocking."""
    part, block = plan.partition, plan.blocking
    table = _table("Decisions", "what", "value")
    rows = (
        ("partition", f"{part.scheme}, {part.mode}"),
        (
            "work grid (m x n)",
            f"{part.grid[0]} x {part.grid[1]}" + (" transposed" if part.transposed else ""),
        ),
        ("cores", str(len(part.cores))),
        ("per core (m x n tiles)", f"{part.per_core[0]} x {part.per_core[1]}"),
        (
            "out block, blocks per core",
            f"{block.out_block[0]} x {block.out_block[1]}, {max(w.blocks for w in part.work)}",
        ),
        ("K block, K blocks (last)", f"{block.k_block}, {block.k_blocks} ({block.last_k})"),
        ("subblock", f"{block.subblock[0]} x {block.subblock[1]}"),
        ("partial sums", _partials(plan)),
    )
    for row in rows:
        table.add_row(*row)
    return table


def _partials(plan: Plan) -> str:
    partials = plan.cb("partials")
    if partials is None:
        return "none"
    how = "accumulated in L1" if plan.blocking.l1_accumulation else "spilled"
    return f"{partials.dtype}, {how}" + (", on the output's memory" if partials.alias_of is not None else "")


def buffers(plan: Plan) -> Table:
    """Where the parameters live and how they move."""
    table = _table("Buffers", "buffer", "stream", "format", "layout", "shard (tiles)", "movement", "by")
    for stream in plan.streams:
        buffer = plan.buffer(stream.buffer)
        shard = "" if buffer.shard is None else f"{buffer.shard.shape[0]} x {buffer.shard.shape[1]}"
        table.add_row(
            buffer.name,
            stream.name,
            buffer.dtype,
            f"{buffer.memory} {buffer.layout}",
            shard,
            stream.movement,
            stream.processor or "-",
        )
    return table


def circular_buffers(plan: Plan) -> Table:
    """The L1 of a core."""
    table = _table("Circular buffers", "name", "id", "format", "page", "block", "depth", "bytes", "address")
    for cb in plan.circular_buffers:
        where = (
            f"on {cb.on_buffer}"
            if cb.on_buffer
            else (f"on c_{cb.alias_of}" if cb.alias_of is not None else str(cb.address))
        )
        table.add_row(
            cb.name,
            f"c_{cb.id}",
            cb.dtype,
            str(cb.page_bytes),
            str(cb.block_pages),
            str(cb.depth),
            str(cb.bytes),
            where,
        )
    l1 = plan.l1
    table.caption = (
        f"L1 of a core: {l1.circular_buffers} B circular buffers + {l1.buffers} B buffers + {l1.reserved} B "
        "reserved, "
        f"{l1.free} B free of {l1.capacity - l1.base}"
    )
    table.caption_justify = "left"
    return table


def kernels(plan: Plan) -> Table:
    """Sources and the cores they run on."""
    table = _table("Kernels", "kernel", "processor", "NoC", "cores", "arguments (named, common, per core)")
    for kernel in plan.kernels:
        counts = f"{len(kernel.compile_args)}, {len(kernel.common_args)}, {len(kernel.runtime_args)}"
        noc = "-" if kernel.noc is None else str(kernel.noc)
        table.add_row(kernel.name, kernel.processor, noc, str(len(kernel.cores)), counts)
    return table


def cost(plan: Plan) -> Table:
    """Terms of the modelled time."""
    table = _table("Modelled time", "term", "cycles", "")
    for item in plan.cost.terms:
        if item.name == "resources":
            continue
        mark = "<- binds" if item.name == plan.cost.binding else item.note
        table.add_row(item.name, str(item.cycles), mark)
    table.add_row("total", str(plan.cost.cycles), "")
    table.caption = (
        f"DRAM {plan.cost.dram_bytes} B, L1 {plan.cost.l1_bytes} B per core, {plan.cost.cores} cores"
    )
    table.caption_justify = "left"
    return table


def summary(plan: Plan) -> RenderableType:
    """Everything, for `ttplan solve`."""
    return Group(
        headline(plan),
        Text(),
        decisions(plan),
        buffers(plan),
        circular_buffers(plan),
        kernels(plan),
        cost(plan),
    )


def statistics(answer: Answer) -> Table:
    """What the search cost, stage by stage."""
    table = _table("Search", "stage", "ground s", "solve s", "rules", "atoms", "conflicts")
    for effort in answer.efforts:
        table.add_row(
            effort.stage,
            f"{effort.ground_seconds:.3f}",
            f"{effort.solve_seconds:.3f}",
            str(effort.rules),
            str(effort.atoms),
            str(effort.conflicts),
        )
    return table


def devices(found: Iterable[Device]) -> Table:
    """One line per device, for `ttplan devices`."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("name", "board", "arch"):
        table.add_column(column)
    for column in ("grid", "cores", "L1 for plans", "DRAM banks", "DRAM B/cycle", "MHz"):
        table.add_column(column, justify="right")
    for device in found:
        table.add_row(
            device.name,
            device.board,
            device.arch,
            f"{device.grid.columns} x {device.grid.rows}",
            str(len(device.cores)),
            str(device.l1_usable),
            str(device.dram.banks),
            f"{device.dram.bytes_per_cycle:g}",
            str(device.clock_mhz),
        )
    return table


def pictures(plan: Plan) -> tuple[RenderableType, ...]:
    """The L1 of the fullest core and the grid of cores with the work of each."""
    from ttplan.render import picture

    return picture.l1_map(plan), picture.core_grid(plan)


def show(*parts: RenderableType) -> None:
    """Print to standard output, 110 columns wide when it is no terminal and COLUMNS does not say otherwise."""
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(highlight=False, width=110)
    for part in parts:
        console.print(part)
