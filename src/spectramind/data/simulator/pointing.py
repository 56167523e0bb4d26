"""Pointing jitter: white at 10 Hz, one series for both sensors, with rare episodes; its moments over every stored sub-exposure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectramind.data.sensors import Sensor
from spectramind.data.simulator.instrument import CADENCES, OBSERVATION_S, POINTING_STEP_S
from spectramind.data.simulator.profile import Sampling

STEPS = round(OBSERVATION_S / POINTING_STEP_S)
# Rms per 0.1 s in detector px (x, y), such that centroids scatter as on real frames: AIRS .0085 / .014 px a 4.5 s read.
JITTER_PX = {Sensor.FGS1: (0.093, 0.111), Sensor.AIRS: (0.068, 0.105)}
FGS1_SENSITIVITY_PER_PX = (0.02, 0.01)


@dataclass(frozen=True, kw_only=True)
class Episode:
    """Minutes of bad pointing: more jitter, a slow excursion, some spikes.

    Attributes:
        excess: Factor on the jitter inside.
        excursion: Largest displacement (x, y) in units of the jitter rms.
    """

    start_s: float
    duration_s: float
    excess: float
    excursion: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Moments:
    """Means over a sub-exposure of x, y and of the products less their average, (pair,) float32 each, in px and px^2."""

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    xx: NDArray[np.float32]
    yy: NDArray[np.float32]
    xy: NDArray[np.float32]


def draw_episode(generator: np.random.Generator) -> Episode:
    """Draw an episode of 5 to 20 minutes anywhere in the visit."""
    duration_s = float(generator.uniform(300.0, 1200.0))
    x, y = generator.normal(0.0, 3.0, size=2)
    return Episode(
        start_s=float(generator.uniform(0.0, OBSERVATION_S - duration_s)),
        duration_s=duration_s,
        excess=float(generator.uniform(2.0, 4.0)),
        excursion=(float(x), float(y)),
    )


def draw_pointing(generator: np.random.Generator, episode: Episode | None, scale: float) -> NDArray[np.float32]:
    """Return (2, 270000) displacements in x and y every 0.1 s, in units of each sensor's jitter rms."""
    series = generator.standard_normal((2, STEPS), dtype=np.float32)
    if episode is not None:
        first = int(episode.start_s / POINTING_STEP_S)
        inside = slice(first, first + int(episode.duration_s / POINTING_STEP_S))
        phase = np.linspace(0.0, np.pi, series[0, inside].size)
        series[:, inside] *= episode.excess
        series[:, inside] += (np.array(episode.excursion)[:, None] * np.sin(phase) ** 2).astype(np.float32)
        spikes = generator.random(series[0, inside].size) < 2.0e-3
        series[:, inside] += spikes * generator.normal(0.0, 8.0, size=(2, spikes.size)).astype(np.float32)
    return series * np.float32(scale)


def pointing_moments(series: NDArray[np.float32], sampling: Sampling, scale: float) -> tuple[Moments, Moments]:
    """Return the moments over the short and over the long sub-exposure of every stored pair.

    The static image already holds the blur of the average jitter, so the expected second moments are taken out.
    """
    scale_x, scale_y = (np.float32(px) for px in JITTER_PX[sampling.sensor])
    x, y = scale_x * series[0], scale_y * series[1]
    expected = (float(scale_x) * scale) ** 2, (float(scale_y) * scale) ** 2
    products = (x, y, x * x - np.float32(expected[0]), y * y - np.float32(expected[1]), x * y)
    cadence = CADENCES[sampling.sensor]
    per_pair, reset = round(cadence.period_s / POINTING_STEP_S), round(cadence.reset_s / POINTING_STEP_S)
    boundary = reset + round(cadence.short_s / POINTING_STEP_S)
    end = boundary + round(cadence.long_s / POINTING_STEP_S)
    pairs = sampling.real_pairs()
    short, long = (
        [_mean_over(product.reshape(cadence.pairs, per_pair)[:, part], pairs) for product in products]
        for part in (slice(reset, boundary), slice(boundary, end))
    )
    return Moments(x=short[0], y=short[1], xx=short[2], yy=short[3], xy=short[4]), Moments(
        x=long[0], y=long[1], xx=long[2], yy=long[3], xy=long[4]
    )


def _mean_over(steps: NDArray[np.float32], pairs: NDArray[np.int64]) -> NDArray[np.float32]:
    """Average over the steps of a sub-exposure, then over the real pairs of every stored one."""
    return np.asarray(steps.mean(axis=1, dtype=np.float64)[pairs].mean(axis=1), dtype=np.float32)
