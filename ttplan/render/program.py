"""Everything a plan renders to, as text by file name, and the writer that leaves nothing half-written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from ttplan.contract.command import tt_plan_text
from ttplan.contract.work import total_tiles
from ttplan.document import dumps, load, write_files
from ttplan.errors import InputError, InternalError, TtplanError
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


def stale_files(files: Mapping[str, str], folder: Path, option: str = "") -> tuple[Path, ...]:
    """Files below `folder` that the plan which lies there was rendered to and that these files do not replace.

    Raises InputError for one that is not what that plan renders: somebody edited or replaced it.
    """
    path = folder / "plan.json"
    if not path.is_file():
        return ()
    try:
        plan = load(Plan, path)
    except TtplanError:
        return ()  # no plan of ttplan's, which says nothing of the files beside it
    names = (*map(kernel_file, plan.kernels), "tt.plan.json")
    found = [name for name in dict.fromkeys(names) if name not in files and os.path.lexists(folder / name)]
    if not found:
        return ()
    rendered = _rendered(plan)
    for name in found:
        if not _holds(folder, name, rendered.get(name)):
            words = (
                "a file of the earlier plan that the new one has not, and no longer what that plan renders"
            )
            raise InputError(option, words, str(folder / name), ("another folder, or the file moved away",))
    return tuple(folder / name for name in found)


def _rendered(plan: Plan) -> dict[str, str]:
    """What a plan from a folder renders to; nothing for one whose tables were edited until they contradict each other."""
    try:
        return render_program(plan)
    except Exception:  # tables of any content: what a template makes of them is not foreseeable
        return {}


def _holds(folder: Path, name: str, text: str | None) -> bool:
    """Whether a regular file below the folder itself, not behind a link, has this text."""
    path = folder / name
    inside = os.path.realpath(path) == os.path.join(os.path.realpath(folder), name)
    try:
        return text is not None and inside and path.is_file() and path.read_bytes() == text.encode()
    except OSError:
        return False


def write_program(
    files: Mapping[str, str], folder: Path, option: str = "", stale: Iterable[Path] = ()
) -> tuple[Path, ...]:
    """Write rendered files below `folder`, each atomically, plan.json last: where it stands, the rest is
    complete.

    option: the one that named the folder. stale: files that go. Returns the paths in the order written. Raises
    InputError when the folder cannot be written.
    """
    order = sorted(files, key=lambda name: (name == "plan.json", name))
    write_files({folder / name: files[name] for name in order}, option, stale)
    return tuple(folder / name for name in order)
