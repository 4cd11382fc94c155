"""Fitting: known constants come back, the report says what the fit is worth, the device file can be used."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from measured import row, timed, varied_rows, write

from ttplan.calibrate import FITTED, Report, calibrate, run
from ttplan.calibrate.fit import fit
from ttplan.calibrate.measurements import read_measurements
from ttplan.device import Device, load_device
from ttplan.errors import InputError

pytest.importorskip("scipy")

KNOWN = {
    "startup": 1700,
    "block_overhead": 420,
    "issue": 31.0,
    "sender_rate": 22.0,
    "unpack_rate": 41.0,
    "reload": 0.6,
    "pack_subblock": 35,
    "dram_efficiency": 0.5,
    "write_rate": 80.0,
}


def with_constants(**constants: float) -> Device:
    device = load_device("n150")
    return device.model_copy(update={"calibration": device.calibration.model_copy(update=constants)})


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("calibrate") / "measured.csv"
    return timed(path, varied_rows(70), with_constants(**KNOWN))


@pytest.fixture(scope="module")
def calibrated(synthetic: Path) -> tuple[Device, Report]:
    return calibrate(synthetic, load_device("n150"))


@pytest.fixture(scope="module")
def fitted(calibrated: tuple[Device, Report]) -> Device:
    return calibrated[0]


def test_every_fitted_constant_is_covered_by_the_recovery_test() -> None:
    assert set(KNOWN) == set(FITTED)


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_known_constant_is_recovered(name: str, fitted: Device) -> None:
    assert getattr(fitted.calibration, name) == pytest.approx(KNOWN[name], rel=0.05)


def test_other_constants_and_sections_stay(fitted: Device) -> None:
    before = load_device("n150")
    assert fitted.model_dump(exclude={"calibration"}) == before.model_dump(exclude={"calibration"})
    kept = {"matmul_tile", "epilogue_tile", "spill_tile", "transpose_tile", "shared_read_rate"}
    assert fitted.calibration.model_dump(include=kept) == before.calibration.model_dump(include=kept)


def test_refitting_changes_nothing_and_the_origin_stays_short(synthetic: Path, fitted: Device) -> None:
    again = calibrate(synthetic, fitted, leave_out=False)[0]
    assert again == fitted
    assert "70 rows of measured.csv (n150 8x8;" in again.calibration.origin
    assert again.calibration.origin.count("Other constants: ") == 1


def test_command_writes_a_device_file_that_loads(synthetic: Path, tmp_path: Path) -> None:
    out = tmp_path / "board.json"
    text = run(synthetic, "n150", out, leave_out=False)
    assert load_device(str(out)).calibration.origin.startswith("Fitted by `ttplan calibrate` to 70 rows")
    lines = text.splitlines()
    assert lines[0] == "n150: 70 rows of measured.csv"
    assert [line.split()[0] for line in lines[2 : 2 + len(FITTED)]] == list(FITTED)
    assert any("n150 8x8 manual" in line for line in lines)


def test_report_finds_no_error_in_perfect_measurements(calibrated: tuple[Device, Report]) -> None:
    report = calibrated[1]
    assert report.text().count("with the shape left out of the fit") == 1
    (group,) = report.groups
    assert group.rows == 70
    assert group.mean_error < 0.005
    assert group.left_out is not None and group.left_out < 0.02
    assert group.spearman is not None and group.spearman > 0.999
    assert report.signs.right == report.signs.pairs > 0


def test_too_few_rows_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "few.csv", [row(k=size) for size in (256, 512)])
    with pytest.raises(InputError, match="too few rows.*found 2.*at least 9"):
        calibrate(path, load_device("n150"))


def test_rows_of_another_architecture_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "other.csv", [row()])
    with pytest.raises(InputError, match="architecture.*found 'wormhole_b0'.*allowed: blackhole"):
        calibrate(path, load_device("p150"))


def test_missing_scipy_is_named_with_its_extra(synthetic: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    with pytest.raises(InputError, match=r"ttplan\[calibrate\]"):
        fit(read_measurements(synthetic), load_device("n150"))
