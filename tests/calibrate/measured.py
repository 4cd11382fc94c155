"""Measurements made by the model itself: what a perfect fit would see."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Mapping
from pathlib import Path

from ttplan.calibrate.fit import device_time
from ttplan.calibrate.measurements import COLUMNS, read_measurements
from ttplan.device import Device

FORMATS = (("BFLOAT16", "HiFi4"), ("BFLOAT16", "HiFi2"), ("BFLOAT8_B", "LoFi"), ("BFLOAT4_B", "LoFi"))

SHAPES = ((2, 1, 2), (2, 16, 4), (4, 4, 4), (8, 2, 4), (4, 8, 16), (16, 1, 8), (8, 16, 8), (16, 4, 16))
"""Tiles of (m, k, n) per row, column and column of cores."""


def row(**changes: object) -> dict[str, object]:
    """A 2D configuration on 8x8 cores, everything in DRAM."""
    values: dict[str, object] = {
        "arch": "wormhole_b0", "board": "n150", "tuned": "manual", "m": 1024, "k": 1024, "n": 1024,
        "grid_x": 8, "grid_y": 8, "in0_storage": "DRAM", "in1_storage": "DRAM", "out_storage": "DRAM",
        "dtype": "BFLOAT16", "fidelity": "HiFi2", "in0_sharded": "False", "out_sharded": "False",
        "out_subblock_h": 2, "out_subblock_w": 4, "per_core_M": 4, "per_core_N": 4, "in0_block_w": 4,
        "out_block_h": 4, "out_block_w": 4, "config_kind": "2d", "device_cycles": 40000.0,
    }  # fmt: skip
    return values | changes


def varied_rows(count: int) -> list[dict[str, object]]:
    """Rows whose resources bind in turn: small and large, sharded or not, one or several out blocks."""
    rng = random.Random(5)
    rows = []
    for _ in range(count):
        m, k, n = rng.choice(SHAPES)
        block_m, block_n = m // rng.choice((1, 1, 2)), n // rng.choice((1, 1, 2))
        sharded = rng.random() < 0.4
        dtype, fidelity = rng.choice(FORMATS)
        rows.append(
            row(
                m=m * 256, k=k * 256, n=n * 256, dtype=dtype, fidelity=fidelity,
                per_core_M=m, per_core_N=n, out_block_h=block_m, out_block_w=block_n,
                out_subblock_h=1 if sharded else min(block_m, rng.choice((1, 2))),
                out_subblock_w=min(block_n, rng.choice((1, 2, 4))),
                in0_block_w=rng.choice((1, k, k)),
                in0_sharded=sharded, out_sharded=sharded,
                in0_storage="L1" if sharded else "DRAM", out_storage="L1" if sharded else "DRAM",
            )
        )  # fmt: skip
    return rows


def write(path: Path, rows: Iterable[Mapping[str, object]], columns: tuple[str, ...] = COLUMNS) -> Path:
    """A CSV file of rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def timed(path: Path, rows: list[dict[str, object]], device: Device) -> Path:
    """The rows with the cycles the device's own constants give."""
    measurements = read_measurements(write(path, rows))
    peak = device.dram.bytes_per_cycle
    for values, measurement in zip(rows, measurements, strict=True):
        values["device_cycles"] = device_time(measurement.configuration, device.calibration, peak)
    return write(path, rows)
