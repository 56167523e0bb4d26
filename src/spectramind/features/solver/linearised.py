"""The light curves of one sensor, linearised around a state: residuals and derivatives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectramind.features.drift.terms import DriftTerms
from spectramind.features.solver.panel import Panel
from spectramind.features.transit.curves import transit_curves
from spectramind.features.transit.limb_darkening import BEND_IN_U1, BEND_IN_U2
from spectramind.features.transit.state import SharedPrior, TransitState

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Linearised:
    """One sensor around a state, everything relative to the scale of its bin.

    Attributes:
        residual, weight: (bin, time) data minus model, and inverse variance.
        local: (bin, local, time) derivatives in scale and pointing.
        depth: (bin, time) derivative in depth.
        shared: (bin, shared, time) derivatives in the shared unknowns that this sensor feels.
        light: (bin, time) what the transit leaves of the light; the derivative in the gain.
        drift: Derivatives of the gain in the terms of the drift.
        feels_common: Whether there is a flux common to all bins, one at each time; the derivative in it is the light.
        model: (bin, time) the model itself, in units of the scale.
        gain: (bin, time) the model without the transit: drift, pointing and common flux.
    """

    residual: Array
    weight: Array
    local: Array
    depth: Array
    shared: Array
    light: Array
    drift: DriftTerms
    feels_common: bool
    model: Array
    gain: Array


def linearise(panel: Panel, sensor: int, state: TransitState, prior: SharedPrior) -> Linearised:
    """Evaluate one sensor (0 is FGS1, 1 is AIRS) and its derivatives at a state."""
    series = panel.series
    own = slice(0, 1) if sensor == 0 else slice(1, None)
    curves = transit_curves(
        series.time_h,
        series.exposure_h,
        state.depth[own],
        prior.limb_darkening(state.shared)[sensor],
        mid_time_h=float(state.shared[0] + (state.shared[1] if sensor == 0 else 0.0)),
        period_h=prior.period_h,
        log_a=float(state.shared[2]),
        impact_squared=float(state.shared[3]),
    )
    gain = 1.0 + panel.drift.gain(state.drift[sensor]) + state.pointing[sensor] @ panel.regressors
    if sensor == 1:
        gain = gain + state.common
    scale = state.scale[own][:, None]
    model = gain * curves.flux
    by_limb = gain * curves.by_limb
    slopes = () if sensor == 0 else (prior.airs_slope[:, None],)
    by_bend = prior.bend[sensor][:, None] * (by_limb[2] + BEND_IN_U1 * by_limb[0] + BEND_IN_U2 * by_limb[1])
    limb_terms = (*(term for by_u in by_limb[:2] for term in (by_u, *(by_u * slope for slope in slopes))), by_bend)
    by_time, by_log_a, by_impact = gain * curves.by_geometry
    timing = (by_time, by_time) if sensor == 0 else (by_time,)
    local = np.concatenate([model[:, None, :], curves.flux[:, None, :] * panel.regressors], axis=1)
    return Linearised(
        residual=series.flux / scale - model,
        weight=scale**2 / panel.variance,
        local=local,
        depth=gain * curves.by_depth,
        shared=np.stack([*timing, by_log_a, by_impact, *limb_terms], axis=1),
        light=curves.flux,
        drift=panel.drift.terms(state.drift[sensor]),
        feels_common=sensor == 1,
        model=model,
        gain=gain,
    )


def left_over_by_colour(panel: Panel, state: TransitState, prior: SharedPrior) -> Array:
    """Return (wavelength degree, slow mode) what AIRS shows beyond the drift's polynomials and the transit, by least squares."""
    linear, basis = linearise(panel, 1, state, prior), panel.drift
    weight = np.median(linear.weight, axis=1)
    by_mode = (linear.residual + state.common) @ basis.in_time[basis.degree.size :].T
    colours = basis.in_wavelength * weight
    return np.asarray(np.linalg.solve(colours @ basis.in_wavelength.T, colours @ by_mode))
