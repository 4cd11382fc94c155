"""Equality of scalar formulas: values as polynomials over loads, sums and functions of polynomials.

Two formulas that differ only in the order and grouping of additions and products, in how a quotient is
written, or in the last digits of their constants have the same polynomial.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ttplan.extract.value import Apply, Cast, Const, Value

TOLERANCE = 1e-4
"""Relative error of a constant that still counts as the intended one (sources write sqrt(1/2) as 0.7071)."""

Monomial = tuple[int, ...]
"""Sorted numbers of the atoms that are multiplied; an atom that stands twice is squared."""
Polynomial = dict[Monomial, float]
MAX_TERMS = 256
"""Formulas with more terms are not compared."""


class TooLarge(Exception):
    """The polynomial has too many terms to be useful."""


@dataclass
class Algebra:
    """Numbers the atoms (loads, sums, functions) of formulas, so that equal ones get equal numbers."""

    leaves: dict[Value, int] = field(default_factory=dict)
    functions: list[tuple[str, Polynomial, int]] = field(default_factory=list)
    known: dict[Value, Polynomial] = field(default_factory=dict)
    count: int = 0

    def polynomial(self, value: Value) -> Polynomial:
        """The polynomial of a value. Raises TooLarge."""
        if value not in self.known:
            self.known[value] = self._polynomial(value)
        return self.known[value]

    def equal(self, left: Value, right: Value) -> bool:
        """True when the two values are one formula; False also when they are too large to tell."""
        try:
            return same(self.polynomial(left), self.polynomial(right))
        except TooLarge:
            return False

    def _polynomial(self, value: Value) -> Polynomial:
        if isinstance(value, Const):
            return {(): value.value} if value.value != 0 else {}
        if not isinstance(value, Apply):
            return {(self._leaf(value),): 1.0}
        arguments = [self.polynomial(argument) for argument in value.arguments]
        name = value.function
        if name in ("add", "sub"):
            return total(arguments[0], arguments[1], 1.0 if name == "add" else -1.0)
        if name == "mul":
            return product(arguments[0], arguments[1])
        if name == "div":
            return product(arguments[0], self._reciprocal(arguments[1]))
        if name == "pow" and set(arguments[1]) == {()} and arguments[1][()] in (1.0, 2.0, 3.0):
            result = arguments[0]
            for _ in range(int(arguments[1][()]) - 1):
                result = product(result, arguments[0])
            return result
        if name == "exp2":
            return self._function("exp", product(arguments[0], {(): math.log(2.0)}))
        if name == "max" and not all(arguments):
            return self._function("relu", arguments[0] or arguments[1])
        if name == "where":
            return self._where(value)
        if len(arguments) == 1:
            return self._function(name, arguments[0])
        return {(self._leaf(value),): 1.0}

    def _where(self, value: Apply) -> Polynomial:
        """`x > 0 ? x : 0` in its eight spellings is relu(x)."""
        test, then, otherwise = value.arguments
        if isinstance(test, Apply) and test.function in ("lt", "le", "gt", "ge"):
            difference = total(self.polynomial(test.arguments[0]), self.polynomial(test.arguments[1]), -1.0)
            chosen = self.polynomial(then), self.polynomial(otherwise)
            if test.function in ("lt", "le"):
                difference = product(difference, {(): -1.0})
            if not chosen[1] and same(difference, chosen[0]):
                return self._function("relu", chosen[0])
            if not chosen[0] and same(product(difference, {(): -1.0}), chosen[1]):
                return self._function("relu", chosen[1])
        return {(self._leaf(value),): 1.0}

    def _reciprocal(self, polynomial: Polynomial) -> Polynomial:
        """1 / p; 1 / (1 + exp(-x)) becomes sigmoid(x)."""
        if set(polynomial) == {()}:
            return {(): 1.0 / polynomial[()]}
        rest = {monomial: factor for monomial, factor in polynomial.items() if monomial != ()}
        if close(polynomial.get((), 0.0), 1.0) and len(rest) == 1:
            (monomial, factor), *_ = rest.items()
            for name, inner, number in self.functions:
                if name == "exp" and monomial == (number,) and close(factor, 1.0):
                    return self._function("sigmoid", product(inner, {(): -1.0}))
        return self._function("reciprocal", polynomial)

    def _function(self, name: str, argument: Polynomial) -> Polynomial:
        for known, polynomial, number in self.functions:
            if known == name and same(polynomial, argument):
                return {(number,): 1.0}
        self.count += 1
        self.functions.append((name, argument, self.count))
        return {(self.count,): 1.0}

    def _leaf(self, value: Value) -> int:
        if isinstance(value, Cast):
            value = Cast(value.dtype, value.value)
        if value not in self.leaves:
            self.count += 1
            self.leaves[value] = self.count
        return self.leaves[value]


def total(left: Polynomial, right: Polynomial, factor: float) -> Polynomial:
    """`left + factor * right`, without terms that cancel."""
    result = dict(left)
    for monomial, coefficient in right.items():
        value = result.get(monomial, 0.0) + factor * coefficient
        if abs(value) <= TOLERANCE * abs(coefficient * factor):
            result.pop(monomial, None)
        else:
            result[monomial] = value
    return _limited(result)


def product(left: Polynomial, right: Polynomial) -> Polynomial:
    """The expanded product."""
    result: Polynomial = {}
    for first, a in left.items():
        for second, b in right.items():
            monomial = tuple(sorted((*first, *second)))
            result[monomial] = result.get(monomial, 0.0) + a * b
    return _limited(result)


def _limited(polynomial: Polynomial) -> Polynomial:
    if len(polynomial) > MAX_TERMS:
        raise TooLarge
    return polynomial


def same(left: Polynomial, right: Polynomial) -> bool:
    """Equal terms, with coefficients equal up to TOLERANCE."""
    return left.keys() == right.keys() and all(
        close(factor, right[monomial]) for monomial, factor in left.items()
    )


def close(left: float, right: float) -> bool:
    """Equal up to TOLERANCE, relatively."""
    return abs(left - right) <= TOLERANCE * max(abs(left), abs(right))
