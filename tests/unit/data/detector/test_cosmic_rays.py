from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from tiny_detector import frames, has, kept, record, references

from spectramind.data.detector.cosmic_rays import FlagCosmicRays, common_mode
from spectramind.data.frames import Frames
from spectramind.data.quality import Quality

STEP = FlagCosmicRays(sigma_threshold=6.0, window=64)


def noise(pixels: int = 40, samples: int = 300, level: float = 1000.0) -> NDArray[np.float32]:
    generator = np.random.default_rng(7)
    return np.asarray(level + np.sqrt(level) * generator.standard_normal((pixels, samples)), dtype=np.float32)


def search(flux: NDArray[np.float32], step: FlagCosmicRays = STEP) -> NDArray[np.bool_]:
    return has(flag(flux, step).quality, Quality.COSMIC_RAY)


def flag(flux: NDArray[np.float32], step: FlagCosmicRays = STEP) -> Frames:
    variance = np.broadcast_to(np.maximum(flux.mean(axis=1, keepdims=True), 1.0), flux.shape).astype(np.float32)
    return step(frames(flux, variance=variance, exposure_s=np.full(flux.shape[1], 4.5)), references(flux.shape[0]))


def test_noise_alone_is_left_alone() -> None:
    assert not search(noise(200, 600)).any()


@pytest.mark.parametrize("sample", [0, 10, 63, 64, 270, 299])
def test_a_hit_is_found_wherever_it_falls(sample: int) -> None:
    flux = noise()
    flux[5, sample] += 12.0 * np.sqrt(1000.0)
    assert np.argwhere(search(flux)).tolist() == [[5, sample]]


@pytest.mark.parametrize("samples", [8, 12, 17, 25, 40])
def test_a_hit_is_found_in_a_short_series(samples: int) -> None:
    flux = noise(40, samples)
    flux[5, 3] += 30.0 * np.sqrt(1000.0)
    assert [5, 3] in np.argwhere(search(flux)).tolist()


@pytest.mark.parametrize("window", [12, 32, 128])
def test_a_hit_is_found_with_any_window(window: int) -> None:
    flux = noise()
    flux[5, 100] += 15.0 * np.sqrt(1000.0)
    assert np.argwhere(search(flux, FlagCosmicRays(sigma_threshold=6.0, window=window))).tolist() == [[5, 100]]


def test_several_hits_in_one_window_are_all_found() -> None:
    flux = noise()
    flux[5, [3, 20, 41]] += 3000.0
    assert np.argwhere(search(flux)).tolist() == [[5, 3], [5, 20], [5, 41]]


def test_a_transit_is_not_an_outlier() -> None:
    flux = noise(40, 300, level=1e5)
    flux[:, 100:200] *= np.float32(0.95)
    assert not search(flux).any()


def test_a_strong_hit_in_a_bright_pixel_does_not_condemn_the_others() -> None:
    flux = noise(30, 300, level=2e4)
    flux[5, 100] += 8e4
    assert np.argwhere(search(flux)).tolist() == [[5, 100]]


def test_negative_outliers_are_flagged_too() -> None:
    flux = noise()
    flux[5, 50] -= 400.0
    assert search(flux)[5, 50]


def test_bad_pixels_are_not_searched_and_bits_only_grow() -> None:
    flux = noise()
    flux[5, 50] += 1000.0
    quality = np.zeros(flux.shape, dtype=np.uint16)
    quality[5] = Quality.HOT
    quality[6, 7] = Quality.SATURATED
    before = frames(flux, variance=np.full(flux.shape, 1000.0, dtype=np.float32), quality=quality)
    result = STEP(before, references(flux.shape[0]))
    assert not has(result.quality, Quality.COSMIC_RAY).any()
    assert kept(quality, result.quality)
    assert result.flux is before.flux


def test_too_few_samples_skip_the_step() -> None:
    result = flag(noise(3, 7))
    assert record(result).status == "SKIPPED"


def test_common_mode_is_relative_and_survives_darkness() -> None:
    flux = np.array([[1, 1, 1, 1, 2, 2, 2, 2, 2]] * 3, dtype=np.float32)
    np.testing.assert_allclose(common_mode(flux, np.array([True, True, False])), flux[0] / 2.0)
    np.testing.assert_array_equal(common_mode(np.zeros((2, 4), dtype=np.float32), np.ones(2, dtype=np.bool_)), np.ones(4))
