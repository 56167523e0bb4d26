"""The light curves of one visit, linearised around a state: residuals, derivatives, and the reduced normal equations."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spectramind.features.drift import Drift, DriftBasis, pointing_regressors
from spectramind.features.limb_darkening import BEND_IN_U1, BEND_IN_U2
from spectramind.features.series import SensorSeries, VisitSeries
from spectramind.features.transit_model import transit_curves
from spectramind.features.transit_state import SharedPrior, TransitState

Array = NDArray[np.float64]

POINTING_SIGMA = 0.3
SCALE_PRECISION = 1e-6


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One sensor's data and fixed bases.

    Attributes:
        variance: (bin, time) variance of the flux, inflated where the fit showed it to be too small.
        suspicion: (time,) factor on the variance of moments at which something other than the transit was seen.
        regressors: (regressor, time) pointing.
        shared_columns: (column,) which shared unknowns this sensor feels.
    """

    series: SensorSeries
    variance: Array
    suspicion: Array
    regressors: Array
    drift: DriftBasis
    shared_columns: NDArray[np.int64]

    @classmethod
    def of(cls, series: SensorSeries, shared_columns: tuple[int, ...]) -> Panel:
        """Set up the bases of a sensor."""
        return cls(
            series=series,
            variance=series.variance,
            suspicion=np.ones(series.time_h.size),
            regressors=pointing_regressors(series),
            drift=DriftBasis.of(series),
            shared_columns=np.array(shared_columns),
        )


FGS1_COLUMNS = (0, 1, 2, 3, 4, 5, 10)
AIRS_COLUMNS = (0, 2, 3, 6, 7, 8, 9, 11)


def panels_of(visit: VisitSeries) -> tuple[Panel, Panel]:
    """Set up both sensors."""
    return Panel.of(visit.fgs1, FGS1_COLUMNS), Panel.of(visit.airs, AIRS_COLUMNS)


@dataclass(frozen=True, kw_only=True)
class Linearised:
    """One sensor around a state, everything relative to the scale of its bin.

    Attributes:
        residual, weight: (bin, time) data minus model, and inverse variance.
        local: (bin, local, time) derivatives in scale and pointing.
        depth: (bin, time) derivative in depth.
        outer: (bin, shared + drift term, time) derivatives in what bins share.
        common: (bin, time) derivative in the flux common to all bins at that time.
        model: (bin, time) the model itself, in units of the scale.
        gain: (bin, time) the model without the transit: drift, pointing and common flux.
    """

    residual: Array
    weight: Array
    local: Array
    depth: Array
    outer: Array
    common: Array
    model: Array
    gain: Array


def linearise(panel: Panel, sensor: int, state: TransitState, prior: SharedPrior) -> Linearised:
    """Evaluate one sensor (0 is FGS1, 1 is AIRS) and its derivatives at a state."""
    series, bins = panel.series, panel.series.flux.shape[0]
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
    shared = np.stack([*timing, by_log_a, by_impact, *limb_terms], axis=1)
    drift = (curves.flux * panel.drift.derivatives(state.drift[sensor])).transpose(1, 0, 2)
    local = np.concatenate([model[:, None, :], curves.flux[:, None, :] * panel.regressors], axis=1)
    return Linearised(
        residual=series.flux / scale - model,
        weight=scale**2 / panel.variance,
        local=local,
        depth=gain * curves.by_depth,
        outer=np.concatenate([shared, drift], axis=1),
        common=curves.flux if sensor == 1 else np.zeros((bins, 0)),
        model=model,
        gain=gain,
    )


@dataclass(frozen=True, kw_only=True)
class NormalEquations:
    """Weighted least squares of one sensor after its per-bin nuisances are eliminated.

    Unknowns in order: (bin,) depths, then shared and drift terms, then common flux per time.

    Attributes:
        depth_depth: (bin,) precision; depths of different bins are coupled only through what they share.
        depth_rest: (bin, rest).
        rest_rest: (rest, rest).
        depth_right: (bin,), rest_right: (rest,) right-hand sides.
        square: Weighted sum of squared residuals with the per-bin nuisances at their best.
        local_gain: (bin, local, 1 + rest) response of the per-bin nuisances to depth and rest.
        local_right: (bin, local) their values at zero step.
    """

    depth_depth: Array
    depth_rest: Array
    rest_rest: Array
    depth_right: Array
    rest_right: Array
    square: float
    local_gain: Array
    local_right: Array


def reduce_normal_equations(linear: Linearised, pointing: Array) -> NormalEquations:
    """Build the normal equations and eliminate scale and pointing of every bin (Schur complement).

    Args:
        pointing: (bin, regressor) current pointing coefficients; their Gaussian prior is centred on zero.
    """
    root = np.sqrt(linear.weight)
    bins, times = root.shape
    dense = np.concatenate([linear.local, linear.depth[:, None, :], linear.outer], axis=1) * root[:, None, :]
    right = dense @ (linear.residual * root)[:, :, None]
    normal = dense @ dense.transpose(0, 2, 1)
    local = linear.local.shape[1]
    prior = np.concatenate([[SCALE_PRECISION], np.full(local - 1, POINTING_SIGMA**-2.0)])
    common = linear.common * root if linear.common.size else np.zeros((bins, 0))
    times = common.shape[1]
    with_common = dense * common[:, None, :] if times else np.zeros((bins, dense.shape[1], 0))
    right_common = (common * linear.residual * root).sum(axis=0) if times else np.zeros(0)

    corner = normal[:, :local, :local] + np.diag(prior)
    local_vector = right[:, :local, 0].copy()
    local_vector[:, 1:] -= prior[1:] * pointing
    coupling = np.concatenate([normal[:, :local, local:], with_common[:, :local]], axis=2)
    local_gain = np.linalg.solve(corner, coupling)
    local_right = np.linalg.solve(corner, local_vector[:, :, None])[:, :, 0]

    rest = coupling.shape[2] - 1
    outer = rest - times
    flat = coupling[:, :, 1:].reshape(-1, rest)
    rest_rest = -flat.T @ local_gain[:, :, 1:].reshape(-1, rest)
    rest_rest[:outer, :outer] += normal[:, local + 1 :, local + 1 :].sum(axis=0)
    cross = with_common[:, local + 1 :].sum(axis=0)
    rest_rest[:outer, outer:] += cross
    rest_rest[outer:, :outer] += cross.T
    rest_rest[outer:, outer:] += np.diag((common**2).sum(axis=0))
    depth_rest = np.concatenate([normal[:, local, local + 1 :], with_common[:, local]], axis=1)
    depth_rest = depth_rest - np.einsum("bl,blr->br", coupling[:, :, 0], local_gain[:, :, 1:])
    rest_right = np.concatenate([right[:, local + 1 :, 0].sum(axis=0), right_common])
    return NormalEquations(
        depth_depth=normal[:, local, local] - np.einsum("bl,bl->b", coupling[:, :, 0], local_gain[:, :, 0]),
        depth_rest=depth_rest,
        rest_rest=(rest_rest + rest_rest.T) / 2.0,
        depth_right=right[:, local, 0] - np.einsum("bl,bl->b", coupling[:, :, 0], local_right),
        rest_right=rest_right - flat.T @ local_right.ravel(),
        square=float((linear.weight * linear.residual**2).sum() + (prior[1:] * pointing**2).sum() - (local_vector * local_right).sum()),
        local_gain=local_gain,
        local_right=local_right,
    )


def local_step(equations: NormalEquations, depth: Array, rest: Array) -> Array:
    """Return (bin, local) steps of scale and pointing that go with a step of depths and shared unknowns."""
    step: Array = equations.local_right - equations.local_gain[:, :, 0] * depth[:, None] - equations.local_gain[:, :, 1:] @ rest
    return step


def initial_state(visit: VisitSeries, panels: tuple[Panel, Panel], prior: SharedPrior, depth: float) -> TransitState:
    """Return the state of a transit of one depth at all wavelengths, without drift."""
    flux = (visit.fgs1.flux, visit.airs.flux)
    scale = np.concatenate([np.median(values, axis=1) for values in flux]) / (1.0 - 0.3 * depth)
    return TransitState(
        shared=prior.mean.copy(),
        depth=np.full(scale.size, max(depth, 1e-5)),
        scale=np.maximum(scale, 1e-3),
        pointing=(
            np.zeros((1, panels[0].regressors.shape[0])),
            np.zeros((visit.airs.flux.shape[0], panels[1].regressors.shape[0])),
        ),
        drift=(Drift.none(panels[0].drift), Drift.none(panels[1].drift)),
        common=np.zeros(visit.airs.time_h.size),
    )


def with_local(state: TransitState, fgs1: Array, airs: Array) -> TransitState:
    """Return the state after the per-bin step: relative scale in column 0, pointing in the others."""
    scale = state.scale * (1.0 + np.clip(np.concatenate([fgs1[:, 0], airs[:, 0]]), -0.5, 1.0))
    return replace(state, scale=scale, pointing=(state.pointing[0] + fgs1[:, 1:], state.pointing[1] + airs[:, 1:]))


def left_over_by_colour(panel: Panel, state: TransitState, prior: SharedPrior) -> Array:
    """Return (wavelength degree, slow mode) what AIRS shows beyond the drift's polynomials and the transit, by least squares."""
    linear, basis = linearise(panel, 1, state, prior), panel.drift
    weight = np.median(linear.weight, axis=1)
    by_mode = (linear.residual + state.common) @ basis.in_time[basis.degree.size :].T
    colours = basis.in_wavelength * weight
    return np.asarray(np.linalg.solve(colours @ basis.in_wavelength.T, colours @ by_mode))
