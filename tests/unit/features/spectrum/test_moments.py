"""Moments of mixtures."""

from __future__ import annotations

import numpy as np

from spectramind.features.spectrum.moments import Moments

WEIGHTS = np.array([0.5, 0.3, 0.2])


def test_the_average_has_the_moments_of_the_mixture() -> None:
    rng = np.random.default_rng(1)
    roots, means = rng.normal(size=(3, 4, 4)), rng.normal(size=(3, 4))
    parts = [Moments(mean=mean, covariance=root @ root.T) for root, mean in zip(roots, means, strict=True)]
    average = Moments.average(parts, WEIGHTS)
    draws = np.concatenate(
        [rng.multivariate_normal(part.mean, part.covariance, int(400000 * weight)) for part, weight in zip(parts, WEIGHTS, strict=True)]
    )
    np.testing.assert_allclose(average.mean, draws.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(average.covariance, np.cov(draws.T), rtol=0.03, atol=0.04)


def test_the_average_of_one_is_that_one() -> None:
    one = Moments(mean=np.arange(3.0), covariance=np.diag([1.0, 2.0, 3.0]))
    average = Moments.average([one], np.ones(1))
    np.testing.assert_array_equal(average.mean, one.mean)
    np.testing.assert_array_equal(average.covariance, one.covariance)
