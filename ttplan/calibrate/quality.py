"""How well a calibration predicts: errors by group, order of configurations, shapes left out of the fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import mean, median

from ttplan.calibrate.fit import device_time, fit, scipy_part
from ttplan.calibrate.measurements import Measurement
from ttplan.cost import Configuration
from ttplan.device import Calibration, Device

CLEAR = 0.05
"""Relative difference of two measured times from which on their order must be predicted."""


@dataclass(frozen=True)
class Group:
    """Errors of the rows of one group, as shares of the measured time.

    left_out: mean error when the shape of a row was not in the fit, None when it was not computed.
    spearman: rank correlation of modelled and measured utilisation, None for fewer than three rows.
    """

    name: str
    rows: int
    mean_error: float
    median_error: float
    largest_error: float
    left_out: float | None
    spearman: float | None


@dataclass(frozen=True)
class Signs:
    """Pairs of configurations of one problem with clearly different times; right: as modelled."""

    pairs: int
    right: int


def predictions(measurements: Sequence[Measurement], calibration: Calibration, peak: float) -> list[float]:
    """Modelled device cycles of every row. peak: DRAM bytes per cycle."""
    return [device_time(item.configuration, calibration, peak) for item in measurements]


def left_out_predictions(measurements: Sequence[Measurement], device: Device) -> list[float]:
    """Modelled cycles of every row by a fit that has not seen its shape. device: calibrated with all rows."""
    predicted = [0.0] * len(measurements)
    for shape in sorted({item.core_shape for item in measurements}):
        rest = [item for item in measurements if item.core_shape != shape]
        calibration = fit(rest, device, device.calibration)
        for index, item in enumerate(measurements):
            if item.core_shape == shape:
                predicted[index] = device_time(item.configuration, calibration, device.dram.bytes_per_cycle)
    return predicted


def groups(
    measurements: Sequence[Measurement],
    predicted: Sequence[float],
    left_out: Sequence[float] | None,
    matmul_tile: Mapping[str, int],
) -> tuple[Group, ...]:
    """One line for each board, grid and way of tuning, sorted by name."""
    found: list[Group] = []
    for name in sorted({item.group for item in measurements}):
        chosen = [index for index, item in enumerate(measurements) if item.group == name]
        rows = [measurements[index] for index in chosen]
        errors = [_error(predicted[index], measurements[index]) for index in chosen]
        unseen = [_error(left_out[index], measurements[index]) for index in chosen] if left_out else None
        found.append(
            Group(
                name=name,
                rows=len(rows),
                mean_error=mean(errors),
                median_error=median(errors),
                largest_error=max(errors),
                left_out=mean(unseen) if unseen else None,
                spearman=_utilisation_rank(rows, [predicted[index] for index in chosen], matmul_tile),
            )
        )
    return tuple(found)


def signs(measurements: Sequence[Measurement], predicted: Sequence[float]) -> Signs:
    """Order of two configurations of one problem; repeated measurements of a configuration are averaged."""
    problems: dict[tuple[object, ...], dict[Configuration, list[tuple[float, float]]]] = {}
    for item, value in zip(measurements, predicted, strict=True):
        problems.setdefault(item.problem, {}).setdefault(item.configuration, []).append((item.cycles, value))
    pairs = right = 0
    for configurations in problems.values():
        times = [(mean(t for t, _ in timed), timed[0][1]) for timed in configurations.values()]
        for (measured, modelled), (other_measured, other_modelled) in combinations(times, 2):
            if abs(measured - other_measured) <= CLEAR * min(measured, other_measured):
                continue
            pairs += 1
            right += (measured < other_measured) == (modelled < other_modelled) and modelled != other_modelled
    return Signs(pairs, right)


def _error(predicted: float, item: Measurement) -> float:
    return abs(predicted / item.cycles - 1)


def _utilisation_rank(
    rows: Sequence[Measurement], predicted: Sequence[float], matmul_tile: Mapping[str, int]
) -> float | None:
    if len(rows) < 3:
        return None
    ideal = [item.ideal_cycles(matmul_tile) for item in rows]
    measured = [a / item.cycles for a, item in zip(ideal, rows, strict=True)]
    modelled = [a / b for a, b in zip(ideal, predicted, strict=True)]
    if len(set(measured)) == 1 or len(set(modelled)) == 1:
        return None
    return float(scipy_part("stats").spearmanr(measured, modelled).statistic)
