"""What a calibration makes of predictions: one place, for planets that it is judged by and for planets that are predicted.

sigma*      tau sigma                  temperature
sigma'      scale_bin sigma* w         w the factor of the planet's class, or more where it might cost score (`quality.widening`)
intervals   mu +- q_bin sigma* w       q of COREL where it was fitted, else the Gaussian quantile
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectramind.calibration.corel import Corel, gaussian_quantile
from spectramind.calibration.groups import Groups
from spectramind.calibration.quality import QualityClass, classify, error_scale, expected_scores, widening
from spectramind.calibration.temperature import Temperature

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Uncalibrated:
    """Predictions as the model gave them, and what is needed to judge them.

    Attributes:
        mu, sigma: (planet, bin) depths and standard deviations, FGS1 first.
        suspicion: (planet,) size of the residuals of the light curves over that of their noise, NaN where unknown.
        naive_mean, naive_sigma: Of all training labels.
    """

    mu: Array
    sigma: Array
    suspicion: Array
    naive_mean: float
    naive_sigma: float


@dataclass(frozen=True, kw_only=True)
class Calibrated:
    """Predictions after a calibration.

    Attributes:
        sigma: (planet, bin) standard deviations.
        half_width: (planet, bin) of the intervals.
        quality: Class of every planet.
        widening: (planet,) factor on sigma beyond temperature and COREL.
        expected_score: (planet,) official score to expect (`judged`).
    """

    sigma: Array
    half_width: Array
    quality: tuple[QualityClass, ...]
    widening: Array
    expected_score: Array


def apply_calibration(
    predicted: Uncalibrated,
    temperature: Temperature,
    groups: Groups,
    corel: Corel | None,
    *,
    alpha: float,
    sigma_min: float = 0.0,
    wider: float = 1.0,
) -> Calibrated:
    """Return what temperature, groups and COREL make of predictions.

    Args:
        alpha: Share that intervals without COREL may miss; those with COREL have its own.
        sigma_min: Floor of sigma; intervals have none.
        wider: Factor on sigma and intervals of all planets, where they are not like those of the calibration.
    """
    naive = {"naive_mean": predicted.naive_mean, "naive_sigma": predicted.naive_sigma}
    scaled = temperature.apply(predicted.sigma)
    classes = classify(predicted.mu, scaled, predicted.suspicion)
    sigma = scaled if corel is None else corel.apply(scaled)
    factor = widening(predicted.mu, sigma, predicted.suspicion, classes, groups.factors, **naive)
    half_width = gaussian_quantile(alpha) * scaled if corel is None else corel.half_width(scaled)
    wide = np.maximum(wider * factor[:, None] * sigma, sigma_min)
    return Calibrated(
        sigma=wide,
        half_width=wider * factor[:, None] * half_width,
        quality=classes,
        widening=wider * factor,
        expected_score=_expected(predicted, wide, classes, factor),
    )


def judged(predicted: Uncalibrated) -> tuple[tuple[QualityClass, ...], Array]:
    """Return class and expected score of planets whose sigma stays as it is.

    Errors are taken as sigma says; those of a POOR planet as many times larger as its suspicion.
    """
    classes = classify(predicted.mu, predicted.sigma, predicted.suspicion)
    return classes, _expected(predicted, predicted.sigma, classes, np.ones(len(classes)))


def _expected(predicted: Uncalibrated, sigma: Array, classes: tuple[QualityClass, ...], factor: Array) -> Array:
    poor = np.array([quality is QualityClass.POOR for quality in classes])
    mean_square = np.where(poor, (error_scale(predicted.suspicion) / factor) ** 2, 1.0)
    return expected_scores(predicted.mu, sigma, mean_square, naive_mean=predicted.naive_mean, naive_sigma=predicted.naive_sigma)
