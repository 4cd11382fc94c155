"""Rendered C++ compiles without a warning: kernels against the kernel API, main.cpp against the host's."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from render.cases import CASES
from render.rendered import files_of, plan_of
from ttplan.simulate.from_plan import program_of
from ttplan.simulate.prelude import kernel_prelude

WARNINGS = ("-fsyntax-only", "-Wall", "-Wextra", "-Werror")
KERNEL_API = Path(__file__).parents[2] / "ttplan" / "simulate" / "include"
HOST_API = Path(__file__).parent / "host_api"

HOSTS = (
    "fp32_partials",
    "block_float",
    "half",
    "both_transposed_formats",
    "everything_local",
    "in1_dram",
    "multicast_2d_one_processor",
)
"""Cases whose host programs differ: formats, shards, shared memory, semaphores, kernels without arguments."""


def compile_all(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:4000]


@pytest.mark.parametrize("case", [case.name for case in CASES])
def test_kernels_compile_without_warning(case: str, compiler: str, tmp_path: Path) -> None:
    program = program_of(plan_of(case))
    sources = []
    for kernel in program.kernels:
        assert kernel.source is not None
        (tmp_path / f"{kernel.name}.h").write_text(kernel_prelude(program, kernel))
        (tmp_path / f"{kernel.name}.cpp").write_text(f'#include "{kernel.name}.h"\n{kernel.source}')
        sources.append(f"{kernel.name}.cpp")
    compile_all([compiler, "-std=c++17", *WARNINGS, f"-I{KERNEL_API}", *sources], tmp_path)


@pytest.mark.parametrize("case", HOSTS)
def test_host_program_compiles_without_warning(case: str, compiler: str, tmp_path: Path) -> None:
    (tmp_path / "main.cpp").write_text(files_of(case)["main.cpp"])
    folder = '-DKERNEL_FOLDER="/kernels/"'
    compile_all([compiler, "-std=c++20", *WARNINGS, f"-I{HOST_API}", folder, "main.cpp"], tmp_path)


def test_an_unused_constant_would_be_noticed(compiler: str, tmp_path: Path) -> None:
    text = files_of("split")["main.cpp"].replace("CreateProgram();", "CreateProgram(); const int unused = 1;")
    (tmp_path / "main.cpp").write_text(text)
    with pytest.raises(AssertionError, match="unused"):
        compile_all(
            [compiler, "-std=c++20", *WARNINGS, f"-I{HOST_API}", '-DKERNEL_FOLDER=""', "main.cpp"], tmp_path
        )
