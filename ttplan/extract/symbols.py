"""Names of dims as the source writes them: the M and K of `A: T.Tensor((M, K), dtype)`.

They name the dims of the extracted Kernel and tell which parameters are sizes; nothing else depends on them.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

_SHAPED = ("Tensor", "Buffer", "empty", "StridedTensor")
_SHAPED_BLOCKS = ("alloc_shared", "alloc_fragment", "alloc_local")


def dim_symbols(
    function: ast.FunctionDef | None,
    buffers: Sequence[tuple[str, tuple[int, ...]]],
    arguments: Mapping[str, Any],
) -> tuple[tuple[str | None, ...], ...]:
    """For every buffer the source's name of each dim, or None.

    function: the definition the kernel was traced from. buffers: (name, shape) in ABI order. arguments:
    values of the function's parameters; they decide between shapes like `(K, M) if transposed else (M, K)`.
    """
    shapes = _declared(function) if function is not None else {}
    assigned = _assigned(function) if function is not None else {}
    result: list[tuple[str | None, ...]] = []
    for name, shape in buffers:
        expression = _resolved(shapes.get(name), assigned, arguments, 0)
        if isinstance(expression, (ast.Tuple, ast.List)) and len(expression.elts) == len(shape):
            result.append(
                tuple(
                    one.id if isinstance(one, ast.Name) and arguments.get(one.id, size) == size else None
                    for one, size in zip(expression.elts, shape, strict=True)
                )
            )
        else:
            result.append((None,) * len(shape))
    return tuple(result)


def size_names(function: ast.FunctionDef | None) -> frozenset[str]:
    """Names that can only be numbers of elements: they stand in the shape of a tensor or of a block."""
    if function is None:
        return frozenset()
    assigned = _assigned(function)
    pending: list[ast.expr] = list(_declared(function).values())
    pending += [
        node.args[0]
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and node.args and _last_name(node.func) in _SHAPED_BLOCKS
    ]
    found: set[str] = set()
    while pending:
        expression = pending.pop()
        if isinstance(expression, (ast.Tuple, ast.List)):
            pending += expression.elts
        elif isinstance(expression, ast.BinOp):
            pending += [expression.left, expression.right]
        elif isinstance(expression, ast.IfExp):
            pending += [expression.body, expression.orelse]
        elif isinstance(expression, ast.Call) and _last_name(expression.func) == "ceildiv":
            pending += expression.args
        elif isinstance(expression, ast.Name) and expression.id not in found:
            found.add(expression.id)
            pending += [assigned[expression.id]] if expression.id in assigned else []
    return frozenset(found)


def _last_name(function: ast.expr) -> str:
    return ast.unparse(function).split(".")[-1]


def _declared(function: ast.FunctionDef) -> dict[str, ast.expr]:
    """Shape expression of every annotated tensor and every T.empty."""
    found: dict[str, ast.expr] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            name, value = node.arg, node.annotation
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name, value = node.target.id, node.annotation
        elif (
            isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
        ):
            name, value = node.targets[0].id, node.value
        else:
            continue
        shape = _shape(value)
        if shape is not None:
            found.setdefault(name, shape)
    return found


def _shape(value: ast.expr | None) -> ast.expr | None:
    if isinstance(value, ast.Call) and _last_name(value.func) in _SHAPED and value.args:
        return value.args[0]
    if isinstance(value, ast.Subscript) and _last_name(value.value) in _SHAPED:
        return value.slice.elts[0] if isinstance(value.slice, ast.Tuple) and value.slice.elts else None
    return None


def _assigned(function: ast.FunctionDef) -> dict[str, ast.expr]:
    """Names that are assigned exactly once."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, []).append(node.value)
    return {name: values[0] for name, values in found.items() if len(values) == 1}


def _resolved(
    expression: ast.expr | None, assigned: Mapping[str, ast.expr], arguments: Mapping[str, Any], depth: int
) -> ast.expr | None:
    if depth > 8:
        return None
    if isinstance(expression, ast.Name):
        return _resolved(assigned.get(expression.id), assigned, arguments, depth + 1)
    if isinstance(expression, ast.IfExp):
        test = expression.test
        negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
        name = test.operand if isinstance(test, ast.UnaryOp) and negated else test
        if not isinstance(name, ast.Name) or not isinstance(arguments.get(name.id), (bool, int)):
            return None
        chosen = expression.body if bool(arguments[name.id]) != negated else expression.orelse
        return _resolved(chosen, assigned, arguments, depth + 1)
    return expression
