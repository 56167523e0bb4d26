from __future__ import annotations

import numpy as np
import pytest
from tiny_detector import GAIN, OFFSET_ELECTRON, frames, references

from spectramind.data.detector.chain import image_chain, pixel_chain
from spectramind.data.frames import run_steps
from spectramind.data.quality import Quality
from spectramind.data.sensors import Sensor
from spectramind.utils.config import load_config
from spectramind.utils.config.schema import DetectorConfig


@pytest.fixture(scope="module")
def detector() -> DetectorConfig:
    return load_config().data.detector


def test_the_order_of_the_steps(detector: DetectorConfig) -> None:
    names = [type(step).__name__ for step in (*pixel_chain(detector), *image_chain(detector, Sensor.AIRS, (32, 282)))]
    assert names == [
        *("DecodeAdc", "FlagBadPixels", "Linearise", "SubtractDark", "CorrelatedDoubleSample", "DivideFlat"),
        *("FlagCosmicRays", "Interpolate"),
    ]


def test_by_hand(detector: DetectorConfig) -> None:
    """One pixel, one ramp, every number written out."""
    adu = np.array([[460, 900]], dtype=np.uint16)
    start = frames(adu, variance=np.zeros((1, 1)), exposure_s=[0.1, 4.6])
    result = run_steps(pixel_chain(detector), start, references(1, dark=[2.0], flat=[0.5], read_noise=[10.0]))
    between = (900 - 460) / GAIN
    assert result.flux[0, 0] == pytest.approx((between - 2.0 * 4.5) / 0.5)
    assert result.variance[0, 0] == pytest.approx((2 * (100.0 + 1 / (12 * GAIN**2)) + between) / 0.25)
    assert [record.name for record in result.history] == ["adc", "bad_pixels", "linearity", "dark", "cds", "flat"]
    assert all(record.status == "COMPLETE" and record.duration_s > 0 for record in result.history)


def test_the_offset_of_the_converter_cancels_but_bends_nothing(detector: DetectorConfig) -> None:
    adu = np.array([[460, 900]], dtype=np.uint16)
    start = frames(adu, variance=np.zeros((1, 1)), exposure_s=[0.1, 4.6])
    one, two = (run_steps(pixel_chain(detector), start, references(1, adc_offset_electron=value)) for value in (OFFSET_ELECTRON, 0.0))
    np.testing.assert_allclose(one.flux, two.flux)


def test_bad_pixels_come_out_replaced(detector: DetectorConfig) -> None:
    adu = np.tile(np.array([460, 900], dtype=np.uint16), (9, 10))
    adu[4] = 460
    dead = np.arange(9) == 4
    maps = references(9, dead=dead)
    after = run_steps(pixel_chain(detector), frames(adu, variance=np.zeros((9, 1)), exposure_s=np.tile([0.1, 4.6], 10)), maps)
    single = frames(after.flux.astype(np.float32), after.variance.astype(np.float32), after.quality, after.exposure_s)
    result = run_steps(image_chain(detector, Sensor.FGS1, (3, 3)), single, maps)
    np.testing.assert_allclose(result.flux[4], result.flux[0], rtol=1e-6)
    assert (result.quality[4] == Quality.DEAD | Quality.INTERPOLATED).all()
    assert (result.quality[np.arange(9) != 4] == 0).all()
