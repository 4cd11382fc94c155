"""What the user fixed, as facts and requirements: layouts, schedule, and pins from the command line.

A pin is a requirement like any rule: it can be part of a conflict, and is reported in the user's words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ttplan.device import Device
from ttplan.errors import InputError
from ttplan.facts.build import fact, quoted
from ttplan.facts.dataflow import Dataflow
from ttplan.facts.geometry import rectangles
from ttplan.facts.pin_words import ABSENT, literals_of
from ttplan.facts.traversal import order_literals, wanted_order
from ttplan.facts.wishes import MODES, check_extent, check_layout, check_schedule, folded_rows, read_shard
from ttplan.formats import FORMATS, TILE
from ttplan.kernel import Buffer, Layout

OPTION = "--pin"
RARE = ("movement", "cb", "block_pages", "cb_units", "resident", "partials_format")
"""Decisions that a kernel may have no atom of."""
SHARD_LAYOUTS = {"height_sharded": "l1_height", "width_sharded": "l1_width", "block_sharded": "l1_block"}


@dataclass(frozen=True)
class Pin:
    """One requirement of the user. source: where it stands; literals: atoms that must hold, `not ATOM` for one that
    must not.
    """

    source: str
    literals: tuple[str, ...]

    @property
    def atoms(self) -> tuple[str, ...]:
        """The atoms that must hold."""
        return tuple(literal for literal in self.literals if not literal.startswith(ABSENT))


@dataclass(frozen=True)
class Pins:
    """Facts about given layouts, and requirements."""

    facts: str
    pins: tuple[Pin, ...]

    def program(self) -> str:
        """Facts and one guarded constraint per literal of a pin."""
        lines = [self.facts]
        for index, pin in enumerate(self.pins):
            lines.append(f"requirement(pin({index})).\n")
            lines.extend(f":- hold(pin({index})), {_negated(literal)}.\n" for literal in pin.literals)
        return "".join(lines)

    def fixed(self) -> str:
        """The decisions of all pins as facts, so that other values need not be grounded."""
        return "".join(f"fixed({literal}).\n" for pin in self.pins for literal in pin.atoms)


def _negated(literal: str) -> str:
    """Body of a constraint that excludes everything but the literal; a buffer in a stream's place means its
    stream.
    """
    if literal.startswith(ABSENT):
        return literal.removeprefix(ABSENT)
    match = re.fullmatch(r'(cb_depth|movement)\(("(?:[^"\\]|\\.)*"),(.*)\)', literal)
    if match:
        return f"stream(S, {match[2]}), not {match[1]}(S,{match[3]})"
    match = re.fullmatch(r'carries\((\w+),("(?:[^"\\]|\\.)*")\)', literal)
    if match:
        return f"stream(S, {match[2]}), not carries({match[1]},S)"
    match = re.fullmatch(r"(" + "|".join(RARE) + r")\((add\(\d+\)|\w+|\"[^\"]+\")(,\w+)?\)", literal)
    if match:  # a variable: clingo complains about an atom that the kernel can never have
        return f"S = {match[2]}, not {match[1]}(S{match[3] or ''})"
    return f"not {literal}"


def pins_of(flow: Dataflow, device: Device, extra: tuple[str, ...] = ()) -> Pins:
    """All pins of a kernel and of the command line. Raises InputError for what no plan can satisfy."""
    lines: list[str] = []
    pins: list[Pin] = []
    for buffer in flow.kernel.buffers:
        layout = flow.kernel.layout.get(buffer.name)
        if buffer.io is None:
            if layout is not None:
                raise InputError(
                    f"layout.{buffer.name}",
                    "an intermediate has no layout: it never leaves the cores",
                    buffer.name,
                )
            continue
        lines.extend(_layout_facts(flow, device, buffer, layout))
        if layout is not None and layout.cb_depth is not None:
            pins.append(
                Pin(f"layout.{buffer.name}.cb_depth", (f"cb_depth({quoted(buffer.name)},{layout.cb_depth})",))
            )
        if layout is not None and layout.orientation is not None and _may_be_sharded(buffer, layout):
            literal = f"orientation({layout.orientation})"
            pins.append(Pin(f"layout.{buffer.name}.orientation", (literal,)))
    pins.extend(_schedule_pins(flow, device))
    pins.extend(parse_pin(flow, device, text) for text in extra)
    return Pins("\n".join(sorted(set(lines))) + "\n", tuple(pins))


def _schedule_pins(flow: Dataflow, device: Device) -> list[Pin]:
    """The schedule as requirements. Raises InputError when it contradicts itself, the kernel or the device."""
    schedule = flow.kernel.schedule
    check_schedule(schedule.model_dump(exclude_none=True), len(device.cores))
    if schedule.grid_tiles is not None:
        out = next(buffer.name for buffer in flow.kernel.buffers if buffer.io == "out")
        row, column = flow.dims[out][-2:]
        right = (flow.matrices(out) * flow.tiles(row), flow.tiles(column))
        if schedule.grid_tiles != right:
            text = f"{out} has another number of tiles"
            raise InputError("schedule.grid_tiles", text, list(schedule.grid_tiles), (str(list(right)),))
    wanted: list[tuple[str, tuple[str, ...]]] = []
    if schedule.partition_mode is not None:
        wanted.append(("partition_mode", (f"mode({schedule.partition_mode})",)))
    elif schedule.runtime_args is not None:
        count = len(schedule.runtime_args)
        wanted.append(("runtime_args", tuple(f"mode({mode})" for mode in MODES if MODES[mode] == count)))
    if schedule.shard_grid is not None:
        wanted.append(("shard_grid", (f"grid({schedule.shard_grid[0]},{schedule.shard_grid[1]})",)))
    if schedule.local_shape_tiles is not None:
        height, width = schedule.local_shape_tiles
        wanted.append(("local_shape_tiles", (f"per_core(m,{height})", f"per_core(n,{width})")))
    pins = [Pin(f"schedule.{key}", literals) for key, literals in wanted]
    order = wanted_order(flow.kernel)
    if order is not None and (literals := order_literals(order[1])):
        pins.append(Pin(order[0], literals))
    return pins


def _may_be_sharded(buffer: Buffer, layout: Layout) -> bool:
    """Whether the kernel leaves a buffer to be sharded: interleaved pages have no orientation."""
    if layout.layout is None and layout.nd_shard is None:
        return layout.memory is None and _place(buffer) == "free"
    return layout.layout != "interleaved"


def _place(buffer: Buffer) -> str:
    return buffer.place or ("free" if buffer.io == "out" else "given")


def _layout_facts(flow: Dataflow, device: Device, buffer: Buffer, layout: Layout | None) -> list[str]:
    name = quoted(buffer.name)
    place = _place(buffer)
    fixed = layout is not None and (
        layout.memory is not None or layout.layout is not None or layout.nd_shard is not None
    )
    if layout is not None:
        _check_layout(buffer, layout)
    if not fixed:
        return [fact("free", name)] if place == "free" else [fact("given", name, "dram_interleaved")]
    assert layout is not None
    if layout.nd_shard is None and layout.layout in (None, "interleaved"):
        return [fact("given", name, "dram_interleaved" if layout.memory == "DRAM" else "l1_interleaved")]
    if layout.memory == "DRAM":
        return [fact("given", name, "dram_width"), *_shard_facts(flow, device, buffer, layout)]
    if layout.layout in SHARD_LAYOUTS:
        return [
            fact("given", name, SHARD_LAYOUTS[layout.layout]),
            *_shard_facts(flow, device, buffer, layout),
        ]
    kinds = [fact("given", name, kind) for kind in SHARD_LAYOUTS.values()]
    return [*kinds, *_shard_facts(flow, device, buffer, layout)]


def _check_layout(buffer: Buffer, layout: Layout) -> None:
    check_layout(buffer.name, layout.model_dump(exclude_none=True))
    if layout.tile_shape not in (None, (TILE, TILE)):
        found = list(layout.tile_shape or ())
        raise InputError(
            f"layout.{buffer.name}.tile_shape", "only whole tiles are planned", found, ("[32, 32]",)
        )


def _shard_facts(flow: Dataflow, device: Device, buffer: Buffer, layout: Layout) -> list[str]:
    """Shard shape and grid of `nd_shard` in tiles, checked against buffer and device."""
    shard = layout.nd_shard
    if shard is None:
        return []
    path, name = f"layout.{buffer.name}.nd_shard", buffer.name
    dims = flow.dims[name]
    if len(dims) < 2:
        raise InputError(path, "a buffer of one dim is not sharded", list(dims))
    roles = dict(zip(("M", "N"), dims[-2:], strict=True)) | dict(zip(("B", "H"), dims[:-2], strict=False))
    wish = shard.model_dump(exclude_none=True)
    if shard.axes is not None:
        wish["axes"] = [axis if axis in dims else roles.get(axis, axis) for axis in shard.axes]
    request = read_shard(name, wish, dims[-2:])
    for axis in request.axes:
        if axis not in dims or request.axes.count(axis) > 1:
            text = "no such axis of the buffer, or twice"
            raise InputError(f"{path}.axes", text, axis, dict.fromkeys((*dims, *roles)))
    places = {dim: request.of(dim) for dim in request.axes}
    for dim, (count, size) in places.items():
        check_extent(name, f"dim {dim}", flow.kernel.dims[dim], count, size)
    extents = {dim: flow.kernel.dims[dim] for dim in dims[:-2]}
    cuts = [(*places.get(dim, (1, extent)), extent) for dim, extent in extents.items()]
    (count, size), (columns, width) = places[dims[-2]], places[dims[-1]]
    rows, height = folded_rows(name, [*cuts, (count, size // TILE, flow.tiles(dims[-2]))])
    width //= TILE
    _check_grid(device, path, rows, columns)
    page = FORMATS[buffer.dtype].tile_bytes
    if layout.memory != "DRAM":
        _check_capacity(device, flow.kernel.reserve.l1_bytes, name, (height, width, page), layout.cb_depth)
    return [fact("shard_pin", quoted(name), height, width), fact("grid_pin", quoted(name), rows, columns)]


def _check_capacity(
    device: Device, reserved: int, name: str, shard: tuple[int, int, int], depth: int | None
) -> None:
    """A shard of (rows, columns) tiles of some bytes fits into L1.

    A depth of two or more asks for a circular buffer beside the shard; it holds one tile per block at least.
    Raises InputError with the parts of L1.
    """
    height, width, page = shard
    beside = depth * page if depth is not None and depth > 1 else 0
    need, limit = height * width * page + beside, device.l1_usable - reserved
    if need <= limit:
        return
    text = f"L1 shard for buffer '{name}' exceeds capacity: {height} x {width} tiles of {page} bytes"
    if beside:
        text += f" and a circular buffer of depth {depth}"
    parts = f"{device.l1.bytes} of L1 - {device.l1.bytes - device.l1_usable} base - {reserved} reserved"
    raise InputError(f"layout.{name}.nd_shard", text, need, (f"at most {limit} bytes ({parts})",))


def _check_grid(device: Device, path: str, rows: int, columns: int) -> None:
    """A one-dimensional shard grid may be folded over the rows of cores; a two-dimensional one is a
    rectangle of cores.
    """
    cores = len(device.cores)
    fits = rows * columns <= cores if 1 in (rows, columns) else (columns, rows) in rectangles(device)
    if not fits and (rows, columns) not in rectangles(device):
        grid = f"{device.grid.rows} x {device.grid.columns}"
        raise InputError(
            f"{path}.grid", f"the shard grid is larger than the device ({grid} cores)", f"{rows} x {columns}"
        )


def parse_pin(flow: Dataflow, device: Device, text: str, where: str = OPTION) -> Pin:
    """A pin in words: `cb_depth(A,3)`, `A.depth=4`, `C.layout=L1/block_sharded`, `grid=8x8`.

    where: the option or argument that an InputError names.
    """
    return Pin(f"{OPTION} {text}", literals_of(flow, device, text, where))
