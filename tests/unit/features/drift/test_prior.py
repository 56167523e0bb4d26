"""How large a drift may be."""

from __future__ import annotations

import numpy as np
import tiny_transit as tiny
from numpy.typing import NDArray

from spectramind.features.drift.drift import TIME_DEGREE, WAVELENGTH_DEGREE, Drift, DriftBasis
from spectramind.features.drift.prior import BEYOND_DEGREE, DriftPrior
from spectramind.features.drift.slow_process import SLOW_MODES

Array = NDArray[np.float64]

BASIS = DriftBasis.of(tiny.make_visit(np.full(13, 0.01), times=200).airs)
NOTHING_LEFT = np.zeros((WAVELENGTH_DEGREE + 1, SLOW_MODES))


def drawn(seed: int = 0) -> Drift:
    drift = Drift.none(BASIS)
    return drift.moved(np.random.default_rng(seed).normal(0.0, 1e-3, drift.vector.size))


def prior_of(prior: DriftPrior, drift: Drift) -> tuple[Array, Array]:
    """Mean and standard deviation of every term."""
    mean, blocks = prior.moments(drift, BASIS)
    return mean, np.concatenate([block if block.ndim == 1 else np.sqrt(np.diag(block @ block.T)) for block in blocks])


def test_prior_of_free_coefficients_falls_beyond_the_degree() -> None:
    drift = drawn()
    mean, sigma = prior_of(DriftPrior(degree=3, sigma=5e-4), drift)
    assert mean.shape == sigma.shape == drift.vector.shape
    free = sigma[: drift.free.size].reshape(drift.free.shape)
    np.testing.assert_allclose(free[:, :3], 5e-4)
    np.testing.assert_allclose(free[:, 3:5], [[5e-4 * BEYOND_DEGREE, 5e-4 * BEYOND_DEGREE**2]] * 4)
    assert (sigma[drift.free.size :] < 1e-8).all()
    np.testing.assert_array_equal(mean[drift.free.size :][:TIME_DEGREE], drift.shape[:TIME_DEGREE])


def test_prior_of_a_separable_drift_holds_one_coefficient_of_the_colour() -> None:
    drift = drawn().separated(BASIS, NOTHING_LEFT)
    mean, sigma = prior_of(DriftPrior(degree=3, sigma=5e-4, separable_rest=0.1), drift)
    free, shape, colour = np.split(sigma, np.cumsum([drift.free.size, drift.shape.size]))
    pivot = int(np.argmax(np.abs(drift.colour)))
    np.testing.assert_allclose(free.reshape(drift.free.shape)[:, 0], 5e-5)
    assert (shape[:TIME_DEGREE] > 1e-6).all()
    assert (shape[TIME_DEGREE:] < 1e-8).all()
    assert colour[pivot] < 1e-11
    np.testing.assert_allclose(np.delete(colour, pivot), 1e-3)
    assert mean[drift.free.size + drift.shape.size + pivot] == drift.colour[pivot]
