from __future__ import annotations

import numpy as np
import pytest
from tiny_detector import frames, record, references

from spectramind.data.detector.dark import SubtractDark


def test_dark_is_the_current_times_the_time_since_reset() -> None:
    result = SubtractDark(relative_uncertainty=0.0)(frames(np.full((2, 4), 10.0)), references(2, dark=[2.0, 0.0]))
    np.testing.assert_allclose(result.flux[0], [9.8, 0.8, 9.8, 0.8])
    np.testing.assert_allclose(result.flux[1], 10.0)
    np.testing.assert_array_equal(result.variance, np.ones((2, 4)))


def test_uncertainty_of_the_map_enters_the_variance() -> None:
    result = SubtractDark(relative_uncertainty=0.1)(frames(np.zeros((1, 2)), variance=np.array([[4.0]])), references(1, dark=[10.0]))
    np.testing.assert_allclose(result.variance, [[4.0 + 0.1**2, 4.0 + 4.6**2]])


@pytest.mark.parametrize("dark", [np.nan, np.inf])
def test_a_dark_that_is_not_finite_passes_unchanged(dark: float) -> None:
    result = SubtractDark(relative_uncertainty=0.1)(frames(np.full((1, 2), 7.0)), references(1, dark=[dark]))
    np.testing.assert_array_equal(result.flux, [[7.0, 7.0]])
    np.testing.assert_array_equal(result.variance, [[1.0, 1.0]])


def test_negatives_stay() -> None:
    assert (SubtractDark(relative_uncertainty=0.0)(frames(np.zeros((1, 2))), references(1, dark=[1.0])).flux < 0).all()


def test_range_leaves_hot_and_dead_pixels_out() -> None:
    step = SubtractDark(relative_uncertainty=0.0)
    result = step(frames(np.zeros((3, 2))), references(3, dark=[12.0, 0.006, 3.0], hot=[True, False, False], dead=[False, False, True]))
    assert record(result).ranges == {"dark_electron_per_s": (0.006, 0.006)}


def test_a_block_of_nothing_but_hot_pixels_has_no_range() -> None:
    result = SubtractDark(relative_uncertainty=0.0)(frames(np.zeros((2, 2))), references(2, dark=[12.0, 3.0], hot=[True, True]))
    assert record(result).ranges == {}
