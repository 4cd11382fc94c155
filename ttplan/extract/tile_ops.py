"""Tile operators of TileLang: what copy, fill, gemm and transpose do to the state."""

from __future__ import annotations

from dataclasses import dataclass

from ttplan.extract.index import Condition, Index, Variable, add, truth, variable
from ttplan.extract.scalar import buffer_of, condition_of, fixed, index_of, read, value_of
from ttplan.extract.state import Local, Node, Parameter, State, Store, Tile, call_name, kind, numbers
from ttplan.extract.value import Apply, Cast, Const, Select, Sum, Value, substituted

IGNORED = frozenset(
    {
        "tl.sync_threads",
        "tl.tvm_storage_sync",
        "tirx.tvm_storage_sync",
        "tl.no_set_max_nreg",
        "tl.set_max_nreg",
        "tl.disable_warp_group_reg_alloc",
    }
)
"""Barriers and register hints of one thread block: the dataflow orders everything they order."""


@dataclass(frozen=True)
class Region:
    """A box of a buffer. start and extents have one entry per dimension of the buffer."""

    buffer: Parameter | Local
    start: tuple[Index, ...]
    extents: tuple[int, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Extents without the ones."""
        return tuple(extent for extent in self.extents if extent != 1)

    @property
    def is_whole(self) -> bool:
        """True when the region is the whole buffer."""
        return self.extents == self.buffer.shape and all(start == Index(0) for start in self.start)

    def at(self, positions: tuple[Index, ...]) -> tuple[Index, ...]:
        """Index of the element at `positions`, which has one entry per entry of `sizes`."""
        remaining = iter(positions)
        return tuple(
            start if extent == 1 else add(start, next(remaining))
            for start, extent in zip(self.start, self.extents, strict=True)
        )


def region_of(state: State, node: Node) -> Region:
    """The operand of a tile operator: `tl.region(load, mask, extents...)`."""
    if kind(node) != "Call" or not call_name(node).endswith("region") or len(node.args) < 2:
        state.refuse("an operand of a tile operator is not a region", str(node))
    load, _, *extents = node.args
    start = tuple(index_of(state, index) for index in load.indices)
    return Region(buffer_of(state, load.buffer), start, tuple(fixed(state, extent) for extent in extents))


def is_write(node: Node) -> bool:
    """True for a region the operator writes (mask 2: write, 3: read and write)."""
    if kind(node) != "Call" or not call_name(node).endswith("region"):
        return False
    return int(getattr(node.args[1], "value", node.args[1])) & 2 != 0


def run(state: State, call: Node) -> None:
    """Execute one operator call. Refuses the ones outside the table by their name."""
    name = call_name(call)
    short = name.rsplit(".", 1)[-1]
    operators = {"copy": _copy, "fill": _fill, "gemm": _gemm, "transpose": _transpose}
    if name in IGNORED:
        return
    if name.startswith("tl.tileop.") and short in operators:
        if state.nest:
            state.refuse(f"{name} inside T.Parallel")
        operators[short](state, call.args)
        return
    known = ", ".join(f"tl.tileop.{operator}" for operator in sorted(operators))
    state.refuse(
        f"{name} is outside the families this version plans (matmul with a fused epilogue)", None, (known,)
    )


def _copy(state: State, arguments: list[Node]) -> None:
    source, target = region_of(state, arguments[0]), region_of(state, arguments[1])
    if source.sizes != target.sizes:
        state.refuse(
            "the two sides of a copy have different shapes", numbers(source.sizes), (numbers(target.sizes),)
        )
    axes = _axes(state, source.sizes)
    positions = tuple(variable(axis) for axis in axes)
    write(state, target, axes, read(state, source.buffer, source.at(positions)), source.buffer.dtype)


def _transpose(state: State, arguments: list[Node]) -> None:
    source, target = region_of(state, arguments[0]), region_of(state, arguments[1])
    if len(source.sizes) != 2 or source.sizes != target.sizes[::-1]:
        state.refuse(
            "the two sides of a transpose do not match", numbers(source.sizes), (numbers(target.sizes),)
        )
    axes = _axes(state, target.sizes)
    positions = tuple(variable(axis) for axis in reversed(axes))
    write(state, target, axes, read(state, source.buffer, source.at(positions)), source.buffer.dtype)


def _fill(state: State, arguments: list[Node]) -> None:
    target = region_of(state, arguments[0])
    write(state, target, _axes(state, target.sizes), value_of(state, arguments[1]), target.buffer.dtype)


def _axes(state: State, sizes: tuple[int, ...]) -> tuple[Variable, ...]:
    return tuple(state.fresh(f"i{place}", size) for place, size in enumerate(sizes))


def write(state: State, target: Region, axes: tuple[Variable, ...], value: Value, dtype: str) -> None:
    """Put `value` over `axes` (one per entry of `target.sizes`) into a region; dtype: format of the value."""
    buffer = target.buffer
    if dtype != buffer.dtype and not isinstance(value, Const):
        value = Cast(buffer.dtype, value, state.place)
    if isinstance(buffer, Parameter):
        index = target.at(tuple(variable(axis) for axis in axes))
        loops, guards = (*state.blocks, *state.loops), tuple(state.guards)
        state.stores.append(Store(buffer, index, value, axes, loops, guards, state.place))
        return
    if not target.is_whole:
        found = f"{numbers(target.extents)} of {numbers(buffer.shape)}"
        state.refuse(f"a part of {buffer.name} is written; only whole tiles are followed", found)
    full = tuple(state.fresh(f"i{place}", extent) for place, extent in enumerate(buffer.shape))
    inner = (variable(axis) for axis, extent in zip(full, buffer.shape, strict=True) if extent != 1)
    state.tiles[buffer.key] = Tile(full, substituted(value, dict(zip(axes, inner, strict=True))))


def _gemm(state: State, arguments: list[Node]) -> None:
    """C = [C +] op(A) op(B). Only the first ten arguments are read: all versions agree on their places."""
    if len(arguments) < 10:
        state.refuse(
            "tl.tileop.gemm has fewer arguments than this version understands",
            len(arguments),
            ("10 or more",),
        )
    left, right, target = (region_of(state, argument) for argument in arguments[:3])
    transposed = [bool(fixed(state, flag)) for flag in arguments[3:5]]
    rows, columns, inner = (fixed(state, size) for size in arguments[5:8])
    wanted = (
        (inner, rows) if transposed[0] else (rows, inner),
        (columns, inner) if transposed[1] else (inner, columns),
    )
    for operand, shape in ((left, wanted[0]), (right, wanted[1]), (target, (rows, columns))):
        if operand.extents[-2:] != shape or any(extent != 1 for extent in operand.extents[:-2]):
            state.refuse(
                f"the operand {operand.buffer.name} of a gemm has an unexpected shape",
                operand.extents,
                (shape,),
            )
    if isinstance(target.buffer, Parameter) or not target.is_whole:
        state.refuse(f"a gemm that accumulates into a part of {target.buffer.name} or into a parameter")
    tile = state.tile(target.buffer)
    depth = state.fresh("kk", inner)
    row, column = (variable(axis) for axis in tile.axes[-2:])
    product = Apply(
        "mul",
        (
            read(state, left.buffer, _at(left, row, variable(depth), transposed[0])),
            read(state, right.buffer, _at(right, variable(depth), column, transposed[1])),
        ),
        state.place,
    )
    contribution = Sum((depth,), product, target.buffer.dtype)
    before = _cleared(tile.value, _flag(state, arguments[9]))
    after = contribution if before == Const(0.0) else Apply("add", (before, contribution), state.place)
    state.tiles[target.buffer.key] = Tile(tile.axes, after)


def _at(operand: Region, first: Index, second: Index, transposed: bool) -> tuple[Index, ...]:
    pair = (second, first) if transposed else (first, second)
    last = tuple(add(start, position) for start, position in zip(operand.start[-2:], pair, strict=True))
    return (*operand.start[:-2], *last)


def _flag(state: State, node: Node) -> Condition | bool:
    if kind(node) == "IntImm":
        return bool(node.value)
    condition = condition_of(state, node)
    if condition is None:
        state.refuse("clear_accum of a gemm depends on tensor elements", str(node))
    known = truth(condition)
    return condition if known is None else known


def _cleared(before: Value, flag: Condition | bool) -> Value:
    if isinstance(flag, bool):
        return Const(0.0) if flag else before
    return Select(flag, Const(0.0), before)
