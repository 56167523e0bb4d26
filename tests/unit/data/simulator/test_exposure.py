"""Whole rows of the detector: signal to noise in every profile, and back through the kill chain to the light that came in."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from spectramind.data.detector.adc import DecodeAdc
from spectramind.data.detector.dark import SubtractDark
from spectramind.data.detector.flat import DivideFlat
from spectramind.data.detector.linearity import Linearise
from spectramind.data.detector.sampling import CorrelatedDoubleSample
from spectramind.data.frames import Frames, References, run_steps
from spectramind.data.sensors import Sensor
from spectramind.data.simulator.effects.adc import FULL_SCALE
from spectramind.data.simulator.exposure import Exposure, expose
from spectramind.data.simulator.instrument import ADC_GAIN_ADU_PER_ELECTRON, ADC_OFFSET_ELECTRON
from spectramind.data.simulator.maps import draw_maps
from spectramind.data.simulator.pointing import draw_pointing
from spectramind.data.simulator.profile import get_profile
from spectramind.data.simulator.scenario import Scenario
from spectramind.data.simulator.seeds import Stream
from spectramind.data.simulator.visit import draw_planet

BRIGHT_ROW = 15


@cache
def quiet_exposure(profile: str, sensor: Sensor, jitter: float = 0.0) -> Exposure:
    """A visit without transit, drift or, unless wanted, jitter: nothing but light and noise."""
    scenario = Scenario(jitter_scale=jitter, drift_scale=0.0, episode_fraction=0.0, cosmic_rays_per_sample=0.0)
    stream = Stream(seed=11, split="train", planet=0)
    planet = draw_planet(stream, 1, scenario)
    visit = replace(planet.visits[0], mid_time_h=-20.0)
    pointing = draw_pointing(stream.generator("pointing"), None, scenario.jitter_scale)
    maps = draw_maps(stream.generator("maps"), sensor, bad=False)
    return expose(get_profile(profile).sampling(sensor), planet, visit, maps, pointing, scenario)


def reads_of_row(exposure: Exposure, row: int) -> NDArray[np.uint16]:
    return exposure.read_row(row, np.random.Generator(np.random.SFC64(row)))


def calibrate(exposure: Exposure, row: int, reads: NDArray[np.uint16]) -> Frames:
    fold = exposure.sampling.fold
    stored = exposure.maps.stored(fold, exposure.noise_scale)
    columns = exposure.maps.dark.shape[1]
    references = References(
        dark=stored["dark"][row].astype(np.float64),
        dead=exposure.maps.dead[row].copy(),
        hot=np.zeros(columns, dtype=np.bool_),
        flat=np.where(exposure.maps.dead[row], 1.0, stored["flat"][row]),
        read_noise=stored["read"][row].astype(np.float64),
        linearity=stored["linear_corr"].reshape(6, -1, columns)[:, row].astype(np.float64),
        adc_gain=ADC_GAIN_ADU_PER_ELECTRON / fold,
        adc_offset_electron=ADC_OFFSET_ELECTRON * fold,
        full_scale=FULL_SCALE,
    )
    since_reset_s = np.cumsum(exposure.sampling.integration_time_s().reshape(-1, 2), axis=1).ravel()
    frames = Frames(
        flux=reads.astype(np.float64),
        variance=np.zeros((columns, 1)),
        quality=np.zeros(reads.shape, dtype=np.uint16),
        exposure_s=since_reset_s,
    )
    steps = (
        DecodeAdc(saturation_fraction=1.0),
        Linearise(),
        SubtractDark(relative_uncertainty=0.0),
        CorrelatedDoubleSample(),
        DivideFlat(),
    )
    return run_steps(steps, frames, references)


@cache
def relative_error_of_a_visit(profile: str, sensor: Sensor) -> float:
    """Standard error over the mean of a visit's light in the bright pixels of the trace, from successive differences."""
    exposure = quiet_exposure(profile, sensor)
    light, variance = 0.0, 0.0
    for row in (14, 15, 16, 17):
        reads = reads_of_row(exposure, row).astype(np.float64)
        difference = reads[:, 1::2] - reads[:, ::2]
        mean = difference.mean(axis=1)
        bright = mean > np.percentile(mean, 70.0)
        light += float(mean[bright].sum())
        variance += float(np.sum(0.5 * np.mean(np.diff(difference, axis=1) ** 2, axis=1)[bright]))
    return float(np.sqrt(variance / exposure.sampling.pairs)) / light


@pytest.mark.parametrize("profile", ["reduced", "smoke"])
def test_airs_signal_to_noise_is_that_of_the_full_profile(profile: str) -> None:
    assert relative_error_of_a_visit(profile, Sensor.AIRS) == pytest.approx(relative_error_of_a_visit("kaggle", Sensor.AIRS), rel=0.04)


@pytest.mark.parametrize(("profile", "factor"), [("reduced", 1.0), ("smoke", np.sqrt(187.0 / 60.0))])
def test_fgs1_signal_to_noise_is_that_of_the_full_profile_but_for_the_gaps(profile: str, factor: float) -> None:
    expected = factor * relative_error_of_a_visit("kaggle", Sensor.FGS1)
    assert relative_error_of_a_visit(profile, Sensor.FGS1) == pytest.approx(expected, rel=0.04)


@pytest.mark.parametrize("sensor", list(Sensor))
@pytest.mark.parametrize("profile", ["reduced", "smoke"])
def test_kill_chain_returns_the_light_and_its_noise(profile: str, sensor: Sensor) -> None:
    exposure = quiet_exposure(profile, sensor)
    z_scores = []
    for row in range(8, 20):
        frames = calibrate(exposure, row, reads_of_row(exposure, row))
        light = exposure.light(row, exposure.pointing[1], exposure.sampling.long_s)
        good = ~exposure.maps.dead[row]
        z_scores.append(((frames.flux - light) / np.sqrt(frames.variance))[good])
    z = np.concatenate(z_scores)
    assert abs(z.mean()) < 0.03
    assert 0.98 < z.std() < 1.02
    assert np.mean(np.abs(z) < 1.0) == pytest.approx(0.683, abs=0.01)


def test_jitter_averages_down_with_the_square_root_of_the_fold() -> None:
    scatter = {
        profile: float(np.std(quiet_exposure(profile, Sensor.AIRS, jitter=1.0).pointing[1].y)) for profile in ("kaggle", "reduced", "smoke")
    }
    assert scatter["kaggle"] / scatter["reduced"] == pytest.approx(np.sqrt(30.0), rel=0.2)
    assert scatter["kaggle"] / scatter["smoke"] == pytest.approx(np.sqrt(90.0), rel=0.25)


def test_jitter_moves_light_between_pixels_but_hardly_changes_the_total() -> None:
    exposure = quiet_exposure("smoke", Sensor.AIRS, jitter=1.0)
    long = exposure.pointing[1]
    light = np.stack([exposure.light(row, long, exposure.sampling.long_s) for row in range(32)])
    column = light[:, 200]
    assert np.std(column[15]) / column[15].mean() > 3.0e-4
    assert np.std(column.sum(axis=0)) / column.sum(axis=0).mean() < 1.0e-4


def test_short_read_keeps_its_share() -> None:
    exposure = quiet_exposure("smoke", Sensor.AIRS)
    reads = reads_of_row(exposure, BRIGHT_ROW) / (ADC_GAIN_ADU_PER_ELECTRON / 90) + ADC_OFFSET_ELECTRON * 90
    short, long = reads[:, ::2].sum(), reads[:, 1::2].sum()
    assert short / (long - short) == pytest.approx(0.1 / 4.5, rel=0.15)
