"""How the stars of a dataset are darkened at the limb.

A light curve alone hardly tells limb darkening from depth; once the depth is known it tells the limb darkening well. What labelled
planets have in common is the prior of all others: a mean that goes with the star's temperature, and a scatter around it (the
normal-normal hierarchy of Gelman et al. 2013, Bayesian Data Analysis, sections 5.4 and 15.3, with the most probable scatter).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import chi2

from spectramind.features.noise.limb_evidence import LimbPrior
from spectramind.features.planet.known_limbs import KnownLimbs

Array = NDArray[np.float64]

REFERENCE_TEMPERATURE_K, TEMPERATURE_SCALE_K, LARGEST_TEMPERATURE = 5200.0, 1000.0, 2.0
# Of the variance that the prior of the fit has, so much is scatter between stars of one temperature; the rest is a law not known better.
SCATTER_SHARE = 0.25
# A gamma law of that variance, with its mode there, keeps it from vanishing by chance and lets it be small (Chung et al. 2013,
# Psychometrika 78, 685). It counts as much as some twenty stars: fewer, some of them fits gone wrong, tell no scatter.
SCATTER_SHAPE = 10.0
# By how much of its sigma in the fit a coefficient may go with 1000 K, beyond the law of the fit.
SLOPE_SHARE = 0.5
# A star so far off the others is a fit that went wrong.
OUTLIER_PROBABILITY = 1e-3


@dataclass(frozen=True, kw_only=True)
class LimbPopulation:
    """Limb darkening of the stars of a dataset.

    Attributes:
        coefficients: (2, limb) mean, and change of the mean with 1000 K.
        coefficient_covariance: (2 limb, 2 limb) of them, all means first.
        scatter: (limb, limb) covariance of stars of one temperature, diagonal.
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
        return LimbPrior(
            mean=(regressors @ self.coefficients)[0], covariance=self.scatter + _uncertainty(self.coefficient_covariance, regressors)[0]
        )


def _maximise(known: KnownLimbs) -> LimbPopulation:
    """Find the most probable scatter; given it, the posterior of the mean is exact."""
    beforehand = np.log(SCATTER_SHARE * np.diag(LimbPrior.of_fit().covariance))

    def loss(log_scatter: Array) -> tuple[float, Array]:
        return _Given.of(known, np.exp(log_scatter)).loss()

    found = minimize(loss, beforehand, jac=True, method="L-BFGS-B")
    given = _Given.of(known, np.exp(found.x))
    return LimbPopulation(
        coefficients=given.coefficients, coefficient_covariance=given.covariance, scatter=np.diag(given.scatter), visits=len(known.right)
    )


@dataclass(frozen=True, kw_only=True)
class _Given:
    """What is known where the scatter is: of every star, and of the coefficients.

    Attributes:
        scatter: (limb,) variances.
        coefficients, covariance: As those of a population.
        deviation_square: (star, limb) mean square of what a star is off the mean, under the posterior of everything.
        log_evidence: Everything else integrated over.
    """

    scatter: Array
    coefficients: Array
    covariance: Array
    deviation_square: Array
    log_evidence: float

    @classmethod
    def of(cls, known: KnownLimbs, scatter: Array) -> _Given:
        limb, regressors = scatter.size, _regressors(known.temperature_k)
        stars: Array = np.asarray(np.linalg.inv(known.precision + np.diag(1.0 / scatter)), dtype=np.float64)
        # What each star says of the mean, its own deviation integrated over.
        gain = stars @ known.precision
        precision = known.precision - known.precision @ gain
        starred = _apply(stars, known.right)
        right = known.right - _apply(known.precision, starred)
        law = np.kron([1.0 - SCATTER_SHARE, SLOPE_SHARE**2], np.diag(LimbPrior.of_fit().covariance))
        inverse = np.diag(1.0 / law) + np.einsum("na,nb,nij->aibj", regressors, regressors, precision).reshape(law.size, law.size)
        covariance, told = np.linalg.inv(inverse), np.einsum("na,ni->ai", regressors, right).ravel()
        coefficients = covariance @ told
        deviation = starred - _apply(gain, regressors @ coefficients.reshape(2, limb))
        uncertain = np.einsum("nij,njk,nik->ni", gain, _uncertainty(covariance, regressors), gain)
        constants = np.einsum("ni,ni->", known.right, starred) + np.linalg.slogdet(stars)[1].sum() - len(stars) * np.log(scatter).sum()
        return cls(
            scatter=scatter,
            coefficients=coefficients.reshape(2, limb),
            covariance=covariance,
            deviation_square=deviation**2 + np.einsum("nii->ni", stars) + uncertain,
            log_evidence=0.5 * float(constants + told @ coefficients - np.linalg.slogdet(inverse)[1]),
        )

    def loss(self) -> tuple[float, Array]:
        """Return minus the log posterior of the log scatter, and its gradient."""
        share = self.scatter / (SCATTER_SHARE * np.diag(LimbPrior.of_fit().covariance))
        log_prior = SCATTER_SHAPE * float((np.log(share) - share).sum())
        gradient = 0.5 * (self.deviation_square / self.scatter - 1.0).sum(axis=0) + SCATTER_SHAPE * (1.0 - share)
        return -self.log_evidence - log_prior, -gradient


def _distances(known: KnownLimbs, population: LimbPopulation) -> Array:
    """Return the (star,) squared distances from the population, in units of what was to be expected."""
    regressors = _regressors(known.temperature_k)
    off = known.right - _apply(known.precision, regressors @ population.coefficients)
    expected = population.scatter + _uncertainty(population.coefficient_covariance, regressors)
    spread = known.precision + known.precision @ expected @ known.precision
    return np.asarray(np.einsum("ni,nij,nj->n", off, np.linalg.pinv(spread, hermitian=True), off))


def _regressors(temperature_k: Array) -> Array:
    scaled = (temperature_k - REFERENCE_TEMPERATURE_K) / TEMPERATURE_SCALE_K
    return np.stack([np.ones_like(scaled), np.clip(scaled, -LARGEST_TEMPERATURE, LARGEST_TEMPERATURE)], axis=1)


def _uncertainty(coefficient_covariance: Array, regressors: Array) -> Array:
    """Return the (star, limb, limb) covariance of the mean at (star, 2) regressors."""
    limb = len(coefficient_covariance) // 2
    return np.asarray(np.einsum("na,aibj,nb->nij", regressors, coefficient_covariance.reshape(2, limb, 2, limb), regressors))


def _apply(matrices: Array, vectors: Array) -> Array:
    """Return (star, limb) products of (star, limb, limb) matrices and (star, limb) vectors."""
    return np.asarray(np.einsum("nij,nj->ni", matrices, vectors))
