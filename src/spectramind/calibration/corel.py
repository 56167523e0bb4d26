"""COREL: split-conformal quantiles of |z| in every bin (Vovk et al. 2005; Lei et al. 2018, section 2.2), for intervals and for sigma.

Two outputs that are not the same thing:
    intervals   mu +- q sigma*          q as counted: covers 1 - alpha of exchangeable planets in every bin, whatever the errors are
    score       sigma' = scale sigma*   a standard deviation: q shrunk, over the Gaussian quantile; no guarantee, but a better score
where sigma* is the sigma after the temperature. With n planets log q scatters by about 1 / sqrt(n), in each bin almost on its own:
used as it is, it costs score until there are hundreds of planets. What goes into sigma is shrunk towards the neighbouring bins' and
the pooled value, as far as planets left out confirm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import uniform_filter1d
from scipy.stats import norm

from spectramind.calibration.checks import z_scores
from spectramind.evaluation.metric import bin_weights
from spectramind.utils.errors import InputDataError, UsageError

Array = NDArray[np.float64]

FOLDS = 5
# Candidates, from the least free to the freest: planets that the pooled value counts for, against those of the calibration set.
POOLED_PLANETS = (math.inf, 1000.0, 300.0, 100.0, 30.0, 10.0)
NEIGHBOURS = 15  # AIRS bins over which log q is averaged before it is compared with the pooled one
SMALLEST_Q = 1e-6
SURE = 2.0  # standard errors by which a freer candidate must win


@dataclass(frozen=True, kw_only=True)
class Corel:
    """Quantiles of every bin.

    Attributes:
        alpha: Intervals cover 1 - alpha.
        q: (bin,) split-conformal quantiles of |z|, not shrunk: the intervals'.
        sigma_scale: (bin,) factors on sigma for the score: q or the shrunk q, over the Gaussian quantile of 1 - alpha.
        planets: Calibration planets.
    """

    alpha: float
    q: Array
    sigma_scale: Array
    planets: int

    @property
    def q_shrunk(self) -> Array:
        """(bin,) the quantiles that sigma_scale stands for."""
        return self.sigma_scale * gaussian_quantile(self.alpha)

    @property
    def scale_range(self) -> dict[str, float]:
        """Least, median and largest of sigma_scale, by name: what reports and manifests say of it."""
        low, middle, high = np.quantile(self.sigma_scale, [0.0, 0.5, 1.0]).tolist()
        return {"min": low, "median": middle, "max": high}

    def apply(self, sigma: Array) -> Array:
        """Return the (planet, bin) standard deviations sigma' = sigma_scale sigma for the score."""
        return np.asarray(sigma * self.sigma_scale)

    def half_width(self, sigma: Array) -> Array:
        """Return (planet, bin) q sigma, for sigma after the temperature and *before* `apply`: mu +- this covers 1 - alpha."""
        return np.asarray(sigma * self.q)


def fit_corel(truth: ArrayLike, mu: ArrayLike, sigma: ArrayLike, *, alpha: float, shrink: bool) -> Corel:
    """Take the quantile of |z| of every bin; where asked, shrink what goes into sigma as far as unseen planets tell.

    Args:
        truth: (planet, bin) true depths of planets the model did not train on.
        mu: (planet, bin) predicted depths.
        sigma: (planet, bin) standard deviations, temperature applied.
        alpha: Share of planets that an interval may miss.
        shrink: False makes sigma_scale the plain q over the Gaussian quantile.

    Raises:
        InputDataError: The calibration set is unusable (`checks.z_scores`), or has too few planets for alpha, naming how many it needs.
        UsageError: alpha is not between 0 and 1.
    """
    size = np.abs(z_scores(truth, mu, sigma))
    q = np.maximum(conformal_quantile(size, alpha), SMALLEST_Q)
    scale = _chosen_scale(size, alpha) if shrink else q / gaussian_quantile(alpha)
    return Corel(alpha=alpha, q=q, sigma_scale=scale, planets=len(size))


def rank_of(planets: int, alpha: float) -> int:
    """Return the rank ceil((n + 1)(1 - alpha)) among n sorted values, counted from 1, exact in the decimals of alpha.

    Raises:
        InputDataError: n is smaller than the rank: no finite interval has the guarantee.
        UsageError: alpha is not between 0 and 1.
    """
    if not 0.0 < alpha < 1.0:
        raise UsageError("alpha must be between 0 and 1", where="calib.alpha", received=alpha, hint="calib.alpha=0.1")
    miss = Fraction(repr(float(alpha)))
    rank = math.ceil((planets + 1) * (1 - miss))
    if rank > planets:
        needed = math.ceil((1 - miss) / miss)
        raise InputDataError(
            f"intervals that cover {1 - alpha:.4g} need at least {needed} calibration planets",
            where="calib.alpha",
            received=f"{planets} planets",
            hint=f"calibrate on {needed} planets or more, or allow more misses: calib.alpha={math.ceil(1000 / (planets + 1)) / 1000}",
            section="27",
        )
    return rank


def conformal_quantile(size: Array, alpha: float) -> Array:
    """Return the (bin,) values of rank ceil((n + 1)(1 - alpha)) among (planet, bin) sizes |z|; errors as for `rank_of`."""
    place = rank_of(len(size), alpha) - 1
    return np.asarray(np.partition(size, place, axis=0)[place])


def gaussian_quantile(alpha: float) -> float:
    """Return the half-width that covers 1 - alpha of a standard normal distribution."""
    return float(norm.isf(0.5 * alpha))


def scale_candidates(size: Array, alpha: float, planets: int) -> Array:
    """Return (candidate, bin) factors on sigma, from the least free to the freest.

    The first is 1 everywhere. The others follow the pattern of q over the AIRS bins: log q averaged over neighbours, of which
    n / (n + pooled planets) is kept; the rest is what all bins have in common. The mean of z^2 stays what the temperature made it, by
    what the score asks for; with heavy tails a quantile asks for another level. FGS1 has no neighbours and keeps its temperature.

    Args:
        size: (planet, bin) |z|, in any unit.
        alpha: Share of misses.
        planets: Planets n of the calibration set.
    """
    airs = np.maximum(size[:, 1:], SMALLEST_Q)
    # Interpolated quantiles here: a pattern needs no guarantee, and exists for any number of planets.
    log_q = np.log(np.quantile(airs, 1.0 - alpha, axis=0))
    pattern = uniform_filter1d(log_q, min(NEIGHBOURS, log_q.size), mode="nearest")
    weights = np.array([planets / (planets + pooled) for pooled in POOLED_PLANETS])
    scales = np.exp(np.outer(weights, pattern))
    square = (airs**2).mean(axis=0)
    level = np.sqrt((square / scales**2).mean(axis=1) / square.mean())
    return np.column_stack([np.ones(weights.size), level[:, None] * scales])


def _chosen_scale(size: Array, alpha: float) -> Array:
    """Return the (bin,) scale that planets left out like best; a freer one must win by two errors of its gain.

    The error is that of a mean over planets, not over elements: the bins of a planet err together. Errors of every planet are brought
    to one size first, or with heavy tails the worst few planets would draw the pattern.
    """
    planets = len(size)
    size = size / np.maximum(np.sqrt((size[:, 1:] ** 2).mean(axis=1, keepdims=True)), SMALLEST_Q)
    fold_of = np.argsort(np.argsort(size.mean(axis=1))) % min(FOLDS, planets)  # whatever the order of the planets
    scores = np.empty((len(POOLED_PLANETS), planets))
    for fold in range(int(fold_of.max()) + 1):
        left_out = fold_of == fold
        scores[:, left_out] = _log_likelihood(size[left_out], scale_candidates(size[~left_out], alpha, planets))
    gain = scores - scores[0]
    error = gain.std(axis=1, ddof=1) / math.sqrt(planets)
    chosen = int(np.argmax(gain.mean(axis=1) - SURE * error))
    return np.asarray(scale_candidates(size, alpha, planets)[chosen])


def _log_likelihood(size: Array, scales: Array) -> Array:
    """Return (candidate, planet) Gaussian log-likelihoods with the weights of the official metric, up to a constant.

    The metric itself is this over a denominator that is almost the same for all planets, and needs the naive prediction.
    """
    weights = bin_weights(size.shape[1])
    squares = 0.5 * (weights / scales**2) @ (size**2).T
    return np.asarray(-(np.log(scales) @ weights)[:, None] - squares)
