"""The propagated variance is true: where nothing but noise was added, fluxes scatter by exactly their sigma."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny_dataset as tiny
from numpy.typing import NDArray

from spectramind.data.dataset import Dataset
from spectramind.data.identifiers import Split, VisitId
from spectramind.data.sensors import Sensor
from spectramind.data.simulator.dataset import simulate
from spectramind.data.simulator.scenario import Scenario
from spectramind.data.visit_calibration import CalibratedVisit, calibrate_visit
from spectramind.utils.config import load_config
from spectramind.utils.config.schema import DataConfig
from spectramind.utils.progress import SilentProgress

LOW, HIGH = 0.95, 1.05
AIRS = replace(tiny.AIRS, pairs=200)
FGS1 = replace(tiny.FGS1, pairs=600)


@pytest.fixture(scope="module")
def settings() -> DataConfig:
    return load_config().data


def visit_of(dataset: Dataset, split: Split, sensor: Sensor, settings: DataConfig) -> CalibratedVisit:
    planet = dataset.planets[split][0]
    return calibrate_visit(dataset, dataset.planet_folder(split, planet), sensor, VisitId(split, planet, 0).visit, settings)


def z_scores(visit: CalibratedVisit) -> NDArray[np.float64]:
    """(bin, time) deviations from each bin's own mean in units of sigma, freed of the degree of freedom the mean took."""
    light = visit.light_curve
    samples = light.flux.shape[1]
    z: NDArray[np.float64] = (light.flux - light.flux.mean(axis=1, keepdims=True)) / np.sqrt(light.variance * (1.0 - 1.0 / samples))
    return z


@pytest.fixture(scope="module", params=[True, False], ids=["perfect detector", "bad pixels"])
def drawn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Reads drawn by plain numpy: Poisson ramps, read noise and the converter."""
    folder = tmp_path_factory.mktemp("noise") / "raw"
    return Dataset.open(tiny.write_dataset(folder, seed=5, train={}, test={"7": 1}, airs=AIRS, fgs1=FGS1, clean=request.param))


@pytest.mark.parametrize("pairs_per_bin", [1, 4])
@pytest.mark.parametrize("sensor", list(Sensor))
def test_pure_noise_drawn_by_hand(drawn: Dataset, settings: DataConfig, sensor: Sensor, pairs_per_bin: int) -> None:
    cadence_s = pairs_per_bin * drawn.sensors[sensor].pair_period_s
    visit = visit_of(drawn, "test", sensor, replace(settings, bin_cadence_s=cadence_s))
    z = z_scores(visit)
    print(f"{sensor}, {pairs_per_bin} pairs a bin: std of z = {z.std():.4f} ({z.size} samples)")
    tolerance = max(0.05, 2.5 / np.sqrt(2.0 * z.size))
    assert abs(z.std() - 1.0) < tolerance


def test_fluxes_are_unbiased(drawn: Dataset, settings: DataConfig) -> None:
    light = visit_of(drawn, "test", Sensor.AIRS, replace(settings, bin_cadence_s=0.1)).light_curve
    truth = (AIRS.long_s * tiny.airs_light(AIRS)).sum(axis=0)[tiny.FIRST_BIN : tiny.LAST_BIN + 1][::-1]
    mean, sigma = light.flux.mean(axis=1), np.sqrt(light.variance.mean(axis=1) / light.flux.shape[1])
    # A missing pixel's share of the profile comes from its neighbours along the spectrum: good to a few parts in a thousand.
    assert (np.abs(mean - truth) < 4.0 * sigma + 5e-3 * truth).all()


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """The simulator with everything but noise switched off; a transit too shallow to be seen."""
    still = Scenario(
        jitter_scale=0.0,
        drift_scale=0.0,
        episode_fraction=0.0,
        egress_cut_fraction=0.0,
        cosmic_rays_per_sample=0.0,
        spectra="flat",
        depth_range=(1e-12, 1e-12),
        contrast_ppm_range=(1e-9, 1e-9),
        second_visit_fraction=0.0,
    )
    folder = tmp_path_factory.mktemp("still") / "raw"
    simulate(folder, planets=0, test_planets=1, profile="smoke", seed=8, progress=SilentProgress(), scenario=still)
    return Dataset.open(folder)


@pytest.mark.parametrize("sensor", list(Sensor))
def test_pure_noise_of_the_simulator(simulated: Dataset, settings: DataConfig, sensor: Sensor) -> None:
    visit = visit_of(simulated, "test", sensor, replace(settings, bin_cadence_s=0.1))
    z = z_scores(visit)
    print(f"simulated {sensor}: std of z = {z.std():.4f} ({z.size} samples)")
    if sensor is Sensor.AIRS:
        assert LOW < z.std() < HIGH
    else:
        assert abs(z.std() - 1.0) < max(0.05, 2.5 / np.sqrt(2.0 * z.size))


@pytest.mark.parametrize("sensor", list(Sensor))
def test_frames_of_the_simulator_scatter_by_their_variance(simulated: Dataset, settings: DataConfig, sensor: Sensor) -> None:
    visit = visit_of(simulated, "test", sensor, replace(settings, bin_cadence_s=0.1))
    plain = ~visit.mask.any(axis=0)
    z = ((visit.frames - visit.frames.mean(axis=0)) / np.sqrt(visit.variance.mean(axis=0)))[:, plain]
    std = z.std() * np.sqrt(len(z) / (len(z) - 1))
    print(f"simulated {sensor} pixels: std of z = {std:.4f}")
    assert LOW < std < HIGH
