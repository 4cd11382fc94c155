"""How solving grows: `python benchmarks/growth.py [--every N]`. Seconds over tiles (512^3 to 65536^3) and over cores.

CPU seconds of grounding and solving to the proven optimum, the least of some runs. Cores: cut-down grids of a p150, and
one of 14 x 10, the whole of the chip. Writes growth.json; the plots are made of it.
"""

from __future__ import annotations

import json
import math
import sys
import time
from pathlib import Path
from typing import Any

from against_ttnn import board
from matmul_set import matmul
from part import arguments
from rich.progress import track

from ttplan.device import Device, load_device
from ttplan.document import write_atomically
from ttplan.kernel import Kernel
from ttplan.rules.problem import Infeasible, Options
from ttplan.rules.search import search
from ttplan.solve import problem_of

SIZES = (512, 1024, 2048, 4096, 8192, 16384, 32768, 65536)
GRIDS = ((1, 1), (2, 1), (2, 2), (4, 2), (4, 4), (8, 4), (8, 8), (11, 10), (13, 10), (14, 10))
BOARDS = ("n150", "p150")
CORES_SIZE = 4096
"""Side of the product that is solved on every grid."""
REPEAT = 2
Row = dict[str, Any]


def measure(kernel: Kernel, device: Device) -> Row:
    """Seconds of the quickest of REPEAT solves, and how large the program was."""
    problem, runs = problem_of(kernel, device, (), Options(counters=True)), []
    for _ in range(REPEAT):
        before = time.process_time()
        try:
            answer = search(problem)
        except Infeasible as refusal:
            efforts, result = refusal.efforts, f"no plan: {', '.join(item.name for item in refusal.conflict)}"
        else:
            efforts, result = answer.efforts, "proven" if answer.proven else "bounded"
        runs.append(time.process_time() - before)
    return {
        "seconds": round(min(runs), 4),
        "rules": max((effort.rules for effort in efforts), default=0),
        "conflicts": sum(effort.conflicts for effort in efforts),
        "result": result,
    }


def growth(every: int) -> dict[str, list[Row]]:
    """Rows over tiles and over cores."""
    sizes, cores = [], []
    for name in BOARDS:
        for size in track(SIZES[::every], f"tiles, {name}", disable=not sys.stderr.isatty()):
            for where in ("free", "dram"):
                kernel = matmul((size, size, size), dram=where == "dram")
                found = measure(kernel, load_device(name))
                sizes.append({"board": name, "size": size, "output": where, **found})
    kernel = matmul((CORES_SIZE, CORES_SIZE, CORES_SIZE))
    for grid in track(GRIDS[::every], "cores", disable=not sys.stderr.isatty()):
        found = measure(kernel, board("p150", grid))
        cores.append({"grid": list(grid), "cores": grid[0] * grid[1], **found})
    return {"sizes": sizes, "cores": cores}


def run(every: int, folder: Path) -> None:
    """Run and write growth.json."""
    write_atomically(folder / "growth.json", json.dumps(growth(every)) + "\n")


def read(folder: Path) -> dict[str, list[Row]]:
    """The results that `run` wrote."""
    found: dict[str, list[Row]] = json.loads((folder / "growth.json").read_text(encoding="utf-8"))
    return found


def section(results: dict[str, list[Row]]) -> str:
    """The part of the report, with references to the plots."""
    lines = [
        "## Cost of growth",
        "",
        "CPU seconds to the proven optimum, grounding included; bfloat16, HiFi2.",
        "",
    ]
    lines += ["| product | board | output | seconds | rules | conflicts | result |", "|---" * 7 + "|"]
    for row in results["sizes"]:
        where = "free" if row["output"] == "free" else "in DRAM"
        lines.append(
            f"| {row['size']}^3 | {row['board']} | {where} | {row['seconds']:.3f} | {row['rules']} "
            f"| {row['conflicts']} | {row['result']} |"
        )
    lines += ["", "| cores | grid | seconds | rules | conflicts | result |", "|---" * 6 + "|"]
    for row in results["cores"]:
        lines.append(
            f"| {row['cores']} | {row['grid'][0]} x {row['grid'][1]} | {row['seconds']:.3f} | {row['rules']} "
            f"| {row['conflicts']} | {row['result']} |"
        )
    lines += ["", "![seconds over tiles](growth_tiles.svg)", "![seconds over cores](growth_cores.svg)"]
    return "\n".join(lines) + "\n"


def plots(results: dict[str, list[Row]]) -> dict[str, str]:
    """File name -> SVG."""
    tiles = {
        f"{name}, output {where}": [
            ((row["size"] / 32) ** 3, row["seconds"])
            for row in results["sizes"]
            if (row["board"], row["output"], row["result"]) == (name, where, "proven")
        ]
        for name in BOARDS
        for where in ("free", "dram")
    }
    cores = {f"{CORES_SIZE}^3 on p150": [(row["cores"], row["seconds"]) for row in results["cores"]]}
    return {
        "growth_tiles.svg": plot("tile products m x k x n", tiles),
        "growth_cores.svg": plot("cores", cores),
    }


COLOURS = ("#2266bb", "#88aadd", "#bb5522", "#ddaa88")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 300, 60, 190, 20, 45


def plot(axis: str, curves: dict[str, list[tuple[float, float]]]) -> str:
    """Seconds over something, both logarithmic, with decades as grid lines."""
    points = [point for curve in curves.values() for point in curve]
    ends = [
        (math.floor(math.log10(min(values))), math.ceil(math.log10(max(values))))
        for values in zip(*points, strict=True)
    ]
    spans = [(low, max(high, low + 1)) for low, high in ends]
    inner = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM)

    def place(x: float, y: float) -> tuple[float, float]:
        across = (math.log10(x) - spans[0][0]) / (spans[0][1] - spans[0][0])
        up = (math.log10(y) - spans[1][0]) / (spans[1][1] - spans[1][0])
        return LEFT + across * inner[0], TOP + (1 - up) * inner[1]

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for power in range(spans[0][0], spans[0][1] + 1):
        x, _ = place(10.0**power, 10.0 ** spans[1][0])
        parts.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 15}" text-anchor="middle">{10.0**power:g}</text>'
        )
    for power in range(spans[1][0], spans[1][1] + 1):
        _, y = place(10.0 ** spans[0][0], 10.0**power)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g} s</text>')
    for index, (name, curve) in enumerate(curves.items()):
        colour, spots = COLOURS[index], [place(*point) for point in curve]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>' for x, y in spots]
        y = TOP + 12 + 16 * index
        parts.append(f'<text x="{WIDTH - RIGHT + 12}" y="{y}" fill="{colour}">{name}</text>')
    middle = LEFT + inner[0] / 2
    parts.append(f'<text x="{middle:.0f}" y="{HEIGHT - 8}" text-anchor="middle">{axis}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def main() -> None:
    """Command line."""
    options = arguments(__doc__).parse_args()
    run(options.every, options.out)
    for name, text in plots(read(options.out)).items():
        write_atomically(options.out / name, text)
    print(section(read(options.out)))


if __name__ == "__main__":
    main()
