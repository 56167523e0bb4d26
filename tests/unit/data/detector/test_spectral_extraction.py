from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tiny_detector import frames

from spectramind.data.detector.light_curve import LightCurve
from spectramind.data.detector.spectral_extraction import OptimalExtraction
from spectramind.data.quality import Quality
from spectramind.utils.errors import InputDataError

ROWS, COLUMNS = 32, 12
BIN_COLUMN = np.arange(COLUMNS)[::-1]
SPECTRUM = np.linspace(3e4, 8e4, COLUMNS)


def step(**overrides: Any) -> OptimalExtraction:
    values = {
        "shape": (ROWS, COLUMNS),
        "bin_column": BIN_COLUMN,
        "column_wavelength_um": np.linspace(3.9, 1.95, COLUMNS),
        "seam_bins": (),
        **overrides,
    }
    return OptimalExtraction(**values)


def image(row: float = 15.4, foreground: float = 0.0) -> NDArray[np.float64]:
    """(row, column): a narrow spectrum with the exact totals SPECTRUM."""
    across = np.exp(-0.5 * ((np.arange(ROWS) - row) / 1.6) ** 2)
    light: NDArray[np.float64] = (across / across.sum())[:, None] * SPECTRUM + foreground
    return light


def measure(
    images: list[NDArray[np.float64]],
    quality: NDArray[np.uint16] | None = None,
    variance: NDArray[np.float64] | None = None,
    **overrides: Any,
) -> LightCurve:
    flux = np.stack(images, axis=-1).reshape(ROWS * COLUMNS, -1).astype(np.float32)
    spread = np.full(flux.shape, 400.0) if variance is None else variance
    before = frames(flux, variance=spread.astype(np.float32), quality=quality, exposure_s=np.ones(flux.shape[1]))
    return step(**overrides)(before)


def test_totals_come_back_in_ascending_wavelength() -> None:
    light = measure([image(), 0.97 * image()])
    np.testing.assert_allclose(light.flux[:, 0], SPECTRUM[::-1], rtol=2e-4)
    np.testing.assert_allclose(light.flux[:, 1] / light.flux[:, 0], 0.97, rtol=1e-5)


def test_variance_is_that_of_the_weighted_sum() -> None:
    generator = np.random.default_rng(9)
    variance = np.broadcast_to(image().ravel()[:, None] + 340.0, (ROWS * COLUMNS, 4000))
    images = image()[:, :, None] + np.sqrt(variance.reshape(ROWS, COLUMNS, -1)) * generator.standard_normal((ROWS, COLUMNS, 4000))
    light = measure(list(np.moveaxis(images, 2, 0)), variance=np.array(variance))
    np.testing.assert_allclose(light.flux.std(axis=1), np.sqrt(light.variance.mean(axis=1)), rtol=0.05)
    plain = np.sqrt(variance.reshape(ROWS, COLUMNS, -1)[:, :, 0].sum(axis=0))[::-1]
    assert (np.sqrt(light.variance.mean(axis=1)) < plain).all(), "optimal weights beat the plain sum"


def test_bad_pixels_do_not_bias_the_total() -> None:
    images, quality = [image() for _ in range(3)], np.zeros((ROWS, COLUMNS, 3), dtype=np.uint16)
    quality[15, 4] = Quality.DEAD
    light = measure(images, quality.reshape(-1, 3))
    whole = measure(images)
    np.testing.assert_allclose(light.flux, whole.flux, rtol=1e-3)
    bin_with_gap = int(np.flatnonzero(BIN_COLUMN == 4)[0])
    assert light.variance[bin_with_gap, 0] > whole.variance[bin_with_gap, 0]


def test_foreground_is_taken_away_and_reported() -> None:
    light = measure([image(foreground=15.0), 0.9 * image() + 15.0])
    np.testing.assert_allclose(light.flux[:, 1] / light.flux[:, 0], 0.9, rtol=1e-4)
    np.testing.assert_allclose(light.trace_meta["foreground_electron_per_pixel"], 15.0, rtol=1e-3)


def test_centroid_and_trace_follow_a_shift() -> None:
    light = measure([image(15.0), image(15.6)])
    assert light.centroid_px[1, 1] - light.centroid_px[1, 0] == pytest.approx(0.6, abs=0.02)
    assert light.trace_meta["slit"]["trace_row_first"] == pytest.approx(15.3, abs=0.02)


def test_seam_and_description_are_json() -> None:
    meta = json.loads(json.dumps(measure([image()] * 2, seam_bins=(3, 4)).trace_meta))
    assert meta["seam"] == [3, 4]
    assert meta["bin_column"] == BIN_COLUMN.tolist()


def test_a_column_without_a_usable_pixel_is_a_typed_error() -> None:
    quality = np.zeros((ROWS, COLUMNS, 2), dtype=np.uint16)
    quality[:, 7] = Quality.DEAD
    with pytest.raises(InputDataError, match="no usable pixel"):
        measure([image()] * 2, quality.reshape(-1, 2))


def test_darkness_is_a_typed_error() -> None:
    with pytest.raises(InputDataError, match="no spectrum"):
        measure([np.zeros((ROWS, COLUMNS))] * 2)
