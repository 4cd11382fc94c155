"""clingo, OR-Tools CP-SAT and plain Python on the same problems: `python benchmarks/solvers.py [--every N]`.

One matmul with everything in DRAM, on grids of n150 and p150. The three solve one model: the plans of docs/kernels.md
and the modelled time of docs/cost_model.md, as the encodings, as `cp_model.py`, and as loops (tests/oracle/space.py).
clingo also settles the levels below time, so that its plan is unique; the others stop at the least time. CPU seconds
of one thread each, from the kernel to the optimum, model building and grounding included.

Writes solvers.json.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from cp_model import optimum
from oracle.space import Space
from part import arguments
from rich.progress import track
from strategies import Case, device_of, kernel_of

from ttplan.document import write_atomically
from ttplan.rules.search import search
from ttplan.solve import problem_of

TILES = (
    (2, 2, 2), (4, 4, 4), (8, 8, 8), (1, 16, 16), (16, 8, 1), (5, 7, 11), (12, 10, 6), (16, 4, 12), (3, 32, 5), (2, 64, 2),
    (12, 12, 12), (16, 16, 16),
)  # fmt: skip
"""m, k, n of the problems."""
SIDES = (2, 4, 8)
BOARDS = ("n150", "p150")
PROBLEMS = tuple(product(TILES, BOARDS, SIDES))
LIMIT = 120.0
"""Seconds after which CP-SAT is stopped."""
Row = dict[str, Any]


def timed(work: Callable[[], int | None]) -> tuple[int | None, float]:
    """The result of some work and its CPU seconds."""
    before = time.process_time()
    result = work()
    return result, round(time.process_time() - before, 4)


def compare(tiles: tuple[int, int, int], board: str, side: int) -> Row:
    """One problem, solved three times."""
    m, k, n = (32 * size for size in tiles)
    case = Case(m, k, n, layouts={"out": {"memory": "DRAM", "layout": "interleaved"}}, fidelity="HiFi2")
    device = device_of(board, side, side)

    def by_clingo() -> int:
        problem = problem_of(kernel_of(case), device)
        answer = search(problem)
        assert answer.proven and answer.unit == 1
        return answer.time_units + device.calibration.startup

    def by_loops() -> int | None:
        best = Space(case, device).best()
        return None if best is None else best.time

    row: Row = {"tiles": list(tiles), "device": f"{board} {side}x{side}"}
    for name, work in (
        ("clingo", by_clingo),
        ("cp_sat", lambda: optimum(Space(case, device), LIMIT)[0]),
        ("loops", by_loops),
    ):
        row[f"{name}_cycles"], row[f"{name}_seconds"] = timed(work)
    return row


def section(rows: list[Row]) -> str:
    """The part of the report."""
    lines = ["## Solvers on identical models", "", (__doc__ or "").split("\n\n")[1].strip(), ""]
    lines += [f"{len(rows)} of {len(PROBLEMS)} problems.", ""]
    columns = ("m x k x n tiles", "device", "optimum (cycles)", "clingo (s)", "CP-SAT (s)", "loops (s)")
    lines += [f"| {' | '.join((*columns, 'CP-SAT / clingo', 'loops / clingo'))} |", "|---" * 8 + "|"]
    ratios: dict[str, list[float]] = {"cp_sat": [], "loops": []}
    for row in rows:
        seconds = {name: row[f"{name}_seconds"] for name in ("clingo", *ratios)}
        for name in ratios:
            ratios[name].append(seconds[name] / seconds["clingo"])
        cp_sat = f"{seconds['cp_sat']:.2f}" if row["cp_sat_cycles"] is not None else f"> {LIMIT:.0f}"
        lines.append(
            f"| {' x '.join(map(str, row['tiles']))} | {row['device']} | {row['clingo_cycles']} | {seconds['clingo']:.2f} "
            f"| {cp_sat} | {seconds['loops']:.2f} | {ratios['cp_sat'][-1]:.1f} | {ratios['loops'][-1]:.1f} |"
        )
    different = [
        row
        for row in rows
        if {row["clingo_cycles"], row["loops_cycles"], row["cp_sat_cycles"] or row["clingo_cycles"]}
        != {row["clingo_cycles"]}
    ]
    unfinished = sum(row["cp_sat_cycles"] is None for row in rows)
    medians = {name: statistics.median(values) for name, values in ratios.items()}
    lines += [
        "",
        f"Different optima: {len(different)} of {len(rows)}. Not finished by CP-SAT in {LIMIT:.0f} s: {unfinished}.",
        f"Median time over clingo's: CP-SAT {medians['cp_sat']:.1f}, loops {medians['loops']:.1f}. "
        f"clingo is slower than CP-SAT on {sum(ratio < 1 for ratio in ratios['cp_sat'])} problems.",
    ]
    return "\n".join(lines) + "\n"


def run(every: int, folder: Path) -> None:
    """Run and write solvers.json."""
    work = PROBLEMS[::every]
    compare(*work[0])  # what is loaded once is nobody's time
    rows = [compare(*one) for one in track(work, "solvers", disable=not sys.stderr.isatty())]
    write_atomically(folder / "solvers.json", json.dumps(rows) + "\n")


def read(folder: Path) -> list[Row]:
    """The results that `run` wrote."""
    rows: list[Row] = json.loads((folder / "solvers.json").read_text(encoding="utf-8"))
    return rows


def main() -> None:
    """Command line."""
    options = arguments(__doc__).parse_args()
    run(options.every, options.out)
    print(section(read(options.out)))


if __name__ == "__main__":
    main()
