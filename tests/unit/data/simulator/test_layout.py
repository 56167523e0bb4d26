"""A simulated dataset has every file and column of the published one, and the reader accepts it."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from spectramind.data.dataset import Dataset, read_labels
from spectramind.data.sensors import Sensor
from spectramind.data.simulator.dataset import SimulationReport
from spectramind.data.simulator.profile import PROFILES

MAPS = ("dark", "dead", "flat", "linear_corr", "read")


def header(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as stream:
        return next(csv.reader(stream))


@pytest.mark.parametrize("name", ["adc_info.csv", "wavelengths.csv", "train_star_info.csv", "test_star_info.csv", "sample_submission.csv"])
def test_tables_have_the_published_columns(smoke: SimulationReport, real_data: Path, name: str) -> None:
    assert header(smoke.out / name) == header(real_data / name)


def test_labels_have_the_columns_of_the_submission(smoke: SimulationReport) -> None:
    expected = ["planet_id", *(f"wl_{number}" for number in range(1, 284))]
    assert header(smoke.out / "train.csv") == expected
    assert header(smoke.truth / "test.csv") == expected


def test_axis_table_has_the_published_columns_and_one_more(smoke: SimulationReport, real_data: Path) -> None:
    published, simulated = (pq.read_schema(root / "axis_info.parquet") for root in (real_data, smoke.out))
    assert simulated.names == [*published.names, "FGS1-integration_time"]
    assert set(simulated.types) == set(published.types)


def test_visit_files_have_the_published_names_types_and_shapes(smoke: SimulationReport, real_data: Path) -> None:
    published = next((real_data / "train").glob("[0-9]*"))
    planet = next((smoke.out / "train").glob("[0-9]*"))
    assert {path.relative_to(published) for path in published.rglob("*.parquet")} <= {
        path.relative_to(planet) for path in planet.rglob("*.parquet")
    }
    for path in published.rglob("*.parquet"):
        real, simulated = pq.ParquetFile(path), pq.ParquetFile(planet / path.relative_to(published))
        assert simulated.schema_arrow.names == real.schema_arrow.names
        assert set(simulated.schema_arrow.types) == set(real.schema_arrow.types)
        assert simulated.metadata.num_row_groups == real.metadata.num_row_groups == 1
        if "signal" not in path.name:
            assert simulated.metadata.num_rows == real.metadata.num_rows


def test_planets_have_all_their_files(smoke: SimulationReport) -> None:
    for planet in [*(smoke.out / "train").iterdir(), *(smoke.out / "test").iterdir()]:
        for sensor in Sensor:
            for visit in (0, 1):
                signal = pq.ParquetFile(planet / f"{sensor}_signal_{visit}.parquet")
                assert signal.metadata.num_rows == PROFILES["smoke"].sampling(sensor).reads
                assert sorted(path.stem for path in (planet / f"{sensor}_calibration_{visit}").iterdir()) == sorted(MAPS)


def test_test_ids_are_written_as_floats_only_where_they_are_published_so(smoke: SimulationReport) -> None:
    first = (smoke.out / "test_star_info.csv").read_text(encoding="utf-8").splitlines()[1].split(",")[0]
    assert first.endswith(".0")
    for path in (smoke.out / "train_star_info.csv", smoke.out / "sample_submission.csv", smoke.truth / "test.csv"):
        assert path.read_text(encoding="utf-8").splitlines()[1].split(",")[0].isdigit()


def test_truth_of_test_planets_is_nowhere_in_the_dataset(smoke: SimulationReport) -> None:
    truth = read_labels(smoke.truth / "test.csv")
    assert smoke.truth == smoke.out.with_name("raw_truth")
    assert set(truth.index).isdisjoint(read_labels(smoke.out / "train.csv").index)
    for path in smoke.out.glob("*.csv"):
        assert repr(float(truth.to_numpy()[0, 0])) not in path.read_text(encoding="utf-8")


def test_reader_opens_it(smoke: SimulationReport) -> None:
    dataset = Dataset.open(smoke.out)
    assert not dataset.rejected
    assert len(dataset.planets["train"]) == len(dataset.planets["test"]) == 1
    assert len(dataset.visits("train", dataset.planets["train"][0])) == 2
    assert dataset.sensors[Sensor.FGS1].integration_time_s[0] == pytest.approx(6.0)
    np.testing.assert_allclose(dataset.sensors[Sensor.AIRS].time_since_reset_s[:2], [9.0, 414.0])
