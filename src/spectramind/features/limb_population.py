"""How stars are darkened at the limb, learned from planets whose depths are known.

A light curve alone hardly tells limb darkening from depth; once the depth is known it tells the limb darkening well. What labelled
planets have in common is the prior of all others: a mean that goes with the star's temperature, and a scatter around it (the
normal-normal hierarchy of Gelman et al. 2013, Bayesian Data Analysis, section 15.3, by expectation-maximisation).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from spectramind.features.known_limbs import KnownLimbs
from spectramind.features.limb_evidence import LimbPrior

Array = NDArray[np.float64]

REFERENCE_TEMPERATURE_K, TEMPERATURE_SCALE_K, LARGEST_TEMPERATURE = 5200.0, 1000.0, 2.0
# Of the variance that the prior of the fit has, so much is scatter between stars of one temperature; the rest is a law not known better.
SCATTER_SHARE = 0.25
# That scatter counts as much as one measured on so many stars.
SCATTER_STARS = 5.0
# By how much of its sigma in the fit a coefficient may go with 1000 K, beyond the law of the fit.
SLOPE_SHARE = 0.5
ITERATIONS = 60
# A star so far off the others is a fit that went wrong.
OUTLIER_PROBABILITY = 1e-3


@dataclass(frozen=True, kw_only=True)
class LimbPopulation:
    """Limb darkening of the stars of a dataset.

    Attributes:
        coefficients: (2, limb) mean, and change of the mean with 1000 K.
        coefficient_covariance: (2 limb, 2 limb) of them, all means first.
        scatter: (limb, limb) covariance of stars of one temperature.
        visits: How many it was learned from.
    """

    coefficients: Array
    coefficient_covariance: Array
    scatter: Array
    visits: int

    @classmethod
    def learn(cls, known: KnownLimbs) -> LimbPopulation:
        """Learn from visits; those far off all others are left out."""
        population = _maximise(known)
        usual = _distances(known, population) < chi2.isf(OUTLIER_PROBABILITY, known.right.shape[1])
        return population if usual.all() else _maximise(known.of(usual))

    def prior(self, temperature_k: float) -> LimbPrior:
        """Return the prior of a star that it was not learned from."""
        regressors = _regressors(np.array([temperature_k]))
        return LimbPrior(mean=(regressors @ self.coefficients)[0], covariance=self.scatter + self._uncertainty(regressors)[0])

    def _uncertainty(self, regressors: Array) -> Array:
        """Return the (star, limb, limb) covariance of the mean at (star, 2) regressors."""
        limb = len(self.scatter)
        covariance: Array = np.einsum("na,aibj,nb->nij", regressors, self.coefficient_covariance.reshape(2, limb, 2, limb), regressors)
        return covariance


def _maximise(known: KnownLimbs) -> LimbPopulation:
    """Find the most probable scatter; given it, the posterior of the mean is exact."""
    fitted = LimbPrior.of_fit().covariance
    limb, regressors = len(fitted), _regressors(known.temperature_k)
    law = np.linalg.inv(np.kron(np.diag([1.0 - SCATTER_SHARE, SLOPE_SHARE**2]), fitted))
    scatter = beforehand = SCATTER_SHARE * fitted
    for _ in range(ITERATIONS):
        stars = np.linalg.inv(known.precision + np.linalg.inv(scatter))
        # What each star says of the mean, its own deviation integrated over.
        precision = known.precision - known.precision @ stars @ known.precision
        right = known.right - _apply(known.precision, _apply(stars, known.right))
        covariance = np.linalg.inv(law + np.einsum("na,nb,nij->aibj", regressors, regressors, precision).reshape(law.shape))
        coefficients = (covariance @ np.einsum("na,ni->ai", regressors, right).ravel()).reshape(2, limb)
        deviation = _apply(stars, known.right - _apply(known.precision, regressors @ coefficients))
        scatter = (SCATTER_STARS * beforehand + stars.sum(axis=0) + deviation.T @ deviation) / (SCATTER_STARS + len(stars))
    return LimbPopulation(coefficients=coefficients, coefficient_covariance=covariance, scatter=scatter, visits=len(stars))


def _distances(known: KnownLimbs, population: LimbPopulation) -> Array:
    """Return the (star,) squared distances from the population, in units of what was to be expected."""
    regressors = _regressors(known.temperature_k)
    off = known.right - _apply(known.precision, regressors @ population.coefficients)
    expected = population.scatter + population._uncertainty(regressors)
    spread = known.precision + known.precision @ expected @ known.precision
    return np.asarray(np.einsum("ni,nij,nj->n", off, np.linalg.pinv(spread, hermitian=True), off))


def _regressors(temperature_k: Array) -> Array:
    scaled = (temperature_k - REFERENCE_TEMPERATURE_K) / TEMPERATURE_SCALE_K
    return np.stack([np.ones_like(scaled), np.clip(scaled, -LARGEST_TEMPERATURE, LARGEST_TEMPERATURE)], axis=1)


def _apply(matrices: Array, vectors: Array) -> Array:
    """Return (star, limb) products of (star, limb, limb) matrices and (star, limb) vectors."""
    return np.asarray(np.einsum("nij,nj->ni", matrices, vectors))
