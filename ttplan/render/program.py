"""Everything a plan renders to, as text by file name, and the writer that leaves nothing half-written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ttplan.contract.command import tt_plan_text
from ttplan.contract.work import total_tiles
from ttplan.document import dumps, write_files
from ttplan.errors import InternalError
from ttplan.plan import KernelPlan, Plan
from ttplan.render.compute import compute_kernel
from ttplan.render.host import build_file, host_program, python_driver
from ttplan.render.movement import movement_kernel

LISTED_TILES = 1 << 14
"""Largest output in tiles whose program carries a tt.plan.json, which lists tile by tile."""


def render_kernel(plan: Plan, kernel: KernelPlan) -> str:
    """The C++ source of one kernel of the plan."""
    return compute_kernel(plan, kernel) if kernel.processor == "compute" else movement_kernel(plan, kernel)


def kernel_file(kernel: KernelPlan) -> str:
    """Where the kernel's source lies below the output folder."""
    return f"kernels/{kernel.name}.cpp"


def render_program(plan: Plan) -> dict[str, str]:
    """File name -> text: one `kernels/<name>.cpp` per kernel, main.cpp, CMakeLists.txt, run.py, plan.json and,
    for outputs of at most LISTED_TILES tiles, tt.plan.json.

    Raises InternalError when the plan's tables contradict each other.
    """
    names = [kernel.name for kernel in plan.kernels]
    if len(set(names)) != len(names):
        raise InternalError(f"two kernels of the plan have one name: {', '.join(names)}")
    files = {kernel_file(kernel): render_kernel(plan, kernel) for kernel in plan.kernels}
    files["main.cpp"] = host_program(plan)
    files["CMakeLists.txt"] = build_file(plan)
    files["run.py"] = python_driver(plan)
    if total_tiles(plan) <= LISTED_TILES:
        files["tt.plan.json"] = tt_plan_text(plan)
    files["plan.json"] = dumps(plan)
    return files


def write_program(files: Mapping[str, str], folder: Path, option: str = "") -> tuple[Path, ...]:
    """Write rendered files below `folder`, each atomically, plan.json last: where it stands, the rest is
    complete.

    option: the one that named the folder. Returns the paths in the order written. Raises InputError when the folder
    cannot be written.
    """
    order = sorted(files, key=lambda name: (name == "plan.json", name))
    write_files({folder / name: files[name] for name in order}, option)
    return tuple(folder / name for name in order)
