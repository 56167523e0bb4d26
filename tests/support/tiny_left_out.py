"""Planets left out of a calibration, with errors twice as large as the model's sigma says; the calibration is the true one."""

from __future__ import annotations

import numpy as np
import tiny_errors as tiny

from spectramind.calibration.corel import gaussian_quantile
from spectramind.calibration.left_out import LeftOut

PLANETS, BINS, ALPHA = 60, 13, 0.1


def left_out(planets: int = PLANETS, bins: int = BINS, *, corel: bool = True) -> LeftOut:
    """Model, temperature 2, and a pattern over the bins where `corel`."""
    pattern = np.linspace(0.8, 1.25, bins) if corel else np.ones(bins)
    drawn = tiny.predictions(np.random.default_rng(3), planets, bins, 2.0 * pattern)
    tempered = 2.0 * drawn.sigma
    return LeftOut(
        planet_ids=np.array([str(1000 + planet) for planet in range(planets)]),
        wavelength_um=np.concatenate([[0.7], np.linspace(1.95, 3.9, bins - 1)]),
        truth=drawn.truth,
        mu=drawn.mu,
        sigma_model=drawn.sigma,
        sigma_temperature=tempered,
        sigma_calibrated=tempered * pattern,
        half_width=gaussian_quantile(ALPHA) * tempered * pattern,
        alpha=ALPHA,
        brightness=np.geomspace(1e6, 1e9, planets),
        quality=np.array(["good"] * (planets - 10) + ["poor"] * 10),
    )
