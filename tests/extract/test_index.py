"""Index arithmetic, formulas and coverage, without TileLang."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttplan.errors import InputError
from ttplan.extract import parse_define, parse_target
from ttplan.extract.coverage import covers_once, implied, output_dimensions
from ttplan.extract.index import (
    Compare,
    Index,
    Logic,
    Variable,
    add,
    combine,
    constant,
    evaluate,
    holds,
    multiply,
    negated,
    substitute,
    text,
    truth,
    variable,
)
from ttplan.extract.polynomial import Algebra
from ttplan.extract.state import Parameter, State, Store
from ttplan.extract.value import Apply, Const, Load, widens

ROW, COLUMN, DEPTH = (Variable(serial, name) for serial, name in ((1, "i"), (2, "j"), (3, "k")))
GRID = np.arange(24) // 6 - 1, np.arange(24) % 6 + 1
POINTS = {ROW: GRID[0], COLUMN: GRID[1]}

indices = st.recursive(
    st.integers(-9, 9).map(constant) | st.sampled_from([variable(ROW), variable(COLUMN)]),
    lambda inner: st.tuples(
        st.sampled_from(["add", "mul", "floordiv", "floormod", "min", "max"]), inner, inner
    ),
    max_leaves=6,
)


def built(tree: object) -> tuple[Index, np.ndarray[tuple[int, ...], np.dtype[np.int64]]] | None:
    """The Index of a tree and its values computed directly, or None where the tree is no index."""
    if isinstance(tree, Index):
        return tree, evaluate(tree, POINTS)
    assert isinstance(tree, tuple)
    operator, left, right = tree[0], built(tree[1]), built(tree[2])
    if left is None or right is None:
        return None
    if operator == "add":
        return add(left[0], right[0]), left[1] + right[1]
    if operator == "mul":
        product = multiply(left[0], right[0])
        return None if product is None else (product, left[1] * right[1])
    if operator in ("floordiv", "floormod"):
        if np.any(right[1] == 0):
            return None
        values = left[1] // right[1] if operator == "floordiv" else left[1] % right[1]
    else:
        values = np.minimum(left[1], right[1]) if operator == "min" else np.maximum(left[1], right[1])
    combined = combine(operator, left[0], right[0])
    return None if combined is None else (combined, values)


@settings(max_examples=200, deadline=None)
@given(indices)
def test_an_index_has_the_values_of_its_expression(tree: object) -> None:
    pair = built(tree)
    if pair is not None:
        assert np.array_equal(evaluate(pair[0], POINTS), pair[1])
        moved = substitute(pair[0], {ROW: add(variable(ROW), constant(2))})
        assert np.array_equal(evaluate(moved, POINTS), evaluate(pair[0], {ROW: GRID[0] + 2, COLUMN: GRID[1]}))


def test_equal_expressions_are_equal_values() -> None:
    block = add(Index(0), variable(ROW), 128)
    assert add(block, variable(COLUMN)) == add(variable(COLUMN), block)
    assert combine("floordiv", block, constant(64)) == add(Index(0), variable(ROW), 2)
    assert combine("floormod", block, constant(64)) == constant(0)
    assert combine("floordiv", block, constant(0)) is None
    assert text(add(add(block, variable(COLUMN)), constant(-1))) == "i*128 + j + -1"


def test_truncating_division_rounds_to_zero() -> None:
    quotient, rest = (combine(name, variable(ROW), constant(3)) for name in ("truncdiv", "truncmod"))
    assert quotient is not None and rest is not None
    points = {ROW: np.array([-7, -3, -1, 0, 1, 8])}
    assert evaluate(quotient, points).tolist() == [-2, -1, 0, 0, 0, 2]
    assert evaluate(rest, points).tolist() == [-1, 0, -1, 0, 1, 2]


def test_conditions_without_variables_are_true_or_false() -> None:
    for operator, expected in (
        ("lt", [True, False, False]),
        ("le", [True, True, False]),
        ("eq", [False, True, False]),
    ):
        found = [truth(Compare(operator, constant(value), constant(0))) for value in (-1, 0, 1)]
        assert found == expected
        assert [truth(negated(Compare(operator, constant(v), constant(0)))) for v in (-1, 0, 1)] == [
            not value for value in expected
        ]
    unknown, true = Compare("lt", variable(ROW), constant(3)), Compare("eq", constant(1), constant(1))
    assert truth(unknown) is None
    assert truth(Logic("and", (unknown, true))) is None and truth(Logic("or", (unknown, true))) is True
    assert truth(Logic("and", (unknown, negated(true)))) is False
    assert truth(Compare("eq", variable(ROW), variable(ROW))) is True


def test_a_negated_comparison_is_its_opposite() -> None:
    less = Compare("lt", variable(ROW), variable(COLUMN))
    assert np.array_equal(holds(negated(less), POINTS), ~holds(less, POINTS))
    same = Compare("eq", variable(ROW), variable(COLUMN))
    assert np.array_equal(holds(negated(same), POINTS), ~holds(same, POINTS))
    assert negated(negated(same)) == same


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["lt", "le"]), st.booleans(), st.integers(-3, 12), st.integers(1, 10))
def test_implied_conditions_hold_inside_the_tensor(operator: str, upper: bool, bound: int, size: int) -> None:
    sides = (variable(ROW), constant(bound))
    condition = Compare(operator, *(sides if upper else sides[::-1]))
    inside = bool(np.all(holds(condition, {ROW: np.arange(size)})))
    assert implied(condition, (variable(ROW),), (size,)) == inside


def store(
    state: State, index: tuple[Index, ...], shape: tuple[int, ...], loops: tuple[Variable, ...]
) -> Store:
    axes = tuple(v for v in state.extents if v not in loops)
    return Store(Parameter(0, "C", shape, "float32"), index, Const(0.0), axes, loops, (), "line 1")


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 40), st.integers(1, 9), st.integers(1, 9), st.integers(0, 3))
def test_a_grid_is_accepted_exactly_when_it_reaches_every_element(
    size: int, block: int, grid: int, skip: int
) -> None:
    state = State("f", extents={ROW: grid, COLUMN: block})
    position = add(add(Index(skip * block), variable(ROW), block), variable(COLUMN))
    reached = {i * block + j + skip * block for i in range(grid) for j in range(block)}
    complete = set(range(size)) <= reached
    try:
        dimensions = output_dimensions(state, store(state, (position,), (size,), (ROW,)))
    except InputError as error:
        assert not complete and "does not cover C" in str(error)
    else:
        assert complete and dimensions[0].block == block


def test_overlapping_blocks_are_no_tiling() -> None:
    state = State("f", extents={ROW: 8, COLUMN: 8})
    position = add(add(Index(0), variable(ROW), 4), variable(COLUMN))
    with pytest.raises(InputError, match="overlap"):
        output_dimensions(state, store(state, (position,), (36,), (ROW,)))


def test_dims_that_share_a_loop_are_proven_together() -> None:
    state = State("f", extents={ROW: 4})
    with pytest.raises(InputError, match="found '4 of 16 blocks of 1 x 1'"):
        output_dimensions(state, store(state, (variable(ROW), variable(ROW)), (4, 4), (ROW,)))
    row, column = (combine(name, variable(ROW), constant(4)) for name in ("floordiv", "floormod"))
    assert row is not None and column is not None
    whole = State("f", extents={ROW: 16})
    assert len(output_dimensions(whole, store(whole, (row, column), (4, 4), (ROW,)))) == 2


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 30), st.integers(1, 6), st.integers(1, 6), st.integers(1, 6))
def test_a_sum_meets_each_element_once_or_is_refused(size: int, steps: int, stride: int, block: int) -> None:
    state = State("f", extents={ROW: steps, COLUMN: block})
    position = add(add(Index(0), variable(ROW), stride), variable(COLUMN))
    met = sorted(i * stride + j for i in range(steps) for j in range(block) if i * stride + j < size)
    assert covers_once(state, position, size) == (met == list(range(size)))


def test_formulas_are_equal_up_to_order_and_digits() -> None:
    x, y = (Load(place, (variable(DEPTH),), "float32") for place in range(2))
    algebra = Algebra()

    def of(function: str, *arguments: object) -> Apply:
        return Apply(function, tuple(Const(a) if isinstance(a, float) else a for a in arguments))  # type: ignore[misc]

    assert algebra.equal(of("mul", of("add", x, y), 0.5), of("add", of("div", y, 2.0), of("mul", 0.5, x)))
    assert algebra.equal(of("mul", x, 0.7071), of("mul", 0.70710678, x))
    assert not algebra.equal(of("mul", x, 0.70), of("mul", 0.70710678, x))
    assert not algebra.equal(of("sub", x, y), of("sub", y, x))
    assert algebra.equal(of("sub", x, x), Const(0.0))
    assert not algebra.equal(of("erf", x), of("erf", y))
    assert not algebra.equal(of("erf", x), of("tanh", x))
    power = of("add", x, y)
    for _ in range(9):
        power = of("mul", power, power)
    assert not algebra.equal(power, x)


@pytest.mark.parametrize(
    ("narrow", "wide", "expected"),
    [
        ("float16", "float32", True),
        ("bfloat16", "float32", True),
        ("float32", "float16", False),
        ("bfloat16", "float16", False),
        ("float16", "bfloat16", False),
        ("float16", "float16", True),
        ("int32", "float32", False),
    ],
)
def test_a_cast_changes_nothing_when_the_wide_format_has_all_values(
    narrow: str, wide: str, expected: bool
) -> None:
    assert widens(narrow, wide) is expected


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("M=1024", ("M", 1024)),
        ("scale=0.5", ("scale", 0.5)),
        ("turned=True", ("turned", True)),
        ("turned=false", ("turned", False)),
        ("dtype=bfloat16", ("dtype", "bfloat16")),
        (" M = -3 ", ("M", -3)),
    ],
)
def test_defines_are_parsed(given_text: str, expected: tuple[str, object]) -> None:
    name, value = parse_define(given_text)
    assert (name, value) == expected and type(value) is type(expected[1])


@pytest.mark.parametrize("wrong", ["M", "=4", "M=", "3M=4", ""])
def test_malformed_defines_are_refused(wrong: str) -> None:
    with pytest.raises(InputError, match="a define is NAME=VALUE"):
        parse_define(wrong)


def test_targets_are_a_file_and_perhaps_a_name() -> None:
    assert parse_target("a/b.py:matmul") == (Path("a/b.py"), "matmul")
    assert parse_target("a/b.py") == (Path("a/b.py"), None)
    assert parse_target("C:/b.py") == (Path("C:/b.py"), None)


def test_without_tilelang_the_error_names_the_extra(tmp_path: Path) -> None:
    kernel = tmp_path / "kernel.py"
    kernel.write_text("import tilelang\n")
    code = (
        "import sys; sys.modules['tilelang'] = None\n"
        "from pathlib import Path; from ttplan.extract import extract; from ttplan.errors import InputError\n"
        "try: extract(Path(sys.argv[1]))\n"
        "except InputError as error: print(error)\n"
    )
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", code, str(kernel)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.stdout.startswith(f"{kernel}: TileLang kernels need the package tilelang")
    assert done.stdout.strip().endswith('allowed: pip install "ttplan[tilelang]"')
