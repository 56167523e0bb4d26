"""The published frames themselves, where they are; their licence keeps them out of the project."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from slow_kill_chain import fast_pairs, fast_visit, load_raw, slow_pairs, slow_photometry, slow_spectrum, worst_disagreement

from spectramind.data.dataset import Dataset
from spectramind.data.frames import Frames
from spectramind.data.identifiers import VisitId
from spectramind.data.quality import STATIC
from spectramind.data.sensors import Sensor
from spectramind.utils.config import load_config
from spectramind.utils.config.schema import DataConfig

REAL_DATA = Path(__file__).resolve().parents[2].parent / "shared" / "realdata"
VISIT = VisitId("train", "342072318", 0)
READS = 50

pytestmark = pytest.mark.skipif(
    not (REAL_DATA / "adc_info.csv").exists(), reason="NOT CHECKED AGAINST REAL FRAMES: ../shared/realdata is not here"
)


@cache
def settings() -> DataConfig:
    return replace(load_config().data, bin_cadence_s=0.1)


@cache
def slice_of_real_data() -> Dataset:
    dataset = Dataset.open(REAL_DATA)
    return replace(dataset, sensors={sensor: profile.head(READS) for sensor, profile in dataset.sensors.items()})


@cache
def pairs_of(sensor: Sensor) -> tuple[Frames, tuple[int, int]]:
    return fast_pairs(slice_of_real_data(), VISIT, sensor, settings())


def test_bins_are_the_flipped_columns_39_to_320() -> None:
    dataset = Dataset.open(REAL_DATA)
    axis_um = pd.read_parquet(REAL_DATA / "axis_info.parquet")["AIRS-CH0-axis2-um"].dropna().to_numpy(dtype=np.float64)
    np.testing.assert_allclose(axis_um[39:321][::-1], dataset.wavelength_um[1:], rtol=0, atol=2e-15)
    columns = dataset.sensors[Sensor.AIRS].columns
    assert columns is not None
    np.testing.assert_array_equal(columns[dataset.bin_column], np.arange(320, 38, -1))


def test_metadata_is_understood() -> None:
    dataset = Dataset.open(REAL_DATA)
    assert (REAL_DATA / "test_star_info.csv").read_text().splitlines()[1].split(",")[0].endswith(".0")
    assert "1103775" in dataset.planets["test"]
    assert len(dataset.planets["train"]) == 1100
    assert max(map(int, dataset.planets["train"])) > 2**31
    assert dataset.rejected == ()
    assert {sensor: profile.read_count for sensor, profile in dataset.sensors.items()} == {Sensor.FGS1: 135000, Sensor.AIRS: 11250}
    np.testing.assert_allclose(dataset.sensors[Sensor.AIRS].time_since_reset_s[:4], [0.1, 4.6, 0.1, 4.6])
    np.testing.assert_allclose(dataset.sensors[Sensor.FGS1].time_since_reset_s[:4], [0.1, 0.2, 0.1, 0.2])
    np.testing.assert_allclose([dataset.sensors[sensor].pair_period_s for sensor in (Sensor.AIRS, Sensor.FGS1)], [4.8, 0.4], rtol=1e-6)


@pytest.mark.parametrize("sensor", list(Sensor))
def test_background_scatters_as_shot_and_read_noise(sensor: Sensor) -> None:
    frames, _ = pairs_of(sensor)
    mean = frames.flux.mean(axis=1, dtype=np.float64)
    background = ((frames.quality[:, 0] & np.uint16(STATIC)) == 0) & (mean < 200.0)
    assert background.sum() > 300
    seen = frames.flux[background].var(axis=1, ddof=1, dtype=np.float64).mean()
    ratio = seen / frames.variance[background].mean(dtype=np.float64)
    print(f"{sensor}: background variance over shot + 2 read^2 = {ratio:.4f} ({background.sum()} pixels)")
    assert 0.95 < ratio < 1.05


def test_airs_bins_scatter_as_photon_and_read_noise() -> None:
    light = fast_visit(slice_of_real_data(), VISIT, Sensor.AIRS, settings()).light_curve
    ratio = np.sqrt(0.5 * (np.diff(light.flux, axis=1) ** 2).mean(axis=1) / light.variance.mean(axis=1))
    print(f"AIRS: scatter of extracted bins over the limit: median {np.median(ratio):.4f}, rms {np.sqrt((ratio**2).mean()):.4f}")
    assert 0.9 < np.sqrt((ratio**2).mean()) < 1.1
    assert 0.9 < np.median(ratio) < 1.1


def test_light_is_where_and_as_bright_as_it_should_be() -> None:
    airs = fast_visit(slice_of_real_data(), VISIT, Sensor.AIRS, settings()).light_curve
    fgs1 = fast_visit(slice_of_real_data(), VISIT, Sensor.FGS1, settings()).light_curve
    bins = airs.flux.mean(axis=1)
    assert bins[-1] == pytest.approx(5.5e3, rel=0.1)
    assert bins.max() == pytest.approx(1.6e5, rel=0.1)
    assert fgs1.flux.mean() == pytest.approx(2.2e5, rel=0.05)
    assert 0.002 < fgs1.flux.std() / fgs1.flux.mean() < 0.008
    assert 15.0 < airs.trace_meta["slit"]["trace_row_first"] < 16.5


@pytest.mark.parametrize("sensor", list(Sensor))
def test_few_samples_are_taken_for_cosmic_rays(sensor: Sensor) -> None:
    frames, _ = pairs_of(sensor)
    record = next(record for record in frames.history if record.name == "cosmic_rays")
    print(f"{sensor}: {record.counts}")
    assert record.counts["flagged"] <= 1e-4 * record.counts["samples"]


@pytest.mark.parametrize("sensor", list(Sensor))
def test_the_slow_reference_agrees(sensor: Sensor) -> None:
    dataset = slice_of_real_data()
    slow = slow_pairs(load_raw(dataset, VISIT, sensor, settings()), settings())
    frames, shape = pairs_of(sensor)
    assert worst_disagreement(frames.flux.reshape(*shape, -1), slow.flux, np.sqrt(slow.variance)) < 1e-5
    assert worst_disagreement(frames.variance.reshape(*shape, -1), slow.variance, slow.variance) < 1e-5
    light = fast_visit(dataset, VISIT, sensor, settings()).light_curve
    flux, variance = slow_photometry(slow, settings()) if sensor is Sensor.FGS1 else slow_spectrum(slow, dataset.bin_column)
    assert worst_disagreement(light.flux.reshape(flux.shape), flux, np.sqrt(variance)) < 1e-5
    assert worst_disagreement(light.variance.reshape(flux.shape), variance, variance) < 1e-5
