"""Variances that the residuals show to be too small: of a bin, of a moment, of a single sample."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, median_filter

from spectramind.features.solver.linearised import Linearised, linearise
from spectramind.features.solver.panel import Panels
from spectramind.features.transit.state import SharedPrior, TransitState

Array = NDArray[np.float64]

OUTLIER_SIGMA = 4.5
SUSPECT_SIGMA = 3.0
BUMP_SIGMA = 5.0
LARGEST_SUSPICION = 1e6
GLITCH_SAMPLES, GLITCH_SIGMA = 7, 10.0


def reweighted(panels: Panels, state: TransitState, prior: SharedPrior) -> Panels:
    """Inflate variances where the residuals show them to be too small: per bin, and per outlying sample."""
    updated = []
    for sensor, panel in enumerate(panels):
        linear = linearise(panel, sensor, state, prior)
        scale = state.scale[:1] if sensor == 0 else state.scale[1:]
        z = linear.residual * scale[:, None] / np.sqrt(panel.series.variance)
        excess = np.maximum(_smooth(1.4826 * np.median(np.abs(z), axis=1)), 0.7)[:, None]
        outlying = np.where(np.abs(z) > OUTLIER_SIGMA * excess, (z / excess / 2.0) ** 2, 1.0)
        updated.append(replace(panel, variance=panel.series.variance * excess**2 * np.maximum(outlying, panel.suspicion)))
    return updated[0], updated[1]


def glitches(white: Panels) -> tuple[Array, Array]:
    """Return (time,) factors on the variance of either sensor that drop samples far from all their neighbours, before any fit.

    A running median follows an ingress as well as a drift; what it does not follow lasts less than half of its window. Left in,
    such a sample bends the first fit, and its neighbours look like a drift.
    """
    factors = []
    for panel in white:
        flux = panel.series.flux[0]
        apart = np.abs(flux - median_filter(flux, GLITCH_SAMPLES, mode="nearest"))
        scatter = max(1.4826 * float(np.median(apart)), float(np.median(np.sqrt(panel.series.variance[0]))))
        factors.append(np.where(apart > GLITCH_SIGMA * scatter, LARGEST_SUSPICION, 1.0))
    return factors[0], factors[1]


def suspect_moments(white: Panels, state: TransitState, prior: SharedPrior) -> tuple[Array, Array]:
    """Return (time,) factors on the variance of either sensor, from the residuals of the two white light curves.

    A bump that is lost in the noise of a single bin stands out in the white light. What stands out is not down-weighted in
    proportion but dropped (the factor grows with the fourth power), together with its neighbours; what the spectrometer
    sees clearly, the photometer is not trusted at either.
    """
    factors = []
    for sensor, panel in enumerate(white):
        linear = linearise(panel, sensor, state, prior)
        residual = linear.residual[0]
        sigma = np.sqrt(panel.series.variance[0]) / state.scale[sensor]
        scatter = max(1.4826 * float(np.median(np.abs(residual))), float(np.median(sigma)))
        z = np.abs(residual) / np.maximum(scatter, sigma)
        factor = np.clip((z / SUSPECT_SIGMA) ** 4, 1.0, LARGEST_SUSPICION)
        bump = maximum_filter1d(np.where(z > BUMP_SIGMA, factor, 1.0), 5, mode="nearest")
        factors.append(np.maximum(factor, bump))
    seen_by_airs = np.interp(
        white[0].series.time_h, white[1].series.time_h, np.where(factors[1] > (BUMP_SIGMA / SUSPECT_SIGMA) ** 4, factors[1], 1.0)
    )
    return np.maximum(factors[0], seen_by_airs), factors[1]


def with_suspicion(panels: Panels, suspicion: tuple[Array, Array]) -> Panels:
    """Return the panels with the variance of suspect moments inflated."""
    fgs1, airs = (
        replace(panel, suspicion=factor, variance=panel.series.variance * factor) for panel, factor in zip(panels, suspicion, strict=True)
    )
    return fgs1, airs


def _smooth(excess: Array) -> Array:
    """Share what is known of the noise between neighbouring bins; one bin's own scatter is uncertain by 6 %."""
    return excess if excess.size < 21 else median_filter(excess, 21, mode="nearest")


def noise_excess(linear: Linearised) -> Array:
    """Return (bin,) scatter of the residuals in units of the noise assumed."""
    spread: Array = 1.4826 * np.median(np.abs(linear.residual) * np.sqrt(linear.weight), axis=1)
    return spread
