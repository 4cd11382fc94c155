"""Finds the kernels of a loaded file and traces the chosen one to a PrimFunc with the user's sizes.

TileLang writes kernels in four ways: an eager `@tilelang.jit` function, a lazy one that returns a prim_func,
a plain factory that returns a prim_func, and a prim_func itself; `@tilelang.autotune` may stand on top of the
first two.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union

from ttplan.errors import BadInputs, InputError, Problem
from ttplan.extract.source import (
    RAISED,
    Failure,
    Source,
    constant_names,
    described,
    function_node,
    line_of,
    raised,
)
from ttplan.extract.state import refusal
from ttplan.extract.symbols import size_names
from ttplan.kernel import MAX_ELEMENTS_PER_DIM, MAX_FLOAT32

Define = Union[int, float, str, bool]


@dataclass(frozen=True)
class Candidate:
    """A kernel of the file. form: eager or lazy jit, autotuned ones too, `factory`, or `prim_func`.

    node: the definition it is made of, when the file has it.
    """

    name: str
    form: str
    target: Any
    node: ast.FunctionDef | None = None


@dataclass(frozen=True)
class Traced:
    """A PrimFunc. sizes: defines that are left for its dynamic dims and runtime scalars."""

    function: Any
    sizes: dict[str, float]
    arguments: dict[str, Any]


def candidates(source: Source) -> tuple[Candidate, ...]:
    """Kernels of the file in source order."""
    found = []
    for name in source.defined:
        form = _form(source, name, source.names[name])
        if form is not None:
            found.append(Candidate(name, form, source.names[name], _node(source, name)))
    return tuple(found)


def _form(source: Source, name: str, value: Any) -> str | None:
    kind = type(value).__name__
    if kind == "PrimFunc":
        return "prim_func"
    if kind == "AutoTuneImpl":
        return "autotuned jit"
    if kind == "JITImpl":
        return "jit"
    if not inspect.isfunction(value):
        return None
    node = function_node(source, name)
    inner = (
        [child for child in ast.walk(node) if isinstance(child, ast.FunctionDef) and child is not node]
        if node
        else []
    )
    for child in inner:
        if any(ast.unparse(one).split("(")[0].split(".")[-1] == "prim_func" for one in child.decorator_list):
            return "factory"
    return None


def _node(source: Source, name: str) -> ast.FunctionDef | None:
    """The definition behind a name, behind `name = tilelang.jit(function)` too."""
    value = source.names[name]
    wrapped = getattr(getattr(value, "jit_impl", value), "func", None)
    return function_node(source, name) or function_node(source, getattr(wrapped, "__name__", name))


def choose(source: Source, name: str | None) -> Candidate:
    """The kernel called `name`, or the only one of the file. Raises InputError listing the kernels."""
    file = str(source.path)
    found = candidates(source)
    names = [candidate.name for candidate in found]
    if name is not None:
        for candidate in found:
            if candidate.name == name:
                return candidate
        failures = source.missing | source.failed
        if name in failures:
            raise _undefined(source, {name: failures[name]})
        raise InputError(f"{source.path.name}:NAME", "no kernel of the file has this name", name, names, file)
    if not found and source.failed:
        raise _undefined(source, source.failed)
    if not found:
        absent = f"; imports that failed: {described(source.missing)}" if source.missing else ""
        raise InputError("", f"the file has no TileLang kernel{absent}", file=file)
    if len(found) > 1:
        allowed = [f"{source.path.name}:{one}" for one in names]
        raise InputError("", f"the file has {len(found)} kernels; choose one", None, allowed, file)
    return found[0]


def _undefined(source: Source, failures: dict[str, Failure]) -> BadInputs:
    """What the file raised in place of a kernel, each failure once."""
    named = {failure: name for name, failure in reversed(failures.items())}
    problems = (
        Problem(f"line {failure.line}", f"{name} cannot be defined: {failure.text}")
        for failure, name in sorted(named.items(), key=lambda item: item[0].line)
    )
    return BadInputs(tuple(problems), str(source.path))


def trace(source: Source, candidate: Candidate, defines: Mapping[str, Define]) -> Traced:
    """Trace the kernel. Raises InputError for missing, unknown or unusable defines and failed traces."""
    target = candidate.target
    if candidate.form == "prim_func":
        dims, scalars = _runtime_names(target)
        _refuse_unknown(candidate, defines, (*dims, *scalars))
        return Traced(target, _sizes(candidate.name, defines, dims), {})
    implementation = target.jit_impl if candidate.form == "autotuned jit" else target
    signature = implementation.signature if candidate.form != "factory" else inspect.signature(target)
    tensors = set(implementation.func.tensor_args) if candidate.form != "factory" else set()
    node = candidate.node
    symbols = constant_names(node) if node is not None else None
    lengths = size_names(node)
    parameters = {
        name: parameter
        for name, parameter in signature.parameters.items()
        if name not in tensors and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    }
    arguments: dict[str, Any] = dict(_tunables(target)) if candidate.form == "autotuned jit" else {}
    arguments = {name: value for name, value in arguments.items() if name in parameters}
    rest: dict[str, Define] = {}
    for name, value in defines.items():
        if name in parameters:
            arguments[name] = _converted(candidate.name, name, value, parameters[name], lengths)
        else:
            rest[name] = value
    known = (*parameters, *(symbols or ()), *_annotated_scalars(node))
    if symbols is not None:
        _refuse_unknown(candidate, rest, known)
    sizes = _sizes(candidate.name, rest, symbols or ())
    missing = [name for name, p in parameters.items() if p.default is p.empty and name not in arguments]
    eager = candidate.form != "factory" and not _returns_prim_func(node)
    if eager:
        constants = _constants(node)
        missing += [name for name in constants if name not in sizes]
        arguments |= {name: size for name, size in sizes.items() if name in constants or symbols is None}
    if missing:
        shown = ", ".join(missing)
        allowed = [f"-D {name}=..." for name in missing]
        raise InputError("-D", f"{candidate.name} needs a value for {shown}", None, allowed, str(source.path))
    function = _traced(source, candidate, implementation, arguments)
    left = {name: size for name, size in sizes.items() if name not in arguments}
    return Traced(function, left, {**_defaults(parameters), **arguments})


def _traced(source: Source, candidate: Candidate, implementation: Any, arguments: Mapping[str, Any]) -> Any:
    call = implementation if candidate.form == "factory" else implementation.get_tir
    try:
        function = call(**arguments)
    except RAISED as error:
        # TileLang and TVM raise every kind of exception for a kernel they cannot build.
        line = line_of(source, error)
        place = "" if line is None else f"line {line}"
        message = f"TileLang cannot trace the kernel: {raised(source, error)}"
        if source.missing:
            message += f"; imports that failed: {described(source.missing)}"
        raise refusal(candidate.name, place, message) from None
    if type(function).__name__ != "PrimFunc":
        found = type(function).__name__
        raise InputError(
            candidate.name, "the factory does not return a prim_func", found, file=str(source.path)
        )
    return function


def _tunables(target: Any) -> Mapping[str, Any]:
    """The first configuration of an autotuner; tile sizes are hints, so any of them gives the same kernel."""
    configurations = target.configs
    if callable(configurations):
        try:
            configurations = configurations()
        except RAISED:
            # Configurations computed from arguments or a GPU: the user gives the tunables instead.
            return {}
    first = configurations[0] if isinstance(configurations, (list, tuple)) and configurations else {}
    return first if isinstance(first, Mapping) else {}


def _converted(
    owner: str, name: str, value: Define, parameter: inspect.Parameter, sizes: Container[str]
) -> Any:
    """The define in the type that the parameter has. Raises InputError when it cannot be."""
    path, default = f"-D {name}", parameter.default
    if isinstance(default, bool):
        if isinstance(value, bool) or value in (0, 1):
            return bool(value)
        raise InputError(path, f"{owner} takes a truth value here", value, ("true", "false"))
    if name in sizes:
        return _size(owner, name, value)
    if isinstance(default, int) or parameter.annotation in (int, "int"):
        return _whole(owner, name, value, "a whole number")
    if type(default).__name__ == "dtype" and isinstance(value, str):
        try:
            return type(default)(value)
        except Exception:
            raise InputError(path, "no TileLang format has this name", value, (str(default),)) from None
    return value


def _size(owner: str, name: str, value: Define) -> int:
    """The define as the size of a dim. Raises InputError."""
    allowed = f"1..{MAX_ELEMENTS_PER_DIM}"
    size = _whole(owner, name, value, allowed)
    if not 1 <= size <= MAX_ELEMENTS_PER_DIM:
        raise InputError(f"-D {name}", f"{owner} has no dim of this size", value, (allowed,))
    return size


def _whole(owner: str, name: str, value: Define, allowed: str) -> int:
    if isinstance(value, (str, bool)) or (isinstance(value, float) and not value.is_integer()):
        raise InputError(f"-D {name}", f"{owner} takes a whole number here", value, (allowed,))
    return int(value)


def _defaults(parameters: Mapping[str, inspect.Parameter]) -> dict[str, Any]:
    return {name: p.default for name, p in parameters.items() if p.default is not p.empty}


def _constants(node: ast.FunctionDef | None) -> tuple[str, ...]:
    """Names of T.const only; those of T.dynamic are bound later."""
    if node is None:
        return ()
    calls = [
        call
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and ast.unparse(call.func).split(".")[-1] == "const"
    ]
    return tuple(name for call in calls for name in constant_names(call) or ())


def _returns_prim_func(node: ast.FunctionDef | None) -> bool:
    inner = ast.walk(node) if node is not None else iter(())
    return any(
        isinstance(child, ast.FunctionDef)
        and any(ast.unparse(one).endswith("prim_func") for one in child.decorator_list)
        for child in inner
    )


def _annotated_scalars(node: ast.FunctionDef | None) -> tuple[str, ...]:
    """Parameters of inner functions that are not tensors: `alpha: T.float32`."""
    found: list[str] = []
    for child in ast.walk(node) if node is not None else ():
        if (
            isinstance(child, ast.arg)
            and child.annotation is not None
            and isinstance(child.annotation, ast.Attribute)
            and child.arg not in found
        ):
            found.append(child.arg)
    return tuple(found)


def _runtime_names(function: Any) -> tuple[list[str], list[str]]:
    """Dynamic dims and runtime scalars of a PrimFunc."""
    dims: list[str] = []
    scalars: list[str] = []
    for handle in function.params:
        if handle not in function.buffer_map:
            scalars.append(str(handle.name))
            continue
        for extent in function.buffer_map[handle].shape:
            if type(extent).__name__ == "Var" and str(extent.name) not in dims:
                dims.append(str(extent.name))
    return dims, scalars


def _refuse_unknown(candidate: Candidate, defines: Iterable[str], known: Sequence[str]) -> None:
    for name in defines:
        if name not in known:
            raise InputError("-D", f"{candidate.name} has no such parameter", name, known)


def _sizes(owner: str, defines: Mapping[str, Define], dims: Container[str]) -> dict[str, float]:
    """Defines of dims and of runtime scalars as numbers. Raises InputError."""
    return {
        name: _size(owner, name, value) if name in dims else _number(owner, name, value)
        for name, value in defines.items()
    }


def _number(owner: str, name: str, value: Define) -> float:
    """The define as a runtime scalar. Raises InputError."""
    if isinstance(value, (str, bool)) or not abs(value) <= MAX_FLOAT32:
        raise InputError(f"-D {name}", f"{owner} takes a number here", value, ("a number of float32",))
    return value
