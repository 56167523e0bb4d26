from __future__ import annotations

import numpy as np
import pytest
from tiny_detector import frames, has, kept, record, references

from spectramind.data.detector.bad_pixels import FlagBadPixels, find_hot_pixels
from spectramind.data.quality import Quality

STEP = FlagBadPixels(minimum_flat=0.3, persistence_reads=2)


def test_hot_pixels_stand_above_the_clipped_dark() -> None:
    dark = np.random.default_rng(1).normal(0.0065, 0.0013, (32, 32))
    dark[3, 4], dark[5, 6], dark[7, 8] = 0.05, 5.0, -0.5
    hot = find_hot_pixels(dark, sigma=5.0, iterations=5)
    assert hot[3, 4] and hot[5, 6]
    assert not hot[7, 8], "a low dark current is not hot"
    assert hot.sum() == 2


def test_one_iteration_hides_a_warm_pixel_behind_a_glowing_one() -> None:
    dark = np.random.default_rng(1).normal(0.0065, 0.0013, (32, 32))
    dark[3, 4], dark[5, 6] = 0.05, 12.0
    assert find_hot_pixels(dark, sigma=5.0, iterations=1).sum() == 1
    assert find_hot_pixels(dark, sigma=5.0, iterations=5).sum() == 2


def test_hot_pixels_of_a_map_with_gaps() -> None:
    dark = np.array([0.006, np.nan, 0.0065, 0.007, np.inf])
    assert not find_hot_pixels(dark, sigma=5.0, iterations=5).any()
    assert not find_hot_pixels(np.full(4, np.nan), sigma=5.0, iterations=5).any()


@pytest.mark.parametrize(
    ("overrides", "bit"),
    [
        ({"dead": [False, True, False]}, Quality.DEAD),
        ({"hot": [False, True, False]}, Quality.HOT),
        ({"dark": [0.0, np.nan, 0.0]}, Quality.NO_DARK),
        ({"flat": [1.0, np.nan, 1.0]}, Quality.NO_FLAT),
        ({"flat": [1.0, np.inf, 1.0]}, Quality.NO_FLAT),
        ({"flat": [1.0, -0.004, 1.0]}, Quality.NO_FLAT),
        ({"flat": [1.0, 0.299, 0.3]}, Quality.NO_FLAT),
        ({"read_noise": [13.0, np.nan, 13.0]}, Quality.NO_LINEARITY),
        ({"read_noise": [13.0, np.inf, 13.0]}, Quality.NO_LINEARITY),
    ],
)
def test_each_reason_has_its_bit(overrides: dict[str, list[float]], bit: Quality) -> None:
    result = STEP(frames(np.ones((3, 4))), references(3, **overrides))
    assert has(result.quality, bit).all(axis=1).tolist() == [False, True, False]
    assert (result.quality[[0, 2]] == 0).all()
    assert record(result).counts["masked"] == 1


def test_a_coefficient_that_is_not_finite_is_no_linearity() -> None:
    linearity = np.zeros((6, 3))
    linearity[4, 1] = np.nan
    result = STEP(frames(np.ones((3, 4))), references(3, linearity=linearity))
    assert has(result.quality, Quality.NO_LINEARITY)[:, 0].tolist() == [False, True, False]


@pytest.mark.parametrize(("reads", "expected"), [(0, []), (1, [3]), (2, [3, 4]), (1000, [3, 4, 5])])
def test_persistence_follows_saturation(reads: int, expected: list[int]) -> None:
    quality = np.zeros((2, 6), dtype=np.uint16)
    quality[1, 2] = Quality.SATURATED
    result = FlagBadPixels(minimum_flat=0.3, persistence_reads=reads)(frames(np.ones((2, 6)), quality=quality), references(2))
    assert np.flatnonzero(has(result.quality, Quality.PERSISTENCE)[1]).tolist() == expected
    assert not has(result.quality, Quality.PERSISTENCE)[0].any()
    assert kept(quality, result.quality)


def test_values_are_not_touched() -> None:
    before = frames(np.arange(12.0).reshape(3, 4))
    result = STEP(before, references(3, dead=[True, True, True]))
    assert result.flux is before.flux
    assert result.variance is before.variance
    assert (before.quality == 0).all()
