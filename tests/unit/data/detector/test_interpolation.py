from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tiny_detector import frames, has, kept, record, references

from spectramind.data.detector.interpolation import Interpolate
from spectramind.data.frames import Frames
from spectramind.data.quality import Quality
from spectramind.utils.errors import InputDataError

SHAPE = (3, 4)


def step(**overrides: Any) -> Interpolate:
    return Interpolate(**{"shape": SHAPE, "row_reach": 0, "column_reach": 1, "noise_floor_electron": 2.0, **overrides})


def image(samples: int = 11) -> Frames:
    """Every pixel holds its number times 100, with variance 9."""
    flux = np.repeat(np.arange(1.0, 13.0)[:, None] * 100.0, samples, axis=1).astype(np.float32)
    return frames(flux, variance=np.full(flux.shape, 9.0, dtype=np.float32), quality=np.zeros(flux.shape))


def test_good_frames_pass_unchanged() -> None:
    before = image()
    result = step()(before, references(12))
    np.testing.assert_array_equal(result.flux, before.flux)
    np.testing.assert_array_equal(result.quality, 0)


def test_a_bad_sample_is_filled_in_time_with_a_noise_floor() -> None:
    before = image()
    before.flux[5, 4] = 1e6
    before.quality[5, 4] = Quality.COSMIC_RAY
    result = step()(before, references(12))
    assert result.flux[5, 4] == pytest.approx(600.0, rel=1e-5)
    assert result.variance[5, 4] == pytest.approx(9.0 + 4.0)
    assert result.quality[5, 4] == Quality.COSMIC_RAY | Quality.INTERPOLATED
    assert record(result).counts["samples_in_time"] == 1
    assert before.flux[5, 4] == 1e6, "the input is read-only"


@pytest.mark.parametrize("sample", [0, 10])
def test_the_first_and_the_last_sample_take_their_neighbour(sample: int) -> None:
    before = image()
    before.flux[5, sample] = np.float32(-1e5)
    before.quality[5, sample] = Quality.SATURATED
    assert step()(before, references(12)).flux[5, sample] == pytest.approx(600.0, rel=1e-5)


def test_a_filled_sample_follows_the_transit() -> None:
    before = image(41)
    dip = np.ones(41, dtype=np.float32)
    dip[15:26] = 0.9
    before.flux[:] = before.flux * dip
    before.quality[5, 14:17] = Quality.COSMIC_RAY
    np.testing.assert_allclose(step()(before, references(12)).flux[5], 600.0 * dip, rtol=1e-5)


@pytest.mark.parametrize(("pixel", "expected"), [(5, (500.0 + 700.0) / 2), (0, 200.0), (11, 1100.0)])
def test_a_bad_pixel_takes_the_mean_of_its_neighbours_along_the_row(pixel: int, expected: float) -> None:
    before = image()
    before.quality[pixel] = Quality.DEAD
    result = step()(before, references(12))
    np.testing.assert_allclose(result.flux[pixel], expected)
    np.testing.assert_allclose(result.variance[pixel], 13.0)
    assert has(result.quality, Quality.INTERPOLATED)[pixel].all()
    assert record(result).counts["pixels_in_space"] == 1


def test_in_an_image_all_eight_neighbours_count() -> None:
    before = image()
    before.quality[5] = Quality.HOT
    expected = np.mean([1, 2, 3, 5, 7, 9, 10, 11]) * 100.0
    np.testing.assert_allclose(step(row_reach=1)(before, references(12)).flux[5], expected)


def test_the_reach_grows_until_there_is_a_good_neighbour() -> None:
    before = image()
    before.quality[[4, 5, 6]] = Quality.DEAD
    np.testing.assert_allclose(step()(before, references(12)).flux[4:7], 800.0)
    before.quality[7] = Quality.DEAD
    result = step()(before, references(12))
    assert np.isfinite(result.flux).all(), "a whole row without a good pixel looks at other rows"
    assert (result.flux[4:8] > 0).all()


def test_a_pixel_without_one_good_sample_is_filled_in_space() -> None:
    before = image()
    before.flux[5] = np.float32(1e5)
    before.quality[5] = Quality.SATURATED
    result = step()(before, references(12))
    np.testing.assert_allclose(result.flux[5], 600.0)
    assert has(result.quality, Quality.INTERPOLATED)[5].all()


def test_no_good_pixel_is_a_typed_error() -> None:
    before = image()
    before.quality[:] = Quality.DEAD
    with pytest.raises(InputDataError, match="no good pixel"):
        step()(before, references(12))


def test_negatives_and_bits_stay() -> None:
    before = image()
    before.flux[:] *= np.float32(-1.0)
    before.quality[5] = Quality.NO_FLAT
    result = step()(before, references(12))
    assert (result.flux < 0).all()
    assert kept(before.quality, result.quality)
