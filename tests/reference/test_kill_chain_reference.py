"""The chain against a slow float64 reference, on detectors with every kind of bad pixel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny_dataset as tiny
from slow_kill_chain import fast_pairs, fast_visit, load_raw, slow_pairs, slow_photometry, slow_spectrum, worst_disagreement

from spectramind.data.dataset import Dataset
from spectramind.data.identifiers import VisitId
from spectramind.data.quality import Quality
from spectramind.data.sensors import Sensor
from spectramind.utils.config import load_config
from spectramind.utils.config.schema import DataConfig

TOLERANCE = 1e-5
VISIT = VisitId("train", "4294092928", 0)


@pytest.fixture(scope="module")
def settings() -> DataConfig:
    """Every pair its own bin, and an uncertain dark, so that every term of the variance counts."""
    data = load_config().data
    return replace(data, bin_cadence_s=0.1, detector=replace(data.detector, dark_relative_uncertainty=0.2, cosmic_ray_window=16))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """One visit with saturation, hits and damaged maps added by hand."""
    root, generator = tmp_path_factory.mktemp("reference") / "raw", np.random.default_rng(11)
    tiny.write_tables(root, tiny.AIRS, tiny.FGS1, [VISIT.planet_id], [])
    for sensor, light in ((tiny.AIRS, tiny.airs_light(tiny.AIRS)), (tiny.FGS1, tiny.fgs1_light(tiny.FGS1))):
        maps = tiny.draw_maps(generator, sensor)
        reads = tiny.draw_reads(generator, sensor, light, maps)
        reads[21, 15, 5] = 65535
        reads[:, 12, 9] = 65535
        for read, row, column in ((7, 14, 4), (31, 3, 20), (1, 16, 12), (50, 20, 2)):
            reads[read, row, column] = min(int(reads[read, row, column]) + 3000, 65535)
        maps.dark[5, 5], maps.flat[6, 6], maps.linearity[2, 7, 7], maps.read[8, 8] = np.nan, np.nan, np.nan, np.nan
        maps.flat[9, :4] = -0.003
        tiny.write_visit(root / "train" / VISIT.planet_id, sensor, 0, reads, maps)
    return Dataset.open(root)


@pytest.mark.parametrize("sensor", list(Sensor))
def test_read_pairs_agree(dataset: Dataset, settings: DataConfig, sensor: Sensor) -> None:
    frames, shape = fast_pairs(dataset, VISIT, sensor, settings)
    slow = slow_pairs(load_raw(dataset, VISIT, sensor, settings), settings)
    replaced = ((frames.quality & np.uint16(Quality.INTERPOLATED)) != 0).reshape(slow.replaced.shape)
    np.testing.assert_array_equal(replaced, slow.replaced)
    assert slow.replaced.any(axis=2).sum() > 10
    flux, variance = (values.reshape(*shape, -1) for values in (frames.flux, frames.variance))
    assert worst_disagreement(flux, slow.flux, np.sqrt(slow.variance)) < TOLERANCE
    assert worst_disagreement(variance, slow.variance, slow.variance) < TOLERANCE


def test_photometry_agrees(dataset: Dataset, settings: DataConfig) -> None:
    light = fast_visit(dataset, VISIT, Sensor.FGS1, settings).light_curve
    flux, variance = slow_photometry(slow_pairs(load_raw(dataset, VISIT, Sensor.FGS1, settings), settings), settings)
    assert worst_disagreement(light.flux[0], flux, np.sqrt(variance)) < TOLERANCE
    assert worst_disagreement(light.variance[0], variance, variance) < TOLERANCE


def test_spectrum_agrees(dataset: Dataset, settings: DataConfig) -> None:
    light = fast_visit(dataset, VISIT, Sensor.AIRS, settings).light_curve
    flux, variance = slow_spectrum(slow_pairs(load_raw(dataset, VISIT, Sensor.AIRS, settings), settings), dataset.bin_column)
    assert worst_disagreement(light.flux, flux, np.sqrt(variance)) < TOLERANCE
    assert worst_disagreement(light.variance, variance, variance) < TOLERANCE


@pytest.mark.parametrize("cadence_s", [0.8, 9.6, 14.4])
def test_bins_are_means_of_pairs(dataset: Dataset, settings: DataConfig, cadence_s: float) -> None:
    fine = fast_visit(dataset, VISIT, Sensor.AIRS, settings)
    coarse = fast_visit(dataset, VISIT, Sensor.AIRS, replace(settings, bin_cadence_s=cadence_s))
    factor = max(1, round(cadence_s / 4.8))
    count = tiny.AIRS.pairs // factor
    for seen, pairs, share in ((coarse.frames, fine.frames, 1), (coarse.variance, fine.variance, factor)):
        expected = np.stack([pairs[k * factor : (k + 1) * factor].mean(axis=0, dtype=np.float64) / share for k in range(count)])
        np.testing.assert_allclose(seen, expected, rtol=1e-6, atol=1e-4)
    expected_mask = np.stack([fine.mask[k * factor : (k + 1) * factor].any(axis=0) for k in range(count)])
    np.testing.assert_array_equal(coarse.mask, expected_mask)
