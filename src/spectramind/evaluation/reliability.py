"""Whether uncertainties keep what they promise: coverage, quantiles, histograms and sharpness, of planets whose truth is known.

z = (truth - mu) / sigma. Honest Gaussian sigmas make z a unit Gaussian, and F(z), the probability integral transform (PIT; Gneiting
et al. 2007, section 3), even on [0, 1]. Bins of a planet err together: bands count how many independent truths a share is worth.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit
from scipy.stats import binom

from spectramind.evaluation.metric import PPM

Array = NDArray[np.float64]
Outcomes = NDArray[np.bool_]

SENSORS = {"FGS1": slice(0, 1), "AIRS": slice(1, None)}
LEVELS = (*(round(0.05 * step, 2) for step in range(1, 20)), 0.98, 0.99)
PROBABILITIES = (0.001, 0.005, 0.01, 0.025, *(round(0.05 * step, 2) for step in range(1, 20)), 0.975, 0.99, 0.995, 0.999)
CONFIDENCE = 0.95
PIT_CELLS = 20
Z_EDGES = np.linspace(-5.0, 5.0, 41)
TENTHS = 10
# A Student t with 4 degrees of freedom has the variance 2.
T_FREEDOM, T_TO_UNIT = 4.0, math.sqrt(2.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Shares:
    """Shares of truths, each with what was promised; all (point,).

    Attributes:
        at: Level, bin, or whatever the shares were taken by.
        promised: Share that was promised.
        seen: Share that was found.
        worth: Independent truths that it is worth.
        low, high: Between these lie 95 % of the shares that kept promises show by chance.
    """

    at: Array
    promised: Array
    seen: Array
    worth: Array
    low: Array
    high: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class ZHistogram:
    """Shares of z in cells; the first and the last take all that lies beyond.

    Attributes:
        edges: (cell + 1,) of z.
        seen, gaussian, t4: (cell,) shares found, of a unit Gaussian, and of a Student t with 4 degrees of freedom and unit variance.
    """

    edges: Array
    seen: Array
    gaussian: Array
    t4: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Quantiles:
    """Quantiles of z, all (point,): the probability below, the values found, and those of the unit Gaussian and of t4."""

    probability: Array
    seen: Array
    gaussian: Array
    t4: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Spread:
    """How large z is in tenths of the planets; all (tenth,).

    Attributes:
        at: Median of what the planets were sorted by.
        planets: How many there are.
        mean: Mean of z.
        deviation: Standard deviation of z from zero, which is 1 where sigma is honest. Not from the mean: the bins of a planet err
            together, and of a few planets the mean would take away what is looked for.
        low, high: Between these lie 95 % of the deviations that sigmas of 1 in all tenths show by chance, from the scatter between planets.
    """

    at: Array
    planets: Array
    mean: Array
    deviation: Array
    low: Array
    high: Array


def effective_number(inside: Outcomes) -> float:
    """Return how many independent trials the mean of (planet, bin) outcomes is worth: c (1 - c) over the variance of the mean.

    Bins of one planet err together, planets do not, so the variance comes from the scatter between planets. It lies between the
    number of planets and that of all outcomes; where it cannot be told it is the number of planets.
    """
    planets = inside.shape[0]
    share = float(inside.mean())
    variance = float(inside.mean(axis=1).var(ddof=1)) / planets if planets > 1 else 0.0
    if variance <= 0.0:
        return float(planets)
    return min(max(share * (1.0 - share) / variance, float(planets)), float(inside.size))


def binomial_band(promised: Array | float, trials: Array | float, confidence: float = CONFIDENCE) -> tuple[Array, Array]:
    """Return the lowest and the highest share that are no surprise among so many independent trials of a promised probability."""
    count = np.maximum(np.round(np.asarray(trials, dtype=np.float64)), 1.0)
    low, high = (np.asarray(binom.ppf(tail, count, promised) / count) for tail in (0.5 - 0.5 * confidence, 0.5 + 0.5 * confidence))
    return low, high


def coverage_by_level(z: Array, levels: Iterable[float] = LEVELS) -> Shares:
    """Return the coverage of the Gaussian intervals mu +- k sigma of every level, over all bins of (planet, bin) z."""
    at = np.array(list(levels))
    size = np.abs(z)
    return _shares(at, at, [size <= half_width for half_width in ndtri(0.5 + 0.5 * at)])


def coverage_by_bin(inside: Outcomes, promised: float) -> Shares:
    """Return the coverage of every bin of (planet, bin) outcomes; planets are independent, so each is worth their number."""
    planets, bins = inside.shape
    low, high = binomial_band(np.full(bins, promised), planets)
    return Shares(
        at=np.arange(bins, dtype=np.float64),
        promised=np.full(bins, promised),
        seen=inside.mean(axis=0),
        worth=np.full(bins, float(planets)),
        low=low,
        high=high,
    )


def coverage_by_tenth(inside: Outcomes, quantity: Array, promised: float) -> Shares:
    """Return the coverage of the tenth of the planets with the smallest quantity, and so on; `at` is the median of each tenth.

    Args:
        inside: (planet, bin) outcomes.
        quantity: (planet,) what the planets are sorted by; planets of which it is not finite are in no tenth. One that knows the
            truth would make honest intervals look bad.
        promised: Share of truths that lie inside.
    """
    groups = _tenths(quantity)
    at = np.array([np.median(quantity[group]) for group in groups])
    return _shares(at, np.full(at.size, promised), [inside[group] for group in groups])


def spread_by_tenth(z: Array, quantity: Array) -> Spread:
    """Return how large (planet, bin) z is in the tenth of the planets with the smallest (planet,) quantity, and so on.

    Planets of which the quantity is not finite are in no tenth.
    """
    groups = _tenths(quantity)
    square = (z**2).mean(axis=1)
    count = np.array([group.size for group in groups], dtype=np.float64)
    mean_square = np.array([square[group].mean() for group in groups])
    # One scatter between planets for all tenths: in each of them are too few to tell it.
    known = square[np.concatenate(groups)]
    relative = float(known.std(ddof=1) / known.mean()) if known.size > 1 and known.any() else 0.0
    reach = float(ndtri(0.5 + 0.5 * CONFIDENCE)) * relative / np.sqrt(count)
    return Spread(
        at=np.array([np.median(quantity[group]) for group in groups]),
        planets=count,
        mean=np.array([z[group].mean() for group in groups]),
        deviation=np.sqrt(mean_square),
        low=np.sqrt(np.maximum(1.0 - reach, 0.0)),
        high=np.sqrt(1.0 + reach),
    )


def _tenths(quantity: Array) -> list[NDArray[np.intp]]:
    """Return the planets of every tenth, by ascending quantity; fewer groups where there are fewer planets."""
    known = np.flatnonzero(np.isfinite(quantity))
    order = known[np.argsort(quantity[known], kind="stable")]
    return np.array_split(order, max(min(TENTHS, known.size), 1))


def pit_histogram(z: Array, cells: int = PIT_CELLS) -> Shares:
    """Return the share of F(z) in equal cells of [0, 1] by their middle, F that of the unit Gaussian: a valley where sigma is too small."""
    cell = np.minimum((ndtr(z) * cells).astype(np.intp), cells - 1)
    return _shares((np.arange(cells) + 0.5) / cells, np.full(cells, 1.0 / cells), [cell == number for number in range(cells)])


def z_histogram(z: Array, edges: Array = Z_EDGES) -> ZHistogram:
    """Return the shares of (planet, bin) z in cells beside those of a unit Gaussian and of t4 with unit variance."""
    open_edges = np.concatenate([[-np.inf], edges[1:-1], [np.inf]])
    counts = np.bincount(np.searchsorted(edges[1:-1], z.ravel(), side="right"), minlength=edges.size - 1)
    return ZHistogram(
        edges=edges,
        seen=counts / z.size,
        gaussian=np.diff(ndtr(open_edges)),
        t4=np.diff(stdtr(T_FREEDOM, T_TO_UNIT * open_edges)),
    )


def quantiles(z: Array, probabilities: Iterable[float] = PROBABILITIES) -> Quantiles:
    """Return quantiles of (planet, bin) z beside those of a unit Gaussian and of t4; the tails only as far as there are planets."""
    asked = np.array(list(probabilities))
    reached = asked[np.minimum(asked, 1.0 - asked) >= 0.5 / z.shape[0]]
    return Quantiles(probability=reached, seen=np.quantile(z, reached), gaussian=ndtri(reached), t4=stdtrit(T_FREEDOM, reached) / T_TO_UNIT)


def sharpness_ppm(sigma: Array) -> Array:
    """Return (3, bin): the 16th percentile, the median and the 84th percentile of (planet, bin) standard deviations over planets, ppm."""
    return np.asarray(PPM * np.quantile(sigma, [0.16, 0.5, 0.84], axis=0))


def _shares(at: Array, promised: Array, outcomes: Iterable[Outcomes]) -> Shares:
    seen, worth = np.array([(own.mean(), effective_number(own)) for own in outcomes]).T
    low, high = binomial_band(promised, worth)
    return Shares(at=at, promised=promised, seen=seen, worth=worth, low=low, high=high)
