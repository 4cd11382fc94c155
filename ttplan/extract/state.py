"""State of the interpreter: parameters, buffers, loops and guards, and where in the kernel it stands."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn, Union

from ttplan.errors import InputError
from ttplan.extract.index import Condition, Index, Variable
from ttplan.extract.value import Undefined, Value

Node = Any
"""A node of TileLang's TIR. Nodes are told apart by class name, so that nothing here imports TileLang."""


@dataclass(frozen=True)
class Parameter:
    """A tensor parameter. position: its place in the ABI order. shape: elements."""

    position: int
    name: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class Local:
    """A shared or fragment buffer. shape: elements."""

    key: int
    name: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class Tile:
    """Contents of a local buffer: a value over one variable per dimension."""

    axes: tuple[Variable, ...]
    value: Value


@dataclass(frozen=True)
class Store:
    """A write to a parameter: `value` goes to `index` for all `axes` positions and `loops` iterations."""

    parameter: Parameter
    index: tuple[Index, ...]
    value: Value
    axes: tuple[Variable, ...]
    loops: tuple[Variable, ...]
    guards: tuple[Condition, ...]
    place: str


Binding = Union[Index, Value, Condition]


@dataclass
class State:
    """Everything known at one point of the kernel.

    extents: iterations of every variable, which all count from 0 by 1. nest: the surrounding T.Parallel axes.
    """

    kernel: str
    file: str | None = None
    parameters: dict[int, Parameter] = field(default_factory=dict)
    locals: dict[int, Local] = field(default_factory=dict)
    tiles: dict[int, Tile] = field(default_factory=dict)
    bindings: dict[int, Binding] = field(default_factory=dict)
    extents: dict[Variable, int] = field(default_factory=dict)
    blocks: list[Variable] = field(default_factory=list)
    loops: list[Variable] = field(default_factory=list)
    guards: list[Condition] = field(default_factory=list)
    nest: list[Variable] = field(default_factory=list)
    nest_guards: list[Condition] = field(default_factory=list)
    nest_reads: dict[int, set[tuple[Index, ...]]] = field(default_factory=dict)
    nest_writes: dict[int, tuple[Index, ...]] = field(default_factory=dict)
    stores: list[Store] = field(default_factory=list)
    stages: int | None = None
    place: str = ""
    line: int = 0
    created: int = 0

    def fresh(self, name: str, extent: int | None) -> Variable:
        """A new variable. extent: its iterations, None when its loop has not been met yet."""
        self.created += 1
        created = Variable(self.created, name)
        if extent is not None:
            self.extents[created] = extent
        return created

    def refuse(self, message: str, found: object = None, allowed: Iterable[object] = ()) -> NoReturn:
        """Raise InputError at the statement that is being read."""
        raise refusal(self.kernel, self.place, message, found, allowed)

    def tile(self, local: Local) -> Tile:
        """Contents of a local buffer."""
        if local.key not in self.tiles:
            axes = tuple(self.fresh(f"i{place}", extent) for place, extent in enumerate(local.shape))
            self.tiles[local.key] = Tile(axes, Undefined(f"{local.name} is read before it is written"))
        return self.tiles[local.key]

    @contextmanager
    def at(self, statement: Node, path: str) -> Iterator[None]:
        """Stand at a statement: its source line when TileLang recorded it, else the path of the statement.

        A statement that comes from a macro of another file stands after the last line that was read.
        """
        before = self.place
        found = _position("get_stmt_span", statement)
        if found is None:
            self.place = before if self.line else path
        elif found[0] == self.file:
            self.line = found[1]
            self.place = f"line {found[1]}"
        elif self.line:
            self.place = f"after line {self.line}"
        yield
        self.place = before


def refusal(
    kernel: str, place: str, message: str, found: object = None, allowed: Iterable[object] = ()
) -> InputError:
    """The error for a construct that is not extracted."""
    return InputError(
        ", ".join(part for part in (f"kernel {kernel}", place) if part), message, found, allowed
    )


def identity(node: Node) -> int:
    """Identity of a TIR object: wrappers of one object share it, two variables of one name do not."""
    return hash(node)


def kind(node: Node) -> str:
    """Class name of a TIR node."""
    return type(node).__name__


def call_name(node: Node) -> str:
    """Name of the operator of a Call."""
    return str(getattr(node.op, "name", node.op))


def source_file(function: Node) -> str | None:
    """File a PrimFunc was written in, or None when it was built without spans."""
    found = _position("get_prim_func_span", function)
    return None if found is None else found[0]


def _position(getter: str, node: Node) -> tuple[str, int] | None:
    """File and line of a node, or None."""
    try:
        spans = importlib.import_module("tilelang.ir")
        found = spans.span_to_location(getattr(spans, getter)(node))
    except (ImportError, AttributeError, TypeError, ValueError):
        return None
    return None if found is None else (str(found[0]), int(found[1]))


def numbers(items: Sequence[int]) -> str:
    """Shape as text."""
    return " x ".join(str(item) for item in items)
