"""Round trip with TileLang: a plan onto a PrimFunc, a PrimFunc's annotations into a kernel, and its check.

A PrimFunc holds plain values: numbers, text, lists and maps of them. Functions are used through their own
methods; only `read_saved`, `load_function` and `kernel_function` import TileLang.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ttplan.contract.annotations import annotate_layout, annotate_schedule, plain, read, with_annotations
from ttplan.contract.verify import Report, verify_attributes
from ttplan.errors import InputError, found_in
from ttplan.extract import parse_target
from ttplan.extract.source import loaded
from ttplan.extract.trace import choose, trace
from ttplan.plan import Plan


def buffer_shapes(function: Any) -> dict[str, tuple[int, ...]]:
    """Name -> elements per dim of the parameters of a PrimFunc. Raises InputError for symbolic shapes."""
    shapes: dict[str, tuple[int, ...]] = {}
    for parameter in function.params:
        buffer = function.buffer_map.get(parameter)
        if buffer is None:
            continue
        try:
            shapes[str(buffer.name)] = tuple(int(size) for size in buffer.shape)
        except TypeError:
            text = [str(size) for size in buffer.shape]
            raise InputError(f"{buffer.name}", "the shape must be numbers", text) from None
    return shapes


def stamp(function: Any, plan: Plan, generation: str = "layout-aware") -> Any:
    """The PrimFunc with the attributes of a plan set; the function given stays as it is.

    Raises InputError when its parameters are not the plan's: names and shapes in elements, in any order.
    """
    from ttplan.contract import attributes

    found = buffer_shapes(function)
    planned = {buffer.name: buffer.elements for buffer in plan.buffers}
    for name in planned:
        if name not in found:
            raise InputError(name, "the function has no such parameter", None, tuple(found))
        if found[name] != planned[name]:
            raise InputError(
                name, "the plan is for another shape", list(found[name]), (str(list(planned[name])),)
            )
    for key, value in attributes(plan, generation).items():
        function = function.with_attr(key, value)
    return function


def verify(function: Any) -> Report:
    """Errors and warnings of a stamped PrimFunc: its attributes against each other and against its buffers."""
    return verify_attributes(read(function), buffer_shapes(function))


def read_saved(path: Path) -> Any:
    """A PrimFunc that `tvm.ir.save_json` wrote. Raises InputError."""
    tvm = _tvm()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise InputError("", "the file cannot be read", file=str(path)) from None
    try:
        found = tvm.ir.load_json(text)
    except Exception:
        raise InputError("", "the file is not what tvm.ir.save_json writes", file=str(path)) from None
    return _one_function(found, str(path), None)


def load_function(target: str, defines: Mapping[str, Any] | None = None) -> Any:
    """The PrimFunc `FILE.py:NAME` (the file is run), or the one in a file of `tvm.ir.save_json`.

    NAME is a PrimFunc, a module of one, or a TileLang kernel that `defines` gives its parameters. Raises
    InputError.
    """
    path, name = parse_target(target)
    if path.suffix != ".py":
        return read_saved(path)
    if name is None:
        raise InputError("", "say which function", target, ("FILE.py:NAME",))
    found = _names_of(path).get(name)
    if _is_function(found) or hasattr(found, "get_global_vars"):
        return _one_function(found, str(path), name)
    return kernel_function(path, name, defines)


def kernel_function(path: Path, name: str | None = None, defines: Mapping[str, Any] | None = None) -> Any:
    """The PrimFunc of a TileLang kernel in a file, as `ttplan extract` reads it. Raises InputError."""
    with found_in(str(path)), loaded(path, name) as source:
        return trace(source, choose(source, name), dict(defines or {})).function


def _names_of(path: Path) -> dict[str, Any]:
    """What a file defines when it is run, importable while it runs."""
    _tvm()
    specification = importlib.util.spec_from_file_location("ttplan_verified", path)
    if not path.is_file() or specification is None or specification.loader is None:
        raise InputError("", "no such file", str(path))
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    try:
        specification.loader.exec_module(module)
    except Exception as error:
        text = f"the file does not run: {type(error).__name__}: {error}"
        raise InputError("", text, file=str(path)) from None
    finally:
        del sys.modules[specification.name]
    return vars(module)


def _is_function(found: Any) -> bool:
    return hasattr(found, "buffer_map") and hasattr(found, "with_attr")


def _one_function(found: Any, path: str, name: str | None) -> Any:
    if hasattr(found, "get_global_vars"):
        functions = [found[variable] for variable in found.get_global_vars()]
        if len(functions) != 1:
            raise InputError("", "the module must hold one function", len(functions), file=path)
        found = functions[0]
    if not _is_function(found):
        raise InputError("", "not a PrimFunc", name or type(found).__name__, file=path)
    return found


def _tvm() -> Any:
    try:
        from tilelang import tvm
    except ImportError:
        raise InputError("", 'this needs TileLang: pip install "ttplan[tilelang]"') from None
    return tvm


__all__ = [
    "annotate_layout",
    "annotate_schedule",
    "buffer_shapes",
    "kernel_function",
    "load_function",
    "plain",
    "read",
    "read_saved",
    "stamp",
    "verify",
    "with_annotations",
]
