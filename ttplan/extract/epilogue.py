"""The chain of operations between a gemm and its output: which ops of the kernel language a formula is.

The formula is peeled from the outside in. An activation is recognised by comparing the formula with the
definition of the activation applied to one of its own parts, so that every way to write it is found.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from ttplan.extract.polynomial import Algebra
from ttplan.extract.state import State, refusal
from ttplan.extract.value import (
    Apply,
    Cast,
    Const,
    Load,
    Select,
    Sum,
    Value,
    addends,
    walk,
    widens,
)
from ttplan.ops import OPS


@dataclass(frozen=True)
class Step:
    """One operation of the chain. operand: the added tensor. value: the factor. dtype: of a cast."""

    op: str
    operand: Load | None = None
    value: float | None = None
    dtype: str | None = None
    note: str = ""


def _sigmoid(x: Value) -> Value:
    return Apply("sigmoid", (x,))


def _silu(x: Value) -> Value:
    return Apply("mul", (x, _sigmoid(x)))


def _tanh_sigmoid(x: Value) -> Value:
    half = Apply("mul", (Const(0.5), Apply("tanh", (Apply("mul", (Const(0.5), x)),))))
    return Apply("add", (Const(0.5), half))


def _gelu_erf(x: Value) -> Value:
    inner = Apply("erf", (Apply("mul", (Const(math.sqrt(0.5)), x)),))
    return Apply("mul", (Apply("mul", (Const(0.5), x)), Apply("add", (Const(1.0), inner))))


def _gelu_inner(x: Value) -> Value:
    cube = Apply("mul", (Const(0.044715), Apply("mul", (x, Apply("mul", (x, x))))))
    return Apply("mul", (Const(math.sqrt(2.0 / math.pi)), Apply("add", (x, cube))))


def _gelu_tanh(x: Value) -> Value:
    inner = Apply("tanh", (_gelu_inner(x),))
    return Apply("mul", (Apply("mul", (Const(0.5), x)), Apply("add", (Const(1.0), inner))))


def _gelu_sigmoid(x: Value) -> Value:
    return Apply("mul", (x, _sigmoid(Apply("mul", (Const(2.0), _gelu_inner(x))))))


_ACTIVATIONS = (
    ("relu", "", lambda x: Apply("max", (x, Const(0.0)))),
    ("sigmoid", "", _sigmoid),
    ("sigmoid", "", _tanh_sigmoid),
    ("silu", "", _silu),
    ("silu", "", lambda x: Apply("mul", (x, _tanh_sigmoid(x)))),
    ("gelu", "gelu in its erf form", _gelu_erf),
    ("gelu", "gelu in its tanh form", _gelu_tanh),
    ("gelu", "gelu in its tanh form", _gelu_sigmoid),
)


def chain(state: State, value: Value, dtype: str, place: str) -> tuple[Sum, tuple[Step, ...]]:
    """The gemm under a value and the steps from the gemm to the value, innermost first.

    dtype: format of the output; a last cast to it is the write-back and no step. place: of the store.
    Raises InputError for the first function that no op of the kernel language stands for.
    """
    algebra = Algebra()
    steps: list[Step] = []
    current = value
    while not isinstance(current, Sum):
        step, current = _peel(state, algebra, current, place)
        steps.append(step)
    return current, _tidied(tuple(reversed(steps)), current.dtype, dtype)


def _peel(state: State, algebra: Algebra, value: Value, place: str) -> tuple[Step, Value]:
    """The outermost step of a value and what it is applied to."""
    if isinstance(value, Cast):
        return Step("cast", dtype=value.dtype), value.value
    if isinstance(value, Select):
        raise refusal(state.kernel, place, "a value chosen by a condition on the position is not understood")
    if not isinstance(value, Apply):
        raise refusal(state.kernel, place, _WITHOUT_GEMM)
    place = value.place or place
    if not _has_sum(value):
        raise refusal(state.kernel, place, _WITHOUT_GEMM)
    for op, note, definition in _ACTIVATIONS:
        for part in _parts(value):
            if algebra.equal(value, definition(part)):
                return Step(op, note=note), part
    return _linear(state, value, place)


_WITHOUT_GEMM = "no gemm reaches the output; elementwise kernels are outside the families this version plans"


def _has_sum(value: Value) -> bool:
    return any(isinstance(node, Sum) for node in walk(value))


def _parts(value: Apply) -> Iterator[Value]:
    """Distinct parts of a formula that contain the gemm, from the outside in; not the parts of the gemm."""
    seen: list[Value] = []
    pending: list[Value] = list(value.arguments)
    while pending:
        part = pending.pop(0)
        if part in seen or not _has_sum(part):
            continue
        seen.append(part)
        yield part
        if isinstance(part, Apply):
            pending.extend(part.arguments)
        elif isinstance(part, Cast):
            pending.append(part.value)


def _linear(state: State, value: Apply, place: str) -> tuple[Step, Value]:
    """A scale by a constant or the addition of a tensor."""
    with_sum = [argument for argument in value.arguments if _has_sum(argument)]
    others = [argument for argument in value.arguments if not _has_sum(argument)]
    if _gemms(value) > 1:
        message = f"{_gemms(value)} gemms in one output are outside the families this version plans"
        raise refusal(state.kernel, place, message)
    if value.function == "sub" and value.arguments[0] == Const(0.0):
        return Step("scale", value=-1.0), value.arguments[1]
    if len(with_sum) == 1 and len(others) == 1 and isinstance(others[0], Const):
        factor = others[0].value
        if value.function == "mul":
            return Step("scale", value=factor), with_sum[0]
        if value.function == "div" and value.arguments[0] is with_sum[0] and factor != 0:
            return Step("scale", value=1.0 / factor), with_sum[0]
    if value.function == "add" and len(with_sum) == 1:
        *rest, operand = addends(others[0])
        inner = with_sum[0]
        for other in rest:
            inner = Apply("add", (inner, other), value.place)
        return Step("add", operand=_operand(state, operand, place)), inner
    _unknown(state, value, place)


def _gemms(value: Value) -> int:
    found: list[Value] = []
    for node in walk(value):
        if isinstance(node, Sum) and node not in found:
            found.append(node)
    return len(found)


def _operand(state: State, value: Value, place: str) -> Load:
    """The tensor of an addition."""
    if isinstance(value, Cast) and isinstance(value.value, Load):
        message = f"an added tensor is rounded from {value.value.dtype} to {value.dtype} first"
        raise refusal(state.kernel, place, message)
    if not isinstance(value, Load):
        what = "a constant" if isinstance(value, Const) else "a formula of tensors"
        raise refusal(state.kernel, place, f"adding {what} has no op in the kernel language", None, _ops())
    return value


def _unknown(state: State, value: Apply, place: str) -> NoReturn:
    name = value.function
    if name in ("where", "mul", "add", "sub", "div"):
        inside = [
            part.function
            for part in walk(value)
            if isinstance(part, Apply) and part.function not in _ALGEBRAIC
        ]
        name = f"{name} with {inside[0]}" if inside else name
    message = f"the elementwise function {name} has no op in the kernel language"
    raise refusal(state.kernel, place, message, None, _ops())


_ALGEBRAIC = ("where", "mul", "add", "sub", "div", "lt", "le", "gt", "ge")


def _ops() -> tuple[str, ...]:
    return tuple(name for name, kind in OPS.items() if kind.kind != "contract")


def _tidied(steps: tuple[Step, ...], accumulated: str, written: str) -> tuple[Step, ...]:
    """Without casts that change nothing, with neighbouring scales joined.

    Rounding and relu commute exactly, so that a rounding before a final relu is the write-back too.
    """
    result: list[Step] = []
    current = accumulated
    for step in steps:
        if step.op == "cast" and step.dtype is not None:
            if not widens(current, step.dtype) and (not result or result[-1] != step):
                result.append(step)
            current = step.dtype
        elif step.op == "scale" and result and result[-1].op == "scale":
            factor = (result.pop().value or 0.0) * (step.value or 0.0)
            result.append(Step("scale", value=factor))
        elif step.op == "relu" and result and result[-1].op == "cast":
            result.insert(len(result) - 1, step)
        else:
            result.append(step)
        if result and result[-1].op == "scale" and result[-1].value == 1.0:
            result.pop()
    if result and result[-1].op == "cast" and result[-1].dtype == written:
        result.pop()
    return tuple(result)
