"""Pictures of a plan: the L1 of its fullest core and the grid of cores, as rich renderables, text and SVG."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from io import StringIO
from typing import Literal

from rich.box import SQUARE
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from ttplan.plan import Core, Plan

Kind = Literal["system", "circular buffer", "free", "reserved", "buffer"]

_COLOURS: dict[Kind, str] = {
    "system": "#8a8f98",
    "circular buffer": "#3f7fbf",
    "free": "#eef1f4",
    "reserved": "#d8a13a",
    "buffer": "#4f9d69",
}
_BAR = 40


@dataclass(frozen=True)
class Region:
    """A piece of one core's L1: bytes start to end (end excluded), and what lies there."""

    name: str
    kind: Kind
    start: int
    end: int
    note: str = ""

    @property
    def size(self) -> int:
        """Bytes."""
        return self.end - self.start


def l1_regions(plan: Plan) -> tuple[Region, ...]:
    """The L1 of the fullest core from byte 0 to its end, without gaps.

    Circular buffers that share memory are one region, named after all of them; so are buffers and what lies
    on them.
    """
    on_memory: dict[tuple[int, int], list[str]] = {}
    notes: dict[tuple[int, int], tuple[Kind, str]] = {}
    owners = {cb.id: cb for cb in plan.circular_buffers}
    for buffer in plan.buffers:
        if buffer.memory == "L1" and buffer.bytes_per_core:
            place = (buffer.address, buffer.address + buffer.bytes_per_core)
            on_memory.setdefault(place, []).append(buffer.name)
            notes[place] = ("buffer", buffer.layout)
    by_buffer = {names[0]: place for place, names in on_memory.items()}
    for cb in plan.circular_buffers:
        owner = owners[cb.alias_of] if cb.alias_of is not None else cb
        place = (owner.address, owner.address + owner.bytes)
        place = by_buffer.get(owner.on_buffer or "", place)
        on_memory.setdefault(place, []).append(f"cb {cb.id} {cb.name}")
        depth = f"{cb.depth} x {cb.block_pages} pages of {cb.page_bytes}"
        notes.setdefault(place, ("circular buffer", depth))
    regions = [Region("firmware, arguments", "system", 0, plan.l1.base)]
    for place in sorted(on_memory):
        kind, note = notes[place]
        regions.extend(_gap(plan, regions[-1].end, place[0], kind == "buffer"))
        regions.append(Region(", ".join(on_memory[place]), kind, place[0], place[1], note))
    regions.extend(_gap(plan, regions[-1].end, plan.device.l1.bytes, True))
    return tuple(regions)


def _gap(plan: Plan, start: int, end: int, above_circular_buffers: bool) -> list[Region]:
    """Unused bytes; what the user reserved stands at the end of the gap above the circular buffers."""
    reserved = plan.l1.reserved if above_circular_buffers and end - start >= plan.l1.reserved else 0
    pieces = [
        Region("", "free", start, end - reserved),
        Region("reserved by the user", "reserved", end - reserved, end),
    ]
    return [piece for piece in pieces if piece.size > 0]


def l1_map(plan: Plan) -> RenderableType:
    """Table of the regions with a bar in proportion to the core's L1."""
    total = plan.device.l1.bytes
    table = Table(title=f"L1 of the fullest core: {total} bytes, {plan.l1.free} free", box=SQUARE)
    for header, justify in (("address", "right"), ("bytes", "right"), ("what", "left"), ("", "left")):
        table.add_column(header, justify="right" if justify == "right" else "left")
    for region in l1_regions(plan):
        length = max(1, round(region.size * _BAR / total))
        bar = Text("█" * length if region.kind != "free" else "░" * length, style=_COLOURS[region.kind])
        what = region.name or "free"
        table.add_row(
            str(region.start), str(region.size), f"{what} ({region.note})" if region.note else what, bar
        )
    return table


def senders(plan: Plan) -> dict[Core, tuple[str, ...]]:
    """The streams that each core multicasts, always (`in0`) or when its turn comes (`in0 in turn`)."""
    found: dict[Core, list[str]] = {}
    for kernel in plan.kernels:
        for role in kernel.roles:
            if role.part in ("send", "rotate"):
                for core in kernel.cores:
                    found.setdefault(core, []).append(
                        role.stream + (" in turn" if role.part == "rotate" else "")
                    )
    return {core: tuple(streams) for core, streams in found.items()}


@dataclass(frozen=True)
class Cell:
    """A core in the picture of the grid.

    tiles: of the output that it computes, none without work; m, n: which; sends: the streams it multicasts. exists: the
    device has it.
    """

    core: Core
    exists: bool
    tiles: int = 0
    m: str = ""
    n: str = ""
    sends: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """What stands in it: how many tiles, where they are, and what it multicasts."""
        if not self.tiles:
            return ()
        several = "s" if self.tiles > 1 else ""
        return (f"{self.tiles} tile{several}", f"m {self.m} n {self.n}", *(f"> {one}" for one in self.sends))


def cells(plan: Plan) -> tuple[tuple[Cell, ...], ...]:
    """Rows of the device's grid, with the part of the output each core computes and what it multicasts."""
    work = {item.core: item for item in plan.partition.work}
    sends = senders(plan)
    grid = plan.device.grid
    rows: list[tuple[Cell, ...]] = []
    for y in range(grid.rows):
        row: list[Cell] = []
        for x in range(grid.columns):
            item = work.get((x, y))
            cell = Cell((x, y), (x, y) not in grid.missing)
            if item is not None:
                m, n = _span(item.m_start, item.m_count), _span(item.n_start, item.n_count)
                cell = replace(cell, tiles=item.tile_count, m=m, n=n, sends=sends.get((x, y), ()))
            row.append(cell)
        rows.append(tuple(row))
    return tuple(rows)


def _span(start: int, count: int) -> str:
    return str(start) if count == 1 else f"{start}-{start + count - 1}"


def core_grid(plan: Plan) -> RenderableType:
    """Table of the device's cores: the tiles of the output that each computes, along m and n.

    `>` marks what a core multicasts, `-` a core without work, `x` one that does not exist.
    """
    partition, grid = plan.partition, cells(plan)
    counts = [cell.tiles for row in grid for cell in row if cell.tiles]
    least, most = min(counts), max(counts)
    span = str(most) if least == most else f"{least} to {most}"
    each = f"{span} tile{'s' if most > 1 else ''} each"
    cores = f"{len(partition.cores)} of {len(plan.device.cores)} cores"
    title = f"{partition.scheme}: {cores}, {each}, {partition.mode}"
    table = Table(title=title, box=SQUARE, show_lines=True, padding=0)
    table.add_column("", justify="right", no_wrap=True, min_width=2)
    for x in range(plan.device.grid.columns):
        table.add_column(str(x), justify="center")
    for y, row in enumerate(grid):
        table.add_row(str(y), *(_cell(cell, least == most) for cell in row))
    return table


def _cell(cell: Cell, alike: bool) -> str:
    """A core in the table of cores; how many tiles it has stands there only where they differ."""
    if not cell.tiles:
        return "-" if cell.exists else "x"
    count = () if alike else (f"{cell.tiles} t",)
    sends = (f"> {' '.join(cell.sends)}",) if cell.sends else ()
    return "\n".join((*count, f"m {cell.m}", f"n {cell.n}", *sends))


def as_text(picture: RenderableType, width: int = 110) -> str:
    """A picture as plain text without colours, at most `width` columns."""
    out = StringIO()
    Console(file=out, width=width, color_system=None, force_terminal=False, legacy_windows=False).print(
        picture
    )
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _svg(width: int, height: int, shapes: list[str]) -> str:
    frame = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {frame} font-family="monospace" font-size="11">'
    return "\n".join([head, *shapes, "</svg>"]) + "\n"


def _box(x: int, y: int, width: int, height: int, fill: str) -> str:
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{fill}" stroke="#40454d"/>'


def _label(x: int, y: int, text: str, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="#1b1e23">{escape(text)}</text>'


def l1_svg(plan: Plan) -> str:
    """The L1 map as SVG: one bar, address 0 on the left, and a legend with bytes."""
    width, bar, top = 900, 48, 30
    total = plan.device.l1.bytes
    regions = l1_regions(plan)
    shapes = [_label(10, 18, f"{plan.kernel.name}: L1 of the fullest core, {total} bytes")]
    for region in regions:
        left, right = (10 + place * (width - 20) // total for place in (region.start, region.end))
        shapes.append(_box(left, top, max(right - left, 1), bar, _COLOURS[region.kind]))
    for index, region in enumerate(regions):
        y = top + bar + 14 + index * 18
        shapes.append(_box(10, y, 12, 12, _COLOURS[region.kind]))
        what = f"{region.name or 'free'} ({region.note})" if region.note else region.name or "free"
        shapes.append(_label(110, y + 10, f"{region.size}", "end"))
        shapes.append(_label(120, y + 10, f"bytes from {region.start}: {what}"))
    return _svg(width, top + bar + 14 + len(regions) * 18 + 6, shapes)


def core_grid_svg(plan: Plan) -> str:
    """The grid of cores as SVG: a box per core, filled when it has work, with its tiles and multicasts."""
    side, high, left, top = 118, 62, 30, 44
    grid = cells(plan)
    shapes = [
        _label(10, 18, f"{plan.kernel.name}: {plan.partition.scheme}, {len(plan.partition.cores)} cores")
    ]
    shapes += [_label(left + x * side + side // 2, top - 6, str(x), "middle") for x in range(len(grid[0]))]
    for y, row in enumerate(grid):
        shapes.append(_label(left - 6, top + y * high + high // 2, str(y), "end"))
        for x, cell in enumerate(row):
            fill = "#ffffff" if not cell.exists else "#cfe3f5" if cell.tiles else "#eef1f4"
            fill = "#f3d9a4" if cell.sends else fill
            shapes.append(_box(left + x * side, top + y * high, side - 4, high - 4, fill))
            for index, line in enumerate(cell.words):
                shapes.append(_label(left + x * side + 6, top + y * high + 14 + index * 13, line))
    return _svg(left + len(grid[0]) * side + 6, top + len(grid) * high + 6, shapes)
