"""TIR expressions -> indices, conditions and values."""

from __future__ import annotations

from typing import NoReturn

from ttplan.extract.index import (
    Compare,
    Condition,
    Index,
    Logic,
    add,
    combine,
    constant,
    multiply,
    negated,
    text,
    truth,
    variable,
)
from ttplan.extract.state import Local, Node, Parameter, State, call_name, identity, kind
from ttplan.extract.value import (
    Apply,
    Carried,
    Cast,
    Const,
    Load,
    Select,
    Sum,
    Undefined,
    Value,
    substituted,
)

_DIVISIONS = {
    "FloorDiv": "floordiv",
    "FloorMod": "floormod",
    "Div": "truncdiv",
    "Mod": "truncmod",
    "Min": "min",
    "Max": "max",
}
_ARITHMETIC = {"Add": "add", "Sub": "sub", "Mul": "mul", "Div": "div", "Min": "min", "Max": "max"}
_COMPARISONS = {"LT": "lt", "LE": "le", "GT": "gt", "GE": "ge", "EQ": "eq", "NE": "ne"}
_CHOICES = ("tirx.if_then_else", "tir.if_then_else")
_VALUES = (Const, Load, Apply, Cast, Select, Sum, Carried)


def _whole(node: Node) -> bool:
    return str(getattr(node, "dtype", "")).startswith(("int", "uint", "bool"))


def index_of(state: State, node: Node) -> Index:
    """The index an integer expression stands for. Refuses what is not arithmetic of loop variables."""
    name = kind(node)
    if isinstance(node, int) or name == "IntImm":
        return constant(int(node if isinstance(node, int) else node.value))
    if name == "Var":
        bound = state.bindings.get(identity(node))
        if bound is None:
            # T.Persistent uses its loop variable in front of the loop, which gives the extent later.
            bound = state.bindings[identity(node)] = variable(state.fresh(str(node.name), None))
        if isinstance(bound, Undefined):
            state.refuse(bound.reason)
        if not isinstance(bound, Index):
            state.refuse(f"the index {node.name} is computed from tensor elements")
        return bound
    if name == "Cast" and _whole(node.value):
        return index_of(state, node.value)
    if name in ("Add", "Sub"):
        return add(index_of(state, node.a), index_of(state, node.b), 1 if name == "Add" else -1)
    if name == "Mul":
        product = multiply(index_of(state, node.a), index_of(state, node.b))
        if product is None:
            state.refuse("a product of two loop variables is not an affine index", str(node))
        return product
    if name in _DIVISIONS:
        combined = combine(_DIVISIONS[name], index_of(state, node.a), index_of(state, node.b))
        if combined is None:
            state.refuse("an index divides by zero", str(node))
        return combined
    if name == "BufferLoad":
        state.refuse(f"an index is read from the buffer {node.buffer.name}", str(node))
    state.refuse(f"{call_name(node) if name == 'Call' else name} in an index is not understood", str(node))


def condition_of(state: State, node: Node) -> Condition | None:
    """The condition over indices, or None when it reads tensor elements."""
    name = kind(node)
    if name == "IntImm":
        return Compare("eq", constant(int(node.value)), constant(1))
    if name in ("And", "Or"):
        first, second = condition_of(state, node.a), condition_of(state, node.b)
        return None if first is None or second is None else Logic(name.lower(), (first, second))
    if name == "Not":
        inner = condition_of(state, node.a)
        return None if inner is None else negated(inner)
    if name == "Var":
        bound = state.bindings.get(identity(node))
        return bound if isinstance(bound, (Compare, Logic)) else None
    if name == "Call" and call_name(node).endswith("likely"):
        return condition_of(state, node.args[0])
    if name not in _COMPARISONS or not _whole(node.a) or _reads(node.a) or _reads(node.b):
        return None
    left, right = index_of(state, node.a), index_of(state, node.b)
    if name in ("GT", "GE"):
        return Compare("lt" if name == "GT" else "le", right, left)
    return negated(Compare("eq", left, right)) if name == "NE" else Compare(_COMPARISONS[name], left, right)


def _reads(node: Node) -> bool:
    if kind(node) == "BufferLoad":
        return True
    parts = [
        getattr(node, name) for name in ("a", "b", "value") if hasattr(getattr(node, name, None), "dtype")
    ]
    return any(_reads(part) for part in (*parts, *(getattr(node, "args", None) or ())))


def value_of(state: State, node: Node) -> Value:
    """The value an expression stands for. Functions without an op stay in the tree with their name."""
    name = kind(node)
    if isinstance(node, (int, float)) or name in ("IntImm", "FloatImm"):
        return Const(float(node if isinstance(node, (int, float)) else node.value))
    if name == "Var":
        bound = state.bindings.get(identity(node))
        if isinstance(bound, _VALUES):
            return bound
        return _position(state, node)
    if name == "Cast":
        inner = value_of(state, node.value)
        return inner if isinstance(inner, Const) else Cast(str(node.dtype), inner, state.place)
    if name == "BufferLoad":
        return read(
            state, buffer_of(state, node.buffer), tuple(index_of(state, index) for index in node.indices)
        )
    if name in _ARITHMETIC:
        if _whole(node) and not _reads(node):
            return _position(state, node)
        return Apply(_ARITHMETIC[name], (value_of(state, node.a), value_of(state, node.b)), state.place)
    if name in _COMPARISONS:
        return Apply(_COMPARISONS[name], (value_of(state, node.a), value_of(state, node.b)), state.place)
    if name == "Select":
        return _choice(state, node.condition, node.true_value, node.false_value)
    if name == "Call" and call_name(node) in _CHOICES:
        return _choice(state, *node.args)
    if name == "Call" and call_name(node).startswith(("tirx.", "tir.")) and len(node.args) > 0:
        function = call_name(node).split(".", 1)[1]
        return Apply(function, tuple(value_of(state, argument) for argument in node.args), state.place)
    state.refuse(
        f"{call_name(node) if name == 'Call' else name} is not understood in an expression", str(node)
    )


def _position(state: State, node: Node) -> Value:
    index = index_of(state, node)
    if not index.is_constant:
        state.refuse(
            "a value computed from a loop variable is outside the families this version plans", text(index)
        )
    return Const(float(index.constant))


def _choice(state: State, test: Node, then: Node, otherwise: Node) -> Value:
    condition = condition_of(state, test)
    first, second = value_of(state, then), value_of(state, otherwise)
    if condition is not None:
        known = truth(condition)
        return Select(condition, first, second) if known is None else (first if known else second)
    return Apply("where", (value_of(state, test), first, second), state.place)


def buffer_of(state: State, buffer: Node) -> Parameter | Local:
    """The parameter or local buffer that owns the memory of `buffer`. Refuses views of another shape."""
    key = identity(buffer.data)
    owner = state.parameters.get(key) or state.locals.get(key)
    if owner is None:
        state.refuse(f"the buffer {buffer.name} is neither a parameter nor allocated in the kernel")
    shape = tuple(fixed(state, extent) for extent in buffer.shape)
    if shape != owner.shape:
        state.refuse(
            f"{buffer.name} is a view of {owner.name} with another shape", shape, (str(owner.shape),)
        )
    return owner


def fixed(state: State, extent: Node) -> int:
    """A size that must be a number."""
    index = index_of(state, extent)
    if not index.is_constant:
        state.refuse("a size is not constant", text(index))
    return index.constant


def read(state: State, buffer: Parameter | Local, index: tuple[Index, ...]) -> Value:
    """The element of a buffer at `index`."""
    if isinstance(buffer, Parameter):
        return Load(buffer.position, index, buffer.dtype)
    if state.nest:
        written = state.nest_writes.get(buffer.key)
        if written is not None and written != index:
            _race(state, buffer)
        state.nest_reads.setdefault(buffer.key, set()).add(index)
    tile = state.tile(buffer)
    return substituted(tile.value, dict(zip(tile.axes, index, strict=True)))


def _race(state: State, buffer: Local) -> NoReturn:
    state.refuse(f"T.Parallel reads {buffer.name} at another position than the one it writes")


def check_race(state: State, buffer: Local, index: tuple[Index, ...]) -> None:
    """Refuse a parallel store to a buffer that the same loop nest reads elsewhere."""
    if any(seen != index for seen in state.nest_reads.get(buffer.key, ())):
        _race(state, buffer)
