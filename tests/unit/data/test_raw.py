from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import tiny_dataset as tiny

from spectramind.data.dataset import Dataset
from spectramind.data.raw import Detector, read_blocks, read_detector, reference_path, signal_path, visit_paths
from spectramind.data.sensors import Sensor
from spectramind.utils.errors import InputDataError


def detector_of(root: Path, sensor: Sensor) -> tuple[Dataset, Path, Detector]:
    dataset, folder = Dataset.open(root), root / "test" / "77"
    return dataset, folder, read_detector(folder, dataset.sensors[sensor], 0, hot_sigma=5.0, hot_iterations=5)


def test_files_of_a_visit_exist(pristine: Path) -> None:
    for sensor in Sensor:
        paths = visit_paths(pristine / "test" / "77", sensor, 0)
        assert len(paths) == 6
        assert all(path.is_file() for path in paths)


@pytest.mark.parametrize("sensor", list(Sensor))
def test_maps_are_cut_to_the_kept_columns(pristine: Path, sensor: Sensor) -> None:
    dataset, folder, detector = detector_of(pristine, sensor)
    columns = dataset.sensors[sensor].columns
    stored = np.stack([column.to_numpy() for column in pq.read_table(reference_path(folder, sensor, 0, "flat")).columns], axis=1)
    kept = stored if columns is None else stored[:, columns]
    assert detector.shape == kept.shape
    np.testing.assert_array_equal(detector.references.flat, kept.ravel())
    table = pq.read_table(reference_path(folder, sensor, 0, "linear_corr"))
    linear = np.stack([column.to_numpy() for column in table.columns], axis=1).reshape(6, *stored.shape)
    np.testing.assert_array_equal(detector.references.linearity[2], (linear[2] if columns is None else linear[2][:, columns]).ravel())
    assert detector.references.dead.dtype == np.bool_


@pytest.mark.parametrize("sensor", list(Sensor))
@pytest.mark.parametrize("block", [1, 7, 10_000])
def test_blocks_cover_every_kept_pixel_once(pristine: Path, sensor: Sensor, block: int) -> None:
    dataset, folder, detector = detector_of(pristine, sensor)
    path, profile = signal_path(folder, sensor, 0), dataset.sensors[sensor]
    seen = np.full((detector.pixel.size, profile.read_count), -1, dtype=np.int64)
    for index, reads in read_blocks(path, profile, detector, block):
        assert reads.dtype == np.uint16
        assert (seen[index] == -1).all()
        seen[index] = reads
    table = pq.read_table(path)
    np.testing.assert_array_equal(seen, np.stack([table.column(f"column_{pixel}").to_numpy() for pixel in detector.pixel]))


def test_references_are_read_only(pristine: Path) -> None:
    _, _, detector = detector_of(pristine, Sensor.FGS1)
    with pytest.raises(ValueError, match="read-only"):
        detector.references.flat[0] = 1.0


def test_a_map_of_another_shape_is_a_typed_error(raw: Path) -> None:
    tiny.write_columns(reference_path(raw / "test" / "77", Sensor.FGS1, 0, "flat"), np.ones((32, 31)))
    with pytest.raises(InputDataError, match="wrong shape"):
        detector_of(raw, Sensor.FGS1)


def test_maps_narrower_than_the_wavelength_axis_are_a_typed_error(raw: Path) -> None:
    for name in ("dark", "dead", "flat", "read", "linear_corr"):
        rows = 192 if name == "linear_corr" else 32
        tiny.write_columns(reference_path(raw / "test" / "77", Sensor.AIRS, 0, name), np.ones((rows, 9)))
    with pytest.raises(InputDataError, match="narrower"):
        detector_of(raw, Sensor.AIRS)


def test_a_signal_without_a_pixel_is_a_typed_error(raw: Path) -> None:
    dataset, folder, detector = detector_of(raw, Sensor.FGS1)
    path = signal_path(folder, Sensor.FGS1, 0)
    table = pq.read_table(path)
    pq.write_table(table.rename_columns([f"pixel_{number}" for number in range(table.num_columns)]), path)
    with pytest.raises(InputDataError, match="cannot be read"):
        list(read_blocks(path, dataset.sensors[Sensor.FGS1], detector, 100))
