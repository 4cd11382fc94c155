"""Time and memory of `ttplan simulate`: `python benchmarks/simulate.py`.

Square bfloat16 products on an n150 cut to square grids: over the size on 64 cores, and over the cores at 1024. Every
run is a process of its own. `first` finds an empty cache, `cold` only the runtime compiled, `warm` everything; the
warm runs must print the same bytes. Writes simulate.md and simulate.svg next to itself (-o: another folder).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ttplan.device import Device, load_device
from ttplan.document import dumps, validate, write_atomically
from ttplan.kernel import Kernel
from ttplan.solve import solve

SIZES = (256, 512, 1024, 1536, 2048)
SIDES = (1, 2, 4, 8)
WARM_RUNS = 3
LIMIT_SECONDS, LIMIT_MEGABYTES = 10, 2048
"""Of 1024 x 1024 x 1024 on 64 cores, warm."""


@dataclass(frozen=True)
class Row:
    """One product on one grid. steps: API calls of all kernels; megabytes: peak of any process of the command."""

    size: int
    cores: int
    first: float | None
    cold: float
    warm: float
    steps: int
    megabytes: int
    identical: bool

    @property
    def products(self) -> int:
        """Tile products."""
        return (self.size // 32) ** 3


def product(size: int) -> Kernel:
    """A square bfloat16 matmul."""
    buffers = [("A", "MK", "in"), ("B", "KN", "in"), ("C", "MN", "out")]
    document = {
        "name": f"matmul_{size}",
        "dims": {"M": size, "K": size, "N": size},
        "buffers": [{"name": n, "dims": list(d), "dtype": "bfloat16", "io": io} for n, d, io in buffers],
        "ops": [{"op": "matmul", "in": ["A", "B"], "out": "C"}],
    }
    return validate(Kernel, document)


def square(side: int) -> Device:
    """An n150 with side x side cores."""
    device = load_device("n150").model_dump(by_alias=True)
    device["grid"] |= {"columns": side, "rows": side, "missing": []}
    return validate(Device, device)


def simulated(plan: Path, cache: Path) -> tuple[float, int, bytes]:
    """Wall seconds, peak resident megabytes and output of one `ttplan simulate`. Raises SystemExit on a finding."""
    command = [sys.executable, "-m", "ttplan", "simulate", str(plan), "--format", "json"]
    started = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env={**os.environ, "TTPLAN_CACHE": str(cache)}
    ) as process:
        assert process.stdout is not None
        text = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{plan.name}: exit code {process.returncode}\n{text.decode()}")
    return time.perf_counter() - started, usage.ru_maxrss // 1024, text


def measured(size: int, side: int, folder: Path, first_ever: bool) -> Row:
    """Run one product until everything is warm."""
    plan = folder / f"{size}_{side}.json"
    solved = solve(product(size), square(side), (f"cores={side * side}",))
    write_atomically(plan, dumps(solved))
    cache = folder / "cache"
    first = simulated(plan, cache)[0] if first_ever else None
    for kernels in cache.glob("kernels"):
        shutil.rmtree(kernels)
    cold = simulated(plan, cache)[0]
    runs = [simulated(plan, cache) for _ in range(WARM_RUNS)]
    return Row(
        size,
        len(solved.partition.cores),
        first,
        cold,
        min(seconds for seconds, _, _ in runs),
        int(json.loads(runs[0][2])["statistics"]["steps"]),
        max(megabytes for _, megabytes, _ in runs),
        len({hashlib.sha256(text).hexdigest() for _, _, text in runs}) == 1,
    )


def table(rows: list[Row]) -> str:
    """The rows as Markdown, and the verdict on the largest wish."""
    lines = [
        "# Time and memory of `ttplan simulate`",
        "",
        f"`python benchmarks/simulate.py` on a host of {os.cpu_count()} cores: wall seconds of the whole command, bfloat16,",
        f"warm is the best of {WARM_RUNS}. Memory is the peak of the largest process.",
        "",
        "| product | cores | tile products | API calls | cold (s) | warm (s) | peak (MB) | same bytes |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.size}^3 | {row.cores} | {row.products:,} | {row.steps:,} | {row.cold:.2f} | {row.warm:.2f} "
        f"| {row.megabytes} | {'yes' if row.identical else 'NO'} |"
        for row in rows
    ]
    first = next(row.first for row in rows if row.first is not None)
    wish = next(row for row in rows if (row.size, row.cores) == (1024, 64))
    kept = wish.warm < LIMIT_SECONDS and wish.megabytes < LIMIT_MEGABYTES and wish.identical
    lines += [
        "",
        f"The first run ever, which also compiles the runtime, took {first:.0f} s.",
        f"1024^3 on 64 cores: {wish.warm:.2f} s of {LIMIT_SECONDS}, {wish.megabytes} MB of {LIMIT_MEGABYTES}, "
        f"{WARM_RUNS} runs {'identical' if wish.identical else 'different'}: {'kept' if kept else 'MISSED'}.",
        "",
        "![time over tile products and over cores](simulate.svg)",
    ]
    return "\n".join(lines) + "\n"


def panel(
    left: int, title: str, points: list[tuple[str, float, float]], name: Callable[[float], str]
) -> list[str]:
    """One chart: warm seconds over a quantity, both axes logarithmic. points: label, quantity, seconds."""
    width, height, top = 300, 200, 40
    xs, ys = [math.log(x) for _, x, _ in points], [math.log(y) for _, _, y in points]
    low, high = math.floor(min(ys) / math.log(2)), math.ceil(max(ys) / math.log(2))

    def place(x: float, y: float) -> tuple[float, float]:
        share = (y / math.log(2) - low) / max(high - low, 1)
        return left + (x - xs[0]) / (xs[-1] - xs[0]) * width, top + height * (1 - share)

    shapes = [f'<text x="{left}" y="20" font-weight="bold">{title}</text>']
    for power in range(low, high + 1):
        _, y = place(xs[0], power * math.log(2))
        shapes.append(f'<path d="M{left} {y:.1f}h{width}" stroke="#ddd"/>')
        shapes.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{2.0**power:g} s</text>')
    spots = [place(x, y) for x, y in zip(xs, ys, strict=True)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    shapes.append(f'<polyline points="{line}" fill="none" stroke="#27c" stroke-width="2"/>')
    for (label, _, seconds), (x, y) in zip(points, spots, strict=True):
        shapes.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#27c"/>')
        shapes.append(f'<text x="{x:.1f}" y="{y - 8:.1f}" text-anchor="middle">{name(seconds)}</text>')
        shapes.append(f'<text x="{x:.1f}" y="{top + height + 18}" text-anchor="middle">{label}</text>')
    return shapes


def chart(rows: list[Row]) -> str:
    """Both charts as SVG."""
    sizes = [(f"{row.size}^3", float(row.products), row.warm) for row in rows if row.cores == 64]
    cores = [(str(row.cores), float(row.cores), row.warm) for row in rows if row.size == 1024]
    shapes = [
        *panel(60, "warm seconds over the size, 64 cores", sizes, "{:.2f}".format),
        *panel(
            460, "warm seconds over the cores, 1024^3", sorted(cores, key=lambda c: c[1]), "{:.2f}".format
        ),
    ]
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="820" height="275" font-family="sans-serif" font-size="12">'
    return "\n".join([head, '<rect width="820" height="275" fill="white"/>', *shapes, "</svg>"]) + "\n"


def main() -> None:
    """Measure, write the table and the charts, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--out", type=Path, default=Path(__file__).parent)
    out: Path = parser.parse_args().out
    wanted = [(size, 8) for size in SIZES] + [(1024, side) for side in SIDES if side != 8]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="ttplan-bench-") as folder:
        for size, side in wanted:
            rows.append(measured(size, side, Path(folder), first_ever=not rows))
            print(rows[-1], file=sys.stderr, flush=True)
    write_atomically(out / "simulate.md", table(rows))
    write_atomically(out / "simulate.svg", chart(rows))
    print(table(rows), end="")


if __name__ == "__main__":
    main()
