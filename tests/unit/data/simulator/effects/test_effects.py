"""Every detector effect alone, and against the step of the kill chain that undoes it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from spectramind.data.detector.linearity import evaluate_polynomial
from spectramind.data.sensors import Sensor
from spectramind.data.simulator.effects.adc import FULL_SCALE, digitise
from spectramind.data.simulator.effects.cosmic_rays import MEDIAN_ELECTRON, add_cosmic_rays
from spectramind.data.simulator.effects.dark_current import add_dark
from spectramind.data.simulator.effects.dead_pixels import silence
from spectramind.data.simulator.effects.flat import apply_flat
from spectramind.data.simulator.effects.nonlinearity import compress
from spectramind.data.simulator.effects.ramp import sample_ramp
from spectramind.data.simulator.effects.read_noise import add_read_noise
from spectramind.data.simulator.effects.shot_noise import collect
from spectramind.data.simulator.maps import draw_maps


def generator() -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(7))


def full(value: float, pixels: int = 3, samples: int = 5) -> NDArray[np.float32]:
    return np.full((pixels, samples), value, dtype=np.float32)


def test_flat_scales_pixels_and_never_makes_negative_light() -> None:
    np.testing.assert_array_equal(apply_flat(full(100.0), np.array([1.0, 0.5, -0.01]))[:, 0], [100.0, 50.0, 0.0])


def test_dark_adds_current_times_seconds_and_stays_above_zero() -> None:
    np.testing.assert_allclose(add_dark(full(1.0), np.array([0.0, 2.0, -5.0]), 4.5)[:, 0], [1.0, 10.0, 0.0])


@pytest.mark.parametrize("electron", [0.5, 20.0, 45.0, 5.0e4])
def test_shot_noise_has_the_variance_of_a_count(electron: float) -> None:
    counts = collect(full(electron, 4, 50_000), generator(), 1.0).astype(np.float64)
    assert counts.mean() == pytest.approx(electron, abs=4.0 * np.sqrt(electron / counts.size))
    assert counts.var() == pytest.approx(electron, rel=0.02)


def test_few_electrons_are_whole_numbers() -> None:
    counts = collect(full(2.5, 2, 1000), generator(), 1.0)
    np.testing.assert_allclose(counts, np.round(counts), atol=1e-5)


def test_shot_noise_scales_and_switches_off() -> None:
    expected = full(1.0e4, 2, 20_000)
    assert collect(expected, generator(), 2.0).std() == pytest.approx(200.0, rel=0.02)
    np.testing.assert_array_equal(collect(expected, generator(), 0.0), expected)


def test_cosmic_rays_hit_as_often_as_asked_and_only_add() -> None:
    before = full(10.0, 100, 10_000)
    added = add_cosmic_rays(before, generator(), 1.0e-3) - before
    assert (added > 0).sum() == pytest.approx(1000, rel=0.15)
    assert (added >= 0).all()
    assert np.median(added[added > 0]) == pytest.approx(MEDIAN_ELECTRON, rel=0.2)


def test_ramp_accumulates() -> None:
    np.testing.assert_array_equal(sample_ramp(full(2.0, 1, 2), full(30.0, 1, 2)), [[2.0, 32.0, 2.0, 32.0]])


def test_dead_pixels_hold_nothing() -> None:
    np.testing.assert_array_equal(silence(full(9.0), np.array([True, False, True]))[:, 0], [0.0, 9.0, 0.0])


@pytest.mark.parametrize("sensor", list(Sensor))
def test_nonlinearity_is_undone_by_the_published_polynomial(sensor: Sensor) -> None:
    linearity = draw_maps(generator(), sensor, bad=False).linearity[:, 15]
    true = np.tile(np.array([0.0, 10.0, 1e3, 1e4, 6e4, 9.9e4], dtype=np.float32), (linearity.shape[1], 1))
    measured = compress(true, linearity, 1.0e5)
    restored, _ = evaluate_polynomial(linearity, measured.astype(np.float64))
    np.testing.assert_allclose(restored, true, atol=0.05)
    assert np.all(measured[:, 4] < 0.995 * true[:, 4])


def test_charge_above_the_full_well_is_lost() -> None:
    identity = np.zeros((6, 1))
    identity[1] = 1.0
    np.testing.assert_allclose(compress(full(3.0e5, 1, 1), identity, 1.0e5), 1.0e5)


def test_read_noise_has_each_pixels_deviation() -> None:
    read = np.array([13.0, 40.0, 0.0])
    noise = add_read_noise(full(5.0, 3, 40_000), read, generator()) - 5.0
    np.testing.assert_allclose(noise.std(axis=1), read, rtol=0.02)


def test_converter_floors_and_clips() -> None:
    electron = np.array([[-2000.0, -1000.0, 0.0, 1.0, 5.0e5]], dtype=np.float32)
    np.testing.assert_array_equal(digitise(electron, 0.4369, -1000.0), [[0, 0, 436, 437, int(FULL_SCALE)]])
