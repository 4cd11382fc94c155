"""Reads a TileLang file without running it: only imports, definitions and constants are executed.

Example files time and verify their kernels on a GPU when they are imported. Statements that call anything
else than a known pure function are left out, so a file can be read on a machine without CUDA.
"""

from __future__ import annotations

import ast
import importlib
import logging
import os
import sys
import tempfile
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from traceback import walk_tb
from typing import Any

from ttplan.errors import InputError

EXTRA = 'pip install "ttplan[tilelang]"'
"""The command that installs TileLang and CPU torch with ttplan."""

_PURE_BUILTINS = frozenset(
    "bool dict float frozenset int len list max min range set sorted str sum tuple zip".split()
)
_PURE_ROOTS = (
    "tilelang.language",
    "tilelang.jit",
    "tilelang.autotune",
    "math",
    "itertools",
    "functools",
    "os.environ",
    "os.getenv",
    "torch.cuda.is_available",
)
_MULTIPROCESSORS = 64
"""Stands for the GPU's number of multiprocessors in persistent kernels. Only the traversal depends on it."""
RAISED = (Exception, SystemExit)
"""What code of a file may raise; its end is not the end of ttplan."""


@dataclass(frozen=True)
class Failure:
    """A statement of the file that raised. line: where, as far inside the file as the traceback shows."""

    line: int
    text: str


@dataclass
class Source:
    """A loaded file. names: its globals. defined: names the file itself defines, in source order.

    missing: names of imports that failed. skipped: names set by statements that were not run, with the line.
    failed: names set by statements that raised, with decorators that are no kernel's too.
    """

    path: Path
    tree: ast.Module
    names: dict[str, Any]
    defined: list[str] = field(default_factory=list)
    missing: dict[str, Failure] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    failed: dict[str, Failure] = field(default_factory=dict)


class Absent:
    """Stands for an optional package that is not installed. As a decorator it changes nothing."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Absent:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(f"{self._name}.{name}")

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        if len(arguments) == 1 and not named and callable(arguments[0]):
            return arguments[0]
        return self


def import_tilelang(file: Path | None) -> Any:
    """The tilelang package. Raises InputError with the extra to install."""
    os.environ.setdefault("TILELANG_DISABLE_CACHE", "1")
    home = Path(os.path.expanduser("~"))
    if not os.access(home, os.W_OK):
        # TileLang creates its cache folder at import, even when the cache is off.
        os.environ.setdefault("TILELANG_CACHE_DIR", str(Path(tempfile.gettempdir()) / "tilelang-cache"))
    before = logging.root.manager.disable
    try:
        with _quiet():
            return importlib.import_module("tilelang")
    except (ImportError, OSError) as error:
        message = f"TileLang kernels need the package tilelang, which fails to import: {first_line(error)}"
        raise InputError("", message, None, (EXTRA,), None if file is None else str(file)) from None
    finally:
        logging.disable(before)


@contextmanager
def loaded(path: Path, name: str | None = None) -> Iterator[Source]:
    """The file as a module, importable while the context is open.

    name: load only this definition and what it refers to, when the file defines it; else everything.
    Raises InputError when the file cannot be read, is not Python, or TileLang is absent.
    """
    tree = _parsed(path)
    import_tilelang(path)
    module = types.ModuleType(f"ttplan_source_{path.stem}")
    module.__file__ = str(path)
    source = Source(path, tree, module.__dict__)
    with _module_on_path(module, path), _without_gpu(), _quiet():
        for statement in _needed(tree, name):
            _execute(source, statement)
        yield source


def _parsed(path: Path) -> ast.Module:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError("", "the file is not UTF-8 text", file=str(path)) from None
    except OSError as error:
        raise InputError("", f"the file cannot be read: {error.strerror}", file=str(path)) from None
    try:
        return ast.parse(text, str(path))
    except SyntaxError as error:
        raise InputError(f"line {error.lineno}", f"not valid Python: {error.msg}", file=str(path)) from None
    except (ValueError, RecursionError) as error:
        raise InputError("", f"not valid Python: {first_line(error)}", file=str(path)) from None


def _needed(tree: ast.Module, name: str | None) -> list[ast.stmt]:
    """Statements that a definition refers to, directly or through other statements, in source order."""
    bound = [(statement, _bound(statement)) for statement in tree.body]
    if name is None or not any(isinstance(s, ast.FunctionDef) and s.name == name for s in tree.body):
        return tree.body
    wanted, before = {name, "*"}, 0
    while len(wanted) != before:
        before = len(wanted)
        for statement, names in bound:
            if names & wanted:
                wanted |= {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    return [statement for statement, names in bound if names & wanted]


def _bound(statement: ast.stmt) -> set[str]:
    """Names a statement may bind at the top of the file; `*` for an import of everything."""
    names: set[str] = set()
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
            continue
        pending.extend(ast.iter_child_nodes(node))
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


@contextmanager
def _module_on_path(module: types.ModuleType, path: Path) -> Iterator[None]:
    folder = str(path.resolve().parent)
    sys.modules[module.__name__] = module
    sys.path.insert(0, folder)
    written = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.dont_write_bytecode = written
        sys.modules.pop(module.__name__, None)
        if folder in sys.path:
            sys.path.remove(folder)


@contextmanager
def _without_gpu() -> Iterator[None]:
    """Answer the one question persistent kernels ask the GPU."""
    try:
        driver: Any = importlib.import_module("tilelang.carver.arch.driver")
    except ImportError:
        yield
        return
    before = driver.get_num_sms
    driver.get_num_sms = lambda *_: _MULTIPROCESSORS
    try:
        yield
    finally:
        driver.get_num_sms = before


@contextmanager
def _quiet() -> Iterator[None]:
    """TileLang logs what it is about to raise; the error says it already."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def _execute(source: Source, statement: ast.stmt) -> None:
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        _import(source, statement)
    elif isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        _define(source, statement)
    elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
        _assign(source, statement)
    elif isinstance(statement, ast.Try):
        for inner in statement.body:
            _execute(source, inner)
        for inner in (*statement.orelse, *statement.finalbody):
            _execute(source, inner)
    elif isinstance(statement, ast.If) and _pure(source, statement.test):
        _branch(source, statement)
    else:
        source.skipped.update(dict.fromkeys(_bound(statement), statement.lineno))


def _branch(source: Source, statement: ast.If) -> None:
    expression = ast.Expression(statement.test)
    try:
        # __name__ is the loader's own, so that a main section never runs.
        chosen = bool(eval(compile(expression, str(source.path), "eval"), source.names))
    except RAISED as error:
        _fail(source, statement, error)
        return
    for inner in statement.body if chosen else statement.orelse:
        _execute(source, inner)


def _run(source: Source, statement: ast.stmt) -> None:
    module = ast.Module([statement], type_ignores=[])
    exec(compile(module, str(source.path), "exec", dont_inherit=True), source.names)


def _import(source: Source, statement: ast.Import | ast.ImportFrom) -> None:
    if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
        return
    for alias in statement.names:
        single = (
            ast.Import([alias])
            if isinstance(statement, ast.Import)
            else ast.ImportFrom(statement.module, [alias], statement.level)
        )
        bound = alias.asname or alias.name.split(".")[0]
        try:
            _run(source, ast.copy_location(single, statement))
        except RAISED as error:
            # Any failure: packages that look for a GPU at import raise more than ImportError.
            if alias.name != "*":
                source.names[bound] = Absent(alias.name)
            source.missing[bound] = _failure(source, statement, error)


def _define(source: Source, statement: ast.FunctionDef | ast.ClassDef) -> None:
    try:
        _run(source, statement)
    except RAISED as error:
        _fail(source, statement, error)
        kept = [one for one in statement.decorator_list if _is_kernel_decorator(one)]
        bare = type(statement)(**{**dict(ast.iter_fields(statement)), "decorator_list": kept})
        try:
            _run(source, ast.copy_location(bare, statement))
        except RAISED:
            return
    source.defined.append(statement.name)


def _fail(source: Source, statement: ast.stmt, error: BaseException) -> None:
    """Note what a statement raised under all names that it would have set."""
    source.failed.update(dict.fromkeys(_bound(statement), _failure(source, statement, error)))


def _failure(source: Source, statement: ast.stmt, error: BaseException) -> Failure:
    return Failure(line_of(source, error) or statement.lineno, raised(source, error))


def _is_kernel_decorator(node: ast.expr) -> bool:
    target = node.func if isinstance(node, ast.Call) else node
    return ast.unparse(target).split(".")[-1] in ("jit", "prim_func", "macro")


def _assign(source: Source, statement: ast.Assign | ast.AnnAssign) -> None:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    names = [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]
    if statement.value is not None and _pure(source, statement.value):
        try:
            _run(source, statement)
        except RAISED as error:
            _fail(source, statement, error)
        else:
            source.defined.extend(name for name in names if name not in source.defined)
        return
    source.skipped.update(dict.fromkeys(names, statement.lineno))


def _pure(source: Source, expression: ast.expr) -> bool:
    """True when evaluating the expression can only build a value: no call but of known pure functions."""
    return all(
        _known_call(source, node) for node in ast.walk(expression) if isinstance(node, ast.Call)
    ) and not any(
        isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr))
        for node in ast.walk(expression)
    )


def _known_call(source: Source, call: ast.Call) -> bool:
    function: ast.expr = call.func
    while isinstance(function, ast.Call):
        function = function.func
    dotted = ast.unparse(function)
    root, _, rest = dotted.partition(".")
    if not rest:
        found = source.names.get(root)
        if root in _PURE_BUILTINS and found is None:
            return True
        return str(getattr(found, "__module__", "")).startswith(_PURE_ROOTS)
    module = getattr(source.names.get(root), "__name__", root)
    return f"{module}.{rest}".startswith(_PURE_ROOTS)


def first_line(error: BaseException) -> str:
    """The message of an error without TVM's stack."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def constant_names(tree: ast.AST) -> tuple[str, ...] | None:
    """Names declared with T.const or T.dynamic under a node; None when one of them is not a literal."""
    found: list[str] = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func).split(".")[-1]
        if called not in ("const", "dynamic", "symbolic") or not node.args:
            continue
        first = node.args[0]
        if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
            return None
        found.extend(name for name in first.value.replace(",", " ").split() if name not in found)
    return tuple(found)


def function_node(source: Source, name: str) -> ast.FunctionDef | None:
    """The definition of a function at the top of the file."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return node
    return None


def line_of(source: Source, error: BaseException) -> int | None:
    """The innermost line of the file that an exception passed through."""
    frames = walk_tb(error.__traceback__)
    lines = [line for frame, line in frames if frame.f_code.co_filename == str(source.path)]
    return lines[-1] if lines else None


def raised(source: Source, error: BaseException) -> str:
    """An exception in one line, or why a name is missing when its statement was not run or failed."""
    name = error.name if isinstance(error, NameError) else None
    if name in source.skipped:
        return f"{name} is set on line {source.skipped[name]}, which is not run because it calls other code"
    if name in source.failed:
        return f"{name} is not set, for line {source.failed[name].line} raises {source.failed[name].text}"
    kind, text = type(error).__name__, first_line(error)
    return kind if text == kind else f"{kind}: {text}"


def described(failures: Mapping[str, Failure]) -> str:
    """What failed as text."""
    return "; ".join(f"{name} ({failure.text})" for name, failure in failures.items())
