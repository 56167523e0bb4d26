"""Integrals over rest or depths against dense Gaussian integrals."""

from __future__ import annotations

import numpy as np
import pytest
import tiny_transit as tiny
from numpy.typing import NDArray
from scipy.linalg import cholesky

from spectramind.features.solver.joint_system import JointSystem
from spectramind.features.solver.linearisation import Linearisation, working_prior
from spectramind.features.solver.panel import initial_state, panels_of
from spectramind.features.solver.rest import NoiseHypothesis, RestPrior
from spectramind.features.spectrum.depth_likelihood import DepthLikelihood
from spectramind.features.transit.state import SharedPrior

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


def prior_covariance(rest: RestPrior) -> Array:
    root = rest.unwhiten(np.eye(rest.offset.size))
    return root @ root.T


def log_likelihood(likelihood: DepthLikelihood, step: Array) -> float:
    return float(likelihood.log_evidence + likelihood.right @ step - 0.5 * step @ likelihood.precision @ step)


@pytest.mark.parametrize("seed", range(4))
def test_marginal_depths_are_the_integral_over_the_rest(seed: int) -> None:
    system, rest = drawn(seed)
    likelihood = system.without_rest(rest).depths
    prior_precision = np.linalg.inv(prior_covariance(rest))
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
    others = system.without_rest(rest)
    precision = np.linalg.inv(prior_covariance(rest))
    total = system.rest_rest + precision
    np.testing.assert_allclose(others.covariance_times(np.eye(REST)), np.linalg.inv(total), rtol=1e-9, atol=1e-12)
    right = system.rest_right - step @ system.depth_rest - precision @ rest.offset
    np.testing.assert_allclose(others.step(step), np.linalg.solve(total, right), rtol=1e-8)


@pytest.mark.parametrize("seed", range(4))
def test_the_likelihood_of_both_is_what_the_integrals_are_of(seed: int) -> None:
    system, rest = drawn(seed)
    left = system.likelihood().without(slice(DEPTHS, None), rest)
    expected = system.without_rest(rest).depths
    np.testing.assert_allclose(left.precision, expected.precision, rtol=1e-9)
    np.testing.assert_allclose(left.right, expected.right, rtol=1e-9)
    assert left.log_evidence == pytest.approx(expected.log_evidence, rel=1e-9)


def test_a_real_visit_has_a_proper_likelihood() -> None:
    visit = tiny.make_visit(np.full(7, 0.01), times=60, noise=1e-4)
    panels = panels_of(visit)
    prior = SharedPrior.from_star(tiny.STAR, visit.airs.wavelength_um, 4.0)
    state = initial_state(visit, panels, prior, 0.01)
    system = Linearisation.at(panels, state, prior).system
    rest = RestPrior.of(panels, state, prior, NoiseHypothesis())
    assert len(system.rest_rest) == rest.offset.size
    likelihood = system.without_rest(rest).depths
    assert np.linalg.eigvalsh(likelihood.precision).min() > 0.0
    posterior = likelihood.posterior(working_prior(panels, state), state.depth)
    assert np.linalg.eigvalsh(posterior.covariance).min() > 0.0


def test_a_prior_without_width_pins_the_rest() -> None:
    """Held coefficients have a prior a billion times narrower than others: nothing may be divided by it."""
    system, rest = drawn(2)
    pinned = RestPrior(offset=rest.offset, blocks=(np.array([1e-12, rest.blocks[0][1]]), rest.blocks[1]))
    others = system.without_rest(pinned)
    assert others.step(np.zeros(DEPTHS))[0] == pytest.approx(-rest.offset[0], abs=1e-9)
    assert others.covariance_times(np.eye(REST))[0, 0] < 1e-20
    assert np.isfinite(others.depths.log_evidence)
