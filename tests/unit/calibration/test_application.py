"""Temperature, COREL, classes and intervals in one place."""

from __future__ import annotations

import numpy as np
import pytest
import tiny_errors as tiny

from spectramind.calibration.application import Uncalibrated, apply_calibration, judged
from spectramind.calibration.corel import Corel, fit_corel, gaussian_quantile
from spectramind.calibration.groups import Groups
from spectramind.calibration.quality import QualityClass
from spectramind.calibration.temperature import Temperature
from spectramind.evaluation.metric import official_metric

BINS = 12
GOOD, FAINT, POOR = QualityClass
TEMPERATURE = Temperature(fgs1=0.8, airs=1.25)
COREL = Corel(alpha=0.2, q=np.linspace(1.0, 2.0, BINS), sigma_scale=np.linspace(0.9, 1.1, BINS), planets=50)
NO_GROUPS = Groups(factors=dict.fromkeys(QualityClass, 1.0), planets=dict.fromkeys(QualityClass, 0))


def planets(suspicion: list[float], sigma: float = 1e-5) -> Uncalibrated:
    shape = (len(suspicion), BINS)
    return Uncalibrated(
        mu=np.full(shape, 0.012),
        sigma=np.full(shape, sigma),
        suspicion=np.array(suspicion),
        naive_mean=tiny.NAIVE_MEAN,
        naive_sigma=tiny.NAIVE_SIGMA,
    )


def test_trusted_planets_get_temperature_and_corel_alone() -> None:
    some = planets([1.0, 1.2])
    scaled = TEMPERATURE.apply(some.sigma)
    alone = apply_calibration(some, TEMPERATURE, NO_GROUPS, None, alpha=0.1)
    np.testing.assert_array_equal(alone.sigma, scaled)
    np.testing.assert_allclose(alone.half_width, gaussian_quantile(0.1) * scaled)
    both = apply_calibration(some, TEMPERATURE, NO_GROUPS, COREL, alpha=0.1)
    np.testing.assert_allclose(both.sigma, COREL.sigma_scale * scaled)
    np.testing.assert_allclose(both.half_width, COREL.q * scaled)
    assert both.quality == (GOOD, GOOD)
    np.testing.assert_array_equal(both.widening, 1.0)


def test_the_factor_of_the_class_widens_sigma_and_intervals() -> None:
    groups = Groups(factors={GOOD: 1.0, FAINT: 1.0, POOR: 6.0}, planets=dict.fromkeys(QualityClass, 30))
    plain = apply_calibration(planets([1.0, 3.0]), TEMPERATURE, NO_GROUPS, COREL, alpha=0.1)
    made = apply_calibration(planets([1.0, 3.0]), TEMPERATURE, groups, COREL, alpha=0.1)
    assert made.quality == (GOOD, POOR)
    assert made.widening[0] == 1.0
    assert made.widening[1] >= 6.0
    np.testing.assert_allclose(made.sigma[1] / plain.sigma[0], made.widening[1])
    np.testing.assert_allclose(made.half_width[1] / plain.half_width[0], made.widening[1])


def test_all_can_be_made_wider() -> None:
    plain, wide = (apply_calibration(planets([1.0, 9.0]), TEMPERATURE, NO_GROUPS, COREL, alpha=0.1, wider=w) for w in (1.0, 1.3))
    for name in ("sigma", "half_width", "widening"):
        np.testing.assert_allclose(getattr(wide, name), 1.3 * getattr(plain, name))
    assert (wide.expected_score < plain.expected_score)[0]


def test_the_expected_score_is_that_of_honest_planets_and_lower_for_suspicious_ones() -> None:
    some = tiny.predictions(np.random.default_rng(1), 3000, BINS)
    seen = official_metric(some.truth, some.mu, some.sigma, naive_mean=tiny.NAIVE_MEAN, naive_sigma=tiny.NAIVE_SIGMA)
    naive = {"naive_mean": tiny.NAIVE_MEAN, "naive_sigma": tiny.NAIVE_SIGMA}
    classes, expected = judged(Uncalibrated(mu=some.mu, sigma=some.sigma, suspicion=np.ones(3000), **naive))
    assert POOR not in classes
    assert expected.mean() == pytest.approx(seen.planet_scores.mean(), abs=0.02)
    classes, suspicious = judged(Uncalibrated(mu=some.mu, sigma=some.sigma, suspicion=np.full(3000, np.nan), **naive))
    assert set(classes) == {POOR}
    assert (suspicious < expected - 1.0).all()


def test_intervals_cover_new_planets_of_every_class() -> None:
    generator = np.random.default_rng(2)
    known, new = (tiny.predictions(generator, count, BINS, 1.4, 4.0) for count in (300, 2000))
    suspicion = np.where(np.arange(2000) % 10 == 0, 4.0, 1.0)
    corel = fit_corel(known.truth, known.mu, TEMPERATURE.apply(known.sigma), alpha=0.1, shrink=True)
    some = Uncalibrated(mu=new.mu, sigma=new.sigma, suspicion=suspicion, naive_mean=tiny.NAIVE_MEAN, naive_sigma=tiny.NAIVE_SIGMA)
    made = apply_calibration(some, TEMPERATURE, NO_GROUPS, corel, alpha=0.1)
    inside = np.abs(new.truth - new.mu) <= made.half_width
    for quality in (GOOD, POOR):
        assert inside[[each is quality for each in made.quality]].mean() > 0.87


def test_the_expected_score_is_that_of_the_floored_sigma() -> None:
    """The sigma that is submitted is judged, not the smaller one that the factors would make."""
    tiny_sigma = planets([1.0], sigma=1e-12)
    made = apply_calibration(tiny_sigma, TEMPERATURE, NO_GROUPS, None, alpha=0.1, sigma_min=2e-5)
    np.testing.assert_array_equal(made.sigma, 2e-5)
    np.testing.assert_allclose(made.expected_score, judged(planets([1.0], sigma=2e-5))[1])
