"""Every labelled planet with a calibration that was fitted without it: what figures and gates judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectramind.calibration.application import apply_calibration
from spectramind.calibration.corel import Corel
from spectramind.calibration.groups import Groups
from spectramind.calibration.left_out import LeftOut
from spectramind.calibration.quality import classify
from spectramind.calibration.temperature import Temperature
from spectramind.inference.out_of_sample import LabelledPredictions
from spectramind.inference.sigma_quality import Rows, on_unseen_planets
from spectramind.utils.config.schema import Config
from spectramind.utils.progress import Progress

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """Parts of a calibration; without COREL sigma is that of temperature and groups."""

    temperature: Temperature
    groups: Groups
    corel: Corel | None


Fit = Callable[[Config, LabelledPredictions, Rows], Fitted]


def left_out_of(
    config: Config,
    predicted: LabelledPredictions,
    wavelength_um: Array,
    fit: Fit,
    *,
    progress: Progress,
) -> LeftOut:
    """Fit a calibration without each fold of planets, and apply it to the fold.

    Args:
        wavelength_um: (bin,) FGS1 first.
        fit: (configuration, all planets, rows to fit with) -> calibration.
        progress: Told of every fold.
    """
    alpha = config.calib.alpha

    def calibrated(rows: Rows, use: Rows) -> Array:
        """(3, planet, bin): sigma after the temperature, after everything, and half widths."""
        fitted = fit(config, predicted, rows)
        own = predicted.uncalibrated(use)
        applied = apply_calibration(own, fitted.temperature, fitted.groups, fitted.corel, alpha=alpha, sigma_min=config.loss.sigma_min)
        return np.stack([fitted.temperature.apply(own.sigma), applied.sigma, applied.half_width])

    sigma_temperature, sigma, half_width = on_unseen_planets(predicted, config.global_.seed, calibrated, progress=progress)
    return LeftOut(
        planet_ids=np.array(predicted.planet_ids),
        wavelength_um=wavelength_um,
        truth=predicted.truth,
        mu=predicted.mu,
        sigma_model=predicted.sigma,
        sigma_temperature=sigma_temperature,
        sigma_calibrated=sigma,
        half_width=half_width,
        alpha=alpha,
        brightness=predicted.brightness,
        quality=np.array([str(each) for each in classify(predicted.mu, sigma_temperature, predicted.suspicion)]),
    )
