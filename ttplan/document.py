"""Strict JSON documents: a pydantic base that refuses unknown keys and names the nearest valid one."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from errno import EISDIR
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ttplan.errors import BadInputs, InputError, Problem, nearest


class Document(BaseModel):
    """Immutable value with no unknown keys; every part of a kernel, device or plan derives from it."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, strict=False)


Int = Annotated[int, Field(strict=True)]
"""A whole number of either sign; text, truth values and 1.0 are none."""
Model = TypeVar("Model", bound=Document)


def json_path(location: tuple[int | str, ...]) -> str:
    """`("buffers", 1, "dtype")` -> `buffers[1].dtype`."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else (f".{part}" if path else str(part))
    return path


def _keys_at(model: type[BaseModel], location: tuple[int | str, ...]) -> tuple[str, ...]:
    """Valid keys of the object that holds the last element of `location`."""
    current: type[BaseModel] = model
    for part in location[:-1]:
        if isinstance(part, int):
            continue
        field = next((f for n, f in current.model_fields.items() if part in (n, f.alias)), None)
        if field is None:
            continue
        pending: list[Any] = [field.annotation]
        while pending:
            candidate = pending.pop()
            if isinstance(candidate, type) and issubclass(candidate, BaseModel):
                current = candidate
                break
            pending.extend(get_args(candidate))
    return tuple(sorted(field.alias or name for name, field in current.model_fields.items()))


_ALLOWED = {
    **dict.fromkeys(("model_type", "dict_type"), "an object"),
    **dict.fromkeys(("tuple_type", "list_type"), "a list"),
    "string_type": "text",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    "finite_number": "a finite number",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "too_short": "{min_length} items or more",
    "too_long": "{max_length} items or fewer",
    "string_too_short": "{min_length} characters or more",
    "string_too_long": "{max_length} characters or fewer",
    "string_pattern_mismatch": "{pattern}",
}
"""What a place takes, by the type of pydantic's error about a value that it does not take."""


def problems_of(error: ValidationError, model: type[BaseModel]) -> tuple[Problem, ...]:
    """pydantic's errors in ttplan's form."""
    found: list[Problem] = []
    errors = error.errors()
    for item in errors:
        location = tuple(item["loc"])
        path = json_path(location)
        if item["type"] == "too_short" and any(_inside(tuple(one["loc"]), location) for one in errors):
            continue  # items that are wrong are not counted
        if item["type"] == "extra_forbidden":
            allowed = _keys_at(model, location)
            found.append(Problem(path, "unknown key", location[-1], allowed, nearest(location[-1], allowed)))
        elif item["type"] == "missing":
            found.append(Problem(path, "required key is missing", None, ()))
        elif item["type"] == "literal_error":
            expected = str(item["ctx"]["expected"])
            allowed = tuple(part.strip().strip("'") for part in expected.replace(" or ", ",").split(","))
            found.append(
                Problem(path, "unknown value", item["input"], allowed, nearest(item["input"], allowed))
            )
        elif item["type"] == "value_error" and isinstance(item["ctx"]["error"], ProblemError):
            inner = item["ctx"]["error"].problem
            where = ".".join(part for part in (path, inner.path) if part)
            found.append(Problem(where, inner.message, inner.found, inner.allowed, inner.hint))
        elif item["type"] in _ALLOWED:
            context = item.get("ctx", {})
            text = "this value does not belong here" if path else "the document is an object"
            shown = context.get("actual_length", _shown(item["input"]))
            found.append(Problem(path, text, shown, (_ALLOWED[item["type"]].format(**context),)))
        else:
            text = item["msg"].removeprefix("Value error, ")
            found.append(Problem(path, text, _shown(item["input"])))
    another = tuple(problem for problem in found if problem.path == "schema")
    return another or tuple(found)  # in a document of another kind nothing else is worth saying


def _inside(location: tuple[int | str, ...], place: tuple[int | str, ...]) -> bool:
    """Whether a location is a part of a place."""
    return len(location) > len(place) and location[: len(place)] == place


def _shown(value: object) -> object:
    """A scalar as it is, anything else as the kind of JSON value it is."""
    if isinstance(value, (bool, int, float, str)):
        return value
    return "null" if value is None else "an object" if isinstance(value, Mapping) else "a list"


class ProblemError(ValueError):
    """Raised inside model validators; carries the fields of a Problem through pydantic."""

    def __init__(
        self, message: str, found: object = None, allowed: tuple[str, ...] = (), path: str = ""
    ) -> None:
        hint = nearest(found, allowed) if found is not None and len(allowed) > 1 else None
        self.problem = Problem(path, message, found, allowed, hint)
        super().__init__(message)


def validate(model: type[Model], value: object, file: str | None = None) -> Model:
    """Build `model` from parsed JSON. Raises BadInputs with one problem per fault."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise BadInputs(problems_of(error, model), file) from None


def read_json(path: Path) -> Any:
    """Parsed JSON of a file. Raises InputError when it cannot be read or is not JSON."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError("", "the file is not UTF-8 text", file=str(path)) from None
    except OSError as error:
        raise InputError("", f"the file cannot be read: {error.strerror}", file=str(path)) from None
    try:
        return json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise InputError(place, f"not valid JSON: {error.msg}", file=str(path)) from None
    except (ValueError, RecursionError) as error:
        position, message, found, allowed = _refused(text) or (0, str(error), None, ())
        where = json.JSONDecodeError("", text, position)
        place = f"line {where.lineno} column {where.colno}"
        raise InputError(place, message, found, allowed, str(path)) from None


def _no_constant(word: str) -> float:
    raise ValueError(word)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key appears twice")
    return found


_TOKEN = re.compile(
    r'[{}\[\]]|("(?:[^"\\]|\\.)*")(\s*:)?|-?(?:Infinity|NaN)|-?[\d.]+(?:[eE][-+]?\d+)?', re.DOTALL
)
"""Brackets, texts and whether they are keys, numbers: what `_refused` looks at in JSON without an error of syntax."""
_DEEPEST = 100
"""Levels of brackets that are read everywhere; Python gives up at some hundreds."""


def _refused(text: str) -> tuple[int, str, object, tuple[str, ...]] | None:
    """The first thing in a text that its grammar allows and `read_json` does not: (position, message, found, allowed)."""
    keys: list[set[str]] = []
    for token in _TOKEN.finditer(text):
        word, place = token[0], token.start()
        if word in "{[":
            keys.append(set())
            if len(keys) > _DEEPEST:
                return place, "the JSON is nested too deeply", None, (f"{_DEEPEST} levels",)
        elif word in "}]":
            keys.pop()
        elif token[2]:
            key = json.loads(token[1])
            if key in keys[-1]:
                return place, "a key appears twice in one object", key, ()
            keys[-1].add(key)
        elif word[-1] in "yN":
            return place, "JSON has no such number", word, ("a finite number",)
        elif word.lstrip("-").isdigit():
            try:
                int(word)
            except ValueError as error:
                return place, f"not valid JSON: {error}".partition(";")[0], None, ()
    return None


def load(model: type[Model], path: Path) -> Model:
    """Read and validate one document."""
    return validate(model, read_json(path), str(path))


def dumps(value: BaseModel | Mapping[str, Any]) -> str:
    """Canonical JSON text: two-space indent, short number lists on one line, final newline."""
    plain = (
        value.model_dump(mode="json", by_alias=True, exclude_none=True)
        if isinstance(value, BaseModel)
        else value
    )
    return _pretty(plain, 0) + "\n"


def _pretty(value: Any, depth: int) -> str:
    flat = json.dumps(value, ensure_ascii=False)
    pad, inner = "  " * depth, "  " * (depth + 1)
    if len(flat) + len(pad) <= 110 and not (isinstance(value, dict) and depth < 1):
        return flat
    if isinstance(value, dict):
        body = ",\n".join(
            f"{inner}{json.dumps(k, ensure_ascii=False)}: {_pretty(v, depth + 1)}" for k, v in value.items()
        )
        return "{\n" + body + f"\n{pad}}}"
    if isinstance(value, list):
        if all(isinstance(item, (int, float, str)) for item in value):
            return _wrapped(value, pad, inner)
        return "[\n" + ",\n".join(inner + _pretty(item, depth + 1) for item in value) + f"\n{pad}]"
    return flat


def _wrapped(items: list[Any], pad: str, inner: str) -> str:
    lines, line = [], ""
    for item in items:
        text = json.dumps(item, ensure_ascii=False)
        if line and len(inner) + len(line) + len(text) + 2 > 110:
            lines.append(line)
            line = text
        else:
            line = f"{line}, {text}" if line else text
    return "[\n" + ",\n".join(inner + part for part in (*lines, line)) + f"\n{pad}]"


def write_atomically(path: Path, text: str, option: str = "") -> None:
    """Write a file so that a reader sees the old content or the new, never a part. As `write_files`."""
    write_files({path: text}, option)


def write_files(files: Mapping[Path, str], option: str = "", stale: Iterable[Path] = ()) -> None:
    """Write all files or none, each so that a reader sees the old content or the new, never a part.

    Links are followed. What is no regular file, such as a pipe, stays what it is and takes the text.
    option: the one that named the files. stale: files that go before the last one is written.
    Raises InputError, with no folder or file left that was not there.
    """
    folders: list[Path] = []
    temporaries: list[Path] = []
    finish: dict[Path, Callable[[], object]] = {}
    path = Path()
    try:
        for path, text in files.items():
            if path.is_dir():
                raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
            if path.exists() and not path.is_file():
                finish[path] = partial(path.write_text, text, encoding="utf-8")
                continue
            target = Path(os.path.realpath(path))
            for folder in (one for one in reversed(target.parents) if not one.exists()):
                folder.mkdir()
                folders.append(folder)
            temporaries.append(_temporary(target, text))
            finish[path] = partial(os.replace, temporaries[-1], target)
        steps = [*finish.items()]
        steps[-1:-1] = [(path, partial(path.unlink, missing_ok=True)) for path in stale]
        finish = dict(steps)
        for path in finish:
            finish[path]()
    except OSError as error:
        raise InputError(option, f"cannot write: {error.strerror}", str(path)) from None
    finally:
        for temporary in temporaries:
            temporary.unlink(missing_ok=True)
        for folder in reversed(folders):
            with suppress(OSError):  # only those that stayed empty go again
                folder.rmdir()


def _temporary(target: Path, text: str) -> Path:
    """A complete file of this text beside the target."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(name, 0o644)
    except BaseException:
        os.unlink(name)
        raise
    return Path(name)
