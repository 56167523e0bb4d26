"""The population of limbs against stars drawn from a known one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectramind.features.noise.limb_evidence import LimbPrior
from spectramind.features.planet.known_limbs import KnownLimbs
from spectramind.features.planet.limb_population import REFERENCE_TEMPERATURE_K, LimbPopulation
from spectramind.features.transit.state import LIMB_SIGMA

Array = NDArray[np.float64]

SIGMA = np.array(LIMB_SIGMA)
LAW, PER_1000_K, SCATTER = 0.8 * SIGMA, -0.3 * SIGMA, 0.3 * SIGMA
ERROR = 0.2 * SIGMA


def drawn(stars: int, seed: int = 0, scatter: Array = SCATTER) -> tuple[KnownLimbs, Array]:
    """Stars, each seen with an error whose axes are its own, and their true limbs."""
    rng = np.random.default_rng(seed)
    temperature_k = rng.uniform(4000.0, 6500.0, stars)
    true = (
        LAW + np.outer((temperature_k - REFERENCE_TEMPERATURE_K) / 1000.0, PER_1000_K) + scatter * rng.standard_normal((stars, SIGMA.size))
    )
    turned = np.linalg.qr(rng.normal(size=(stars, SIGMA.size, SIGMA.size)))[0]
    precision = np.einsum("nij,nj,nkj->nik", turned, rng.uniform(0.0, 2.0, true.shape), turned) / np.outer(ERROR, ERROR)
    values, vectors = np.linalg.eigh(precision)
    noise = np.einsum("nij,nj->ni", vectors, np.sqrt(np.maximum(values, 0.0)) * rng.standard_normal(true.shape))
    right = np.einsum("nij,nj->ni", precision, true) + noise
    ids = np.array([str(number) for number in range(stars)])
    return KnownLimbs(planet_ids=ids, visits=ids, temperature_k=temperature_k, precision=precision, right=right), true


def test_law_temperature_and_scatter_are_found() -> None:
    population = LimbPopulation.learn(drawn(800)[0])
    error = np.sqrt(np.diag(population.coefficient_covariance)).reshape(2, -1)
    off = (population.coefficients - np.stack([LAW, PER_1000_K])) / error
    assert np.abs(off).max() < 4.0
    np.testing.assert_allclose(np.sqrt(np.diag(population.scatter)), SCATTER, rtol=0.2)
    np.testing.assert_allclose(population.prior(6200.0).mean, LAW + PER_1000_K, atol=0.1 * SIGMA.max())


def test_the_prior_of_a_new_star_is_calibrated() -> None:
    """z-scores of stars that nothing was learned from; a few stars leave it rather too wide, since these scatter less than assumed."""
    for stars, least in ((10, 0.3), (60, 0.6)):
        z = []
        for seed in range(8):
            population = LimbPopulation.learn(drawn(stars, seed)[0])
            known, true = drawn(25, seed + 1000)
            for temperature_k, limb in zip(known.temperature_k, true, strict=True):
                prior = population.prior(float(temperature_k))
                z.append((limb - prior.mean) @ np.linalg.solve(prior.covariance, limb - prior.mean) / SIGMA.size)
        assert least < np.mean(z) < 1.1, stars


def test_stars_of_whom_nothing_is_seen_leave_the_prior_of_the_fit() -> None:
    known, _ = drawn(30)
    blind = KnownLimbs(**{**vars(known), "precision": 0.0 * known.precision, "right": 0.0 * known.right})
    prior, fitted = LimbPopulation.learn(blind).prior(REFERENCE_TEMPERATURE_K), LimbPrior.of_fit()
    np.testing.assert_allclose(prior.mean, fitted.mean)
    np.testing.assert_allclose(prior.covariance, fitted.covariance, rtol=1e-9)


def test_stars_all_alike_scatter_little() -> None:
    population = LimbPopulation.learn(drawn(400, scatter=0.0 * SCATTER)[0])
    assert (np.sqrt(np.diag(population.scatter)) < 0.25 * SIGMA).all(), "half of what is assumed beforehand"


def test_a_fit_that_went_wrong_teaches_nothing() -> None:
    known, _ = drawn(60)
    right = known.right.copy()
    right[7] += known.precision[7] @ (20.0 * SIGMA)
    with_wrong = LimbPopulation.learn(KnownLimbs(**{**vars(known), "right": right}))
    without = LimbPopulation.learn(known.of(np.arange(60) != 7))
    assert with_wrong.visits == without.visits == 59
    np.testing.assert_array_equal(with_wrong.coefficients, without.coefficients)
