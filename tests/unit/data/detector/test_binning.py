from __future__ import annotations

import numpy as np
import pytest

from spectramind.data.detector.binning import bin_factor, bin_mean, bin_spread, bin_variance


@pytest.mark.parametrize(
    ("period_s", "cadence_s", "factor"), [(4.8, 144.0, 30), (0.4, 144.0, 360), (432.0, 144.0, 1), (74.8, 144.0, 2), (4.8, 0.1, 1)]
)
def test_pairs_in_a_bin(period_s: float, cadence_s: float, factor: int) -> None:
    assert bin_factor(period_s, cadence_s) == factor


def test_mean_drops_an_incomplete_last_bin() -> None:
    np.testing.assert_array_equal(bin_mean(np.arange(7.0)[None, :], 3), [[1.0, 4.0]])


def test_mean_of_float32_is_summed_in_float64() -> None:
    values = np.full((1, 1_000_000), 1.1e4, dtype=np.float32) + np.tile(np.array([0.0, 0.25], dtype=np.float32), 500_000)
    mean = bin_mean(values, 1_000_000)
    assert mean.dtype == np.float32
    assert mean[0, 0] == pytest.approx(1.1e4 + 0.125, abs=1e-3)


def test_variance_of_the_mean_of_independent_samples() -> None:
    np.testing.assert_allclose(bin_variance(np.full((2, 6), 9.0), 3), 3.0)
    samples = np.random.default_rng(5).normal(0.0, 3.0, (1, 300_000))
    np.testing.assert_allclose(bin_mean(samples, 3).var(), bin_variance(np.full((1, 3), 9.0), 3)[0, 0], rtol=0.02)


def test_factor_one_is_the_identity() -> None:
    values = np.random.default_rng(6).normal(size=(2, 5))
    np.testing.assert_array_equal(bin_mean(values, 1), values)
    np.testing.assert_array_equal(bin_spread(values, 1), np.zeros((2, 5)))


def test_spread_is_the_scatter_within_a_bin() -> None:
    np.testing.assert_allclose(bin_spread(np.array([[0.0, 2.0, 5.0, 5.0, 9.0]]), 2), [[1.0, 0.0]])
