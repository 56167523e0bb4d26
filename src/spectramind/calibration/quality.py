"""Errors that are not Gaussian: classes of planets, and the sigma at which no planet can be expected to cost score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import lambertw

from spectramind.calibration.temperature import worth_of_one_nat
from spectramind.evaluation.metric import bin_weights, element_scores

Array = NDArray[np.float64]

FAINT_BELOW = 50.0  # depth over sigma: known to 2 %
POOR_ABOVE = 2.0
LARGEST_SUSPICION = 10.0
# Mean square of a Student t with 4 degrees of freedom in units of its scale: sigma is taken to describe the core of the errors.
HEAVY_TAIL_SQUARE = 2.0


class QualityClass(StrEnum):
    """What a planet's sigma can be trusted with."""

    GOOD = "GOOD"
    """Explained by the model, and measured well."""
    FAINT = "FAINT"
    """Explained, but its depths are known no better than to two percent."""
    POOR = "POOR"
    """Not explained: residuals are far above their noise, or not known."""


def classify(mu: Array, sigma: Array, suspicion: ArrayLike) -> tuple[QualityClass, ...]:
    """Return the class of every planet: poor by its suspicion, else faint by its signal-to-noise, else good.

    Args:
        mu: (planet, bin) predicted depths, FGS1 first.
        sigma: (planet, bin) standard deviations.
        suspicion: (planet,) size of the residuals of its light curves over that of their noise: 1 as expected, not finite unknown.
    """
    signal_to_noise = np.median(mu[:, 1:] / sigma[:, 1:], axis=1)
    poor = error_scale(suspicion) > POOR_ABOVE
    faint = signal_to_noise < FAINT_BELOW
    return tuple(QualityClass.POOR if p else QualityClass.FAINT if f else QualityClass.GOOD for p, f in zip(poor, faint, strict=True))


def error_scale(suspicion: ArrayLike) -> Array:
    """Return (planet,) how many times larger than sigma errors may be: the suspicion in [1, 10], 10 where it is not finite."""
    values = np.asarray(suspicion, dtype=np.float64)
    return np.clip(np.where(np.isfinite(values), values, LARGEST_SUSPICION), 1.0, LARGEST_SUSPICION)


def expected_scores(mu: Array, sigma: Array, mean_square: Array, *, naive_mean: float, naive_sigma: float) -> Array:
    """Return the (planet,) official score to expect, before the clip, from mu and sigma alone.

    E r_ij = (log(naive sigma / sigma) + ((mu - naive mean)^2 + k sigma^2) / (2 naive sigma^2) - k / 2) / (L_perfect - L_naive) with k the
    mean square; the denominator, which varies little, is taken at mu. Of the shape of the errors only the mean square enters.

    Args:
        mu: (planet, bin) predicted depths.
        sigma: (planet, bin) standard deviations.
        mean_square: (planet,) expected z^2, 1 where sigma is true.
        naive_mean: Mean of all training labels.
        naive_sigma: Standard deviation (ddof 0) of all training labels.
    """
    worth = worth_of_one_nat(mu, naive_mean, naive_sigma)
    lost = 0.5 * mean_square[:, None] * (1.0 - (sigma / naive_sigma) ** 2) * worth
    elements = element_scores(mu, mu, sigma, naive_mean, naive_sigma) - lost
    return np.asarray(elements @ bin_weights(mu.shape[1]))


def widening(
    mu: Array,
    sigma: Array,
    suspicion: ArrayLike,
    classes: Sequence[QualityClass],
    factors: Mapping[QualityClass, float],
    *,
    naive_mean: float,
    naive_sigma: float,
) -> Array:
    """Return (planet,) factors on sigma: that of the class, or more where heavy tails would cost more than the planet can gain.

    Errors are taken as `error_scale` (or the factor of the class, where larger) times sigma with heavy tails, mean z^2 = k. With u =
    log of the factor and c the nats that the planet is ahead of the naive prediction, its expected score is positive where
    u + k exp(-2 u) / 2 <= c. The smallest such u is c + W_-1(-k exp(-2 c)) / 2 with Lambert's W (Corless et al. 1996). Where c is
    below (1 + log k) / 2 there is none; then the factor is sqrt(k), the best there is, and the planet is expected to cost little.

    Args:
        mu: (planet, bin) predicted depths.
        sigma: (planet, bin) standard deviations, temperature applied.
        suspicion: (planet,) as for `classify`.
        classes: Class of every planet.
        factors: Factor of every class (`groups.Groups`).
        naive_mean: Mean of all training labels.
        naive_sigma: Standard deviation (ddof 0) of all training labels.
    """
    own = np.array([factors[quality] for quality in classes])
    square = HEAVY_TAIL_SQUARE * np.maximum(error_scale(suspicion), own) ** 2
    worth = worth_of_one_nat(mu, naive_mean, naive_sigma) @ bin_weights(mu.shape[1])
    ahead = expected_scores(mu, sigma, square, naive_mean=naive_mean, naive_sigma=naive_sigma) / worth + 0.5 * square
    best = 0.5 * np.log(square)
    possible = ahead >= best + 0.5
    argument = -square * np.exp(-2.0 * np.where(possible, ahead, best + 0.5))
    # The largest double below the branch point keeps W real; exp(-1) itself may round past it. Far ahead the argument is -0: no limit.
    branch = np.real(lambertw(np.clip(argument, -np.exp(-1.0) * (1.0 - 1e-15), -np.finfo(np.float64).tiny), -1))
    smallest = np.where(possible, ahead + 0.5 * branch, best)
    return np.asarray(np.maximum(own, np.exp(np.minimum(smallest, best))))
