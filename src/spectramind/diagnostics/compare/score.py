"""Scores of two submissions on the same planets, and how sure their difference is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectramind.data.dataset import read_labels
from spectramind.evaluation.metric import bin_weights, element_scores
from spectramind.utils.errors import InputDataError

Array = NDArray[np.float64]

RESAMPLES = 4000
"""Resamples of the planets: the ends of a 95 % interval are then known to about 3 % of its width."""
FEWEST = 6
"""Planets below which no winner is named: five equal ones all lean one way with a chance of 1 in 16, and their resamples with them."""


@dataclass(frozen=True, kw_only=True)
class ScoreComparison:
    """Official scores, not clipped, of two submissions on the planets with a known truth.

    Attributes:
        planet_ids: Planets that count.
        first, second: (planet,) scores of each.
        resampled: (resample,) mean gain of the second over the first, planets drawn with replacement.
    """

    planet_ids: tuple[str, ...]
    first: Array
    second: Array
    resampled: Array

    @property
    def gain(self) -> Array:
        """(planet,) second minus first."""
        return self.second - self.first

    @property
    def interval(self) -> tuple[float, float]:
        """Central 95 % of the resampled gains."""
        low, high = np.quantile(self.resampled, [0.025, 0.975])
        return float(low), float(high)

    @property
    def winner(self) -> str:
        """A or B where the interval leaves zero out and there are planets enough, else empty."""
        low, high = self.interval
        return "" if self.gain.size < FEWEST else "B" if low > 0.0 else "A" if high < 0.0 else ""

    @property
    def verdict(self) -> str:
        """What the interval says, in one sentence."""
        low, high = self.interval
        mean, error = float(self.gain.mean()), float(self.resampled.std())
        told = f"{self.winner} is better" if self.winner else "These planets cannot tell which is better"
        return f"{told}: B minus A is {mean:+.4f} ± {error:.4f} on {self.gain.size} planets (95 %: {low:+.4f} to {high:+.4f})."


def compare_scores(
    planet_ids: tuple[str, ...], first: tuple[Array, Array], second: tuple[Array, Array], *, truth: Path, train: Path, seed: int
) -> ScoreComparison:
    """Score both on the planets that the truth knows.

    The error of the difference is that of a paired bootstrap (Efron and Tibshirani 1993, chapter 6): planets are drawn with
    replacement and both submissions are scored on the same draw, so that what makes a planet hard for both cancels.

    Args:
        planet_ids: Rows of both submissions.
        first, second: (planet, bin) mu and sigma of each.
        truth: True spectra.
        train: Training spectra, which define the naive prediction.
        seed: Of the resampling.

    Raises:
        InputDataError: A table cannot be read, knows none of the planets, has other bins, or mu or sigma are negative.
    """
    table, labels = read_labels(truth), read_labels(train).to_numpy()
    known = [place for place, planet_id in enumerate(planet_ids) if planet_id in table.index]
    if not known:
        raise InputDataError("The truth knows none of the planets that both submissions hold.", where=str(truth), hint="Correct --truth.")
    ids = tuple(planet_ids[place] for place in known)
    spectra = table.loc[list(ids)].to_numpy()
    bins = first[0].shape[1]
    if spectra.shape[1] != bins or labels.shape[1] != bins or labels.std() <= 0.0:
        received = f"{spectra.shape[1]} true bins, {labels.shape[1]} training bins, {bins} bins in the submissions"
        raise InputDataError("Truth, training labels and submissions do not fit.", where=f"{truth}, {train}", received=received)
    try:
        scores = [
            element_scores(spectra, mu[known], sigma[known], float(labels.mean()), float(labels.std())) @ bin_weights(bins)
            for mu, sigma in (first, second)
        ]
    except ValueError as error:
        raise InputDataError("A submission cannot be scored.", where=str(truth), received=error) from error
    return ScoreComparison(planet_ids=ids, first=scores[0], second=scores[1], resampled=resample(scores[1] - scores[0], seed))


def resample(gain: Array, seed: int) -> Array:
    """Return the (RESAMPLES,) means of gains drawn with replacement, from the number of times each planet is drawn."""
    generator = np.random.default_rng(seed)
    draws = generator.multinomial(gain.size, np.full(gain.size, 1.0 / gain.size), size=RESAMPLES)
    return np.asarray(draws @ gain / gain.size)
