from __future__ import annotations

import numpy as np
from tiny_detector import frames, record, references

from spectramind.data.detector.linearity import Linearise, evaluate_polynomial

MEDIANS = np.array([0.14, 0.9999, -5.7e-9, 1.18e-11, -6.0e-17, 1.34e-22])


def test_polynomial_and_slope_agree_with_numpy() -> None:
    generator = np.random.default_rng(2)
    coefficients = MEDIANS[:, None] * generator.normal(1.0, 0.3, (6, 4))
    electron = generator.uniform(-200.0, 8e4, (4, 50))
    value, slope = evaluate_polynomial(coefficients, electron)
    for pixel in range(4):
        polynomial = np.polynomial.Polynomial(coefficients[:, pixel])
        np.testing.assert_allclose(value[pixel], polynomial(electron[pixel]), rtol=1e-12)
        np.testing.assert_allclose(slope[pixel], polynomial.deriv()(electron[pixel]), rtol=1e-12)


def test_identity_changes_nothing() -> None:
    before = frames(np.array([[-5.0, 0.0, 3e4]]), variance=np.array([[172.0]]))
    result = Linearise()(before, references(1))
    np.testing.assert_array_equal(result.flux, before.flux)
    np.testing.assert_array_equal(result.variance, np.full((1, 3), 172.0))


def test_variance_is_scaled_by_the_squared_slope() -> None:
    result = Linearise()(frames(np.full((1, 4), 6e4), variance=np.array([[170.0]])), references(1, linearity=MEDIANS[:, None]))
    slope = np.polynomial.Polynomial(MEDIANS).deriv()(6e4)
    np.testing.assert_allclose(result.variance, 170.0 * slope**2)
    scatter = np.random.default_rng(3).normal(6e4, 13.0, (1, 200_000))
    linear = Linearise()(frames(scatter), references(1, linearity=MEDIANS[:, None])).flux
    np.testing.assert_allclose(linear.std(), 13.0 * slope, rtol=0.01)


def test_median_correction_of_the_published_polynomial() -> None:
    for charge, percent in ((1e4, 0.1), (3e4, 0.9), (6e4, 3.1)):
        result = Linearise()(frames(np.full((1, 4), charge)), references(1, linearity=MEDIANS[:, None]))
        low, high = record(result).ranges["linearity_correction_ppm"]
        assert low == high
        assert abs(low / 1e4 - percent) < 0.1


def test_negative_charge_is_not_clipped() -> None:
    result = Linearise()(frames(np.array([[-40.0, -3.0]])), references(1, linearity=MEDIANS[:, None]))
    assert (result.flux < 0).all()


def test_a_pixel_without_polynomial_passes_unchanged() -> None:
    linearity = np.stack([MEDIANS, np.where(np.arange(6) == 3, np.nan, MEDIANS)], axis=1)
    result = Linearise()(frames(np.full((2, 2), 5e4)), references(2, linearity=linearity))
    assert result.flux[0, 0] > 5e4
    assert result.flux[1, 0] == 5e4
    assert record(result).counts["pixels_without_polynomial"] == 1


def test_dark_pixels_have_no_correction_in_ppm() -> None:
    assert record(Linearise()(frames(np.full((2, 4), 20.0)), references(2))).ranges == {}


def test_the_compiled_pass_agrees_with_its_readable_twin() -> None:
    generator = np.random.default_rng(10)
    linearity = MEDIANS[:, None] * generator.normal(1.0, 0.1, (6, 20))
    electron, variance = generator.uniform(-500.0, 1.4e5, (20, 64)), generator.uniform(100.0, 900.0, (20, 1))
    result = Linearise()(frames(electron, variance=variance), references(20, linearity=linearity))
    value, slope = evaluate_polynomial(linearity, electron)
    np.testing.assert_allclose(result.flux, value, rtol=1e-12)
    np.testing.assert_allclose(result.variance, slope**2 * variance, rtol=1e-12)
