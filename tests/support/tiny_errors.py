"""Predictions with errors like those of a model: bins of a planet err together, in groups of neighbours and alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

Array = NDArray[np.float64]

NAIVE_MEAN, NAIVE_SIGMA = 0.0146, 0.0105


@dataclass(frozen=True)
class Predictions:
    """(planet, bin) each."""

    truth: Array
    mu: Array
    sigma: Array


def errors(generator: np.random.Generator, planets: int, bins: int, freedom: float | None = None) -> Array:
    """(planet, bin) correlated errors of unit variance: Gaussian, or Student t where degrees of freedom are given."""
    alone, local = generator.normal(size=(2, planets, bins))
    local = gaussian_filter1d(local, 4.0, axis=1, mode="wrap")
    z: Array = np.sqrt(0.3) * generator.normal(size=(planets, 1)) + np.sqrt(0.5) * local / local.std() + np.sqrt(0.2) * alone
    if freedom is not None:
        z *= np.sqrt((freedom - 2.0) / generator.chisquare(freedom, size=(planets, 1)))
    return z


def predictions(
    generator: np.random.Generator, planets: int, bins: int, pattern: float | Array = 1.0, freedom: float | None = None
) -> Predictions:
    """Spectra whose errors are `pattern` times their sigma."""
    truth = np.exp(generator.normal(np.log(0.012), 0.5, size=(planets, 1))) * np.ones(bins)
    sigma = 1e-4 * np.exp(generator.normal(0.0, 0.3, size=(planets, 1))) * np.ones(bins)
    mu = np.maximum(truth + pattern * sigma * errors(generator, planets, bins, freedom), 0.0)
    return Predictions(truth, mu, sigma)
