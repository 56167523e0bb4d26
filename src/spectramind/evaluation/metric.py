"""Official metric of the Ariel Data Challenge 2025: Gaussian log-likelihood between a naive and a perfect prediction.

For planet i and bin j, with log N(y | m, s) the log-density of a normal distribution:
    r_ij  = (log N(y | mu, sigma) - L_naive) / (L_perfect - L_naive)
    L_naive = log N(y | naive mean, naive sigma),   L_perfect = log N(y | y, s_j),   s = 1e-6 for FGS1, 1e-5 for AIRS
    score = sum w_j r_ij / sum w_j,   w = 57.846 for FGS1, 1 for AIRS,   clipped to [0, 1] only here
Bins are positional: FGS1 first. Nothing is clipped per element, so that one overconfident planet can cost the whole score.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

FGS1_WEIGHT = 57.846
FGS1_PERFECT_SIGMA = 1e-6
AIRS_PERFECT_SIGMA = 1e-5
SMALLEST_SIGMA = 1e-15
PPM = 1e6


@dataclass(frozen=True, kw_only=True)
class MetricReport:
    """The metric and its parts.

    Attributes:
        score: Official score, in [0, 1].
        unclipped: The same before the clip.
        fgs1: Mean of r over the FGS1 bin alone, not clipped.
        airs: Mean of r over the AIRS bins alone, not clipped.
        rms_fgs1_ppm: Root mean square error of mu in FGS1.
        rms_airs_ppm: Root mean square error of mu over all AIRS bins.
        planet_scores: (planet,) weighted mean of r over bins, not clipped.
    """

    score: float
    unclipped: float
    fgs1: float
    airs: float
    rms_fgs1_ppm: float
    rms_airs_ppm: float
    planet_scores: Array


def bin_weights(bins: int, fgs1_weight: float = FGS1_WEIGHT) -> Array:
    """Return the (bin,) weights, FGS1 first; they sum to 1."""
    weights = np.ones(bins)
    weights[0] = fgs1_weight
    return np.asarray(weights / weights.sum())


def element_scores(truth: ArrayLike, mu: ArrayLike, sigma: ArrayLike, naive_mean: float, naive_sigma: float) -> Array:
    """Return r_ij, shape (planet, bin): 0 is as good as the naive prediction, 1 is perfect.

    Args:
        truth: (planet, bin) true depths.
        mu: (planet, bin) predicted depths.
        sigma: (planet, bin) predicted standard deviations, floored at 1e-15.
        naive_mean: Mean of all training labels.
        naive_sigma: Standard deviation (ddof 0) of all training labels.

    Raises:
        ValueError: Shapes differ, a value is not finite or negative, or the naive sigma is not positive.
    """
    y, m, s = (np.asarray(values, dtype=np.float64) for values in (truth, mu, sigma))
    if y.ndim != 2 or y.shape[1] < 2 or not y.shape == m.shape == s.shape:
        raise ValueError(f"truth, mu and sigma must share one shape (planet, bin > 1), not {y.shape}, {m.shape}, {s.shape}")
    if not all(np.isfinite(values).all() and (values >= 0.0).all() for values in (m, s)) or not np.isfinite(y).all():
        raise ValueError("truth, mu and sigma must be finite, mu and sigma not negative")
    if not (np.isfinite(naive_mean) and np.isfinite(naive_sigma) and naive_sigma > 0.0):
        raise ValueError(f"naive mean and sigma must be finite and sigma positive, not {naive_mean}, {naive_sigma}")
    s = np.maximum(s, SMALLEST_SIGMA)
    perfect = np.full(y.shape[1], AIRS_PERFECT_SIGMA)
    perfect[0] = FGS1_PERFECT_SIGMA
    naive = -np.log(naive_sigma) - 0.5 * ((y - naive_mean) / naive_sigma) ** 2
    predicted = -np.log(s) - 0.5 * ((y - m) / s) ** 2
    return np.asarray((predicted - naive) / (-np.log(perfect) - naive))


def official_metric(
    truth: ArrayLike, mu: ArrayLike, sigma: ArrayLike, *, naive_mean: float, naive_sigma: float, fgs1_weight: float = FGS1_WEIGHT
) -> MetricReport:
    """Return the official score with its parts; arguments and errors as for `element_scores`."""
    elements = element_scores(truth, mu, sigma, naive_mean, naive_sigma)
    planet_scores = elements @ bin_weights(elements.shape[1], fgs1_weight)
    unclipped = float(planet_scores.mean())
    squared = (np.asarray(mu, dtype=np.float64) - np.asarray(truth, dtype=np.float64)) ** 2
    return MetricReport(
        score=min(max(unclipped, 0.0), 1.0),
        unclipped=unclipped,
        fgs1=float(elements[:, 0].mean()),
        airs=float(elements[:, 1:].mean()),
        rms_fgs1_ppm=PPM * float(np.sqrt(squared[:, 0].mean())),
        rms_airs_ppm=PPM * float(np.sqrt(squared[:, 1:].mean())),
        planet_scores=planet_scores,
    )
