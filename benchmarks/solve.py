"""Times of `ttplan solve` over the benchmark set: `python benchmarks/solve.py -o results`.

Writes results.json (one row per problem and device) and results.md (the summary and the slowest). In process: CPU
seconds of grounding and of solving, rules, conflicts, proven or not, the optimum. With --process also the wall time
and the peak memory of the whole command in a process of its own. --against old.json compares optima and times.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from matmul_set import DEVICES, problems
from measure import Machine, quantile
from rich.progress import track

from ttplan.device import load_device
from ttplan.kernel import Kernel
from ttplan.rules.problem import Options
from ttplan.rules.search import search
from ttplan.solve import problem_of

TARGETS = {"median": 0.1, "p99": 1.0, "process": 0.5, "megabytes": 300, "growth": 3}


def in_process(kernel: Kernel, device: str, repeat: int) -> dict[str, Any]:
    """One problem, solved here; seconds are CPU time of this process, the least of some runs after one that counts."""
    problem = problem_of(kernel, load_device(device))
    answer = search(replace(problem, options=Options(counters=True)))
    seconds = []
    for _ in range(repeat):
        before = time.process_time()
        search(problem)
        seconds.append(time.process_time() - before)
    return {
        "seconds": round(min(seconds), 4),
        "ground": round(sum(effort.ground_seconds for effort in answer.efforts), 4),
        "solve": round(sum(effort.solve_seconds for effort in answer.efforts), 4),
        "rules": max(effort.rules for effort in answer.efforts),
        "conflicts": sum(effort.conflicts for effort in answer.efforts),
        "stages": ", ".join(effort.stage for effort in answer.efforts),
        "proven": answer.proven,
        "optimum": [answer.time_units, *(answer.costs[level] for level in (3, 2, 1))],
        "unit": answer.unit,
    }


def whole_process(kernel: Kernel, device: str, folder: Path) -> dict[str, Any]:
    """One `ttplan solve`, from the start of the interpreter to the written plan; modules are compiled, as pip does."""
    source = folder / "kernel.json"
    source.write_text(kernel.model_dump_json(by_alias=True, exclude_none=True), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "ttplan",
        "solve",
        str(source),
        "--device",
        device,
        "--plan",
        str(folder / "plan.json"),
    ]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    started = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "process": round(time.perf_counter() - started, 3),
        "megabytes": round(usage.ru_maxrss / 1024),
        "exit": process.returncode,
    }


def summary(rows: list[dict[str, Any]], machine: Machine) -> list[tuple[str, str, str]]:
    """(what, measured, target)."""
    seconds = [row["seconds"] for row in rows]
    lines = [
        (Machine.NAME, str(machine), "the machine's speed"),
        ("problems", str(len(rows)), ""),
        ("proven", str(sum(row["proven"] for row in rows)), "all"),
        ("ground + solve, median", f"{statistics.median(seconds):.3f} s", f"{TARGETS['median']} s"),
        ("ground + solve, 99th percentile", f"{quantile(seconds, 0.99):.3f} s", f"{TARGETS['p99']} s"),
        ("ground + solve, slowest", f"{max(seconds):.3f} s", ""),
    ]
    for device in DEVICES:
        times = {row["problem"]: row["seconds"] for row in rows if row["device"] == device}
        small, large = times.get("square 512x512x512"), times.get("square 16384x16384x16384")
        if small and large:
            lines.append((f"16384^3 over 512^3, {device}", f"{large / small:.1f}", str(TARGETS["growth"])))
    if all("process" in row for row in rows):
        lines.append(
            (
                "whole process, median",
                f"{statistics.median(row['process'] for row in rows):.3f} s",
                f"{TARGETS['process']} s",
            )
        )
        lines.append(
            ("peak memory", f"{max(row['megabytes'] for row in rows)} MB", f"{TARGETS['megabytes']} MB")
        )
    return lines


def markdown(rows: list[dict[str, Any]], machine: Machine, slowest: int = 40) -> str:
    """The report: the summary, then the slowest problems."""
    table = ["| | measured | target |", "|---|---|---|"] + [
        f"| {a} | {b} | {c} |" for a, b, c in summary(rows, machine)
    ]
    table += [
        "",
        "| problem | device | seconds | ground | solve | rules | conflicts | proven | MB | stages |",
        "|---" * 10 + "|",
    ]
    for row in sorted(rows, key=lambda row: -row["seconds"])[:slowest]:
        cells = (
            "problem",
            "device",
            "seconds",
            "ground",
            "solve",
            "rules",
            "conflicts",
            "proven",
            "megabytes",
            "stages",
        )
        table.append("| " + " | ".join(str(row.get(cell, "")) for cell in cells) + " |")
    return (
        "# Solving the benchmark set\n\nRegenerated by `python benchmarks/solve.py --process -o FILE`.\n\n"
        + "\n".join(table)
        + "\n"
    )


def compare(rows: list[dict[str, Any]], old: list[dict[str, Any]]) -> list[str]:
    """Problems whose optimum changed, and the ratio of times."""
    before = {(row["problem"], row["device"]): row for row in old}
    pairs = [
        (before[row["problem"], row["device"]], row)
        for row in rows
        if (row["problem"], row["device"]) in before
    ]
    lines = [
        f"{new['problem']} on {new['device']}: optimum {past['optimum']} -> {new['optimum']}"
        for past, new in pairs
        if (past["optimum"], past["unit"]) != (new["optimum"], new["unit"])
    ]
    ratio = statistics.geometric_mean(new["seconds"] / past["seconds"] for past, new in pairs)
    return [*lines, f"{len(lines)} of {len(pairs)} optima changed; time ratio (geometric mean) {ratio:.3f}"]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, help="write FILE.json and FILE.md")
    parser.add_argument("--every", type=int, default=1, help="only every Nth problem")
    parser.add_argument("--offset", type=int, default=0, help="with --every: which of the N")
    parser.add_argument("--only", default="", help="only problems whose name contains this")
    parser.add_argument("--device", action="append", choices=DEVICES, help="only this device; repeatable")
    parser.add_argument(
        "--process", action="store_true", help="also run the whole command in a process of its own"
    )
    parser.add_argument("--repeat", type=int, default=1, help="take the least time of so many runs")
    parser.add_argument("--against", type=Path, help="compare with an earlier FILE.json")
    options = parser.parse_args()
    work = [
        (name, kernel, device)
        for device in options.device or DEVICES
        for name, kernel in problems().items()
        if options.only in name
    ][options.offset :: options.every]  # fmt: skip
    rows: list[dict[str, Any]] = [{"problem": name, "device": device} for name, _, device in work]
    quiet, machine = not sys.stderr.isatty(), Machine()
    # Processes first: a child reports at least the memory that this process had when it was started.
    if options.process:
        with tempfile.TemporaryDirectory() as folder:
            for row, (_, kernel, device) in zip(rows, track(work, "processes", disable=quiet), strict=True):
                row |= whole_process(kernel, device, Path(folder))
    # A child of its own for each problem, as users have it: clingo keeps every symbol that it has ever seen.
    with get_context("fork").Pool(1, maxtasksperchild=1) as pool:
        for row, (_, kernel, device) in machine.watched(
            zip(rows, track(work, "solving", disable=quiet), strict=True)
        ):
            row |= pool.apply(in_process, (kernel, device, options.repeat))
    if options.output:
        options.output.with_suffix(".json").write_text(json.dumps(rows, indent=0) + "\n", encoding="utf-8")
        options.output.with_suffix(".md").write_text(markdown(rows, machine), encoding="utf-8")
    for line in summary(rows, machine):
        print(
            f"{line[0]:40s} {line[1]:>12s}   target {line[2]}" if line[2] else f"{line[0]:40s} {line[1]:>12s}"
        )
    if options.against:
        print("\n".join(compare(rows, json.loads(options.against.read_text(encoding="utf-8")))))


if __name__ == "__main__":
    main()
