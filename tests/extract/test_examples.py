"""The project's own TileLang kernels, as the README runs them."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("tilelang", reason="reading TileLang kernels needs the extra ttplan[tilelang]")

from extract.written import EXAMPLES, ops_of
from ttplan.document import dumps
from ttplan.extract import extract, parse_define, parse_target
from ttplan.facts.dataflow import analyse
from ttplan.kernel import Kernel

EXPECTED = {
    "matmul": ({"M": 1024, "N": 1024, "K": 1024}, {"A": "M K", "B": "K N", "C": "M N"}, ["matmul"]),
    "matmul_lazy": ({"M": 4096, "N": 4096, "K": 1024}, {"A": "M K", "B": "K N", "C": "M N"}, ["matmul"]),
    "linear_gelu": (
        {"tokens": 1024, "hidden": 3072, "features": 768},
        {"X": "tokens features", "W": "features hidden", "bias": "hidden", "Y": "tokens hidden"},
        ["matmul", "add(bias)", "gelu"],
    ),
    "batched_matmul": (
        {"batch": 8, "M": 512, "N": 512, "K": 256},
        {"A": "batch M K", "B": "batch K N", "C": "batch M N"},
        ["matmul"],
    ),
    "transposed": ({"M": 512, "N": 1024, "K": 2048}, {"A": "M K", "B": "N K", "C": "M N"}, ["matmul"]),
    "ragged_relu": (
        {"M": 1000, "N": 777, "K": 100},
        {"A": "M K", "B": "K N", "C": "M N"},
        ["matmul", "relu"],
    ),
    "residual": (
        {"M": 2048, "N": 1024, "K": 1024},
        {"X": "M K", "W": "K N", "skip": "M N", "Y": "M N"},
        ["matmul", "scale(0.125)", "add(skip)"],
    ),
}


def documented(path: Path) -> Kernel:
    """What the command in the example's docstring extracts."""
    command = re.search(r"ttplan extract (.*)", path.read_text())
    assert command is not None
    target, *rest = shlex.split(command.group(1))
    file, name = parse_target(Path(target).name)
    assert file.name == path.name
    return extract(path, name, dict(parse_define(text) for text in rest if text != "-D"))


def test_every_example_is_expected() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(EXPECTED)


@pytest.mark.parametrize("stem", EXPECTED)
def test_example_gives_its_kernel(stem: str) -> None:
    kernel = documented(EXAMPLES / f"{stem}.py")
    dims, buffers, ops = EXPECTED[stem]
    assert kernel.name == stem
    assert list(kernel.dims.items()) == list(dims.items())
    assert {buffer.name: " ".join(buffer.dims) for buffer in kernel.buffers} == buffers
    assert [buffer.io for buffer in kernel.buffers] == ["in"] * (len(buffers) - 1) + ["out"]
    assert ops_of(kernel) == ops
    assert kernel.compute.fp32_dest_acc_en is True
    assert analyse(kernel).order == tuple(range(len(ops)))


def test_one_matrix_for_the_whole_batch() -> None:
    kernel = extract(
        EXAMPLES / "batched_matmul.py", "shared_weights", {"batch": 4, "M": 64, "N": 96, "K": 32}
    )
    assert [buffer.dims for buffer in kernel.buffers] == [
        ("batch", "M", "K"),
        ("K", "N"),
        ("batch", "M", "N"),
    ]


@pytest.mark.parametrize("left", [False, True])
@pytest.mark.parametrize("right", [False, True])
def test_transposes_are_dims_in_the_other_order(left: bool, right: bool) -> None:
    defines = {"M": 64, "N": 96, "K": 128, "transpose_A": left, "transpose_B": right}
    kernel = extract(EXAMPLES / "transposed.py", None, defines)
    assert [b.dims for b in kernel.buffers[:2]] == [
        ("K", "M") if left else ("M", "K"),
        ("N", "K") if right else ("K", "N"),
    ]


def test_block_sizes_change_hints_only() -> None:
    sizes = {"M": 512, "N": 512, "K": 512}
    small = extract(EXAMPLES / "matmul.py", None, {**sizes, "block_M": 32, "block_N": 64, "block_K": 16})
    large = extract(EXAMPLES / "matmul.py", None, sizes)
    assert small.hints != large.hints
    assert small.model_copy(update={"hints": None}) == large.model_copy(update={"hints": None})


def test_names_change_nothing_but_names(tmp_path: Path) -> None:
    text = (EXAMPLES / "linear_gelu.py").read_text()
    names = {
        "X": "zeta",
        "W": "A0",
        "Y": "bias_",
        "bias": "W2",
        "tokens": "z",
        "features": "a",
        "hidden": "k9",
    }
    names |= {"sums": "x", "x_tile": "q", "w_tile": "sums"}
    renamed = tmp_path / "renamed.py"
    renamed.write_text(re.sub(r"[A-Za-z_]\w*", lambda word: names.get(word.group(), word.group()), text))
    sizes = {"tokens": 96, "features": 64, "hidden": 160}
    first = extract(EXAMPLES / "linear_gelu.py", None, sizes)
    second = extract(renamed, None, {names[name]: value for name, value in sizes.items()})
    shown = dumps(first).replace("linear_gelu.py", "renamed.py")
    expected = re.sub(r"[A-Za-z_]\w*", lambda word: names.get(word.group(), word.group()), shown)
    assert json.loads(expected) == json.loads(dumps(second))


def test_a_home_that_cannot_be_written_is_no_obstacle(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from ttplan.extract import extract;"
        "print(extract(Path(sys.argv[1]), None, {'M': 64, 'N': 64, 'K': 64}).name)"
    )
    root = str(Path(__file__).parents[2])
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/proc/none", "TMPDIR": str(tmp_path), "PYTHONPATH": root}
    command = [sys.executable, "-c", code, str(EXAMPLES / "matmul.py")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert done.stdout == "matmul\n", done.stderr


def test_same_bytes_whatever_the_hash_seed_and_the_folder(tmp_path: Path) -> None:
    copy = tmp_path / "matmul_lazy.py"
    copy.write_bytes((EXAMPLES / "matmul_lazy.py").read_bytes())
    code = (
        "import sys; from pathlib import Path; from ttplan.document import dumps;"
        "from ttplan.extract import extract;"
        "print(dumps(extract(Path(sys.argv[1]), None, {'M': 256, 'N': 256, 'K': 128})))"
    )
    root = str(Path(__file__).parents[2])
    texts = set()
    for seed, path in (("1", copy), ("77", EXAMPLES / "matmul_lazy.py")):
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": root,
        }
        done = subprocess.run(
            [sys.executable, "-c", code, str(path)],
            capture_output=True,
            text=True,
            env=environment,
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stderr
        texts.add(done.stdout)
    assert len(texts) == 1
