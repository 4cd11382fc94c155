"""Real TileLang kernels -> Kernel: `extract` reads a file, `kernel_of` a PrimFunc that is already there.

TileLang is imported when one of them is called, never before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ttplan.errors import InputError, found_in

if TYPE_CHECKING:
    from ttplan.extract.trace import Define
    from ttplan.kernel import Kernel

__all__ = ["extract", "kernel_of", "parse_define", "parse_defines", "parse_target"]


def extract(path: Path, name: str | None = None, defines: Mapping[str, Define] | None = None) -> Kernel:
    """The Kernel of one TileLang kernel in a Python file.

    name: which kernel, needed when the file has several. defines: values of the kernel's parameters, of its
    T.const dims, its dynamic dims and its runtime scalars.
    Raises InputError when the file cannot be read, the kernel cannot be chosen or traced, or something in it
    is not understood; the error names the operation and the line.
    """
    from ttplan.extract.source import loaded
    from ttplan.extract.symbols import dim_symbols
    from ttplan.extract.trace import choose, trace

    with found_in(str(path)), loaded(path, name) as source:
        candidate = choose(source, name)
        traced = trace(source, candidate, dict(defines or {}))
        state = _interpreted(traced.function, candidate.name, traced.sizes)
        ordered = sorted(state.parameters.values(), key=lambda parameter: parameter.position)
        shapes = [(parameter.name, parameter.shape) for parameter in ordered]
        symbols = dim_symbols(candidate.node, shapes, {**traced.arguments, **traced.sizes})
        by_position = dict(zip((parameter.position for parameter in ordered), symbols, strict=True))
        kernel = _lifted(state, by_position, f"{path.name}:{candidate.name}")
        return _annotated(kernel, traced.function)


def kernel_of(prim_func: Any, name: str | None = None, defines: Mapping[str, float] | None = None) -> Kernel:
    """The Kernel of a TileLang PrimFunc.

    name: of the Kernel, the function's global symbol by default. defines: dynamic dims and runtime scalars.
    Raises InputError for what is not understood.
    """
    if type(prim_func).__name__ != "PrimFunc":
        raise InputError("", "kernel_of takes a PrimFunc", type(prim_func).__name__, ("tvm.tirx.PrimFunc",))
    attributes = prim_func.attrs or {}
    symbol = str(attributes["global_symbol"]) if "global_symbol" in attributes else "main"
    kernel = _lifted(_interpreted(prim_func, name or symbol, dict(defines or {})), {}, None)
    return _annotated(kernel, prim_func)


def _annotated(kernel: Kernel, function: Any) -> Kernel:
    """The kernel with the function's `tt.user_layout` and `tt.user_schedule` as pins."""
    from ttplan.contract.annotations import with_annotations

    return with_annotations(kernel, function)


def _interpreted(function: Any, name: str, sizes: Mapping[str, float]) -> Any:
    from ttplan.extract.interpret import interpret

    return interpret(function, name, sizes)


def _lifted(state: Any, symbols: Mapping[int, tuple[str | None, ...]], source: str | None) -> Kernel:
    from ttplan.extract.lift import lift

    return lift(state, symbols, source)


def parse_target(text: str) -> tuple[Path, str | None]:
    """`FILE.py:NAME` or `FILE.py` as the file and the kernel's name."""
    head, separator, tail = text.rpartition(":")
    if separator and head.endswith(".py") and tail.isidentifier():
        return Path(head), tail
    return Path(text), None


def parse_defines(texts: Iterable[str]) -> dict[str, Define]:
    """The parameters that all `-D` together define. Raises InputError for one that is defined twice."""
    found: dict[str, Define] = {}
    for text in texts:
        name, value = parse_define(text)
        if name in found:
            raise InputError("-D", "a parameter is defined twice", text)
        found[name] = value
    return found


def parse_define(text: str) -> tuple[str, Define]:
    """`M=1024` as a name and a number, a truth value (`true`, `false`) or text. Raises InputError."""
    name, separator, value = text.partition("=")
    name, value = name.strip(), value.strip()
    if not separator or not name.isidentifier() or not value:
        raise InputError("-D", "a define is NAME=VALUE", text, ("M=1024",))
    if value.lower() in ("true", "false"):
        return name, value.lower() == "true"
    for convert in (int, float):
        try:
            return name, convert(value)
        except ValueError:
            continue
    return name, value
