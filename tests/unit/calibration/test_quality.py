"""Classes of planets and the sigma that suspicious ones need."""

from __future__ import annotations

import numpy as np
import pytest
import tiny_errors as tiny
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from spectramind.calibration.quality import (
    HEAVY_TAIL_SQUARE,
    LARGEST_SUSPICION,
    QualityClass,
    classify,
    error_scale,
    expected_scores,
    widening,
)
from spectramind.evaluation.metric import official_metric

BINS = 20
NAIVE = {"naive_mean": tiny.NAIVE_MEAN, "naive_sigma": tiny.NAIVE_SIGMA}
UNCHANGED = dict.fromkeys(QualityClass, 1.0)


def flat(*values: float) -> NDArray[np.float64]:
    return np.outer(values, np.ones(BINS))


def test_classes() -> None:
    mu, sigma = flat(0.01, 0.01, 0.01, 0.01), flat(1e-4, 1e-3, 1e-3, 1e-4)
    assert classify(mu, sigma, [1.1, 1.1, 5.0, np.nan]) == (QualityClass.GOOD, QualityClass.FAINT, QualityClass.POOR, QualityClass.POOR)


def test_suspicion_has_a_range() -> None:
    np.testing.assert_array_equal(error_scale([0.2, 1.5, 99.0, np.nan, np.inf]), [1.0, 1.5, *[LARGEST_SUSPICION] * 3])


@pytest.mark.parametrize("freedom", [None, 6.0])
def test_the_expected_score_is_the_mean_of_simulated_ones(freedom: float | None) -> None:
    some = tiny.predictions(np.random.default_rng(1), 4000, BINS, 1.5, freedom)
    expected = expected_scores(some.mu, some.sigma, np.full(4000, 2.25), **NAIVE)
    seen = official_metric(some.truth, some.mu, some.sigma, **NAIVE).planet_scores
    assert expected.mean() == pytest.approx(seen.mean(), abs=0.02)


def test_trusted_planets_are_left_alone() -> None:
    mu, sigma = flat(0.01, 0.02), flat(1e-4, 2e-4)
    np.testing.assert_array_equal(widening(mu, sigma, [1.0, 1.3], [QualityClass.GOOD] * 2, UNCHANGED, **NAIVE), 1.0)


def test_the_factor_of_the_class_is_applied_even_below_one() -> None:
    factors = {QualityClass.GOOD: 0.8, QualityClass.FAINT: 1.0, QualityClass.POOR: 2.5}
    classes = [QualityClass.GOOD, QualityClass.POOR]
    np.testing.assert_allclose(widening(flat(0.01, 0.01), flat(1e-5, 1e-5), [1.0, 1.0], classes, factors, **NAIVE), [0.8, 2.5])


def test_errors_of_a_bad_class_are_expected_to_be_as_large_as_its_factor_says() -> None:
    factors = {**UNCHANGED, QualityClass.POOR: 5.0}
    mu, sigma = flat(tiny.NAIVE_MEAN), flat(tiny.NAIVE_SIGMA / 10.0)
    factor = widening(mu, sigma, [1.0], [QualityClass.POOR], factors, **NAIVE)
    assert 5.0 < factor[0] < np.sqrt(HEAVY_TAIL_SQUARE) * 5.0
    assert expected_scores(mu, factor[:, None] * sigma, HEAVY_TAIL_SQUARE * 25.0 / factor**2, **NAIVE)[0] == pytest.approx(0.0, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(
    log_sigma=st.floats(np.log(3e-6), np.log(1e-2)), suspicion=st.floats(0.5, 12.0), depth=st.floats(0.001, 0.05), slope=st.floats(0.5, 2.0)
)
def test_no_planet_is_expected_to_cost_more_than_it_gains_where_any_sigma_can_do_so(
    log_sigma: float, suspicion: float, depth: float, slope: float
) -> None:
    mu, sigma = np.full((1, BINS), depth), np.exp(log_sigma) * np.linspace(1.0, slope, BINS)[None]
    square = HEAVY_TAIL_SQUARE * error_scale([suspicion]) ** 2
    factor = float(widening(mu, sigma, [suspicion], [QualityClass.GOOD], UNCHANGED, **NAIVE)[0])

    def expected(trial: float) -> float:
        return float(expected_scores(mu, trial * sigma, square / trial**2, **NAIVE)[0])

    best = max(expected(trial) for trial in np.geomspace(1.0, 30.0, 60))
    assert 1.0 <= factor <= np.sqrt(square[0]) * (1.0 + 1e-9)
    assert expected(factor) >= min(0.0, best) - 1e-6
    if factor > 1.0:
        assert expected(factor) <= max(0.0, expected(1.0)) + 1e-6, "wider than it had to be"


def test_a_suspicious_planet_no_longer_takes_the_score_of_the_others() -> None:
    generator = np.random.default_rng(2)
    suspicion = np.where(np.arange(300) % 10 == 0, 10.0, 1.0)
    some = tiny.predictions(generator, 300, BINS, suspicion[:, None], 4.0)
    classes = classify(some.mu, some.sigma, suspicion)
    factor = widening(some.mu, some.sigma, suspicion, classes, UNCHANGED, **NAIVE)
    before, after = (official_metric(some.truth, some.mu, sigma, **NAIVE) for sigma in (some.sigma, factor[:, None] * some.sigma))
    poor = suspicion > 1.0
    assert after.unclipped > before.unclipped + 0.2
    assert before.planet_scores[poor].mean() < -1.0
    assert after.planet_scores[poor].mean() > 0.0
