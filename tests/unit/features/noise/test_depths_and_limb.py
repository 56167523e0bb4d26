"""Averages over hypotheses about the noise: the moments of the mixture, however it is come by."""

from __future__ import annotations

import numpy as np
import pytest
import tiny_transit as tiny
from numpy.typing import NDArray

from spectramind.features.drift.prior import DriftPrior
from spectramind.features.drift.slow_process import SlowProcess
from spectramind.features.noise.depths_and_limb import depths_and_limb
from spectramind.features.solver.gauss_newton import step
from spectramind.features.solver.linearisation import Linearisation
from spectramind.features.solver.panel import initial_state, panels_of
from spectramind.features.solver.rest import NoiseHypothesis
from spectramind.features.spectrum.moments import Moments
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


def test_one_hypothesis_is_everything_integrated_over_at_once(around: Linearisation) -> None:
    noise = NoiseHypothesis(fgs1=FGS1[1], airs=AIRS.airs, white_sigma=AIRS.white_sigma, slow=AIRS.slow)
    found = depths_and_limb(around, noise, [FGS1[1]], np.ones(1))
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
    each = [depths_and_limb(around, AIRS, [drift], np.ones(1)) for drift in FGS1]
    expected = Moments.average(each, WEIGHTS)
    found = depths_and_limb(around, AIRS, FGS1, WEIGHTS)
    np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-9)
    np.testing.assert_allclose(found.covariance, expected.covariance, rtol=1e-7, atol=1e-14)
    assert each[1].covariance[0, 0] > 1.02 * each[0].covariance[0, 0], "the hypotheses differ"
