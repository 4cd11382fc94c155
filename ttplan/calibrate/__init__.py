"""`ttplan calibrate`: measured times of a board in, a device file with fitted constants and a report out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ttplan.calibrate.fit import CONSTANTS, fit
from ttplan.calibrate.measurements import Measurement, read_measurements
from ttplan.calibrate.quality import CLEAR, Group, Signs, groups, left_out_predictions, predictions, signs
from ttplan.device import Calibration, Device, load_device
from ttplan.document import dumps, write_atomically
from ttplan.errors import InputError

_KEPT = "Other constants: "
FITTED = tuple(constant.name for constant in CONSTANTS)
"""Names of the constants a calibration replaces."""


@dataclass(frozen=True)
class Report:
    """What a calibration is worth. signs_left_out: predicted by fits that have not seen the shape."""

    device: str
    file: str
    rows: int
    calibration: Calibration
    groups: tuple[Group, ...]
    signs: Signs
    signs_left_out: Signs | None

    def text(self) -> str:
        """Lines for people."""
        lines = [f"{self.device}: {self.rows} rows of {self.file}", ""]
        lines += [f"  {name:15} {getattr(self.calibration, name):>9}" for name in FITTED]
        errors = "    mean   median  largest  shape left out"
        lines += ["", f"  {'group':26} rows {errors}  Spearman (utilisation)"]
        for group in self.groups:
            unseen = _percent(group.left_out) if group.left_out is not None else "-"
            rank = f"{group.spearman:.4f}" if group.spearman is not None else "-"
            shares = (group.mean_error, group.median_error, group.largest_error)
            shown = " ".join(f"{_percent(share):>8}" for share in shares)
            lines.append(f"  {group.name:26} {group.rows:4} {shown} {unseen:>15} {rank:>9}")
        lines += ["", f"  order of two configurations of one problem more than {_percent(CLEAR)} apart:"]
        lines.append(f"    {_share(self.signs)}")
        if self.signs_left_out is not None:
            lines.append(f"    {_share(self.signs_left_out)} with the shape left out of the fit")
        return "\n".join(lines) + "\n"


def calibrate(path: Path, device: Device, leave_out: bool = True) -> tuple[Device, Report]:
    """Refit the constants of a device to the rows of its architecture.

    path: CSV file (ttplan.calibrate.measurements). leave_out: also fit with each shape left out.
    Raises InputError or BadInputs when the file is not of that form or has no row of this architecture, and
    InputError when scipy is missing.
    """
    every = read_measurements(path)
    rows = tuple(item for item in every if item.arch == device.arch)
    if not rows:
        found = ", ".join(sorted({item.arch for item in every}))
        message = "no row of the device's architecture"
        raise InputError("column arch", message, found, (device.arch,), str(path))
    fitted = fit(rows, device)
    peak = device.dram.bytes_per_cycle
    predicted = predictions(rows, fitted, peak)
    result = device.model_copy(update={"calibration": fitted})
    unseen = left_out_predictions(rows, result) if leave_out and _several_shapes(rows) else None
    report = Report(
        device=device.name,
        file=path.name,
        rows=len(rows),
        calibration=fitted,
        groups=groups(rows, predicted, unseen, fitted.matmul_tile),
        signs=signs(rows, predicted),
        signs_left_out=signs(rows, unseen) if unseen is not None else None,
    )
    origin = _origin(device.calibration.origin, report, rows)
    named = fitted.model_copy(update={"origin": origin})
    return device.model_copy(update={"calibration": named}), report


def run(path: Path, device: str, out: Path, leave_out: bool = True) -> str:
    """`ttplan calibrate`: write the refitted device file and return the report.

    device: name of a device or a device file; leave_out: also fit with each shape left out. Raises InputError
    or BadInputs; nothing is written then.
    """
    fitted, report = calibrate(path, load_device(device), leave_out)
    write_atomically(out, dumps(fitted), "--out")
    return report.text()


def _several_shapes(rows: Sequence[Measurement]) -> bool:
    """Whether enough rows stay to fit when any one shape is left out."""
    shapes = [item.core_shape for item in rows]
    return all(len(shapes) - shapes.count(shape) >= len(CONSTANTS) for shape in set(shapes))


def _origin(before: str, report: Report, rows: Sequence[Measurement]) -> str:
    boards = ", ".join(sorted({f"{item.board} {item.grid[0]}x{item.grid[1]}" for item in rows}))
    error = sum(group.mean_error * group.rows for group in report.groups) / report.rows
    kept = before.split(_KEPT, 1)[-1]
    rows_of = f"{report.rows} rows of {report.file} ({boards}; mean error {_percent(error)})"
    return f"Fitted by `ttplan calibrate` to {rows_of}: {', '.join(FITTED)}. {_KEPT}{kept}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _share(found: Signs) -> str:
    if not found.pairs:
        return "no such pairs"
    return f"{found.right} of {found.pairs} right ({_percent(found.right / found.pairs)})"
