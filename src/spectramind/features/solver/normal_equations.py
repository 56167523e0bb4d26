"""Normal equations of one sensor around a state, with what belongs to single bins eliminated."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spectramind.features.solver.linearised import Linearised
from spectramind.features.transit.state import TransitState

Array = NDArray[np.float64]

POINTING_SIGMA = 0.3
SCALE_PRECISION = 1e-6


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


def local_precision(linear: Linearised) -> Array:
    """Return (local,) prior precisions of a bin's scale and pointing."""
    return np.concatenate([[SCALE_PRECISION], np.full(linear.local.shape[1] - 1, POINTING_SIGMA**-2.0)])


def reduce_normal_equations(linear: Linearised, pointing: Array) -> NormalEquations:
    """Build the normal equations and eliminate scale and pointing of every bin (Schur complement).

    Args:
        pointing: (bin, regressor) current pointing coefficients; their Gaussian prior is centred on zero.
    """
    local, prior = linear.local.shape[1], local_precision(linear)
    own = np.concatenate([linear.local, linear.depth[:, None], linear.shared, linear.residual[:, None]], axis=1)
    weighted = own * linear.weight[:, None]
    normal = weighted @ own.transpose(0, 2, 1)
    # Drift and common flux act on the light that the transit leaves.
    felt = weighted * linear.light[:, None]
    common = felt if linear.feels_common else felt[:, :, :0]
    # Local unknowns and depth are those of each bin; shared unknowns and, as a column like theirs, the residual are summed over bins.
    of_bins, of_all, shared = slice(0, local + 1), slice(local + 1, None), slice(local + 1, -1)
    coupling = np.concatenate([normal[:, of_bins, shared], linear.drift.per_bin(felt[:, of_bins]), common[:, of_bins]], axis=2)
    own_sums, common_sums = normal[:, of_all, shared].sum(axis=0), common[:, of_all].sum(axis=0)
    summed = np.concatenate([own_sums, linear.drift.over_bins(felt[:, of_all]), common_sums], axis=1)
    by_depth, by_local = coupling[:, local], coupling[:, :local]

    corner = normal[:, :local, :local] + np.diag(prior)
    vector = normal[:, :local, -1].copy()
    vector[:, 1:] -= prior[1:] * pointing
    depth = normal[:, :local, local]
    solved = np.linalg.solve(corner, np.concatenate([depth[:, :, None], by_local, vector[:, :, None]], axis=2))
    gain, right = solved[:, :, :-1], solved[:, :, -1]
    flat = by_local.reshape(-1, by_local.shape[2])
    rest_rest = _rest_rest(linear, summed[:-1]) - flat.T @ gain[:, :, 1:].reshape(flat.shape)
    return NormalEquations(
        depth_depth=normal[:, local, local] - (depth * gain[:, :, 0]).sum(axis=1),
        depth_rest=by_depth - (depth[:, None, :] @ gain[:, :, 1:])[:, 0],
        rest_rest=(rest_rest + rest_rest.T) / 2.0,
        depth_right=normal[:, local, -1] - (depth * right).sum(axis=1),
        rest_right=summed[-1] - flat.T @ right.ravel(),
        square=float(normal[:, -1, -1].sum() + (prior[1:] * pointing**2).sum() - (vector * right).sum()),
        local_gain=gain,
        local_right=right,
    )


def _rest_rest(linear: Linearised, shared_rest: Array) -> Array:
    """Return the (rest, rest) precision at given scale and pointing, of which the rows of the shared unknowns are known."""
    shared, rest = shared_rest.shape
    weight = linear.weight * linear.light**2
    drift = slice(shared, shared + linear.drift.profile.size)
    common = slice(drift.stop, rest)
    whole = np.zeros((rest, rest))
    whole[:shared], whole[:, :shared] = shared_rest, shared_rest.T
    whole[drift, drift] = linear.drift.squared(weight)
    if linear.feels_common:
        whole[drift, common] = linear.drift.over_bins_at_times(weight)
        whole[common, drift] = whole[drift, common].T
        whole[common, common] = np.diag(weight.sum(axis=0))
    return whole


def local_step(equations: NormalEquations, depth: Array, rest: Array) -> Array:
    """Return (bin, local) steps of scale and pointing that go with a step of depths and shared unknowns."""
    step: Array = equations.local_right - equations.local_gain[:, :, 0] * depth[:, None] - equations.local_gain[:, :, 1:] @ rest
    return step


def with_local(state: TransitState, fgs1: Array, airs: Array) -> TransitState:
    """Return the state after the per-bin step: relative scale in column 0, pointing in the others."""
    scale = state.scale * (1.0 + np.clip(np.concatenate([fgs1[:, 0], airs[:, 0]]), -0.5, 1.0))
    return replace(state, scale=scale, pointing=(state.pointing[0] + fgs1[:, 1:], state.pointing[1] + airs[:, 1:]))
