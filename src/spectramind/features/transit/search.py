"""First guess of mid-time, duration and depth from the white light, robust against bumps, spikes and missing baselines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from spectramind.features.series import SensorSeries

Array = NDArray[np.float64]

BASELINE_DEGREE = 2
DURATION_FACTORS = np.geomspace(0.45, 1.8, 15)
MID_TIME_STEPS = 240
INGRESS_SHARE = 0.12
OUTLIER_SIGMA = 5.0


@dataclass(frozen=True, kw_only=True)
class TransitGuess:
    """Best trapezoid of the search.

    Attributes:
        mid_time_h: Middle of the transit.
        duration_h: From half ingress to half egress.
        depth: Relative loss of light.
        signal_to_noise: Significance of the depth given a polynomial baseline.
    """

    mid_time_h: float
    duration_h: float
    depth: float
    signal_to_noise: float


def search_transit(series: tuple[SensorSeries, ...], duration_h: float) -> TransitGuess:
    """Find the trapezoid that explains most, on top of a quadratic baseline, in all sensors together.

    The middle of the transit may lie anywhere in the visit, so that a visit without ingress or egress is found too.

    Args:
        series: White light curves, one bin each.
        duration_h: Duration the catalogue suggests.
    """
    start_h = max(float(sensor.time_h[0]) for sensor in series)
    end_h = min(float(sensor.time_h[-1]) for sensor in series)
    mid_times_h = np.linspace(start_h, end_h, MID_TIME_STEPS)
    mid_h, width_h = (grid.ravel() for grid in np.meshgrid(mid_times_h, duration_h * DURATION_FACTORS, indexing="ij"))
    power, overlap = np.zeros(mid_h.size), np.zeros(mid_h.size)
    for sensor in series:
        projected, cross = _project(sensor, mid_h, width_h)
        power += projected
        overlap += cross
    depth = np.divide(overlap, power, out=np.zeros_like(power), where=power > 0)
    gain = np.where(depth > 0, depth * overlap, 0.0)
    best = int(np.argmax(gain))
    return TransitGuess(
        mid_time_h=float(mid_h[best]),
        duration_h=float(width_h[best]),
        depth=float(depth[best]),
        signal_to_noise=float(np.sqrt(gain[best])),
    )


def _project(sensor: SensorSeries, mid_h: Array, width_h: Array) -> tuple[Array, Array]:
    """Return g.g and g.y over templates, both cleared of the baseline, in units of the noise."""
    flux = sensor.flux[0] / np.median(sensor.flux[0])
    weight = 1.0 / np.sqrt(np.maximum(sensor.variance[0] / np.median(sensor.flux[0]) ** 2, _scatter(flux) ** 2))
    weight = np.where(_outliers(flux), 0.0, weight)
    span = (sensor.time_h - sensor.time_h.mean()) / np.ptp(sensor.time_h)
    baseline = np.linalg.qr(np.vander(span, BASELINE_DEGREE + 1) * weight[:, None])[0]
    template = _trapezoid(sensor.time_h, mid_h, width_h) * -weight
    template -= (template @ baseline) @ baseline.T
    values = (flux - 1.0) * weight
    values -= baseline @ (baseline.T @ values)
    return (template**2).sum(axis=1), template @ values


def _trapezoid(time_h: Array, mid_h: Array, width_h: Array) -> Array:
    """Return (template, time) trapezoids of unit depth."""
    distance = np.abs(time_h - mid_h[:, None]) / width_h[:, None]
    return np.clip((0.5 + INGRESS_SHARE / 2 - distance) / INGRESS_SHARE, 0.0, 1.0)


def _scatter(flux: Array) -> float:
    """Robust scatter from point to point, blind to anything slow."""
    return float(1.4826 * np.median(np.abs(np.diff(flux))) / np.sqrt(2.0))


def _outliers(flux: Array) -> NDArray[np.bool_]:
    residual = flux - median_filter(flux, 7, mode="nearest")
    outlying: NDArray[np.bool_] = np.abs(residual) > OUTLIER_SIGMA * max(float(1.4826 * np.median(np.abs(residual))), 1e-12)
    return outlying
