"""How honest standard deviations of labelled planets are, and how far a calibration helps planets that it has not seen."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import count

import numpy as np
from numpy.typing import NDArray

from spectramind.calibration.corel import rank_of
from spectramind.evaluation.metric import bin_weights, official_metric
from spectramind.evaluation.reliability import effective_number
from spectramind.features.planet.folds import assign_folds
from spectramind.inference.out_of_sample import LabelledPredictions
from spectramind.utils.errors import InputDataError
from spectramind.utils.progress import Progress

Array = NDArray[np.float64]
Rows = NDArray[np.intp]

FOLDS_AT_MOST = 10


def quality(predicted: LabelledPredictions, sigma: Array, half_width: Array, alpha: float) -> dict[str, float]:
    """Return the figures of one set of uncertainties.

    score, gll: Official metric, not clipped, and mean log-likelihood (nat) with the bin weights of the metric; the same of FGS1
    and of AIRS alone (``_fgs1``, ``_airs``). z: root mean square of (true - predicted) / sigma; 1 is honest. coverage: share of
    truths inside mu +- half_width; of FGS1 alone; and how many independent truths the shares are worth.

    Args:
        predicted: Planets with their truth.
        sigma: (planet, bin) standard deviations that are judged.
        half_width: (planet, bin) of the intervals that are judged.
        alpha: Share of truths that these intervals may miss; it is returned with the figures.
    """
    error = predicted.truth - predicted.mu
    metric = official_metric(predicted.truth, predicted.mu, sigma, naive_mean=predicted.naive_mean, naive_sigma=predicted.naive_sigma)
    z = error / sigma
    likelihood = -0.5 * math.log(2.0 * math.pi) - np.log(sigma) - 0.5 * z**2
    inside = np.abs(error) <= half_width
    return {
        "alpha": alpha,
        "coverage": float(inside.mean()),
        "coverage_fgs1": float(inside[:, 0].mean()),
        "coverage_worth": effective_number(inside),
        "gll": float((likelihood @ bin_weights(z.shape[1])).mean()),
        "gll_airs": float(likelihood[:, 1:].mean()),
        "gll_fgs1": float(likelihood[:, 0].mean()),
        "score": metric.unclipped,
        "score_airs": metric.airs,
        "score_fgs1": metric.fgs1,
        "z_airs": float(np.sqrt((z[:, 1:] ** 2).mean())),
        "z_fgs1": float(np.sqrt((z[:, 0] ** 2).mean())),
    }


def on_unseen_planets(predicted: LabelledPredictions, seed: int, calibrated: Callable[[Rows, Rows], Array], *, progress: Progress) -> Array:
    """Return what a calibration gives each planet when it is fitted without the planet's fold, (planet, bin) or (..., planet, bin).

    Args:
        predicted: At least two planets.
        seed: Of the folds.
        calibrated: (rows to fit with, rows to apply to) -> values of the latter.
        progress: Told of every fold.
    """
    folds = _fold_count(len(predicted.planet_ids))
    fold_of = assign_folds(predicted.planet_ids, folds, seed)
    own = np.array([fold_of[planet_id] for planet_id in predicted.planet_ids])
    rows = np.arange(own.size)
    parts = []
    progress.start("calibrations without a fold", folds)
    for fold in range(folds):
        inside = own == fold
        parts.append((rows[inside], calibrated(rows[~inside], rows[inside])))
        progress.advance(f"fold {fold + 1} of {folds}")
    progress.finish()
    order = np.argsort(np.concatenate([applied for applied, _ in parts]))
    return np.concatenate([values for _, values in parts], axis=-2)[..., order, :]


def planets_for_intervals(alpha: float) -> int:
    """Return how many planets it takes to give intervals the guarantee of COREL, and to judge them by planets left out of the fit."""
    return next(planets for planets in count(2) if _has_rank(_left_to_fit(planets), alpha))


def require_for_intervals(planets: int, alpha: float) -> None:
    """Check that there are as many planets as `planets_for_intervals`.

    Raises:
        InputDataError: If there are too few planets, naming how many are needed.
    """
    enough = planets_for_intervals(alpha)
    if enough > planets:
        raise InputDataError(
            f"COREL needs {enough} planets for intervals that cover {1.0 - alpha:.4g}",
            where="calib.alpha",
            received=f"{planets} planets, {_left_to_fit(planets)} of them in the fit when the others judge it",
            hint=f"calibrate on {enough} planets or more, or let intervals miss more: a larger calib.alpha",
            section="27",
        )


def _has_rank(planets: int, alpha: float) -> bool:
    try:
        rank_of(planets, alpha)
    except InputDataError:
        return False
    return True


def _left_to_fit(planets: int) -> int:
    """Return how many planets remain when the largest fold is left out."""
    return planets - math.ceil(planets / _fold_count(planets))


def _fold_count(planets: int) -> int:
    """Return into how many folds planets are dealt out: each its own where there are few."""
    return min(planets, FOLDS_AT_MOST)
