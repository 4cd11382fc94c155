"""Proof that the loops walk the iteration space: every output tile is written, every k is summed once.

All sizes are numbers, so the proof is by enumeration of the thread blocks and loop iterations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ttplan.extract.index import (
    Compare,
    Condition,
    Index,
    Points,
    Variable,
    add,
    condition_variables,
    conjuncts,
    constant,
    evaluate,
    holds,
    substitute,
    substitute_condition,
    text,
    variable,
    variables,
)
from ttplan.extract.state import State, Store, numbers, refusal
from ttplan.extract.value import substituted

MAX_POINTS = 1 << 24
"""Most block and loop iterations enumerated for one proof; beyond it the kernel is refused."""


@dataclass(frozen=True)
class Dimension:
    """One dimension of the output. position: the element a store touches; block: elements per block."""

    position: Index
    size: int
    block: int


def without_unit_axes(state: State, store: Store) -> Store:
    """The same store with tile axes of extent 1 replaced by 0."""
    zeros = {axis: constant(0) for axis in store.axes if state.extents[axis] == 1}
    return replace(
        store,
        index=tuple(substitute(index, zeros) for index in store.index),
        value=substituted(store.value, zeros),
        axes=tuple(axis for axis in store.axes if axis not in zeros),
        guards=tuple(substitute_condition(guard, zeros) for guard in store.guards),
    )


def implied(condition: Condition, index: Sequence[Index], shape: Sequence[int]) -> bool:
    """True when the condition holds for every `index` inside `shape`."""
    if not isinstance(condition, Compare) or condition.operator == "eq":
        return False
    slack = 1 if condition.operator == "lt" else 0
    for position, size in zip(index, shape, strict=True):
        above = add(add(condition.right, condition.left, -1), position)
        if above.is_constant and above.constant - slack >= size - 1:
            return True
        below = add(add(condition.right, condition.left, -1), position, -1)
        if below.is_constant and below.constant >= slack:
            return True
    return False


def output_dimensions(state: State, store: Store) -> tuple[Dimension, ...]:
    """The dimensions of the output, after proving that its blocks cover it.

    Raises InputError when a block is not a whole aligned tile, when tiles are missed, or when a guard cuts
    elements.
    """
    dimensions = []
    for index, size in zip(store.index, store.parameter.shape, strict=True):
        axes = [axis for axis in store.axes if axis in set(variables(index))]
        block = state.extents[axes[0]] if axes else 1
        origin = add(index, variable(axes[0]), -1) if axes else index
        if len(axes) > 1 or any(axis in set(variables(origin)) for axis in axes):
            _refuse(state, store, f"{store.parameter.name} is not written tile by tile", text(index))
        dimensions.append((Dimension(index, size, block), origin))
    used = {axis for index in store.index for axis in variables(index)}
    if any(axis not in used for axis in store.axes):
        _refuse(state, store, f"several positions of a tile write one element of {store.parameter.name}")
    guards = []
    for guard in (part for whole in store.guards for part in conjuncts(whole)):
        if implied(guard, store.index, store.parameter.shape):
            continue
        if set(condition_variables(guard)) & set(store.axes):
            _refuse(
                state,
                store,
                f"the store to {store.parameter.name} is guarded by more than the bounds of the tensor",
            )
        guards.append(guard)
    _prove_cover(state, store, dimensions, guards)
    return tuple(dimension for dimension, _ in dimensions)


def _prove_cover(
    state: State, store: Store, dimensions: Sequence[tuple[Dimension, Index]], guards: Sequence[Condition]
) -> None:
    """Dimensions that share no loop are proven one by one; the product of two covers is a cover."""
    for group in _components([set(variables(origin)) for _, origin in dimensions], guards):
        members = [dimensions[place] for place in group]
        used = {v for _, origin in members for v in variables(origin)}
        relevant = [
            guard for guard in guards if not used or used & set(condition_variables(guard)) or not members
        ]
        used |= {v for guard in relevant for v in condition_variables(guard)}
        points = _points(state, store, used)
        reached = np.ones(_length(points), dtype=bool)
        for guard in relevant:
            reached &= holds(guard, points)
        tile = np.zeros(_length(points), dtype=np.int64)
        total = 1
        for dimension, origin in members:
            start = evaluate(origin, points)
            inside = start < dimension.size
            if np.any(reached & ((start < 0) | (inside & (start % dimension.block != 0)))):
                _refuse(
                    state,
                    store,
                    f"the blocks of {store.parameter.name} overlap or start before it",
                    text(origin),
                )
            reached &= inside
            tiles = -(-dimension.size // dimension.block)
            tile = tile * tiles + start // dimension.block
            total *= tiles
        written = int(np.unique(tile[reached]).size)
        if written != total:
            shape = numbers([dimension.size for dimension, _ in members])
            found = f"{written} of {total} blocks of {numbers([d.block for d, _ in members])}"
            _refuse(state, store, f"the grid does not cover {store.parameter.name} ({shape} elements)", found)


def _components(used: Sequence[set[Variable]], guards: Sequence[Condition]) -> list[list[int]]:
    """Groups of dimensions connected by common variables or by a guard, in order of their first dimension."""
    links = [*used, *(set(condition_variables(guard)) for guard in guards)]
    groups: list[tuple[list[int], set[Variable]]] = []
    for place, names in enumerate(links):
        member = [place] if place < len(used) else []
        touching = [group for group in groups if group[1] & names]
        merged = sorted(member + [one for group in touching for one in group[0]])
        groups = [group for group in groups if not group[1] & names]
        groups.append((merged, names.union(*(group[1] for group in touching))))
    return sorted(group for group, _ in groups if group)


def covers_once(state: State, positions: Index, size: int) -> bool:
    """True when the positions contain each of 0..size-1 exactly once and nothing below 0."""
    points = _grid(state, set(variables(positions)))
    if points is None:
        return False
    values = evaluate(positions, points)
    inside = values[values < size]
    return bool(np.all(values >= 0)) and inside.size == size and int(np.unique(inside).size) == size


def _points(state: State, store: Store, used: set[Variable]) -> Mapping[Variable, Points]:
    unknown = sorted(
        v.name for v in used if v not in state.extents or (v not in store.loops and v not in store.axes)
    )
    if unknown:
        _refuse(
            state,
            store,
            f"{store.parameter.name} is stored at a place that depends on a finished loop",
            unknown[0],
        )
    points = _grid(state, used)
    if points is None:
        found = f"more than {MAX_POINTS} iterations"
        _refuse(state, store, f"the grid of {store.parameter.name} is too large to be proven", found)
        raise AssertionError
    return points


def _grid(state: State, used: set[Variable]) -> dict[Variable, Points] | None:
    ordered = sorted(used, key=lambda one: one.serial)
    count = 1
    for one in ordered:
        count *= state.extents[one]
    if count > MAX_POINTS:
        return None
    ranges = [np.arange(state.extents[one], dtype=np.int64) for one in ordered]
    return {
        one: axis.reshape(-1) for one, axis in zip(ordered, np.meshgrid(*ranges, indexing="ij"), strict=True)
    }


def _length(points: Mapping[Variable, Points]) -> int:
    return next((int(array.size) for array in points.values()), 1)


def _refuse(state: State, store: Store, message: str, found: object = None) -> None:
    raise refusal(state.kernel, store.place, message, found)
