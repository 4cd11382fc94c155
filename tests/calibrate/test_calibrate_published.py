"""The shipped constants against the measurements of tt-metal tech_reports/GEMM_FLOPS, if they are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from ttplan.calibrate import FITTED
from ttplan.calibrate.fit import fit
from ttplan.calibrate.measurements import Measurement, read_measurements
from ttplan.calibrate.quality import groups, predictions, signs
from ttplan.device import Device, load_device

pytest.importorskip("scipy")

TABLE = Path(__file__).parents[3] / "shared" / "data" / "gemm_measured.csv"
BOARDS = ("n150", "p150")
pytestmark = pytest.mark.skipif(not TABLE.exists(), reason=f"no table of measurements at {TABLE}")


def rows_of(device: Device) -> list[Measurement]:
    return [item for item in read_measurements(TABLE) if item.arch == device.arch]


@pytest.mark.parametrize("board", BOARDS)
def test_error_of_the_shipped_constants(board: str) -> None:
    device = load_device(board)
    rows = rows_of(device)
    predicted = predictions(rows, device.calibration, device.dram.bytes_per_cycle)
    for group in groups(rows, predicted, None, device.calibration.matmul_tile):
        assert group.mean_error < (0.04 if group.name.endswith("manual") else 0.08), group
        assert group.spearman is not None and group.spearman > 0.96, group


@pytest.mark.parametrize("board", BOARDS)
def test_order_of_configurations_of_one_problem(board: str) -> None:
    device = load_device(board)
    rows = rows_of(device)
    found = signs(rows, predictions(rows, device.calibration, device.dram.bytes_per_cycle))
    assert found.pairs > 10
    assert found.right > 0.95 * found.pairs


def test_shipped_constants_are_the_fit() -> None:
    device = load_device("n150")
    fitted = fit(rows_of(device), device)
    for name in FITTED:
        shipped = getattr(device.calibration, name)
        assert getattr(fitted, name) == pytest.approx(shipped, rel=0.01, abs=1.01), name
