"""Coverage, quantiles and histograms: what is known of Gaussian and of t4 errors comes out, and bands count independent planets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from spectramind.evaluation.reliability import (
    LEVELS,
    T_FREEDOM,
    binomial_band,
    coverage_by_bin,
    coverage_by_level,
    coverage_by_tenth,
    effective_number,
    pit_histogram,
    quantiles,
    sharpness_ppm,
    spread_by_tenth,
    z_histogram,
)

Array = NDArray[np.float64]
Z = arrays(np.float64, st.tuples(st.integers(1, 12), st.integers(1, 6)), elements=st.floats(-20.0, 20.0))


@pytest.fixture(scope="module")
def gaussian() -> Array:
    return np.random.default_rng(1).normal(size=(2000, 30))


@pytest.fixture(scope="module")
def t4() -> Array:
    return np.asarray(np.random.default_rng(2).standard_t(T_FREEDOM, size=(2000, 30)) / np.sqrt(2.0))


def test_gaussian_errors_are_covered_at_every_level(gaussian: Array) -> None:
    shares = coverage_by_level(gaussian)
    np.testing.assert_allclose(shares.seen, shares.promised, atol=0.006)
    assert ((shares.low <= shares.seen) & (shares.seen <= shares.high)).mean() > 0.8
    assert (coverage_by_level(1.3 * gaussian).seen < shares.low).all()
    assert (coverage_by_level(gaussian / 1.3).seen > shares.high).all()


def test_heavy_tails_cover_too_much_below_and_too_little_above(t4: Array) -> None:
    shares = coverage_by_level(t4, [0.5, 0.99])
    assert shares.seen[0] > shares.high[0]
    assert shares.seen[1] < shares.low[1]


def test_shares_are_worth_planets_where_bins_err_together_and_outcomes_where_they_do_not() -> None:
    generator = np.random.default_rng(5)
    one = np.repeat(generator.random((500, 1)) < 0.9, 40, axis=1)
    apart = generator.random((500, 40)) < 0.9
    assert effective_number(one) == pytest.approx(500.0, rel=1e-2)
    assert effective_number(apart) == pytest.approx(20_000.0, rel=0.2)
    assert effective_number(np.ones((5, 3), dtype=np.bool_)) == 5.0
    assert effective_number(np.array([[True, False]])) == 1.0


def test_the_band_holds_what_honest_shares_show() -> None:
    trials = np.array([20.0, 100.0, 1000.0])
    low, high = binomial_band(0.9, trials)
    drawn = np.random.default_rng(6).binomial(trials.astype(int), 0.9, size=(20_000, 3)) / trials
    within = ((drawn >= low) & (drawn <= high)).mean(axis=0)
    assert ((within >= 0.95) & (within < 0.99)).all()
    assert (np.diff(high - low) < 0.0).all()


def test_bins_are_judged_one_by_one() -> None:
    inside = np.ones((100, 3), dtype=np.bool_)
    inside[:10, 1] = False
    inside[:30, 2] = False
    shares = coverage_by_bin(inside, 0.9)
    assert shares.seen.tolist() == [1.0, 0.9, 0.7]
    assert ((shares.low <= shares.seen) & (shares.seen <= shares.high)).tolist() == [False, True, False]
    assert shares.worth.tolist() == [100.0] * 3


def test_tenths_are_sorted_by_the_quantity() -> None:
    quantity = np.random.default_rng(7).permutation(50).astype(np.float64)
    inside = np.repeat(quantity[:, None] >= 5.0, 4, axis=1)
    shares = coverage_by_tenth(inside, quantity, 0.9)
    assert shares.seen.tolist() == [0.0] + [1.0] * 9
    np.testing.assert_array_equal(shares.at, np.arange(2.0, 50.0, 5.0))
    assert coverage_by_tenth(inside[:3], quantity[:3], 0.9).at.size == 3


def test_the_size_of_z_is_told_by_tenth() -> None:
    generator = np.random.default_rng(3)
    quantity = np.arange(400.0)
    z = generator.standard_normal((400, 30))
    z[-40:] *= 3.0
    spread = spread_by_tenth(z, generator.permutation(400) * 0.0 + quantity)
    assert spread.planets.tolist() == [40.0] * 10
    np.testing.assert_allclose(spread.deviation[:9], 1.0, atol=0.06)
    assert spread.deviation[9] == pytest.approx(3.0, rel=0.05)
    assert spread.deviation[9] > spread.high[9]
    np.testing.assert_allclose(spread.mean[:9], 0.0, atol=0.1)
    np.testing.assert_array_equal(spread.at, np.arange(19.5, 400.0, 40.0))


def test_honest_sigmas_stay_in_the_band_though_bins_err_together() -> None:
    generator = np.random.default_rng(5)
    inside = []
    for _ in range(200):
        z = np.sqrt(0.5) * generator.standard_normal((200, 1)) + np.sqrt(0.5) * generator.standard_normal((200, 30))
        spread = spread_by_tenth(z, generator.random(200))
        inside.append((spread.low <= spread.deviation) & (spread.deviation <= spread.high))
    assert np.mean(inside) == pytest.approx(0.95, abs=0.02)


def test_planets_of_unknown_quantity_are_in_no_tenth() -> None:
    quantity = np.array([3.0, np.nan, 1.0, np.inf, 2.0])
    z = np.array([[1.0], [100.0], [2.0], [100.0], [3.0]])
    assert spread_by_tenth(z, quantity).deviation.tolist() == [2.0, 3.0, 1.0]
    assert spread_by_tenth(z, quantity).at.tolist() == [1.0, 2.0, 3.0]
    assert coverage_by_tenth(np.abs(z) < 2.5, quantity, 0.9).seen.tolist() == [1.0, 0.0, 1.0]


def test_the_integral_transform_is_flat_only_for_honest_gaussians(gaussian: Array) -> None:
    shares = pit_histogram(gaussian)
    np.testing.assert_allclose(shares.seen, 0.05, atol=0.004)
    narrow, wide = pit_histogram(2.0 * gaussian).seen, pit_histogram(0.5 * gaussian).seen
    assert narrow[0] > 2.0 * shares.promised[0] > 2.0 * narrow[10]
    assert 5.0 * wide[0] < shares.promised[0] < wide[10]
    biased = pit_histogram(gaussian + 0.5).seen
    assert (np.diff(biased) > 0.0).all()


def test_the_histogram_tells_gaussian_from_t4(gaussian: Array, t4: Array) -> None:
    for z, own, other in ((gaussian, "gaussian", "t4"), (t4, "t4", "gaussian")):
        histogram = z_histogram(z)
        assert np.abs(histogram.seen - getattr(histogram, own)).sum() < 0.03
        assert np.abs(histogram.seen - getattr(histogram, other)).sum() > 0.08


def test_quantiles_follow_the_distribution_they_came_from(gaussian: Array, t4: Array) -> None:
    np.testing.assert_allclose(quantiles(gaussian).seen, quantiles(gaussian).gaussian, atol=0.15)
    np.testing.assert_allclose(quantiles(t4).seen, quantiles(t4).t4, atol=0.3)
    assert quantiles(t4).seen[-1] > quantiles(t4).gaussian[-1] + 0.5
    np.testing.assert_allclose(quantiles(2.0 * gaussian + 1.0).seen, 2.0 * quantiles(gaussian).seen + 1.0)


def test_few_planets_have_no_tails() -> None:
    few = quantiles(np.random.default_rng(8).normal(size=(10, 283)))
    assert few.probability.min() == 0.05
    assert few.probability.max() == 0.95


def test_sharpness_is_in_ppm_over_planets() -> None:
    sigma = 1e-6 * np.outer(np.arange(101.0), [1.0, 2.0])
    np.testing.assert_allclose(sharpness_ppm(sigma), [[16.0, 32.0], [50.0, 100.0], [84.0, 168.0]])


@given(z=Z)
def test_shares_add_up_and_coverage_rises_with_the_level(z: Array) -> None:
    assert pit_histogram(z).seen.sum() == pytest.approx(1.0)
    histogram = z_histogram(z)
    for shares in (histogram.seen, histogram.gaussian, histogram.t4):
        assert shares.sum() == pytest.approx(1.0)
    coverage = coverage_by_level(z)
    assert (np.diff(coverage.seen) >= 0.0).all()
    assert coverage.at.tolist() == list(LEVELS)
    assert ((coverage.worth >= len(z)) & (coverage.worth <= z.size)).all()


@given(z=Z)
def test_the_order_of_planets_does_not_matter(z: Array) -> None:
    np.testing.assert_allclose(pit_histogram(z[::-1]).worth, pit_histogram(z).worth, rtol=1e-9)
    np.testing.assert_array_equal(z_histogram(z[::-1]).seen, z_histogram(z).seen)
