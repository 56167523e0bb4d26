"""Each planet is judged by a calibration that has not seen it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny_errors as tiny

from spectramind.calibration.corel import fit_corel, gaussian_quantile
from spectramind.calibration.groups import fit_groups
from spectramind.calibration.left_out import LeftOut
from spectramind.calibration.quality import classify
from spectramind.calibration.temperature import Temperature
from spectramind.inference.out_of_sample import LabelledPredictions
from spectramind.inference.planets_left_out import Fitted, left_out_of
from spectramind.inference.sigma_quality import Rows
from spectramind.utils.config import load_config
from spectramind.utils.config.schema import Config
from spectramind.utils.progress import SilentProgress

PLANETS, BINS = 120, 8
CONFIG = load_config(["calib.alpha=0.2"])
WAVELENGTH_UM = np.linspace(0.7, 3.9, BINS)


def labelled() -> LabelledPredictions:
    """A third of the planets has residuals five times their noise, and errors four times their sigma."""
    suspicion = np.where(np.arange(PLANETS) % 3 == 0, 5.0, 1.0)
    some = tiny.predictions(np.random.default_rng(0), PLANETS, BINS, np.where(suspicion > 1.0, 4.0, 1.0)[:, None])
    return LabelledPredictions(
        planet_ids=tuple(str(100 + number) for number in range(PLANETS)),
        truth=some.truth,
        mu=some.mu,
        sigma=some.sigma,
        naive_mean=tiny.NAIVE_MEAN,
        naive_sigma=tiny.NAIVE_SIGMA,
        suspicion=suspicion,
        brightness=np.linspace(1e6, 1e8, PLANETS),
        columns={},
        model={"kind": "physics"},
        set_aside={},
    )


def fit_classes(config: Config, predicted: LabelledPredictions, rows: Rows) -> Fitted:
    own = predicted.uncalibrated(rows)
    classes = classify(own.mu, own.sigma, own.suspicion)
    return Fitted(
        temperature=Temperature(fgs1=1.0, airs=1.0), groups=fit_groups(predicted.truth[rows], own.mu, own.sigma, classes), corel=None
    )


def fit_bins(config: Config, predicted: LabelledPredictions, rows: Rows) -> Fitted:
    own = predicted.uncalibrated(rows)
    fitted = fit_classes(config, predicted, rows)
    grouped = fitted.groups.apply(own.sigma, classify(own.mu, own.sigma, own.suspicion))
    return replace(fitted, corel=fit_corel(predicted.truth[rows], own.mu, grouped, alpha=config.calib.alpha, shrink=True))


def made(predicted: LabelledPredictions) -> LeftOut:
    return left_out_of(CONFIG, predicted, WAVELENGTH_UM, fit_classes, progress=SilentProgress())


def test_arrays_are_those_of_the_predictions() -> None:
    predicted = labelled()
    left_out = made(predicted)
    assert tuple(left_out.planet_ids) == predicted.planet_ids
    np.testing.assert_array_equal(left_out.brightness, predicted.brightness)
    for name, values in (("truth", predicted.truth), ("mu", predicted.mu), ("sigma_model", predicted.sigma)):
        np.testing.assert_array_equal(getattr(left_out, name), values)
    np.testing.assert_array_equal(left_out.sigma_temperature, predicted.sigma)
    np.testing.assert_allclose(left_out.half_width, gaussian_quantile(0.2) * left_out.sigma_calibrated)
    assert (left_out.quality == np.where(predicted.suspicion > 1.0, "POOR", left_out.quality)).all()
    assert "POOR" not in left_out.quality[predicted.suspicion == 1.0]


def test_the_own_truth_changes_nothing() -> None:
    predicted = labelled()
    truth = predicted.truth.copy()
    truth[3] += 0.01
    before, after = made(predicted), made(replace(predicted, truth=truth))
    changed = (before.sigma_calibrated != after.sigma_calibrated).any(axis=1)
    assert not changed[3]
    assert changed.any()


def test_a_class_of_larger_errors_is_told_by_planets_left_out() -> None:
    left_out = made(labelled())
    poor = left_out.quality == "POOR"
    ratio = left_out.sigma_calibrated / left_out.sigma_temperature
    assert np.median(ratio[poor]) == pytest.approx(4.0, rel=0.2)
    assert (ratio[~poor] == 1.0).all()


@pytest.mark.parametrize("alpha", [0.1, 0.2])
def test_intervals_cover_what_they_promise(alpha: float) -> None:
    config = replace(CONFIG, calib=replace(CONFIG.calib, alpha=alpha))
    left_out = left_out_of(config, labelled(), WAVELENGTH_UM, fit_bins, progress=SilentProgress())
    inside = np.abs(left_out.truth - left_out.mu) <= left_out.half_width
    assert inside.mean() == pytest.approx(1.0 - alpha, abs=0.05)
    assert left_out.alpha == alpha
