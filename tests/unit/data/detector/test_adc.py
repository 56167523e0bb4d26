from __future__ import annotations

import numpy as np
import pytest
from tiny_detector import FULL_SCALE, GAIN, OFFSET_ELECTRON, frames, has, kept, record, references

from spectramind.data.detector.adc import DecodeAdc
from spectramind.data.quality import Quality


def test_electrons_follow_the_published_formula() -> None:
    result = DecodeAdc(saturation_fraction=1.0)(frames(np.array([[0, 437, 65534]], dtype=np.uint16)), references(1))
    np.testing.assert_allclose(result.flux[0], np.array([0, 437, 65534]) / GAIN + OFFSET_ELECTRON, rtol=1e-14)


def test_negative_electrons_stay_negative() -> None:
    result = DecodeAdc(saturation_fraction=1.0)(frames(np.array([[0, 400]], dtype=np.uint16)), references(1))
    assert result.flux[0, 0] == OFFSET_ELECTRON
    assert (result.flux < 0).all()


def test_variance_is_read_noise_and_one_adu_of_rounding() -> None:
    result = DecodeAdc(saturation_fraction=1.0)(frames(np.zeros((2, 4), dtype=np.uint16)), references(2, read_noise=[13.0, 40.0]))
    np.testing.assert_allclose(result.variance[:, 0], [169.0 + 1 / (12 * GAIN**2), 1600.0 + 1 / (12 * GAIN**2)])


@pytest.mark.parametrize(("fraction", "expected"), [(1.0, [False, False, True]), (0.5, [False, True, True])])
def test_saturation_is_flagged_from_its_fraction_of_full_scale(fraction: float, expected: list[bool]) -> None:
    adu = np.array([[100, 40000, int(FULL_SCALE)]], dtype=np.uint16)
    result = DecodeAdc(saturation_fraction=fraction)(frames(adu), references(1))
    assert has(result.quality, Quality.SATURATED)[0].tolist() == expected
    assert record(result).counts["saturated"] == sum(expected)


def test_missing_samples_are_flagged_not_propagated() -> None:
    result = DecodeAdc(saturation_fraction=1.0)(frames(np.array([[500.0, np.nan, np.inf]])), references(1))
    assert has(result.quality, Quality.NOT_FINITE)[0].tolist() == [False, True, True]
    assert np.isfinite(result.flux).all()
    assert all(np.isfinite(span).all() for span in record(result).ranges.values())


def test_earlier_flags_stay_and_the_input_is_untouched() -> None:
    before = frames(np.array([[1, 2]], dtype=np.uint16), quality=np.full((1, 2), Quality.DEAD))
    result = DecodeAdc(saturation_fraction=1.0)(before, references(1))
    assert kept(before.quality, result.quality)
    assert before.flux.tolist() == [[1, 2]]
    assert before.history == ()
