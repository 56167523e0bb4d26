"""Marginals, posteriors and evidences against dense Gaussian integrals."""

from __future__ import annotations

import numpy as np
import pytest
import tiny_transit as tiny
from numpy.typing import NDArray
from scipy.linalg import cholesky
from scipy.stats import multivariate_normal

from spectramind.features.gauss_newton import Linearisation, working_prior
from spectramind.features.joint_system import DepthLikelihood, DepthPrior, JointSystem
from spectramind.features.panel import initial_state, panels_of
from spectramind.features.rest import NoiseHypothesis, RestPrior
from spectramind.features.transit_state import SharedPrior

Array = NDArray[np.float64]

DEPTHS, REST = 3, 5


def covariance(rng: np.random.Generator, size: int) -> Array:
    root = rng.normal(size=(size, size))
    product: Array = root @ root.T + 0.3 * np.eye(size)
    return product


def drawn(seed: int) -> tuple[JointSystem, RestPrior]:
    """A small linear problem, its normal equations made from a dense design in which no datum sees two depths."""
    rng = np.random.default_rng(seed)
    depth_design = np.kron(np.eye(DEPTHS), rng.normal(size=(6, 1)))
    design, data = np.concatenate([depth_design, rng.normal(size=(18, REST))], axis=1), rng.normal(size=18)
    normal, right = design.T @ design, design.T @ data
    system = JointSystem(
        depth_depth=np.diag(normal)[:DEPTHS],
        depth_rest=normal[:DEPTHS, DEPTHS:],
        rest_rest=normal[DEPTHS:, DEPTHS:],
        depth_right=right[:DEPTHS],
        rest_right=right[DEPTHS:],
        square=float(data @ data),
        rest_columns=(np.arange(0), np.arange(0)),
    )
    blocks = (rng.uniform(0.5, 2.0, 2), cholesky(covariance(rng, REST - 2), lower=True))
    return system, RestPrior(offset=rng.normal(size=REST), blocks=blocks)


def log_likelihood(likelihood: DepthLikelihood, step: Array) -> float:
    return float(likelihood.log_evidence + likelihood.right @ step - 0.5 * step @ likelihood.precision @ step)


@pytest.mark.parametrize("seed", range(4))
def test_marginal_depths_are_the_integral_over_the_rest(seed: int) -> None:
    system, rest = drawn(seed)
    likelihood = system.marginal_depths(rest)
    prior_precision = np.linalg.inv(rest.root @ rest.root.T)
    total = system.rest_rest + prior_precision
    for step in np.random.default_rng(seed).normal(size=(3, DEPTHS)):
        right = system.rest_right - step @ system.depth_rest - prior_precision @ rest.offset
        square = system.square - 2.0 * system.depth_right @ step + system.depth_depth @ step**2
        square += rest.offset @ prior_precision @ rest.offset - right @ np.linalg.solve(total, right)
        logarithm = np.linalg.slogdet(total)[1] - np.linalg.slogdet(prior_precision)[1]
        assert log_likelihood(likelihood, step) == pytest.approx(-0.5 * (square + logarithm), rel=1e-10)


@pytest.mark.parametrize("seed", range(4))
def test_rest_given_depth_is_the_conditional(seed: int) -> None:
    system, rest = drawn(seed)
    step = np.random.default_rng(seed).normal(size=DEPTHS)
    mean, spread = system.rest_given_depth(rest, step)
    precision = np.linalg.inv(rest.root @ rest.root.T)
    total = system.rest_rest + precision
    np.testing.assert_allclose(spread, np.linalg.inv(total), rtol=1e-9, atol=1e-12)
    right = system.rest_right - step @ system.depth_rest - precision @ rest.offset
    np.testing.assert_allclose(mean, np.linalg.solve(total, right), rtol=1e-8)


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


def test_the_average_has_the_moments_of_the_mixture() -> None:
    parts, weights = [small_likelihood(seed)[0] for seed in range(3)], np.array([0.5, 0.3, 0.2])
    average = DepthLikelihood.average(parts, weights)
    rng = np.random.default_rng(1)
    draws = np.concatenate(
        [
            rng.multivariate_normal(np.linalg.solve(part.precision, part.right), np.linalg.inv(part.precision), int(400000 * weight))
            for part, weight in zip(parts, weights, strict=True)
        ]
    )
    spread = np.linalg.inv(average.precision)
    np.testing.assert_allclose(spread @ average.right, draws.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(spread, np.cov(draws.T), rtol=0.03, atol=0.02)


def test_the_average_of_one_is_that_one() -> None:
    likelihood = small_likelihood(3)[0]
    average = DepthLikelihood.average([likelihood], np.ones(1))
    np.testing.assert_allclose(average.precision, likelihood.precision)
    np.testing.assert_allclose(average.right, likelihood.right)


def test_a_real_visit_has_a_proper_likelihood() -> None:
    visit = tiny.make_visit(np.full(7, 0.01), times=60, noise=1e-4)
    panels = panels_of(visit)
    prior = SharedPrior.from_star(tiny.STAR, visit.airs.wavelength_um, 4.0)
    state = initial_state(visit, panels, prior, 0.01)
    system = Linearisation.at(panels, state, prior).system
    rest = RestPrior.of(panels, state, prior, NoiseHypothesis())
    assert system.rest_rest.shape == rest.root.shape
    likelihood = system.marginal_depths(rest)
    assert np.linalg.eigvalsh(likelihood.precision).min() > 0.0
    posterior = likelihood.posterior(working_prior(panels, state), state.depth)
    assert np.linalg.eigvalsh(posterior.covariance).min() > 0.0


def test_a_prior_without_width_pins_the_rest() -> None:
    """Held coefficients have a prior a billion times narrower than others: nothing may be divided by it."""
    system, rest = drawn(2)
    pinned = RestPrior(offset=rest.offset, blocks=(np.array([1e-12, rest.blocks[0][1]]), rest.blocks[1]))
    step, spread = system.rest_given_depth(pinned, np.zeros(DEPTHS))
    assert step[0] == pytest.approx(-rest.offset[0], abs=1e-9)
    assert spread[0, 0] < 1e-20
    assert np.isfinite(system.marginal_depths(pinned).log_evidence)
