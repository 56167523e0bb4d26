"""What the light curves of one visit say of depths and limb darkening, averaged over hypotheses about the noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectramind.features.drift.prior import DriftPrior
from spectramind.features.solver.gaussian_likelihood import GaussianLikelihood
from spectramind.features.solver.linearisation import Linearisation
from spectramind.features.solver.rest import NoiseHypothesis, RestPrior, common_prior, drift_prior, shared_prior
from spectramind.features.spectrum.moments import Moments
from spectramind.features.transit.state import LIMB, LIMB_PLACES, SHARED

Array = NDArray[np.float64]


def depths_and_limb(around: Linearisation, noise: NoiseHypothesis, fgs1: Sequence[DriftPrior], weights: Array) -> Moments:
    """Return (bin + limb,) moments under one hypothesis about AIRS, averaged over some about the drift of FGS1.

    Depths come first, then the limb darkening, counted from the mean of its prior. That prior is in the moments, none of spectra is.
    AIRS does not see the drift of FGS1: given depth of FGS1 and shared unknowns, the depths of AIRS are the same under all of them.

    Args:
        noise: What is assumed about AIRS; what it says of FGS1 matters for the pull on the colour alone.
        fgs1: Hypotheses about the drift of FGS1, and
        weights: (hypothesis,) their probabilities.
    """
    state, bins = around.state, around.state.depth.size
    seen_by_airs = slice(bins + SHARED + state.drift[0].vector.size, None)
    airs_prior = RestPrior.joined(drift_prior(around.panels[1], state.drift[1], noise.airs), common_prior(around.panels[1], state, noise))
    left = around.system_under(noise).likelihood().without(seen_by_airs, airs_prior)
    airs, others = slice(1, bins), np.r_[0, bins : left.right.size]
    inverse, cross = np.linalg.inv(left.precision[airs, airs]), left.precision[airs][:, others]
    few = GaussianLikelihood(
        precision=left.precision[np.ix_(others, others)] - cross.T @ inverse @ cross,
        right=left.right[others] - cross.T @ (inverse @ left.right[airs]),
        log_evidence=0.0,
    )
    common = Moments.average([_fgs1_and_shared(around, few, drift) for drift in fgs1], weights)
    follow = np.zeros((bins + len(LIMB), 1 + SHARED))
    follow[0, 0], follow[airs], follow[bins:, 1:][:, LIMB_PLACES] = 1.0, -inverse @ cross[:, : 1 + SHARED], np.eye(len(LIMB))
    mean = np.concatenate([state.depth, shared_prior(state, around.prior).offset[LIMB_PLACES]]) + follow @ common.mean
    mean[airs] += inverse @ left.right[airs]
    covariance = follow @ common.covariance @ follow.T
    covariance[airs, airs] += inverse
    return Moments(mean=mean, covariance=covariance)


def _fgs1_and_shared(around: Linearisation, few: GaussianLikelihood, drift: DriftPrior) -> Moments:
    """Return steps of the depth of FGS1 and all shared unknowns, without the drift of FGS1, their prior included."""
    seen = few.without(slice(1 + SHARED, None), drift_prior(around.panels[0], around.state.drift[0], drift))
    prior = shared_prior(around.state, around.prior)
    precision = np.concatenate([[0.0], prior.blocks[0] ** -2.0])
    covariance = np.asarray(np.linalg.inv(seen.precision + np.diag(precision)), dtype=np.float64)
    return Moments(mean=covariance @ (seen.right - precision * np.pad(prior.offset, (1, 0))), covariance=covariance)
