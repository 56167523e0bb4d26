"""COREL: ranks, quantiles, and what is shrunk."""

from __future__ import annotations

import numpy as np
import pytest
import tiny_errors as tiny
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from spectramind.calibration.corel import Corel, conformal_quantile, fit_corel, gaussian_quantile, rank_of, scale_candidates
from spectramind.utils.errors import ExitCode, InputDataError, UsageError

BINS = 60
WAVES = np.exp(0.5 * np.sin(np.linspace(0.0, 6.0, BINS)))


def drawn(planets: int, seed: int = 0, pattern: float | NDArray[np.float64] = 1.0) -> tiny.Predictions:
    return tiny.predictions(np.random.default_rng(seed), planets, BINS, pattern)


def fit(some: tiny.Predictions, *, alpha: float = 0.1, shrink: bool = True) -> Corel:
    return fit_corel(some.truth, some.mu, some.sigma, alpha=alpha, shrink=shrink)


@settings(max_examples=200, deadline=None)
@given(planets=st.integers(1, 500), percent=st.integers(1, 99))
def test_the_rank_is_the_smallest_that_has_the_guarantee(planets: int, percent: int) -> None:
    guaranteed = [rank for rank in range(1, planets + 1) if 100 * rank >= (100 - percent) * (planets + 1)]
    if guaranteed:
        assert rank_of(planets, percent / 100) == guaranteed[0]
    else:
        with pytest.raises(InputDataError):
            rank_of(planets, percent / 100)


@pytest.mark.parametrize("alpha", [0.32, 0.1, 0.05])
@pytest.mark.parametrize("planets", [19, 30, 101, 400])
def test_quantiles_are_those_of_numpy_at_the_level_of_the_rank(planets: int, alpha: float) -> None:
    size = np.abs(np.random.default_rng(planets).normal(size=(planets, 7)))
    percent = round(100 * alpha)
    rank = -((planets + 1) * (100 - percent) // -100)
    expected = np.quantile(size, (rank - 0.5) / planets, axis=0, method="inverted_cdf")
    np.testing.assert_array_equal(conformal_quantile(size, alpha), expected)
    assert (conformal_quantile(size, alpha) >= np.quantile(size, 1.0 - alpha, axis=0)).all()


@pytest.mark.parametrize(("alpha", "needed"), [(0.1, 9), (0.05, 19), (0.32, 3), (0.01, 99)])
def test_too_few_planets_are_refused_with_the_number_that_is_needed(alpha: float, needed: int) -> None:
    assert np.isfinite(fit(drawn(needed), alpha=alpha).q).all()
    with pytest.raises(InputDataError, match=f"at least {needed} calibration planets") as caught:
        fit(drawn(max(needed - 1, 2)), alpha=alpha)
    suggested = float(caught.value.hint.rpartition("=")[2])
    assert np.isfinite(fit(drawn(max(needed - 1, 2)), alpha=suggested).q).all()


@pytest.mark.parametrize("alpha", [0.0, 1.0, -0.1, float("nan")])
def test_a_share_outside_of_its_range_is_refused(alpha: float) -> None:
    with pytest.raises(UsageError, match="between 0 and 1") as caught:
        fit(drawn(30), alpha=alpha)
    assert caught.value.exit_code is ExitCode.CONFIG_ERROR


def test_unshrunk_both_outputs_are_the_quantile() -> None:
    some = drawn(50)
    corel = fit(some, shrink=False)
    np.testing.assert_array_equal(corel.q, conformal_quantile(np.abs(some.truth - some.mu) / some.sigma, 0.1))
    np.testing.assert_allclose(corel.sigma_scale, corel.q / 1.6448536269514722)
    np.testing.assert_allclose(corel.q_shrunk, corel.q)
    np.testing.assert_allclose(corel.half_width(some.sigma), corel.q * some.sigma)
    np.testing.assert_allclose(corel.apply(some.sigma), corel.sigma_scale * some.sigma)
    assert corel.planets == 50


def test_shrinking_leaves_the_intervals_alone() -> None:
    some = drawn(50)
    np.testing.assert_array_equal(fit(some).q, fit(some, shrink=False).q)


def test_the_interval_covers_the_share_of_the_rank_on_its_own_planets() -> None:
    some = drawn(50)
    inside = np.abs(some.truth - some.mu) <= fit(some).half_width(some.sigma) * (1.0 + 1e-12)
    np.testing.assert_array_equal(inside.sum(axis=0), 46)


def test_bins_that_are_alike_are_left_as_the_temperature_made_them() -> None:
    scales = np.array([fit(drawn(30, seed)).sigma_scale for seed in range(20)])
    assert (scales == 1.0).all(axis=1).mean() >= 0.8
    assert np.abs(np.log(scales)).max() < 0.3


def test_a_pattern_over_bins_is_found_and_more_of_it_with_more_planets() -> None:
    truth = (np.log(WAVES) - np.log(WAVES)[1:].mean())[1:]
    slopes, distances = [], []
    for planets in (20, 100, 800):
        patterns = np.log([fit(drawn(planets, seed, WAVES)).sigma_scale[1:] for seed in range(5)])
        patterns -= patterns.mean(axis=1, keepdims=True)
        slopes.append(float((patterns @ truth).mean() / (truth @ truth)))
        distances.append(float(np.abs(patterns - truth).mean()))
    assert 0.25 < slopes[0] < slopes[1] < slopes[2] < 1.0
    assert slopes[2] > 0.7
    assert distances[0] > distances[1] > distances[2]


def test_a_planet_that_is_far_off_does_not_hide_the_pattern() -> None:
    some, factor = drawn(30, 3, WAVES), np.ones((30, 1))
    factor[4] = 50.0
    off = tiny.Predictions(some.truth, some.mu, some.sigma / factor)
    assert (fit(some).sigma_scale[1:] != 1.0).all()
    np.testing.assert_allclose(fit(off).sigma_scale, fit(some).sigma_scale)


def test_every_candidate_keeps_the_level_and_the_photometer() -> None:
    some = drawn(40, 1, WAVES)
    size = np.abs(some.truth - some.mu) / some.sigma
    scales = scale_candidates(size, 0.1, 40)
    np.testing.assert_array_equal(scales[:, 0], 1.0)
    np.testing.assert_array_equal(scales[0], 1.0)
    np.testing.assert_allclose([((size / scale)[:, 1:] ** 2).mean() for scale in scales], (size[:, 1:] ** 2).mean())
    spread = np.log(scales[:, 1:]).std(axis=1)
    assert (np.diff(spread) > 0.0).all()


def test_a_bin_without_any_error_has_a_finite_scale() -> None:
    some = drawn(30)
    mu = some.mu.copy()
    mu[:, :4] = some.truth[:, :4]
    corel = fit(tiny.Predictions(some.truth, mu, some.sigma))
    assert np.isfinite(corel.sigma_scale).all()
    assert (corel.q > 0.0).all()
    assert (corel.sigma_scale > 0.0).all()


@settings(max_examples=20, deadline=None)
@given(order=st.permutations(range(24)))
def test_the_order_of_planets_does_not_matter(order: list[int]) -> None:
    some = drawn(24, 2, WAVES)
    first, second = fit(some), fit(tiny.Predictions(some.truth[order], some.mu[order], some.sigma[order]))
    np.testing.assert_array_equal(first.q, second.q)
    np.testing.assert_allclose(first.sigma_scale, second.sigma_scale)


@settings(max_examples=20, deadline=None)
@given(scale=st.floats(0.2, 5.0), shrink=st.booleans())
def test_scaled_sigmas_have_inversely_scaled_quantiles(scale: float, shrink: bool) -> None:
    some = drawn(40, 2, WAVES)
    scaled = fit(tiny.Predictions(some.truth, some.mu, scale * some.sigma), shrink=shrink)
    np.testing.assert_allclose(scaled.q, fit(some, shrink=shrink).q / scale)


def test_the_gaussian_quantile_is_the_textbook_one() -> None:
    assert gaussian_quantile(0.05) == pytest.approx(1.959964, abs=1e-6)
