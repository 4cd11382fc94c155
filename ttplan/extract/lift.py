"""From what the interpreter saw to a Kernel: dims from index maps, roles from dataflow, blocks as hints."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from ttplan.document import validate
from ttplan.extract.coverage import Dimension, covers_once, implied, output_dimensions, without_unit_axes
from ttplan.extract.epilogue import Step, chain
from ttplan.extract.index import Index, add, conjuncts, constant, text, variable, variables
from ttplan.extract.state import Parameter, State, Store, numbers, refusal
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
    children,
    walk,
    with_children,
    without_exact_casts,
)
from ttplan.formats import format_of
from ttplan.kernel import Kernel

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_REDUCTION = -1
"""Number of the summed dim; output dims are numbered from 0."""


@dataclass
class Lift:
    """One lift: the store that is explained and the dims found so far.

    sizes: elements per dim number. maps: dim numbers of every parameter, slowest first.
    symbols: for the position of a parameter the source's names of its dims.
    """

    state: State
    store: Store
    output: tuple[Dimension, ...]
    symbols: Mapping[int, tuple[str | None, ...]]
    sizes: dict[int, int]
    maps: dict[int, tuple[int, ...]]
    reduction: Index | None = None

    def refuse(self, message: str, found: object = None, allowed: Sequence[object] = ()) -> NoReturn:
        """Raise InputError at the store."""
        raise refusal(self.state.kernel, self.store.place, message, found, allowed)


def lift(state: State, symbols: Mapping[int, tuple[str | None, ...]], source: str | None) -> Kernel:
    """The Kernel that computes what the interpreted function computes.

    symbols: for the position of a parameter the source's name of each of its dims, or None.
    Raises InputError when the loops do not cover the iteration space or a step has no counterpart.
    """
    store = without_unit_axes(state, _only_store(state))
    value = without_exact_casts(store.value)
    output = output_dimensions(state, store)
    work = Lift(state, store, output, symbols, {}, {})
    value = _without_bound_checks(work, value)
    for node in walk(value):
        if isinstance(node, Undefined):
            work.refuse(node.reason)
        if isinstance(node, Carried):
            work.refuse(f"the value of {state.locals[node.buffer].name} depends on an unfinished loop")
    out = _output_map(work)
    gemm, steps = chain(state, value, store.parameter.dtype, store.place)
    left, right = _operands(work, gemm, out)
    operands = [step.operand for step in steps if step.operand is not None]
    for load in (left, right, *operands):
        _map(work, load, out)
    _check_orders(work, left, right, operands, out)
    _check_roles(work)
    return _kernel(work, left, right, steps, source, gemm.dtype)


def _only_store(state: State) -> Store:
    if not state.stores:
        raise refusal(state.kernel, "", "the kernel stores nothing to a parameter")
    first, *others = state.stores
    for other in others:
        what = "in two places" if other.parameter == first.parameter else f"beside {first.parameter.name}"
        raise refusal(
            state.kernel,
            other.place,
            f"{other.parameter.name} is stored {what}; one output with one store is what this version plans",
        )
    return first


def _without_bound_checks(work: Lift, value: Value) -> Value:
    """Selects whose condition is true inside the tensors: they only repeat what bounds already do."""
    value = with_children(value, tuple(_without_bound_checks(work, child) for child in children(value)))
    if not isinstance(value, Select):
        return value
    parts = conjuncts(value.condition)
    position, shape = tuple(d.position for d in work.output), tuple(d.size for d in work.output)
    if all(implied(part, position, shape) for part in parts):
        return value.then
    inner = value.then.value if isinstance(value.then, Cast) else value.then
    if isinstance(inner, Load) and value.otherwise == Const(0.0):
        bounds = _parameter(work.state, inner.parameter).shape
        if all(implied(part, inner.index, bounds) for part in parts):
            return value.then
    return value


def _parameter(state: State, position: int) -> Parameter:
    return next(known for known in state.parameters.values() if known.position == position)


def _output_map(work: Lift) -> tuple[int, ...]:
    """Numbers of the output's dims; a leading dim of one element at a constant place is no dim."""
    parameter = work.store.parameter
    found: list[int] = []
    for place, dimension in enumerate(work.output):
        if dimension.position == constant(0) and dimension.size == 1 and not found:
            continue
        work.sizes[place] = dimension.size
        found.append(place)
    if len(found) < 2:
        work.refuse(
            f"the output {parameter.name} has no rows and columns",
            numbers(parameter.shape),
            ("two dims or more",),
        )
    work.maps[parameter.position] = tuple(found)
    return tuple(found)


def _operands(work: Lift, gemm: Sum, out: tuple[int, ...]) -> tuple[Load, Load]:
    """The two tensors of the gemm, the one with the output's rows first."""
    product = gemm.value
    loads = product.arguments if isinstance(product, Apply) and product.function == "mul" else ()
    operands = [operand for operand in loads if isinstance(operand, Load)]
    if len(operands) != 2:
        for operand in loads:
            if isinstance(operand, Cast) and isinstance(operand.value, Load):
                name = _parameter(work.state, operand.value.parameter).name
                work.refuse(
                    f"{name} is rounded to {operand.dtype} before the gemm; give the tensor that format"
                )
            if any(isinstance(node, Sum) for node in walk(operand)):
                work.refuse("a gemm of a gemm is outside the families this version plans")
        work.refuse("an operand of the gemm is computed, not loaded; outside the families this version plans")
    for load in operands:
        _find_reduction(work, load, gemm)
    rows, columns = (work.output[place].position for place in out[-2:])
    if rows in operands[1].index and columns in operands[0].index:
        operands.reverse()
    return operands[0], operands[1]


def _find_reduction(work: Lift, load: Load, gemm: Sum) -> None:
    """Note which index of a load is summed, and prove that the sum meets every element of that dim once."""
    parameter = _parameter(work.state, load.parameter)
    summed = set(gemm.over)
    places = [place for place, index in enumerate(load.index) if summed & set(variables(index))]
    if len(places) != 1:
        found = ", ".join(text(load.index[place]) for place in places)
        work.refuse(f"{parameter.name} is summed over {len(places)} of its dims", found or None, ("one dim",))
    index, size = load.index[places[0]], parameter.shape[places[0]]
    foreign = sorted(v.name for v in set(variables(index)) - summed)
    if foreign:
        message = f"the sum over {parameter.name} is split over {foreign[0]}; split-K is not planned"
        work.refuse(message, text(index))
    if set(variables(index)) != summed:
        work.refuse(f"a loop around the gemm adds the same block of {parameter.name} again", text(index))
    if not covers_once(work.state, index, size):
        steps = " x ".join(str(work.state.extents[v]) for v in sorted(summed, key=lambda one: one.serial))
        found = f"{text(index)} with {steps} iterations"
        work.refuse(f"the K loop does not meet each of the {size} elements of {parameter.name} once", found)
    if work.reduction is None:
        work.reduction, work.sizes[_REDUCTION] = index, size
    elif work.reduction != index:
        work.refuse(
            "the two operands of the gemm are summed at different places",
            text(index),
            (text(work.reduction),),
        )
    elif work.sizes[_REDUCTION] != size:
        work.refuse(
            f"the operands of the gemm disagree on K: {parameter.name} has {size}",
            size,
            (work.sizes[_REDUCTION],),
        )


def _map(work: Lift, load: Load, out: tuple[int, ...]) -> None:
    """Find the dims of a loaded parameter and check their sizes."""
    parameter = _parameter(work.state, load.parameter)
    by_position = {work.output[place].position: place for place in out}
    if work.reduction is not None:
        by_position[work.reduction] = _REDUCTION
    found: list[int] = []
    for place, (index, size) in enumerate(zip(load.index, parameter.shape, strict=True)):
        if index == constant(0) and size == 1 and not found:
            continue
        dim = by_position.get(index)
        if dim is None:
            allowed = [text(known) for known in by_position]
            work.refuse(
                f"dim {place} of {parameter.name} is read at a place that is no loop of the output",
                text(index),
                allowed,
            )
        if work.sizes[dim] != size:
            message = f"dim {place} of {parameter.name} does not have the size of the loop that reads it"
            work.refuse(message, size, (work.sizes[dim],))
        found.append(dim)
    known = work.maps.setdefault(parameter.position, tuple(found))
    if parameter.position == work.store.parameter.position:
        work.refuse(f"{parameter.name} is both read and written; this version plans no in-place kernels")
    if known != tuple(found):
        work.refuse(f"{parameter.name} is read with two different index maps")


def _check_orders(
    work: Lift, left: Load, right: Load, operands: Sequence[Load], out: tuple[int, ...]
) -> None:
    batch, rows, columns = out[:-2], out[-2], out[-1]
    for load, pair in ((left, {rows, _REDUCTION}), (right, {_REDUCTION, columns})):
        dims, name = work.maps[load.parameter], _parameter(work.state, load.parameter).name
        if set(dims[-2:]) != pair or dims[:-2] not in (batch, ()):
            work.refuse(
                f"the operand {name} needs all batch dims or none first, and its matrix dims last",
                _dims_text(work, dims),
            )
    for load in operands:
        dims, name = work.maps[load.parameter], _parameter(work.state, load.parameter).name
        if dims not in (out, (columns,)):
            allowed = (_dims_text(work, out), _dims_text(work, (columns,)))
            work.refuse(
                f"the added tensor {name} is neither a full operand nor a bias row",
                _dims_text(work, dims),
                allowed,
            )


def _check_roles(work: Lift) -> None:
    for parameter in work.state.parameters.values():
        if parameter.position not in work.maps:
            work.refuse(f"the parameter {parameter.name} is neither read nor written by the result")


def _dims_text(work: Lift, dims: Sequence[int]) -> str:
    names = _dim_names(work)
    return "[" + ", ".join(names[dim] for dim in dims) + "]"


def _dim_names(work: Lift) -> dict[int, str]:
    """Names of the dims: the source's symbol when all tensors agree on it and no other dim has it, or d0."""
    candidates: dict[int, set[str]] = {dim: set() for dim in work.sizes}
    for position, dims in work.maps.items():
        names = work.symbols.get(position, ())
        for dim, name in zip(reversed(dims), reversed(names), strict=False):
            if name is not None and _NAME.fullmatch(name):
                candidates[dim].add(name)
    result: dict[int, str] = {}
    for number, (dim, names_) in enumerate(candidates.items()):
        others = {name for other, known in candidates.items() if other != dim for name in known}
        own = sorted(names_ - others) if len(names_) == 1 else []
        result[dim] = own[0] if own else f"d{number}"
    return result


def _kernel(
    work: Lift, left: Load, right: Load, steps: Sequence[Step], source: str | None, accumulated: str
) -> Kernel:
    state, store = work.state, work.store
    names = _dim_names(work)
    ordered = sorted(state.parameters.values(), key=lambda parameter: parameter.position)
    buffers: list[dict[str, Any]] = []
    for parameter in ordered:
        dtype = format_of(parameter.dtype, f"kernel {state.kernel}, parameter {parameter.name}").name
        dims = [names[dim] for dim in work.maps[parameter.position]]
        role = "out" if parameter == store.parameter else "in"
        buffers.append({"name": parameter.name, "dims": dims, "dtype": dtype, "io": role})
    taken = {parameter.name for parameter in ordered}
    ops: list[dict[str, Any]] = []
    sources = [_parameter(state, load.parameter).name for load in (left, right)]
    for place, step in enumerate((Step("matmul"), *steps)):
        out = (
            store.parameter.name
            if place == len(steps)
            else _unused("acc" if place == 0 else f"t{place}", taken)
        )
        if step.operand is not None:
            sources.append(_parameter(state, step.operand.parameter).name)
        op: dict[str, Any] = {"op": step.op, "in": list(sources), "out": out}
        if step.op == "scale":
            op["value"] = step.value
        if step.dtype is not None and place < len(steps):
            dims = [names[dim] for dim in work.maps[store.parameter.position]]
            buffers.append({"name": out, "dims": dims, "dtype": format_of(step.dtype).name})
        ops.append(op)
        sources = [out]
    notes = [f"accumulates in {accumulated}", *(step.note for step in steps if step.note)]
    document = {
        "name": state.kernel,
        "dims": {
            names[dim]: work.sizes[dim]
            for dim in sorted(work.sizes, key=lambda dim: (dim == _REDUCTION, dim))
        },
        "buffers": buffers,
        "ops": ops,
        "compute": {"fp32_dest_acc_en": accumulated == "float32"},
        "hints": {
            "block": _blocks(work, names),
            "num_stages": state.stages,
            "source": "; ".join(([source] if source else []) + notes),
        },
    }
    return validate(Kernel, document)


def _blocks(work: Lift, names: dict[int, str]) -> dict[str, int]:
    """Elements of each dim that one thread block of the source works on at a time."""
    blocks = {names[dim]: work.output[dim].block for dim in work.maps[work.store.parameter.position]}
    if work.reduction is not None:
        inner = [
            v for v in variables(work.reduction) if add(work.reduction, variable(v), -1) != work.reduction
        ]
        unit = [v for v in inner if (v, 1) in work.reduction.terms]
        blocks[names[_REDUCTION]] = min((work.state.extents[v] for v in unit), default=1)
    return blocks


def _unused(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name
