"""ttplan against what a user of TTNN has today: `python benchmarks/against_ttnn.py [--every N] [-o FOLDER]`.

Measured shapes: modelled time of ttplan's plan, with the storage of the measurement, against the configuration that
was measured (tuned by hand, or chosen by auto-config). Sweep: against auto-config, with the same storage. Writes
measured.json and sweep.json; `benchmarks/report.py` makes the report of them.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matmul_set import matmul
from part import arguments
from rich.progress import track
from sweep_set import COUNT, sweep

from ttplan.calibrate.measurements import Measurement, read_measurements
from ttplan.cost import modelled_time, terms
from ttplan.device import Device, load_device
from ttplan.document import validate, write_atomically
from ttplan.kernel import Kernel, Layout
from ttplan.plan import Plan
from ttplan.rules.problem import Infeasible, Problem
from ttplan.solve import problem_of, solve_problem
from ttplan.ttnn import Refusal, for_ttnn
from ttplan.ttnn.baseline import stock_call, stock_plan

MEASURED = Path(__file__).parents[2] / "shared" / "data" / "gemm_measured.csv"
Row = dict[str, Any]


def board(name: str, grid: tuple[int, int]) -> Device:
    """The board with the grid of a measurement. A p150 on older firmware has two columns more, numbered on."""
    device = load_device(name)
    if grid == (device.grid.columns, device.grid.rows):
        return device
    document = device.model_dump(by_alias=True)
    columns, last = document["noc"]["translated_x"], device.noc.translated_x[-1]
    document["noc"]["translated_x"] = [*columns, *range(last + 1, last + 1 + grid[0] - len(columns))]
    document["grid"] |= {"columns": grid[0], "rows": grid[1]}
    return validate(Device, document)


def kernel_of(item: Measurement) -> Kernel:
    """The measured multiplication, its tensors where they were measured."""
    kernel = matmul(item.shape, dtypes=(item.dtype.lower(),) * 3, fidelity=item.configuration.fidelity)
    in0, out = item.configuration.flow("in0"), item.configuration.flow("out")
    layout = {
        "A": Layout(memory="L1", layout="block_sharded")
        if in0.movement == "rotate"
        else Layout(memory="DRAM"),
        "C": Layout(memory="L1", layout="block_sharded")
        if out.movement == "local"
        else Layout(memory="DRAM"),
    }
    return kernel.model_copy(update={"layout": layout})


def measured(path: Path, every: int) -> list[Row]:
    """One row per measured configuration; repeated measurements of one configuration count once."""
    distinct = {
        (item.board, item.grid, item.tuned, item.shape, item.configuration): item
        for item in read_measurements(path)
    }
    rows = []
    for item in track(list(distinct.values())[::every], "measured", disable=not sys.stderr.isatty()):
        device, configuration = board(item.board, item.grid), item.configuration
        problem = problem_of(kernel_of(item), device)
        plan = solve_problem(problem).plan
        rows.append(
            {
                "board": f"{item.board} {item.grid[0]}x{item.grid[1]}",
                "tuned": item.tuned,
                "shape": list(item.shape),
                "dtype": item.dtype.lower(),
                "fidelity": configuration.fidelity,
                "in0": configuration.flow("in0").movement,
                "given": modelled_time(terms(configuration, device.calibration, device.dram.bytes_per_cycle)),
                "plan": plan.cost.cycles,
                "ttnn": _cycles(for_ttnn(problem)),
                **_stock(plan),
            }
        )
    return rows


def _cycles(problem: Problem) -> int | None:
    """Modelled cycles of the best plan, None without one."""
    try:
        return solve_problem(problem).plan.cost.cycles
    except Infeasible:
        return None


def swept(every: int) -> list[Row]:
    """One row per problem of the sweep. stock: modelled cycles of auto-config's choice, None when it is not legal."""
    rows = []
    for kind, name, kernel in track(sweep()[::every], "sweep", disable=not sys.stderr.isatty()):
        device = load_device(name)
        row: Row = {
            "kind": kind,
            "device": name,
            "dims": dict(kernel.dims),
            "dtype": kernel.buffers[0].dtype,
            "storage": kernel.layout["C"].layout,
        }
        rows.append(row)
        try:
            plan = solve_problem(problem_of(kernel, device)).plan
        except Infeasible as refusal:
            row |= {"plan": None, "conflict": [str(item) for item in refusal.conflict]}
            continue
        row["plan"] = plan.cost.cycles
        row |= _stock(plan)
    return rows


def _stock(plan: Plan) -> Row:
    """Auto-config's choice for a plan's kernel and storage."""
    call = stock_call(plan)
    if isinstance(call, Refusal):
        return {"stock": None, "broken": [call.rule]}
    stock = stock_plan(call, plan.device)
    broken = [finding.rule for finding in stock.findings] or ([] if stock.legal else ["refused"])
    return {
        "stock": stock.cycles,
        "config": None if stock.auto.config is None else stock.auto.config.kind,
        "broken": broken,
    }


def speedups(rows: list[Row], before: str, after: str) -> list[float]:
    """Ratios of the rows that have both times."""
    return [row[before] / row[after] for row in rows if row.get(before) and row.get(after)]


def _line(name: str, ratios: list[float]) -> str:
    if not ratios:
        return f"| {name} | 0 | | | | |"
    mean, low, high = statistics.geometric_mean(ratios), min(ratios), max(ratios)
    worse = sum(ratio < 1 for ratio in ratios)
    return f"| {name} | {len(ratios)} | {mean:.3f} | {low:.3f} | {high:.2f} | {worse} |"


HEAD = ["| | problems | geometric mean | least | most | below 1 |", "|---|---|---|---|---|---|"]


def section(results: dict[str, list[Row]]) -> str:
    """The part of the report."""
    shown = {"measured": _measured_lines, "sweep": _sweep_lines}
    return "\n\n".join("\n".join(shown[part](rows)) for part, rows in results.items()) + "\n"


def _measured_lines(rows: list[Row]) -> list[str]:
    lines = ["## Measured shapes", ""]
    lines += [
        "Modelled time of the configuration that was measured over that of ttplan's plan with the same storage: tuned by",
        "hand (`manual`) and chosen by auto-config (`out_of_box`); then of what auto-config chooses for the storage that",
        "was tuned by hand.",
        "",
        *HEAD,
    ]
    for who in ("manual", "out_of_box"):
        chosen = [row for row in rows if row["tuned"] == who]
        for name in sorted({row["board"] for row in chosen}):
            own = [row for row in chosen if row["board"] == name]
            lines.append(_line(f"{who}, {name}", speedups(own, "given", "plan")))
        lines.append(_line(f"{who}, all", speedups(chosen, "given", "plan")))
        lines.append(_line(f"{who}, all, plan that TTNN runs", speedups(chosen, "given", "ttnn")))
    tuned = [row for row in rows if row["tuned"] == "manual"]
    lines.append(_line("auto-config with the storage of manual", speedups(tuned, "stock", "plan")))
    worse = [row for row in rows if row["given"] < row["plan"]]
    return [*lines, *(f"- slower than given: {row}" for row in worse)]


def _sweep_lines(rows: list[Row]) -> list[str]:
    lines = ["## Sweep against auto-config", ""]
    lines += [
        f"{len(rows)} of {COUNT} problems. Modelled time of the configuration that TTNN chooses by itself over that of",
        "ttplan's plan with the same storage. Ops that the chosen config cannot fuse are charged with the start of a call",
        "and their arithmetic, not with their data movement.",
        "",
        *HEAD,
    ]
    for kind in dict.fromkeys(row["kind"] for row in rows):
        lines.append(_line(kind, speedups([row for row in rows if row["kind"] == kind], "stock", "plan")))
    for name in dict.fromkeys(row["device"] for row in rows):
        lines.append(_line(name, speedups([row for row in rows if row["device"] == name], "stock", "plan")))
    for storage in sorted({row["storage"] for row in rows}):
        chosen = [row for row in rows if row["storage"] == storage]
        lines.append(_line(f"output {storage}", speedups(chosen, "stock", "plan")))
    lines.append(_line("all", speedups(rows, "stock", "plan")))
    illegal = [row for row in rows if row["plan"] and not row["stock"]]
    causes = Counter(row["broken"][0] for row in illegal)
    lines += [
        "",
        f"Auto-config's choice is refused, broken or overflows L1 while ttplan has a plan: {len(illegal)} of {len(rows)} "
        f"({100 * len(illegal) / len(rows):.1f} %)"
        + (": " + ", ".join(f"{rule} {count}" for rule, count in causes.most_common()) if causes else "")
        + ".",
        f"Problems without a plan: {sum(not row['plan'] for row in rows)}.",
    ]
    ratios = [(row["stock"] / row["plan"], row) for row in rows if row["plan"] and row.get("stock")]
    ratio, worst = min(ratios, key=lambda pair: pair[0])
    lines.append(
        f"Worst case: {ratio:.5f} ({worst['kind']} {worst['dims']} {worst['dtype']} on {worst['device']})."
    )
    return lines


PARTS = ("measured", "sweep")


def run(csv_path: Path, every: int, folder: Path, parts: Sequence[str] = PARTS) -> None:
    """Run and write one file per part."""
    for part in parts:
        rows = measured(csv_path, every) if part == "measured" else swept(every)
        write_atomically(folder / f"{part}.json", json.dumps(rows) + "\n")


def read(folder: Path) -> dict[str, list[Row]]:
    """The results that `run` wrote, of the parts that are there."""
    files = {part: folder / f"{part}.json" for part in PARTS}
    return {
        part: json.loads(path.read_text(encoding="utf-8")) for part, path in files.items() if path.is_file()
    }


def main() -> None:
    """Command line."""
    parser = arguments(__doc__)
    parser.add_argument("--csv", type=Path, default=MEASURED, help="the published measurements")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this part")
    options = parser.parse_args()
    run(options.csv, options.every, options.out, options.part or PARTS)
    print(section(read(options.out)))


if __name__ == "__main__":
    main()
