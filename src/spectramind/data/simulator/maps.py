"""Calibration maps of one detector, drawn from the distributions of the published ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectramind.data.sensors import Sensor
from spectramind.data.simulator.instrument import CADENCES, ROWS

Map = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class MapStatistics:
    """Median and robust deviation of every map of one sensor; linearity c0..c5 maps measured onto true electrons of one read."""

    read: tuple[float, float]
    noisy_fraction: float
    dark: tuple[float, float]
    hot_fraction: float
    hot_median: float
    dead_fraction: float
    flat: tuple[float, float]
    linearity: tuple[float, ...]
    linearity_deviation: tuple[float, ...]


STATISTICS = {
    Sensor.AIRS: MapStatistics(
        read=(13.03, 0.60),
        noisy_fraction=0.044,
        dark=(0.0063, 0.0014),
        hot_fraction=0.007,
        hot_median=0.10,
        dead_fraction=0.00105,
        flat=(1.014, 0.0125),
        linearity=(0.140, 0.9999, -5.7e-9, 1.18e-11, -6.0e-17, 1.34e-22),
        linearity_deviation=(0.15, 0.005, 5.8e-8, 1.2e-12, 9.0e-18, 1.8e-23),
    ),
    Sensor.FGS1: MapStatistics(
        read=(13.29, 0.67),
        noisy_fraction=0.060,
        dark=(0.0069, 0.0013),
        hot_fraction=0.011,
        hot_median=0.07,
        dead_fraction=0.0029,
        flat=(1.007, 0.0136),
        linearity=(0.274, 0.9999, 6.2e-9, 8.45e-12, -3.6e-17, 6.6e-23),
        linearity_deviation=(0.10, 0.005, 5.0e-8, 9.0e-13, 5.0e-18, 8.0e-24),
    ),
}
# The coefficients of a fit are correlated: without this the polynomials would scatter twice too much at 60 000 electrons.
_LINEARITY_CORRELATION = np.array([[1.0, -0.75, 0.55, 0.0], [-0.75, 1.0, -0.88, 0.25], [0.55, -0.88, 1.0, -0.6], [0.0, 0.25, -0.6, 1.0]])
# Largest fractions seen in the hidden test set, where detectors are worse.
BAD_HOT_FRACTION, BAD_DEAD_FRACTION, BAD_FLAT, BAD_FLAT_FRACTION = 0.017, 0.011, 0.574, 0.003


@dataclass(frozen=True, kw_only=True)
class Maps:
    """Maps of one detector for single real reads.

    Attributes:
        dark: (row, column) electron / s.
        dead: (row, column) bool.
        flat: (row, column) relative response; near 0 for about half of the dead pixels.
        read: (row, column) electron per read.
        linearity: (6, row, column) ascending powers.
    """

    dark: Map
    dead: NDArray[np.bool_]
    flat: Map
    read: Map
    linearity: Map

    def stored(self, fold: int, noise_scale: float) -> dict[str, NDArray[np.float64] | NDArray[np.bool_]]:
        """Return the maps as they are published for sums of ``fold`` reads; linearity becomes (192, column)."""
        power = np.arange(self.linearity.shape[0])[:, None, None]
        linearity = self.linearity * float(fold) ** (1 - power)
        return {
            "dark": self.dark,
            "dead": self.dead,
            "flat": self.flat,
            "linear_corr": linearity.reshape(-1, self.dark.shape[1]),
            "read": self.read * np.sqrt(fold) * noise_scale,
        }


def draw_maps(generator: np.random.Generator, sensor: Sensor, *, bad: bool) -> Maps:
    """Draw the maps of one detector; ``bad`` ones have the hot, dead and insensitive pixels of the hidden test set."""
    statistics = STATISTICS[sensor]
    shape = (ROWS, CADENCES[sensor].columns)
    hot = float(generator.uniform(statistics.hot_fraction, BAD_HOT_FRACTION)) if bad else statistics.hot_fraction
    dead_fraction = float(generator.uniform(statistics.dead_fraction, BAD_DEAD_FRACTION)) if bad else statistics.dead_fraction
    dead = generator.random(shape) < dead_fraction
    return Maps(
        dark=_draw_dark(generator, statistics, shape, hot),
        dead=dead,
        flat=_draw_flat(generator, statistics, dead, bad=bad),
        read=_draw_read(generator, statistics, dead),
        linearity=_draw_linearity(generator, statistics, shape),
    )


def _draw_dark(generator: np.random.Generator, statistics: MapStatistics, shape: tuple[int, int], hot: float) -> Map:
    dark = generator.normal(*statistics.dark, size=shape)
    glow = np.clip(statistics.hot_median * np.exp(generator.normal(0.0, 1.9, size=shape)), 0.012, 12.0)
    return np.where(generator.random(shape) < hot, dark + glow, dark)


def _draw_flat(generator: np.random.Generator, statistics: MapStatistics, dead: NDArray[np.bool_], *, bad: bool) -> Map:
    flat = generator.normal(*statistics.flat, size=dead.shape)
    weak = generator.random(dead.shape) < (BAD_FLAT_FRACTION if bad else 0.0)
    flat = np.where(weak, generator.uniform(BAD_FLAT, 0.93, size=dead.shape), flat)
    without = dead & (generator.random(dead.shape) < 0.55)
    return np.where(without, generator.normal(0.0, 0.005, size=dead.shape), flat)


def _draw_read(generator: np.random.Generator, statistics: MapStatistics, dead: NDArray[np.bool_]) -> Map:
    read = np.maximum(generator.normal(*statistics.read, size=dead.shape), 0.9 * statistics.read[0])
    tail = statistics.read[0] + np.minimum(5.0 + 9.0 * generator.pareto(2.2, size=dead.shape), 140.0)
    noisy = generator.random(dead.shape) < np.where(dead, 0.75, statistics.noisy_fraction)
    return np.where(noisy, tail + np.where(dead, 18.0, 0.0), read)


def _draw_linearity(generator: np.random.Generator, statistics: MapStatistics, shape: tuple[int, int]) -> Map:
    factor = np.linalg.cholesky(_LINEARITY_CORRELATION)
    standard = generator.standard_normal((6, *shape))
    upper = sum(factor[:, k, None, None] * standard[2 + k] for k in range(4))
    scatter = np.concatenate([standard[:2], np.clip(upper, -4.0, 4.0)])
    centre, deviation = (np.array(values)[:, None, None] for values in (statistics.linearity, statistics.linearity_deviation))
    return np.asarray(centre + deviation * scatter)
