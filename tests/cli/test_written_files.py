"""What is written where: files of an earlier plan, folders that cannot be written, standard output."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from small import small

from tests.cli.process import EXAMPLE, contents, run, shell


@pytest.fixture
def wide(tmp_path: Path) -> tuple[Path, Path]:
    """A kernel of several cores and the folder of its program."""
    kernel, out = tmp_path / "wide.json", tmp_path / "program"
    kernel.write_text(json.dumps(small(dims={"M": 256, "K": 96, "N": 256})))
    assert run("solve", str(kernel), "--pin", "scheme=multicast_2d", "--out", str(out)).returncode == 0
    assert (out / "kernels" / "send_in0.cpp").exists()
    return kernel, out


@pytest.mark.parametrize("command", ["solve", "solve --plan", "render"])
def test_files_of_an_earlier_plan_go_and_others_stay(
    command: str, tmp_path: Path, wide: tuple[Path, Path]
) -> None:
    kernel, out = wide
    fresh = tmp_path / "fresh"
    assert run("solve", str(kernel), "--pin", "cores=1", "--out", str(fresh)).returncode == 0
    (out / "kernels" / "mine.cpp").write_text("mine")
    arguments = ("solve", str(kernel), "--pin", "cores=1")
    if command == "render":
        arguments = ("render", str(fresh))
    elif command == "solve --plan":
        arguments = (*arguments, "--plan", str(out / "plan.json"))
    assert run(*arguments, "--out", str(out)).returncode == 0
    assert contents(out) == {**contents(fresh), "kernels/mine.cpp": b"mine"}


def edit(path: Path) -> None:
    path.write_text(path.read_text() + "// mine\n")


def link(path: Path) -> None:
    path.rename(path.parents[2] / "elsewhere.cpp")
    path.symlink_to(path.parents[2] / "elsewhere.cpp")


def link_folder(path: Path) -> None:
    path.parent.rename(path.parents[2] / "elsewhere")
    path.parent.symlink_to(path.parents[2] / "elsewhere")


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("change", [edit, link, link_folder, replace_by_folder])
def test_a_file_of_an_earlier_plan_that_is_no_longer_its_own_is_kept_and_nothing_is_written(
    change: Callable[[Path], None], tmp_path: Path, wide: tuple[Path, Path]
) -> None:
    kernel, out = wide
    changed = out / "kernels" / "receive_in0.cpp"
    change(changed)
    before = contents(tmp_path)
    plan = tmp_path / "plan.json"
    result = run("solve", str(kernel), "--pin", "cores=1", "--out", str(out), "--plan", str(plan))
    assert result.returncode == 2 and result.stderr.count("\n") == 1
    assert result.stderr.startswith("error: --out: a file of the earlier plan")
    assert str(changed if change is not link_folder else out / "kernels") in result.stderr
    assert contents(tmp_path) == before


def test_beside_a_document_that_is_no_plan_nothing_goes(tmp_path: Path, wide: tuple[Path, Path]) -> None:
    kernel, out = wide
    (out / "plan.json").write_text("{}")
    assert run("solve", str(kernel), "--pin", "cores=1", "--out", str(out)).returncode == 0
    assert (out / "kernels" / "send_in0.cpp").exists()


@pytest.mark.parametrize("name", ["../../PWN", "a b", "Reader", ""])
def test_a_kernel_of_a_plan_is_called_like_a_file_and_nothing_is_written_elsewhere(
    name: str, tmp_path: Path, kernel: Path
) -> None:
    path, out = tmp_path / "plan.json", tmp_path / "deep" / "out"
    assert run("solve", str(kernel), "--plan", str(path)).returncode == 0
    plan = json.loads(path.read_text())
    plan["kernels"][0]["name"] = name
    path.write_text(json.dumps(plan))
    before = sorted(tmp_path.rglob("*"))
    for command in (("check", str(path)), ("render", str(path), "--out", str(out))):
        result = run(*command)
        assert result.returncode == 2 and "kernels[0].name" in result.stderr, result.stderr
    assert sorted(tmp_path.rglob("*")) == before


UNWRITABLE = {
    "below a file": ("file/deep", "Not a directory"),
    "a file": ("file", "Not a directory"),
    "no place for files": ("/proc/ttplan", "No such file or directory"),
    "a folder where a file belongs": ("blocked", "Is a directory"),
}


@pytest.mark.parametrize("place", UNWRITABLE)
def test_a_folder_that_cannot_be_written_is_named_and_left_as_it_was(
    place: str, tmp_path: Path, kernel: Path
) -> None:
    (tmp_path / "file").write_text("kept")
    (tmp_path / "blocked" / "main.cpp").mkdir(parents=True)
    plan = tmp_path / "plan.json"
    assert run("solve", str(kernel), "--plan", str(plan)).returncode == 0
    before = sorted(tmp_path.rglob("*"))
    folder, reason = UNWRITABLE[place]
    out = tmp_path / folder
    for command in (("solve", str(kernel)), ("render", str(plan))):
        result = run(*command, "--out", str(out))
        assert result.returncode == 2 and result.stderr.count("\n") == 1
        assert f"--out: cannot write: {reason}; found '{out}" in result.stderr
    assert sorted(tmp_path.rglob("*")) == before and (tmp_path / "file").read_text() == "kept"


@pytest.mark.parametrize(
    "arguments",
    [
        ("solve", str(EXAMPLE)),
        ("solve", str(EXAMPLE), "--format", "json"),
        ("solve", str(EXAMPLE), "--pin", "subblock=8x4", "--format", "json"),
        ("predict", str(EXAMPLE)),
        ("devices",),
        ("devices", "n150"),
        ("schema", "plan"),
        ("--version",),
        ("--help",),
    ],
)
def test_standard_output_that_takes_nothing_is_an_error_and_a_closed_pipe_is_none(
    arguments: tuple[str, ...],
) -> None:
    words = " ".join(map(shlex.quote, (sys.executable, "-m", "ttplan", *arguments)))
    for where, reason in ((">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")):
        result = shell(f"{words} {where}")
        assert result.stderr == f"error: standard output cannot be written: {reason}\n"
        assert result.returncode == 2
    closed = shell(f"{words} | true")
    assert (closed.stdout, closed.stderr) == ("", "")


def test_an_error_keeps_its_words_and_exit_code_where_output_takes_nothing(tmp_path: Path) -> None:
    result = shell(f"{sys.executable} -m ttplan solve {tmp_path / 'none.json'} >/dev/full")
    assert result.returncode == 2 and result.stderr.count("\n") == 1 and "cannot be read" in result.stderr


def test_a_plan_may_go_to_standard_output(tmp_path: Path, kernel: Path) -> None:
    (tmp_path / "stdout").symlink_to("/proc/self/fd/1")
    result = run("solve", str(kernel), "--plan", str(tmp_path / "stdout"))
    assert result.returncode == 0, result.stderr
    assert '"schema": "ttplan.plan/1"' in result.stdout
    assert (tmp_path / "stdout").is_symlink()


def test_a_file_that_cannot_be_written_is_named_with_its_option(tmp_path: Path, kernel: Path) -> None:
    result = run("solve", str(kernel), "--plan", str(tmp_path))
    assert result.returncode == 2
    assert f"--plan: cannot write: Is a directory; found '{tmp_path}'" in result.stderr


def test_a_folder_whose_kernels_were_edited_is_not_simulated_as_the_plan(tmp_path: Path) -> None:
    kernel, out = tmp_path / "k.json", tmp_path / "program"
    kernel.write_text(json.dumps(small()))
    assert run("solve", str(kernel), "--out", str(out)).returncode == 0
    compute = out / "kernels" / "compute.cpp"
    compute.write_text(compute.read_text() + "// mine\n")
    edited = run("simulate", str(out))
    assert edited.returncode == 2 and str(compute) in edited.stderr and "another text" in edited.stderr
    compute.unlink()
    assert "missing" in run("simulate", str(out)).stderr
