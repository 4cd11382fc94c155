"""Documents: files are written whole, all or none, and what is no file stays what it is; errors are said once."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from small import small

from ttplan.document import load, validate, write_atomically, write_files
from ttplan.errors import BadInputs, InputError
from ttplan.kernel import Kernel


def test_files_are_written_all_or_none(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    files = {tmp_path / "new" / "a": "a", tmp_path / "b": "b"}
    with pytest.raises(InputError, match="--out: cannot write: Is a directory; found '.*b'"):
        write_files(files, "--out")
    assert os.listdir(tmp_path) == ["b"]
    (tmp_path / "b").rmdir()
    write_files(files, "--out")
    assert {path.name: path.read_text() for path in files} == {"a": "a", "b": "b"}
    assert sorted(os.listdir(tmp_path)) == ["b", "new"] and os.listdir(tmp_path / "new") == ["a"]


def test_a_write_that_fails_leaves_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kept"
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(InputError, match="No space left on device"):
        write_files({path: "new", tmp_path / "folder" / "other": ""})
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["kept"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write_atomically(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "new"


def test_a_pipe_stays_a_pipe_and_takes_the_text(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_atomically(path, "text")
        assert os.read(reader, 100) == b"text"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(path.stat().st_mode) and os.listdir(tmp_path) == ["pipe"]


def test_a_list_with_a_wrong_item_is_not_called_too_short() -> None:
    kernel = small(ops=[{"op": "foo", "in": ["A", "B"], "out": "C"}])
    with pytest.raises(BadInputs) as refusal:
        validate(Kernel, kernel)
    assert [problem.path for problem in refusal.value.problems] == ["ops[0].op"]
    with pytest.raises(BadInputs, match="1 items or more"):
        validate(Kernel, small(ops=[]))


def test_a_number_that_python_cannot_read_is_no_json(tmp_path: Path) -> None:
    path = tmp_path / "kernel.json"
    path.write_text('{"dims": {"M": ' + "9" * 5000 + "}}")
    with pytest.raises(InputError, match="line 1 column 16: not valid JSON: Exceeds the limit"):
        load(Kernel, path)


DEEP = "[" * 20000 + "]" * 20000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '{"dims": {"M": 1,\n  "N": 2, "M": 3}}',
            "line 2 column 11: a key appears twice in one object; found 'M'",
        ),
        ('{"a": [{"b": 1}, {"b": 2}], "b": "a",\n\n "\\u0061": 3}', "line 3 column 2: .*found 'a'"),
        ('{"a": "b\\": [NaN", "b\\"":\n{}, "b\\"": 1}', "line 2 column 5: a key appears twice"),
        (
            '{"a": 1.5e-3,\n"value": NaN}',
            "line 2 column 10: JSON has no such number; found 'NaN'; allowed: a finite number",
        ),
        ("[1,\n -Infinity]", "line 2 column 2: JSON has no such number; found '-Infinity'"),
        (f'{{"a":\n{DEEP}}}', "line 2 column 100: the JSON is nested too deeply; allowed: 100 levels"),
    ],
)
def test_what_is_no_error_of_syntax_is_refused_with_line_and_column(
    text: str, expected: str, tmp_path: Path
) -> None:
    path = tmp_path / "kernel.json"
    path.write_text(text)
    with pytest.raises(InputError, match=f"kernel.json: {expected}"):
        load(Kernel, path)


@pytest.mark.parametrize("value", ["yes", 1, "false"])
def test_flags_are_true_or_false(value: object) -> None:
    with pytest.raises(BadInputs, match="compute.fp32_dest_acc_en.*true or false"):
        validate(Kernel, small(compute={"fp32_dest_acc_en": value}))
