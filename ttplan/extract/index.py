"""Index arithmetic: the integer expressions that say which element a loop touches.

An index is affine in variables (block indices, loop variables, positions inside a tile) and in non-affine
terms such as `floordiv(block, 8)`, which are kept whole. Two indices that are equal as values of this module
are equal everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Union

if TYPE_CHECKING:
    import numpy.typing

    Points = numpy.typing.NDArray[numpy.int64]
else:
    Points = Any


@dataclass(frozen=True)
class Variable:
    """A loop variable or a position inside a tile. serial: its identity; the name only serves messages."""

    serial: int
    name: str


@dataclass(frozen=True)
class Quotient:
    """A non-affine term. operator: floordiv, floormod, truncdiv, truncmod, min or max of two indices."""

    operator: str
    left: Index
    right: Index


Term = Union[Variable, Quotient]


@dataclass(frozen=True)
class Index:
    """`constant` plus the sum of coefficient times term; no coefficient is zero and no term stands twice."""

    constant: int
    terms: frozenset[tuple[Term, int]] = frozenset()

    @property
    def is_constant(self) -> bool:
        """True when no variable is left."""
        return not self.terms


def constant(value: int) -> Index:
    """The index that is always `value`."""
    return Index(value)


def variable(term: Term) -> Index:
    """The index that is one term."""
    return Index(0, frozenset({(term, 1)}))


def add(left: Index, right: Index, factor: int = 1) -> Index:
    """`left + factor * right`."""
    terms = dict(left.terms)
    for term, coefficient in right.terms:
        terms[term] = terms.get(term, 0) + factor * coefficient
    return Index(
        left.constant + factor * right.constant, frozenset((t, c) for t, c in terms.items() if c != 0)
    )


def multiply(left: Index, right: Index) -> Index | None:
    """The product, or None when neither side is constant."""
    if right.is_constant:
        return add(Index(0), left, right.constant)
    return add(Index(0), right, left.constant) if left.is_constant else None


_EXACT: dict[str, Callable[[int, int], int]] = {
    "floordiv": lambda a, b: a // b,
    "floormod": lambda a, b: a % b,
    "truncdiv": lambda a, b: abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1),
    "truncmod": lambda a, b: abs(a) % abs(b) * (-1 if a < 0 else 1),
    "min": min,
    "max": max,
}


def combine(operator: str, left: Index, right: Index) -> Index | None:
    """floordiv, floormod, truncdiv, truncmod, min or max of two indices; None for a division by zero."""
    divides = operator not in ("min", "max")
    if divides and right == Index(0):
        return None
    if left.is_constant and right.is_constant:
        return Index(_EXACT[operator](left.constant, right.constant))
    if divides and right.is_constant:
        divisor = right.constant
        if left.constant % divisor == 0 and all(coefficient % divisor == 0 for _, coefficient in left.terms):
            if operator.endswith("mod"):
                return Index(0)
            return Index(left.constant // divisor, frozenset((t, c // divisor) for t, c in left.terms))
    return variable(Quotient(operator, left, right))


def variables(index: Index) -> Iterator[Variable]:
    """Every variable of the index, inside non-affine terms too."""
    for term, _ in index.terms:
        if isinstance(term, Variable):
            yield term
        else:
            yield from variables(term.left)
            yield from variables(term.right)


def substitute(index: Index, values: Mapping[Variable, Index]) -> Index:
    """The index with variables replaced."""
    result = Index(index.constant)
    for term, coefficient in index.terms:
        result = add(result, _replaced(term, values), coefficient)
    return result


def _replaced(term: Term, values: Mapping[Variable, Index]) -> Index:
    if isinstance(term, Variable):
        return values.get(term, variable(term))
    combined = combine(term.operator, substitute(term.left, values), substitute(term.right, values))
    return variable(term) if combined is None else combined


@dataclass(frozen=True)
class Compare:
    """`left operator right` with operator lt, le or eq."""

    operator: str
    left: Index
    right: Index


@dataclass(frozen=True)
class Logic:
    """and, or, not of conditions."""

    operator: str
    parts: tuple[Condition, ...]


Condition = Union[Compare, Logic]


def negated(condition: Condition) -> Condition:
    """The opposite condition."""
    if isinstance(condition, Compare) and condition.operator != "eq":
        return Compare("le" if condition.operator == "lt" else "lt", condition.right, condition.left)
    if isinstance(condition, Logic) and condition.operator == "not":
        return condition.parts[0]
    return Logic("not", (condition,))


def truth(condition: Condition) -> bool | None:
    """The condition as a truth value when it is the same everywhere, else None."""
    if isinstance(condition, Compare):
        difference = add(condition.left, condition.right, -1)
        if not difference.is_constant:
            return None
        value = difference.constant
        return value == 0 if condition.operator == "eq" else value < (1 if condition.operator == "le" else 0)
    parts = [truth(part) for part in condition.parts]
    if condition.operator == "not":
        return None if parts[0] is None else not parts[0]
    decides = condition.operator == "or"
    if decides in parts:
        return decides
    return None if None in parts else not decides


def conjuncts(condition: Condition) -> tuple[Condition, ...]:
    """The parts of a conjunction, or the condition itself."""
    if isinstance(condition, Logic) and condition.operator == "and":
        return tuple(leaf for part in condition.parts for leaf in conjuncts(part))
    return (condition,)


def condition_variables(condition: Condition) -> Iterator[Variable]:
    """Every variable a condition reads."""
    if isinstance(condition, Compare):
        yield from variables(condition.left)
        yield from variables(condition.right)
    else:
        for part in condition.parts:
            yield from condition_variables(part)


def substitute_condition(condition: Condition, values: Mapping[Variable, Index]) -> Condition:
    """The condition with variables replaced."""
    if isinstance(condition, Compare):
        return Compare(
            condition.operator, substitute(condition.left, values), substitute(condition.right, values)
        )
    return Logic(condition.operator, tuple(substitute_condition(part, values) for part in condition.parts))


def evaluate(index: Index, points: Mapping[Variable, Points]) -> Points:
    """Values of the index at every point. points: one array of equal shape per variable."""
    import numpy as np

    result: Points = np.full(_shape(points), index.constant, dtype=np.int64)
    for term, coefficient in index.terms:
        if isinstance(term, Variable):
            result = result + coefficient * points[term]
            continue
        left, right = evaluate(term.left, points), evaluate(term.right, points)
        if term.operator in ("min", "max"):
            value = np.minimum(left, right) if term.operator == "min" else np.maximum(left, right)
        elif term.operator == "floordiv":
            value = left // right
        elif term.operator == "floormod":
            value = left % right
        elif term.operator == "truncdiv":
            value = np.sign(left) * np.sign(right) * (np.abs(left) // np.abs(right))
        else:
            value = np.fmod(left, right)
        result = result + coefficient * value
    return result


def holds(condition: Condition, points: Mapping[Variable, Points]) -> Any:
    """Truth of the condition at every point, as a boolean array."""
    import numpy as np

    if isinstance(condition, Compare):
        left, right = evaluate(condition.left, points), evaluate(condition.right, points)
        if condition.operator == "lt":
            return left < right
        return left <= right if condition.operator == "le" else left == right
    parts = [holds(part, points) for part in condition.parts]
    if condition.operator == "not":
        return ~parts[0]
    joined = parts[0]
    for part in parts[1:]:
        joined = np.logical_and(joined, part) if condition.operator == "and" else np.logical_or(joined, part)
    return joined


def _shape(points: Mapping[Variable, Points]) -> tuple[int, ...]:
    return next((array.shape for array in points.values()), (1,))


@lru_cache(maxsize=4096)
def text(index: Index) -> str:
    """The index as people write it; the order of the terms depends on names only."""
    parts = sorted((_term_text(term), coefficient) for term, coefficient in index.terms)
    shown = [name if factor == 1 else f"{name}*{factor}" for name, factor in parts]
    if index.constant or not shown:
        shown.append(str(index.constant))
    return " + ".join(shown)


def _term_text(term: Term) -> str:
    if isinstance(term, Variable):
        return term.name
    sign = {"floordiv": "//", "floormod": "%", "truncdiv": "//", "truncmod": "%"}.get(term.operator)
    left, right = text(term.left), text(term.right)
    if sign is None:
        return f"{term.operator}({left}, {right})"
    return f"({_wrapped(left)} {sign} {_wrapped(right)})"


def _wrapped(shown: str) -> str:
    return f"({shown})" if " " in shown and not shown.startswith("(") else shown
