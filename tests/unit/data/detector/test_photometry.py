from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from tiny_detector import frames

from spectramind.data.detector.light_curve import LightCurve
from spectramind.data.detector.photometry import AperturePhotometry
from spectramind.data.quality import Quality
from spectramind.utils.errors import InputDataError

SHAPE = (32, 32)
STEP = AperturePhotometry(shape=SHAPE, aperture_radius_px=7.0, annulus_inner_px=12.0, annulus_outer_px=16.0)


def star(row: float = 15.0, column: float = 16.0, electron: float = 1e5) -> NDArray[np.float64]:
    rows, columns = np.indices(SHAPE)
    image = np.exp(-0.5 * ((rows - row) ** 2 + (columns - column) ** 2) / 1.5**2)
    scaled: NDArray[np.float64] = electron * image.ravel() / image.sum()
    return scaled


def measure(images: NDArray[np.float64], quality: NDArray[np.uint16] | None = None) -> LightCurve:
    flux = images.astype(np.float32)
    return STEP(frames(flux, variance=np.full(flux.shape, 4.0, dtype=np.float32), quality=quality, exposure_s=np.ones(flux.shape[1])))


def test_all_the_light_is_in_the_aperture() -> None:
    light = measure(np.stack([star(), 0.98 * star()], axis=1))
    np.testing.assert_allclose(light.flux, [[1e5, 0.98e5]], rtol=1e-4)
    assert light.flux.dtype == light.variance.dtype == np.float64


def test_variance_is_the_sum_over_the_aperture() -> None:
    light = measure(np.stack([star()] * 3, axis=1))
    np.testing.assert_allclose(light.variance, 4.0 * light.trace_meta["aperture_pixels"])


def test_a_constant_foreground_is_taken_away() -> None:
    light = measure(np.stack([star() + 20.0, 0.9 * star() + 20.0], axis=1))
    np.testing.assert_allclose(light.flux, [[1e5, 0.9e5]], rtol=1e-4)
    assert light.foreground[0] == pytest.approx(20.0 * light.trace_meta["aperture_pixels"], rel=1e-3)


def test_bad_pixels_are_left_out() -> None:
    images = np.stack([star()] * 2, axis=1)
    quality = np.zeros(images.shape, dtype=np.uint16)
    middle = 15 * 32 + 16
    quality[middle], images[middle] = Quality.HOT, 9e9
    light = measure(images, quality)
    assert light.flux[0, 0] == pytest.approx(1e5 - star()[middle], rel=1e-4) or light.flux[0, 0] < 1e5


def test_centroid_is_x_then_y() -> None:
    light = measure(np.stack([star(14.5, 17.0), star(14.0, 17.2)], axis=1))
    np.testing.assert_allclose(light.centroid_px, [[17.0, 17.2], [14.5, 14.0]], atol=0.02)
    assert light.trace_meta["centre_column_px"] == pytest.approx(17.1, abs=0.02)


def test_a_sample_without_light_has_no_centroid_but_a_flux() -> None:
    light = measure(np.stack([star(), star(), -star()], axis=1))
    assert np.isnan(light.centroid_px[:, 2]).all()
    assert light.flux[0, 2] < 0


def test_no_star_is_a_typed_error() -> None:
    with pytest.raises(InputDataError, match="no star"):
        measure(np.zeros((1024, 4)))
