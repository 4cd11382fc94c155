"""Reproduce the calibration constants of the device files from a CSV of measurements.

    python benchmarks/calibration.py gemm_measured.csv [--check]

Each architecture is fitted once, on the board it was measured on; its other boards share the constants. The
device files of the package are rewritten, or with --check compared: a difference is an error then.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import ttplan.devices
from ttplan.calibrate import calibrate
from ttplan.device import Device, device_names, load_device
from ttplan.document import dumps, write_atomically
from ttplan.errors import TtplanError

MEASURED = {"wormhole_b0": "n150", "blackhole": "p150"}
"""Board whose measurements fix the constants of an architecture."""
FOLDER = Path(next(iter(ttplan.devices.__path__)))


def calibrated(csv: Path) -> tuple[dict[str, Device], list[str]]:
    """Every device with fitted constants, by name, and the reports of the fits."""
    fits, reports = {}, []
    for arch, board in MEASURED.items():
        device, report = calibrate(csv, load_device(board))
        fits[arch] = device.calibration
        reports.append(report.text())
    devices = {name: load_device(name) for name in device_names()}
    updated = {
        name: device.model_copy(update={"calibration": fits[device.arch]}) for name, device in devices.items()
    }
    return updated, reports


def main() -> int:
    """Write or check the device files; 0 when they agree."""
    parser = argparse.ArgumentParser(description="Reproduce the calibration constants of the device files.")
    parser.add_argument("csv", type=Path)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    options = parser.parse_args()
    try:
        devices, reports = calibrated(options.csv)
    except TtplanError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print("\n".join(reports))
    texts = {name: dumps(device) for name, device in devices.items()}
    stale = [name for name, text in texts.items() if (FOLDER / f"{name}.json").read_text() != text]
    if options.check:
        print("stale device files: " + ", ".join(stale) if stale else "the device files agree")
        return 1 if stale else 0
    for name in stale:
        write_atomically(FOLDER / f"{name}.json", texts[name])
        print(f"wrote {FOLDER / name}.json")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
