"""What a kernel computes for one element, as a tree: loads of parameters, arithmetic, sums over loops.

The interpreter gives every shared and fragment buffer such a tree over its own positions; nothing here knows
TileLang.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Union

from ttplan.extract.index import (
    Condition,
    Index,
    Variable,
    condition_variables,
    substitute,
    substitute_condition,
    variables,
)


@dataclass(frozen=True)
class Const:
    """A number."""

    value: float


@dataclass(frozen=True)
class Load:
    """One element of a kernel parameter, zero outside its shape. parameter: its position."""

    parameter: int
    index: tuple[Index, ...]
    dtype: str


@dataclass(frozen=True)
class Apply:
    """An elementwise function of values. place: where the source asked for it, for messages only."""

    function: str
    arguments: tuple[Value, ...]
    place: str = field(default="", compare=False)


@dataclass(frozen=True)
class Cast:
    """A value rounded to a format."""

    dtype: str
    value: Value
    place: str = field(default="", compare=False)


@dataclass(frozen=True)
class Select:
    """`then` where an index condition holds, `otherwise` elsewhere."""

    condition: Condition
    then: Value
    otherwise: Value


@dataclass(frozen=True)
class Sum:
    """The sum of a value over variables. dtype: the format it is accumulated in."""

    over: tuple[Variable, ...]
    value: Value
    dtype: str


@dataclass(frozen=True)
class Carried:
    """The value a buffer had when the iteration of a loop began."""

    loop: Variable
    buffer: int
    index: tuple[Index, ...]


@dataclass(frozen=True)
class Undefined:
    """A value this version cannot describe; an error only when something is computed from it."""

    reason: str


Value = Union[Const, Load, Apply, Cast, Select, Sum, Carried, Undefined]


def children(value: Value) -> tuple[Value, ...]:
    """Direct operands."""
    if isinstance(value, Apply):
        return value.arguments
    if isinstance(value, (Cast, Sum)):
        return (value.value,)
    return (value.then, value.otherwise) if isinstance(value, Select) else ()


def walk(value: Value) -> Iterator[Value]:
    """The value and everything below it, from the outside in."""
    yield value
    for child in children(value):
        yield from walk(child)


def with_children(value: Value, parts: tuple[Value, ...]) -> Value:
    """The same node with other operands."""
    if isinstance(value, Apply):
        return replace(value, arguments=parts)
    if isinstance(value, (Cast, Sum)):
        return replace(value, value=parts[0])
    return replace(value, then=parts[0], otherwise=parts[1]) if isinstance(value, Select) else value


def substituted(value: Value, values: Mapping[Variable, Index]) -> Value:
    """The value with variables replaced by indices."""
    if isinstance(value, (Load, Carried)):
        return replace(value, index=tuple(substitute(index, values) for index in value.index))
    if isinstance(value, Select):
        condition = substitute_condition(value.condition, values)
        return Select(condition, substituted(value.then, values), substituted(value.otherwise, values))
    return with_children(value, tuple(substituted(child, values) for child in children(value)))


def value_variables(value: Value) -> Iterator[Variable]:
    """Every variable the value depends on, the ones a sum runs over included."""
    for node in walk(value):
        if isinstance(node, (Load, Carried)):
            for index in node.index:
                yield from variables(index)
        elif isinstance(node, Select):
            yield from condition_variables(node.condition)


def addends(value: Value) -> tuple[Value, ...]:
    """The operands of nested additions, in source order."""
    if isinstance(value, Apply) and value.function == "add":
        return tuple(leaf for argument in value.arguments for leaf in addends(argument))
    return (value,)


_MANTISSA_EXPONENT = {
    "float64": (53, 11),
    "float32": (24, 8),
    "bfloat16": (8, 8),
    "float16": (11, 5),
}


def widens(narrow: str, wide: str) -> bool:
    """True when every value of the first format is one of the second: the cast changes nothing."""
    if narrow == wide:
        return True
    if narrow not in _MANTISSA_EXPONENT or wide not in _MANTISSA_EXPONENT:
        return False
    inner, outer = _MANTISSA_EXPONENT[narrow], _MANTISSA_EXPONENT[wide]
    return inner[0] <= outer[0] and inner[1] <= outer[1]


def dtype_of(value: Value) -> str | None:
    """The format a value is computed in, None for numbers and undefined values."""
    if isinstance(value, (Load, Cast, Sum)):
        return value.dtype
    return next((dtype for dtype in map(dtype_of, children(value)) if dtype is not None), None)


def without_exact_casts(value: Value) -> Value:
    """The value without the casts that change no number."""
    value = with_children(value, tuple(without_exact_casts(child) for child in children(value)))
    if isinstance(value, Cast):
        inner = dtype_of(value.value)
        if inner is not None and widens(inner, value.dtype):
            return value.value
    return value
