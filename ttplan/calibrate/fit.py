"""Fit the constants of the cost model to device times: least squares on logarithms, outliers count less."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ttplan.calibrate.measurements import Measurement
from ttplan.cost import MILLI, Configuration, milli_terms
from ttplan.device import Calibration, Device
from ttplan.errors import InputError

OUTLIER = 0.03
"""Relative error from which on a row counts linearly: about the noise of small shapes in GEMM_FLOPS."""
_STEP = 3e-3
"""Relative step of the numerical derivatives: well above the grain of the model's integers."""
_SPREAD = 1.4
"""Factor between the starting points of the search."""
_PULL = 0.01
"""Weight of a constant's distance from its physical figure: decides only what the measurements leave open."""


@dataclass(frozen=True)
class Constant:
    """One constant to fit. start: its physical figure for a device; decimals: kept in the device file."""

    name: str
    start: Callable[[Device], float]
    low: float
    high: float
    decimals: int


CONSTANTS: tuple[Constant, ...] = (
    Constant("startup", lambda device: 3000.0, 1, 50_000, 0),
    Constant("block_overhead", lambda device: 300.0, 1, 20_000, 0),
    Constant("issue", lambda device: 40.0, 1, 1000, 1),
    Constant("sender_rate", lambda device: device.noc.read_bytes_per_cycle, 1, 1000, 2),
    Constant("unpack_rate", lambda device: 64.0, 1, 2000, 2),
    Constant("reload", lambda device: 0.5, 0.001, 10, 3),
    Constant("pack_subblock", lambda device: 30.0, 1, 2000, 0),
    Constant("dram_efficiency", lambda device: 0.7, 0.05, 1.0, 3),
    Constant("write_rate", lambda device: device.dram.bytes_per_cycle / 3, 1, 5000, 1),
)


def scipy_part(name: str) -> Any:
    """A module of scipy. Raises InputError naming the extra when scipy is not installed."""
    try:
        return __import__(f"scipy.{name}", fromlist=[name])
    except ImportError:
        message = "fitting needs scipy, which is not installed; pip install 'ttplan[calibrate]'"
        raise InputError("calibrate", message) from None


def device_time(configuration: Configuration, calibration: Calibration, peak: float) -> float:
    """Modelled cycles until the math threads end: everything but the tail. peak: DRAM bytes per cycle."""
    value = milli_terms(configuration, calibration, peak)
    return (value["startup"] + value["resources"] + value["fill"] + value["stall"]) / MILLI


def fit(measurements: Sequence[Measurement], device: Device, start: Calibration | None = None) -> Calibration:
    """The calibration with the smallest error, other constants as in the device.

    start: constants to begin at (one search); without it the search begins at three points that depend on
    physical figures of the device only, so that its present constants do not matter. Raises InputError when
    there are fewer measurements than constants or scipy is missing.
    """
    least_squares = scipy_part("optimize").least_squares
    if len(measurements) < len(CONSTANTS):
        allowed = (f"at least {len(CONSTANTS)}",)
        raise InputError("calibrate", "too few rows for the constants to fit", len(measurements), allowed)
    timed: dict[Configuration, list[float]] = {}
    for measurement in measurements:
        timed.setdefault(measurement.configuration, []).append(math.log(measurement.cycles))
    peak = device.dram.bytes_per_cycle
    figures = [math.log(constant.start(device)) for constant in CONSTANTS]

    def residuals(point: Sequence[float]) -> list[float]:
        calibration = _at(device.calibration, point)
        errors = [_PULL * (x - figure) for x, figure in zip(point, figures, strict=True)]
        for configuration, times in timed.items():
            modelled = math.log(device_time(configuration, calibration, peak))
            errors.extend(modelled - time for time in times)
        return errors

    low = [math.log(constant.low) for constant in CONSTANTS]
    high = [math.log(constant.high) for constant in CONSTANTS]
    searches = [
        least_squares(
            residuals,
            [min(max(x, a + _STEP), b - _STEP) for x, a, b in zip(point, low, high, strict=True)],
            bounds=(low, high),
            loss="soft_l1",
            f_scale=OUTLIER,
            diff_step=_STEP,
            max_nfev=60 if start is None else 15,
        )
        for point in _starts(figures, start)
    ]
    best = min(searches, key=lambda search: float(search.cost))
    return _rounded(_at(device.calibration, best.x))


def _starts(figures: list[float], start: Calibration | None) -> list[list[float]]:
    if start is not None:
        return [[math.log(max(getattr(start, constant.name), constant.low)) for constant in CONSTANTS]]
    step = math.log(_SPREAD)
    turns = (0, 1, -1)
    return [[value + step * turn * (-1) ** index for index, value in enumerate(figures)] for turn in turns]


def _at(calibration: Calibration, point: Sequence[float]) -> Calibration:
    """The calibration at a point of the search; nothing is validated, constants are not yet rounded."""
    names = [constant.name for constant in CONSTANTS]
    values = {name: float(f"{math.exp(x):.7g}") for name, x in zip(names, point, strict=True)}
    return calibration.model_copy(update=values)


def _rounded(calibration: Calibration) -> Calibration:
    values: dict[str, float] = {}
    for constant in CONSTANTS:
        value = round(float(getattr(calibration, constant.name)), constant.decimals)
        values[constant.name] = value if constant.decimals else int(value)
    return calibration.model_copy(update=values)
