"""The limb beside the depths, against the joint system it is taken from and against a fit with another prior."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny_transit as tiny
from numpy.typing import NDArray

from spectramind.features.gauss_newton import Linearisation, Panels
from spectramind.features.joint_system import DepthLikelihood, JointSystem
from spectramind.features.limb_evidence import LimbEvidence, LimbPrior
from spectramind.features.panel import initial_state, panels_of
from spectramind.features.rest import NoiseHypothesis, RestPrior
from spectramind.features.transit_state import LIMB, LIMB_PLACES, LIMB_SIGMA, SharedPrior, TransitState

Array = NDArray[np.float64]
Visit = tuple[Panels, TransitState, SharedPrior, JointSystem]

BINS = 6
DEPTH = np.full(BINS + 1, 0.01)


@pytest.fixture(scope="module")
def visit() -> Visit:
    made = tiny.make_visit(DEPTH, times=60, noise=1e-4)
    panels = panels_of(made)
    prior = SharedPrior.from_star(tiny.STAR, made.airs.wavelength_um, 4.0)
    state = initial_state(made, panels, prior, 0.0105)
    return panels, state, prior, Linearisation.at(panels, state, prior).system


def split(visit: Visit, prior: SharedPrior | None = None) -> tuple[DepthLikelihood, LimbEvidence]:
    panels, state, fitted, system = visit
    joint = system.marginal_depths_and_limb(RestPrior.of(panels, state, prior or fitted, NoiseHypothesis()))
    return LimbEvidence.split(joint.around_zero(np.pad(state.depth, (0, len(LIMB)))))


def test_integrating_over_the_limb_leaves_the_likelihood_of_the_depths(visit: Visit) -> None:
    panels, state, prior, system = visit
    expected = system.marginal_depths(RestPrior.of(panels, state, prior, NoiseHypothesis())).around_zero(state.depth)
    found, _ = split(visit)
    np.testing.assert_allclose(found.precision, expected.precision, rtol=1e-9, atol=1e-9 * expected.precision.max())
    np.testing.assert_allclose(found.right, expected.right, rtol=1e-7)
    assert found.log_evidence == pytest.approx(expected.log_evidence, rel=1e-9)


def test_at_given_depths_the_limb_is_that_of_the_rest(visit: Visit) -> None:
    panels, state, prior, system = visit
    step = 1e-4 * np.linspace(-1.0, 1.0, BINS + 1)
    mean, covariance = system.rest_given_depth(RestPrior.of(panels, state, prior, NoiseHypothesis()), step)
    _, limb = split(visit)
    from_prior = (state.shared - prior.mean + mean[: state.shared.size])[LIMB_PLACES]
    np.testing.assert_allclose(limb.mean + limb.slope @ (state.depth + step), from_prior, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(limb.covariance, covariance[LIMB_PLACES, LIMB_PLACES], rtol=1e-6, atol=1e-12)


def test_another_prior_afterwards_is_as_good_as_beforehand(visit: Visit) -> None:
    fitted = visit[2]
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


def test_the_prior_of_the_fit_changes_nothing(visit: Visit) -> None:
    likelihood, limb = split(visit)
    found = limb.depths_under(likelihood, LimbPrior.of_fit())
    np.testing.assert_allclose(found.precision, likelihood.precision, rtol=1e-9)
    np.testing.assert_allclose(found.right, likelihood.right, rtol=1e-9)


def test_what_is_seen_of_the_limb_has_no_prior_in_it(visit: Visit) -> None:
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
