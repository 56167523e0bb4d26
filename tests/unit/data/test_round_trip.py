"""What the simulator does to the light and what the kill chain undoes are each other's inverse, pair by pair and together."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from tiny_detector import FULL_SCALE, GAIN, OFFSET_ELECTRON, frames, references

from spectramind.data.detector.adc import DecodeAdc
from spectramind.data.detector.chain import pixel_chain
from spectramind.data.detector.dark import SubtractDark
from spectramind.data.detector.flat import DivideFlat
from spectramind.data.detector.linearity import Linearise
from spectramind.data.detector.sampling import CorrelatedDoubleSample
from spectramind.data.frames import References, run_steps
from spectramind.data.sensors import Sensor
from spectramind.data.simulator.effects.adc import digitise
from spectramind.data.simulator.effects.dark_current import add_dark
from spectramind.data.simulator.effects.flat import apply_flat
from spectramind.data.simulator.effects.nonlinearity import compress
from spectramind.data.simulator.effects.ramp import sample_ramp
from spectramind.data.simulator.effects.read_noise import add_read_noise
from spectramind.data.simulator.effects.shot_noise import collect
from spectramind.data.simulator.instrument import FULL_WELL_ELECTRON
from spectramind.data.simulator.maps import Maps, draw_maps
from spectramind.utils.config import load_config

ROW = 15
SHORT_S, LONG_S = 0.1, 4.5


def generator() -> np.random.Generator:
    return np.random.default_rng(12)


def maps_of(sensor: Sensor) -> tuple[Maps, References]:
    maps = draw_maps(generator(), sensor, bad=False)
    usable = References(
        dark=np.maximum(maps.dark[ROW], 0.0),
        dead=maps.dead[ROW].copy(),
        hot=np.zeros(maps.dead[ROW].size, dtype=np.bool_),
        flat=maps.flat[ROW].copy(),
        read_noise=maps.read[ROW].copy(),
        linearity=maps.linearity[:, ROW].copy(),
        adc_gain=GAIN,
        adc_offset_electron=OFFSET_ELECTRON,
        full_scale=FULL_SCALE,
    )
    return maps, usable


def light_of(pixels: int, pairs: int) -> NDArray[np.float32]:
    """(pixel, pair) electrons in the long integration, from none to near the full well."""
    light = np.linspace(0.0, 8e4, pixels)[:, None] * (1.0 - 0.02 * (np.arange(pairs) % 2))
    return light.astype(np.float32)


def test_converter() -> None:
    electron = np.linspace(-900.0, 1.4e5, 3000, dtype=np.float32)[None, :]
    decoded = DecodeAdc(saturation_fraction=1.0)(frames(digitise(electron, GAIN, OFFSET_ELECTRON)), references(1)).flux
    error = decoded - electron
    assert error.max() < 0.02
    assert error.min() > -1.0 / GAIN - 0.02
    np.testing.assert_allclose(error.std(), 1.0 / GAIN / np.sqrt(12.0), rtol=0.05)


@pytest.mark.parametrize("sensor", list(Sensor))
def test_linearity(sensor: Sensor) -> None:
    _, usable = maps_of(sensor)
    charge = light_of(usable.dark.size, 4)
    bent = compress(charge, usable.linearity, FULL_WELL_ELECTRON).astype(np.float64)
    assert np.abs(bent - charge)[charge > 5e4].min() > 100.0, "there is something to undo"
    np.testing.assert_allclose(Linearise()(frames(bent), usable).flux, charge, atol=0.05)


def test_dark() -> None:
    _, usable = maps_of(Sensor.AIRS)
    light = light_of(usable.dark.size, 4)
    dark = np.full(usable.dark.size, 2.0)
    result = SubtractDark(relative_uncertainty=0.0)(
        frames(add_dark(light, dark, LONG_S), exposure_s=np.full(4, LONG_S)), references(dark.size, dark=dark)
    )
    np.testing.assert_allclose(result.flux, light, atol=0.02)


def test_flat() -> None:
    _, usable = maps_of(Sensor.AIRS)
    light, good = light_of(usable.dark.size, 4), usable.flat > 0.3
    result = DivideFlat()(frames(apply_flat(light, usable.flat)), usable).flux
    np.testing.assert_allclose(result[good], light[good], rtol=1e-6)


def test_ramp() -> None:
    light = light_of(5, 6)
    result = CorrelatedDoubleSample()(frames(sample_ramp(light * np.float32(0.02), light)), references(5))
    np.testing.assert_allclose(result.flux, light, atol=0.01)


@pytest.mark.parametrize("sensor", list(Sensor))
@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_there_and_back_again(sensor: Sensor, noise: float) -> None:
    maps, usable = maps_of(sensor)
    pairs, draw = 300, generator()
    light = light_of(usable.dark.size, pairs)
    expected = [
        add_dark(apply_flat(light * np.float32(share), maps.flat[ROW]), usable.dark, seconds)
        for share, seconds in ((SHORT_S / LONG_S, SHORT_S), (1.0, LONG_S))
    ]
    charge = sample_ramp(collect(expected[0], draw, noise), collect(expected[1], draw, noise))
    measured = add_read_noise(compress(charge, usable.linearity, FULL_WELL_ELECTRON), maps.read[ROW] * noise, draw)
    adu = digitise(measured, GAIN, OFFSET_ELECTRON)
    start = frames(adu, variance=np.zeros((usable.dark.size, 1)), exposure_s=np.tile([SHORT_S, SHORT_S + LONG_S], pairs))
    result = run_steps(pixel_chain(load_config().data.detector), start, usable)
    good = (result.quality == 0).all(axis=1) & (light.max(axis=1) < 7e4)
    assert good.sum() > 0.7 * good.size
    error = (result.flux - light)[good]
    if noise == 0.0:
        assert np.abs(error).max() < 1.2 / GAIN / 0.9, "nothing but the steps of the converter is left"
    else:
        z = error / np.sqrt(result.variance[good])
        assert abs(z.mean()) < 0.03
        assert 0.98 < z.std() < 1.02
