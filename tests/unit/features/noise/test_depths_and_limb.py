"""Averages over hypotheses about the noise: the moments of the mixture, however it is come by."""

from __future__ import annotations

import numpy as np
import pytest
import tiny_transit as tiny
from numpy.typing import NDArray

from spectramind.features.drift.prior import DriftPrior
from spectramind.features.drift.slow_process import SlowProcess
from spectramind.features.noise.depths_and_limb import DepthsAndLimb
from spectramind.features.solver.gauss_newton import Linearisation, step
from spectramind.features.solver.panel import initial_state, panels_of
from spectramind.features.solver.rest import NoiseHypothesis
from spectramind.features.transit.state import LIMB, LIMB_PLACES, SharedPrior

Array = NDArray[np.float64]

FGS1 = [DriftPrior(degree=2), DriftPrior(degree=8, sigma=2e-3), DriftPrior(slow=SlowProcess(sigma=2e-4, time_h=0.8))]
AIRS = NoiseHypothesis(airs=DriftPrior(degree=4), white_sigma=4e-5, slow=SlowProcess(sigma=6e-5, time_h=0.8))
WEIGHTS = np.array([0.5, 0.3, 0.2])


@pytest.fixture(scope="module")
def around() -> Linearisation:
    visit = tiny.make_visit(np.linspace(0.0098, 0.0102, 7), times=60, noise=1e-4, seed=3)
    panels, prior = panels_of(visit), SharedPrior.from_star(tiny.STAR, visit.airs.wavelength_um, 4.0)
    state = initial_state(visit, panels, prior, 0.0105)
    return Linearisation.at(panels, step(panels, state, prior, AIRS).state, prior)


def test_the_average_has_the_moments_of_the_mixture() -> None:
    rng = np.random.default_rng(1)
    roots, means = rng.normal(size=(3, 4, 4)), rng.normal(size=(3, 4))
    parts = [DepthsAndLimb(mean=mean, covariance=root @ root.T) for root, mean in zip(roots, means, strict=True)]
    average = DepthsAndLimb.average(parts, WEIGHTS)
    draws = np.concatenate(
        [rng.multivariate_normal(part.mean, part.covariance, int(400000 * weight)) for part, weight in zip(parts, WEIGHTS, strict=True)]
    )
    np.testing.assert_allclose(average.mean, draws.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(average.covariance, np.cov(draws.T), rtol=0.03, atol=0.04)


def test_the_average_of_one_is_that_one() -> None:
    one = DepthsAndLimb(mean=np.arange(3.0), covariance=np.diag([1.0, 2.0, 3.0]))
    average = DepthsAndLimb.average([one], np.ones(1))
    np.testing.assert_array_equal(average.mean, one.mean)
    np.testing.assert_array_equal(average.covariance, one.covariance)


def test_one_hypothesis_is_everything_integrated_over_at_once(around: Linearisation) -> None:
    noise = NoiseHypothesis(fgs1=FGS1[1], airs=AIRS.airs, white_sigma=AIRS.white_sigma, slow=AIRS.slow)
    found = DepthsAndLimb.under(around, noise, [FGS1[1]], np.ones(1))
    others, bins = around.without_rest(noise), around.state.depth.size
    covariance = np.linalg.inv(others.depths.precision)
    mean = around.state.depth + covariance @ others.depths.right
    np.testing.assert_allclose(found.mean[:bins], mean, rtol=1e-9)
    np.testing.assert_allclose(found.covariance[:bins, :bins], covariance, rtol=1e-7, atol=1e-14)
    follow = -others.covariance_times(around.system.depth_rest.T)[LIMB_PLACES]
    np.testing.assert_allclose(found.covariance[bins:, :bins], follow @ covariance, rtol=1e-6, atol=1e-10)
    limb = (around.state.shared - around.prior.mean)[LIMB_PLACES] + others.step(mean - around.state.depth)[LIMB_PLACES]
    np.testing.assert_allclose(found.mean[bins:], limb, rtol=1e-6, atol=1e-8)
    assert found.mean.size == bins + len(LIMB)


def test_averaging_over_the_drift_of_fgs1_first_is_averaging_at_once(around: Linearisation) -> None:
    each = [DepthsAndLimb.under(around, AIRS, [drift], np.ones(1)) for drift in FGS1]
    expected = DepthsAndLimb.average(each, WEIGHTS)
    found = DepthsAndLimb.under(around, AIRS, FGS1, WEIGHTS)
    np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-9)
    np.testing.assert_allclose(found.covariance, expected.covariance, rtol=1e-7, atol=1e-14)
    assert each[1].covariance[0, 0] > 1.02 * each[0].covariance[0, 0], "the hypotheses differ"
