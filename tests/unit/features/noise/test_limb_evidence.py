"""The limb beside the depths, against the joint system it is taken from and against a fit with another prior."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny_transit as tiny
from numpy.typing import NDArray

from spectramind.features.drift.prior import DriftPrior
from spectramind.features.noise.depths_and_limb import depths_and_limb
from spectramind.features.noise.limb_evidence import LimbEvidence, LimbPrior
from spectramind.features.solver.linearisation import Linearisation
from spectramind.features.solver.panel import initial_state, panels_of
from spectramind.features.solver.rest import NoiseHypothesis
from spectramind.features.spectrum.depth_likelihood import DepthLikelihood
from spectramind.features.transit.state import LIMB, LIMB_PLACES, LIMB_SIGMA, SharedPrior

Array = NDArray[np.float64]

BINS = 6
DEPTH = np.full(BINS + 1, 0.01)


@pytest.fixture(scope="module")
def visit() -> Linearisation:
    made = tiny.make_visit(DEPTH, times=60, noise=1e-4)
    panels = panels_of(made)
    prior = SharedPrior.from_star(tiny.STAR, made.airs.wavelength_um, 4.0)
    state = initial_state(made, panels, prior, 0.0105)
    return Linearisation.at(panels, state, prior)


def split(visit: Linearisation, prior: SharedPrior | None = None) -> tuple[DepthLikelihood, LimbEvidence]:
    around = visit if prior is None else replace(visit, prior=prior)
    return LimbEvidence.split(depths_and_limb(around, NoiseHypothesis(), [DriftPrior()], np.ones(1)))


def test_integrating_over_the_limb_leaves_the_likelihood_of_the_depths(visit: Linearisation) -> None:
    expected = visit.without_rest(NoiseHypothesis()).depths.around_zero(visit.state.depth)
    found, _ = split(visit)
    np.testing.assert_allclose(found.precision, expected.precision, rtol=1e-9, atol=1e-9 * expected.precision.max())
    np.testing.assert_allclose(found.right, expected.right, rtol=1e-7)


def test_at_given_depths_the_limb_is_that_of_the_rest(visit: Linearisation) -> None:
    state, others = visit.state, visit.without_rest(NoiseHypothesis())
    step = 1e-4 * np.linspace(-1.0, 1.0, BINS + 1)
    mean, covariance = others.step(step), others.covariance_times(np.eye(others.right.size))
    _, limb = split(visit)
    from_prior = (state.shared - visit.prior.mean + mean[: state.shared.size])[LIMB_PLACES]
    np.testing.assert_allclose(limb.mean + limb.slope @ (state.depth + step), from_prior, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(limb.covariance, covariance[LIMB_PLACES, LIMB_PLACES], rtol=1e-6, atol=1e-12)


def test_another_prior_afterwards_is_as_good_as_beforehand(visit: Linearisation) -> None:
    fitted = visit.prior
    offset, shrink = 0.3 * np.array(LIMB_SIGMA), np.linspace(0.1, 0.9, len(LIMB))
    mean, sigma = fitted.mean.copy(), fitted.sigma.copy()
    mean[LIMB_PLACES] += offset
    sigma[LIMB_PLACES] *= shrink
    expected, _ = split(visit, replace(fitted, mean=mean, sigma=sigma))
    likelihood, limb = split(visit)
    found = limb.depths_under(likelihood, LimbPrior(mean=offset, covariance=np.diag((shrink * LIMB_SIGMA) ** 2)))
    np.testing.assert_allclose(found.precision, expected.precision, rtol=1e-6, atol=1e-8 * expected.precision.max())
    np.testing.assert_allclose(
        np.linalg.solve(found.precision, found.right), np.linalg.solve(expected.precision, expected.right), rtol=1e-7
    )
    before, after = (np.sqrt(np.diag(np.linalg.inv(each.precision))) for each in (likelihood, found))
    assert (after < before).all(), "a star that is better known beforehand has better known depths"


def test_the_prior_of_the_fit_changes_nothing(visit: Linearisation) -> None:
    likelihood, limb = split(visit)
    found = limb.depths_under(likelihood, LimbPrior.of_fit())
    np.testing.assert_allclose(found.precision, likelihood.precision, rtol=1e-9)
    np.testing.assert_allclose(found.right, likelihood.right, rtol=1e-9)


def test_what_is_seen_of_the_limb_has_no_prior_in_it(visit: Linearisation) -> None:
    _, limb = split(visit)
    precision, right = limb.likelihood_at(DEPTH)
    with_prior = precision + np.diag(np.array(LIMB_SIGMA) ** -2.0)
    np.testing.assert_allclose(np.linalg.inv(with_prior), limb.covariance, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(np.linalg.solve(with_prior, right), limb.mean + limb.slope @ DEPTH, rtol=1e-6)


def test_nothing_seen_is_no_negative_knowledge() -> None:
    """Averages over hypotheses may be a little wider than the prior."""
    fitted = LimbPrior.of_fit()
    limb = LimbEvidence(mean=0.1 * np.ones(len(LIMB)), slope=np.zeros((len(LIMB), BINS + 1)), covariance=1.01 * fitted.covariance)
    precision, right = limb.likelihood_at(DEPTH)
    np.testing.assert_allclose(precision, 0.0, atol=1e-9)
    np.testing.assert_allclose(right, 0.0, atol=1e-9)
