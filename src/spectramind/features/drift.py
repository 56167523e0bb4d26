"""Slow gain drift and pointing: the bases that the light curves are allowed to follow besides the transit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectramind.features.series import SensorSeries
from spectramind.utils.errors import InputDataError

Array = NDArray[np.float64]

TIME_DEGREE = 8
WAVELENGTH_DEGREE = 3
DRIFT_SIGMA = 1e-3


def legendre(values: Array, low: float, high: float, degree: int) -> Array:
    """Return (degree + 1, value) Legendre polynomials on the interval [low, high]."""
    if not high > low:
        raise InputDataError("a series has no extent in time or wavelength", where="drift", received=f"[{low}, {high}]")
    scaled = 2.0 * (values - low) / (high - low) - 1.0
    return np.ascontiguousarray(np.polynomial.legendre.legvander(scaled, degree).T)


def drift_basis(series: SensorSeries) -> tuple[Array, Array, Array]:
    """Return the drift terms of a sensor as outer products of a time and a wavelength polynomial.

    Returns:
        (term, time), (term, bin) and (term,) degree in time. The constant in time is left to the scale of each bin.
    """
    in_time = legendre(series.time_h, float(series.time_h[0]), float(series.time_h[-1]), TIME_DEGREE)[1:]
    if series.wavelength_um.size == 1:
        in_wavelength = np.ones((1, 1))
    else:
        low, high = float(series.wavelength_um.min()), float(series.wavelength_um.max())
        in_wavelength = legendre(series.wavelength_um, low, high, WAVELENGTH_DEGREE)
    terms = [(q, p) for p in range(len(in_wavelength)) for q in range(len(in_time))]
    time_index, wavelength_index = np.array(terms).T
    return in_time[time_index], in_wavelength[wavelength_index], time_index + 1


def drift_sigma(degree: Array, ratio: float) -> Array:
    """Return the prior scale of each drift term: every degree in time is ``ratio`` times the one below.

    A small ratio is a straight line, a large one lets the drift follow whatever it likes; the evidence chooses.
    """
    sigma: Array = DRIFT_SIGMA * np.power(ratio, degree - 1.0)
    return sigma


def pointing_regressors(series: SensorSeries) -> Array:
    """Return (regressor, time): what pointing does to the flux to second order, each with mean zero.

    For the photometer both coordinates, and the mean of their squares within a sample. For the spectrometer only the row:
    the column of a spectrum's centroid moves when the depth of the transit depends on wavelength, which is the signal.
    """
    x, y, jitter_x, jitter_y = series.pointing_px
    x, y = x - x.mean(), y - y.mean()
    rows = [x, y, x**2 + jitter_x**2, y**2 + jitter_y**2] if series.wavelength_um.size == 1 and series.wavelength_um[0] < 1.0 else [y]
    regressors: Array = np.stack(rows)
    regressors -= regressors.mean(axis=1, keepdims=True)
    return regressors


def common_covariance(time_h: Array, white_sigma: float, slow_sigma: float, slow_time_h: float) -> Array:
    """Return the (time, time) covariance of what all bins do together: white noise plus a Matern-3/2 process."""
    scaled = np.sqrt(3.0) * np.abs(time_h[:, None] - time_h) / slow_time_h
    covariance: Array = slow_sigma**2 * (1.0 + scaled) * np.exp(-scaled)
    covariance[np.diag_indices(time_h.size)] += white_sigma**2
    return covariance
