"""Posteriors and evidences of depths against dense Gaussian integrals."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import multivariate_normal

from spectramind.features.spectrum.depth_likelihood import DepthLikelihood, DepthPrior

Array = NDArray[np.float64]

DEPTHS = 3


def covariance(rng: np.random.Generator, size: int) -> Array:
    root = rng.normal(size=(size, size))
    product: Array = root @ root.T + 0.3 * np.eye(size)
    return product


def log_likelihood(likelihood: DepthLikelihood, step: Array) -> float:
    return float(likelihood.log_evidence + likelihood.right @ step - 0.5 * step @ likelihood.precision @ step)


def small_likelihood(seed: int) -> tuple[DepthLikelihood, DepthPrior, Array, Array]:
    rng = np.random.default_rng(seed)
    precision, spread = covariance(rng, DEPTHS), covariance(rng, DEPTHS)
    likelihood = DepthLikelihood(precision=precision, right=rng.normal(size=DEPTHS), log_evidence=1.7)
    return likelihood, DepthPrior.of(rng.normal(size=DEPTHS), spread), spread, rng.normal(size=DEPTHS)


@pytest.mark.parametrize("seed", range(4))
def test_posterior_and_evidence_are_those_of_gaussians(seed: int) -> None:
    likelihood, prior, spread, depth = small_likelihood(seed)
    posterior = likelihood.posterior(prior, depth)
    precision = likelihood.precision + np.linalg.inv(spread)
    np.testing.assert_allclose(posterior.covariance, np.linalg.inv(precision), rtol=1e-9, atol=1e-12)
    right = likelihood.right + likelihood.precision @ depth + np.linalg.solve(spread, prior.mean)
    np.testing.assert_allclose(posterior.mean, np.linalg.solve(precision, right), rtol=1e-8)
    # the likelihood is a Gaussian of its own best step; its integral with the prior is a Gaussian of the difference
    noise: Array = np.asarray(np.linalg.inv(likelihood.precision), dtype=np.float64)
    best: Array = noise @ likelihood.right
    peak = log_likelihood(likelihood, best) - multivariate_normal(best, noise).logpdf(best)
    expected = peak + multivariate_normal(prior.mean, spread + noise).logpdf(depth + best)
    assert posterior.log_evidence == pytest.approx(expected, rel=1e-9)
    assert likelihood.posterior(prior, depth).log_evidence == pytest.approx(expected, rel=1e-9)


def test_evidence_is_the_integral_it_claims_to_be() -> None:
    likelihood = DepthLikelihood(precision=np.array([[2.0]]), right=np.array([0.7]), log_evidence=-0.4)
    prior = DepthPrior.of(np.array([0.5]), np.array([[0.81]]))
    grid = np.linspace(-12.0, 12.0, 20001)
    weight = np.exp(-0.5 * (grid - 0.5) ** 2 / 0.81) / np.sqrt(2.0 * np.pi * 0.81)
    values = np.exp(-0.4 + 0.7 * (grid - 0.2) - (grid - 0.2) ** 2)
    assert likelihood.posterior(prior, np.array([0.2])).log_evidence == pytest.approx(
        float(np.log(np.trapezoid(values * weight, grid))), abs=1e-9
    )


def test_around_zero_is_the_same_function() -> None:
    likelihood, prior, _, depth = small_likelihood(7)
    moved = likelihood.around_zero(depth)
    for step in np.random.default_rng(0).normal(size=(3, DEPTHS)):
        assert log_likelihood(moved, depth + step) == pytest.approx(log_likelihood(likelihood, step))
    here, there = likelihood.posterior(prior, depth), moved.posterior(prior, np.zeros(DEPTHS))
    np.testing.assert_allclose(here.mean, there.mean)
    np.testing.assert_allclose(here.covariance, there.covariance)
    assert here.log_evidence == pytest.approx(there.log_evidence)
