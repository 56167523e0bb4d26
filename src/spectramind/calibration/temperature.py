"""Temperature scaling: one factor on all sigmas of a sensor (Guo et al. 2017, section 4.2, for a Gaussian instead of classes)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectramind.calibration.checks import z_scores
from spectramind.evaluation.metric import element_scores
from spectramind.utils.errors import UsageError

Array = NDArray[np.float64]

OBJECTIVES = ("gll", "score")
SMALLEST_TAU, LARGEST_TAU = 0.1, 10.0
# How far log tau is expected from zero before any planet was looked at: a model that knows its errors, or one that does not.
PRIOR_SIGMAS, PRIOR_SHARES = np.array([0.1, 0.5]), np.array([0.7, 0.3])
# So near a limit, in log tau, a temperature is at it: the mean of a posterior that the limit cuts off stays a little before it.
AT_LIMIT = 0.05
LOG_TAUS = np.linspace(np.log(SMALLEST_TAU), np.log(LARGEST_TAU), 2001)


@dataclass(frozen=True, kw_only=True)
class Temperature:
    """Factors on sigma, one a sensor.

    Attributes:
        fgs1: Factor of the first bin.
        airs: Factor of all other bins.
    """

    fgs1: float
    airs: float

    def apply(self, sigma: Array) -> Array:
        """Return sigma* = tau sigma, shape (planet, bin), FGS1 first."""
        factors = np.full(sigma.shape[-1], self.airs)
        factors[0] = self.fgs1
        return np.asarray(sigma * factors)

    @property
    def warning(self) -> str:
        """A sentence a sensor whose factor lies at the limit of its range, and what that means; empty where none does."""
        return " ".join(filter(None, (_at_limit(sensor, tau) for sensor, tau in (("FGS1", self.fgs1), ("AIRS", self.airs)))))


def _at_limit(sensor: str, tau: float) -> str:
    smallest, largest = (abs(float(np.log(tau / limit))) <= AT_LIMIT for limit in (SMALLEST_TAU, LARGEST_TAU))
    if not (smallest or largest):
        return ""
    which, size = ("largest", "small") if largest else ("smallest", "large")
    return (
        f"The temperature of {sensor} is {tau:.4g}, at the {which} that is allowed ({SMALLEST_TAU:g} to {LARGEST_TAU:g}): "
        f"sigma of the model is ten times too {size} or more, and may still be too {size} after the calibration. "
        "Look for the mistake in the model, its data or the labels."
    )


def fit_temperature(truth: ArrayLike, mu: ArrayLike, sigma: ArrayLike, *, by: str, naive_mean: float, naive_sigma: float) -> Temperature:
    """Fit both temperatures; the official score of the calibration planets does not fall.

    "gll" is the maximum likelihood, tau^2 = mean z^2. "score" is the maximum of the official metric: the metric is a log-likelihood
    divided by (L_perfect - L_naive) of each element, so its maximum is the mean of z^2 with these weights; log tau is then shrunk
    towards zero by what the scatter *between planets* leaves open (`shrunk`). Both stay within [0.1, 10].

    Args:
        truth: (planet, bin) true depths of planets the model did not train on.
        mu: (planet, bin) predicted depths.
        sigma: (planet, bin) predicted standard deviations.
        by: "gll" or "score".
        naive_mean: Mean of all training labels.
        naive_sigma: Standard deviation (ddof 0) of all training labels.

    Raises:
        InputDataError: The calibration set is empty or unusable (`checks.z_scores`).
        UsageError: The objective is unknown.
        ValueError: The naive sigma is not positive.
    """
    if by not in OBJECTIVES:
        raise UsageError("unknown objective of the temperature", where="calib.objective", received=by, hint=f"one of {OBJECTIVES}")
    squared = z_scores(truth, mu, sigma) ** 2
    y = np.asarray(truth, dtype=np.float64)
    worth = worth_of_one_nat(y, naive_mean, naive_sigma)
    fgs1, airs = (_tau(squared[:, bins], worth[:, bins], by) for bins in (slice(0, 1), slice(1, None)))
    return Temperature(fgs1=fgs1, airs=airs)


def worth_of_one_nat(truth: Array, naive_mean: float, naive_sigma: float) -> Array:
    """Return (planet, bin) the official points 1 / (L_perfect - L_naive) that one nat of log-likelihood brings."""
    depth = np.maximum(truth, 0.0)
    at_one, at_less = (element_scores(truth, depth, np.full(truth.shape, s), naive_mean, naive_sigma) for s in (1.0, np.exp(-1.0)))
    spared = 0.5 * (truth - depth) ** 2 * (np.exp(2.0) - 1.0)
    return np.asarray((at_less - at_one) / (1.0 - spared))


def shrunk(planet_squares: Array, *, bins: int) -> float:
    """Return log tau of planets' mean squared z, (planet,), shrunk towards zero: the mean of its posterior.

    The variance of the estimate is that of the mean over planets, since the bins of a planet err together: few planets, or one bad
    planet that makes most of the mean, tell little. It is at least that of independent Gaussian errors, which a few planets that
    happen to agree would hide. The prior is a mixture: most models know their errors to ten percent, and one that is far off is
    believed where the planets say so.

    Args:
        planet_squares: (planet,) mean squared z over the bins of a planet.
        bins: How many bins that were.
    """
    count, mean = planet_squares.size, float(planet_squares.mean())
    relative_variance = max(float(planet_squares.var(ddof=1)) / mean**2, 2.0 / bins) / count
    variance = 0.25 * relative_variance
    prior = (PRIOR_SHARES / PRIOR_SIGMAS) @ np.exp(-0.5 * (LOG_TAUS / PRIOR_SIGMAS[:, None]) ** 2)
    log_posterior = np.log(prior) - 0.5 * (LOG_TAUS - 0.5 * np.log(mean)) ** 2 / variance
    # Many planets that agree on a factor beyond the limits leave no number at any tau but as a ratio to the largest.
    posterior = np.exp(log_posterior - log_posterior.max())
    return float(LOG_TAUS @ posterior / posterior.sum())


def _tau(squared: Array, worth: Array, by: str) -> float:
    """Return the temperature of (planet, bin) squared z with (planet, bin) official worth, 1 where another would cost score."""
    weights = worth / worth.mean()
    if not squared.any():
        return SMALLEST_TAU
    log_tau = 0.5 * float(np.log(squared.mean())) if by == "gll" else shrunk((weights * squared).mean(axis=1), bins=squared.shape[1])
    tau = float(np.clip(np.exp(log_tau), SMALLEST_TAU, LARGEST_TAU))
    mean_square = float((weights * squared).mean())
    gain = -np.log(tau) - 0.5 * mean_square * (tau**-2 - 1.0)
    return tau if gain >= 0.0 else 1.0
