from __future__ import annotations

import numpy as np
import pytest
from tiny_detector import frames, record, references

from spectramind.data.detector.flat import DivideFlat
from spectramind.data.quality import Quality


def test_flux_and_variance_are_divided() -> None:
    result = DivideFlat()(frames(np.full((2, 3), 8.0), variance=np.full((2, 3), 4.0)), references(2, flat=[0.5, 2.0]))
    np.testing.assert_allclose(result.flux[:, 0], [16.0, 4.0])
    np.testing.assert_allclose(result.variance[:, 0], [16.0, 1.0])


@pytest.mark.parametrize("flat", [0.0, -0.01, np.nan])
def test_a_pixel_without_flat_passes_undivided(flat: float) -> None:
    result = DivideFlat()(frames(np.full((1, 2), -8.0), quality=np.full((1, 2), Quality.NO_FLAT)), references(1, flat=[flat]))
    np.testing.assert_array_equal(result.flux, [[-8.0, -8.0]])
    assert record(result).counts == {"undivided_pixels": 1}
    assert record(result).ranges == {}


def test_range_and_relative_error() -> None:
    before = frames(np.full((3, 2), 100.0), variance=np.full((3, 2), 25.0))
    result = DivideFlat()(before, references(3, flat=[0.9, 1.1, 0.5], dead=[False, False, True]))
    assert record(result).ranges == {"flat": (0.9, 1.1)}
    np.testing.assert_allclose(np.sqrt(result.variance) / result.flux, 0.05)
