"""Arguments to values: kernels, plans and the options of a search."""

from __future__ import annotations

import os
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from ttplan.errors import InputError

if TYPE_CHECKING:
    from ttplan.kernel import Kernel
    from ttplan.plan import Plan
    from ttplan.rules.problem import Options


LARGEST_SEED = 2**32 - 1


def read_kernel(source: str, defines: list[str] | None) -> Kernel:
    """A kernel.json, or a TileLang file as FILE.py or FILE.py:NAME with NAME=VALUE defines.

    Raises InputError when it is neither, or cannot be read.
    """
    from ttplan.document import load
    from ttplan.kernel import Kernel

    if source.endswith(".json"):
        if defines:
            raise InputError("-D", "only TileLang kernels have parameters to define", defines[0])
        return load(Kernel, Path(source))
    from ttplan.extract import extract, parse_defines, parse_target

    path, name = parse_target(source)
    if path.suffix != ".py":
        raise InputError(
            "", "a kernel is a .json document or a TileLang .py file", source, ("kernel.json", "FILE.py:NAME")
        )
    return extract(path, name, parse_defines(defines or ()))


def read_plan(path: Path) -> Plan:
    """A plan.json, or the one in a folder. Raises InputError when it cannot be read."""
    from ttplan.document import load
    from ttplan.plan import Plan

    return load(Plan, path / "plan.json" if path.is_dir() else path)


def require_within(option: str, value: int, least: int, most: int) -> None:
    """Raises InputError for a number out of range."""
    if not least <= value <= most:
        raise InputError(option, "the number is out of range", value, (f"{least}..{most}",))


def search_options(
    rules: list[Path] | None = None,
    time_limit: float | None = None,
    conflicts: int | None = None,
    seed: int = 0,
    threads: int = 1,
    counters: bool = False,
) -> Options:
    """How to search: files of more rules, a limit in seconds, a budget in conflicts per search, and whether
    to count what it costs.

    Raises InputError for numbers out of range, or rules that cannot be read.
    """
    from ttplan.rules.problem import Options, read_rules

    if time_limit is not None and not 0 < time_limit < inf:
        raise InputError("--time-limit", "seconds must be positive", time_limit)
    if conflicts is not None:
        require_within("--conflicts", conflicts, 1, 2**31 - 1)
    require_within("--seed", seed, 0, LARGEST_SEED)
    require_within("--threads", threads, 1, os.cpu_count() or 1)
    return Options(time_limit, conflicts, seed, threads, rules=read_rules(rules or ()), counters=counters)
