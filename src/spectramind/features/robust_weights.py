"""Variances that the residuals show to be too small: of a bin, of a moment, of a single sample."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from spectramind.features.gauss_newton import Panels
from spectramind.features.linearisation import Linearised, linearise
from spectramind.features.transit_state import SharedPrior, TransitState

Array = NDArray[np.float64]

OUTLIER_SIGMA = 4.5


def reweighted(panels: Panels, state: TransitState, prior: SharedPrior) -> Panels:
    """Inflate variances where the residuals show them to be too small: per bin, and per outlying sample or moment."""
    updated = []
    for sensor, panel in enumerate(panels):
        linear = linearise(panel, sensor, state, prior)
        scale = state.scale[:1] if sensor == 0 else state.scale[1:]
        base = panel.series.variance / scale[:, None] ** 2
        z = linear.residual / np.sqrt(base)
        excess = np.maximum(_smooth(1.4826 * np.median(np.abs(z), axis=1)), 0.7)
        z = z / excess[:, None]
        moment = np.sqrt((z**2).mean(axis=0)) if z.shape[0] > 1 else np.abs(z[0]) / OUTLIER_SIGMA * 2.0
        usual = max(float(np.median(moment)), 1.0)
        inflation = np.where(np.abs(z) > OUTLIER_SIGMA, (z / 2.0) ** 2, 1.0) * np.maximum(moment / (2.0 * usual), 1.0) ** 2
        updated.append(replace(panel, variance=panel.series.variance * excess[:, None] ** 2 * inflation))
    return updated[0], updated[1]


def _smooth(excess: Array) -> Array:
    """Share what is known of the noise between neighbouring bins; one bin's own scatter is uncertain by 6 %."""
    return excess if excess.size < 21 else median_filter(excess, 21, mode="nearest")


def noise_excess(linear: Linearised) -> Array:
    """Return (bin,) scatter of the residuals in units of the noise assumed."""
    spread: Array = 1.4826 * np.median(np.abs(linear.residual) * np.sqrt(linear.weight), axis=1)
    return spread
