"""Factors on sigma of classes of planets, kept only where planets left out say that they help."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectramind.calibration.checks import z_scores
from spectramind.calibration.quality import QualityClass
from spectramind.calibration.temperature import shrunk
from spectramind.evaluation.metric import bin_weights

Array = NDArray[np.float64]

FEWEST_IN_CLASS = 20
FOLDS = 5
SURE = 2.0  # standard errors by which a factor must win


@dataclass(frozen=True, kw_only=True)
class Groups:
    """Classes of the calibration planets.

    Attributes:
        factors: Factor on sigma of every class; 1 where there are too few planets, or where it does not help planets left out.
        planets: Calibration planets of every class.
    """

    factors: dict[QualityClass, float]
    planets: dict[QualityClass, int]

    def apply(self, sigma: Array, classes: Sequence[QualityClass]) -> Array:
        """Return (planet, bin) standard deviations times the factor of the planet's class."""
        return np.asarray(sigma * np.array([self.factors[quality] for quality in classes])[:, None])


def fit_groups(truth: ArrayLike, mu: ArrayLike, sigma: ArrayLike, classes: Sequence[QualityClass]) -> Groups:
    """Fit a factor on sigma for every class (Mondrian groups; Vovk et al. 2005, section 4.5); it stays 1 unless it helps.

    Args:
        truth: (planet, bin) true depths of planets the model did not train on.
        mu: (planet, bin) predicted depths.
        sigma: (planet, bin) standard deviations, temperature applied.
        classes: Class of every planet.

    Raises:
        InputDataError: The calibration set is unusable (`checks.z_scores`).
    """
    z = z_scores(truth, mu, sigma)
    squares = z**2 @ bin_weights(z.shape[1])
    own = {quality: squares[[seen is quality for seen in classes]] for quality in QualityClass}
    return Groups(
        factors={quality: _factor(of_class, z.shape[1]) if helps(of_class, z.shape[1]) else 1.0 for quality, of_class in own.items()},
        planets={quality: of_class.size for quality, of_class in own.items()},
    )


def helps(squares: Array, bins: int) -> bool:
    """Return whether a factor helps planets of a class that were left out of its fit, by two errors of the mean gain.

    The gain is that of the Gaussian log-likelihood. Fewer than 20 planets tell nothing.

    Args:
        squares: (planet,) mean z^2 of the planets of the class, bins weighted as in the metric.
        bins: How many bins that were.
    """
    if squares.size < FEWEST_IN_CLASS or not squares.any():
        return False
    fold_of = np.argsort(np.argsort(squares)) % FOLDS  # whatever the order of the planets
    gain = np.empty(squares.size)
    for fold in range(FOLDS):
        left_out = fold_of == fold
        factor = _factor(squares[~left_out], bins)
        gain[left_out] = -math.log(factor) - 0.5 * squares[left_out] * (factor**-2 - 1.0)
    return float(gain.mean()) > SURE * float(gain.std(ddof=1)) / math.sqrt(squares.size)


def _factor(squares: Array, bins: int) -> float:
    """Return the root mean square of z, shrunk towards 1 by the scatter between the planets as a temperature is."""
    return math.exp(shrunk(squares, bins=bins))
