"""The text of the kernels, reviewed like code. `pytest tests/render --regenerate` writes it anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from render.rendered import files_of

GOLDEN = Path(__file__).parent / "golden"

KERNELS = (
    "split_ragged",
    "multicast_2d_blackhole",
    "multicast_2d_one_processor",
    "multicast_in0_line",
    "batched_multicast",
    "both_transposed_formats",
    "in0_transposed_accumulates",
    "l1_accumulation",
    "scale_row_relu",
    "shared_partials_row",
    "fp32_partials",
    "row_residual_silu",
    "residual_one_block",
    "in0_height",
    "in0_width_line",
    "in0_block_several",
    "in1_dram",
    "everything_local",
)
"""Cases whose kernels are kept: together they use every macro of the templates."""

PROGRAMS = ("fp32_partials", "everything_local")
"""Cases whose host program and Python driver are kept as well."""


def wanted() -> list[tuple[str, str]]:
    names = [(case, name) for case in KERNELS for name in files_of(case) if name.startswith("kernels/")]
    return names + [(case, name) for case in PROGRAMS for name in ("main.cpp", "run.py", "CMakeLists.txt")]


@pytest.mark.parametrize(("case", "name"), wanted(), ids=lambda value: value.replace("/", "_"))
def test_text_is_the_reviewed_text(case: str, name: str, request: pytest.FixtureRequest) -> None:
    path = GOLDEN / case / Path(name).name
    if request.config.getoption("--regenerate", default=False):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files_of(case)[name], encoding="utf-8")
    assert path.exists(), f"no golden file {path}; run pytest tests/render --regenerate"
    assert files_of(case)[name] == path.read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    kept = {GOLDEN / case / Path(name).name for case, name in wanted()}
    assert {path for path in GOLDEN.rglob("*") if path.is_file()} == kept
