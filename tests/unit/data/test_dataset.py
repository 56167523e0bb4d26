from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tiny_dataset as tiny

from spectramind.data.dataset import Dataset, read_labels
from spectramind.data.identifiers import VisitId
from spectramind.data.sensors import Sensor
from spectramind.utils.errors import InputDataError


def edit_axis(root: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    path = root / "axis_info.parquet"
    change(pd.read_parquet(path)).to_parquet(path)


def test_metadata_of_a_sound_dataset(pristine: Path) -> None:
    dataset = Dataset.open(pristine)
    assert dataset.planets == {"train": ("4294092928",), "test": ("1103775", "77")}
    assert dataset.rejected == ()
    assert dataset.visits("train", "4294092928") == (VisitId("train", "4294092928", 0), VisitId("train", "4294092928", 1))
    assert dataset.visits("test", "5") == ()
    assert dataset.splits("all") == ("train", "test")
    assert dataset.splits("test") == ("test",)
    assert (np.diff(dataset.wavelength_um) > 0).all()
    np.testing.assert_array_equal(dataset.sensors[Sensor.FGS1].integration_time_s, 0.1)
    assert dataset.stars["test"].loc["77", "Ts"] == 5887.0


def test_bins_are_found_by_wavelength_whichever_way_the_axis_runs(raw: Path) -> None:
    dataset = Dataset.open(raw)
    columns = dataset.sensors[Sensor.AIRS].columns
    assert columns is not None
    np.testing.assert_array_equal(columns[dataset.bin_column], np.arange(tiny.LAST_BIN, tiny.FIRST_BIN - 1, -1))

    def flip(axis: pd.DataFrame) -> pd.DataFrame:
        values = axis["AIRS-CH0-axis2-um"].to_numpy().copy()
        values[: tiny.AIRS.columns] = values[: tiny.AIRS.columns][::-1]
        return axis.assign(**{"AIRS-CH0-axis2-um": values})

    edit_axis(raw, flip)
    flipped = Dataset.open(raw)
    np.testing.assert_array_equal(flipped.bin_column, np.arange(tiny.LAST_BIN - tiny.FIRST_BIN + 1))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("adc_info.csv", None),
        ("adc_info.csv", ""),
        ("adc_info.csv", "FGS1_adc_offset,FGS1_adc_gain\n-1000,0.4369\n"),
        ("adc_info.csv", "FGS1_adc_offset,FGS1_adc_gain,AIRS-CH0_adc_offset,AIRS-CH0_adc_gain\n-1000,,-1000,0.4369\n"),
        ("adc_info.csv", "FGS1_adc_offset,FGS1_adc_gain,AIRS-CH0_adc_offset,AIRS-CH0_adc_gain\n-1000,nan,-1000,0.4369\n"),
        ("adc_info.csv", "FGS1_adc_offset,FGS1_adc_gain,AIRS-CH0_adc_offset,AIRS-CH0_adc_gain\n-1000,word,-1000,0.4369\n"),
        ("adc_info.csv", "FGS1_adc_offset,FGS1_adc_gain,AIRS-CH0_adc_offset,AIRS-CH0_adc_gain\n-1000,0,-1000,0.4369\n"),
        ("adc_info.csv", "FGS1_adc_offset,FGS1_adc_gain,AIRS-CH0_adc_offset,AIRS-CH0_adc_gain\n"),
        ("wavelengths.csv", None),
        ("wavelengths.csv", "wl_1,wl_2\n2.0,1.0\n"),
        ("wavelengths.csv", "wl_1,wl_2\n0.7,word\n"),
        ("wavelengths.csv", "wl_1,wl_2\n0.7,9.0\n"),
        ("axis_info.parquet", None),
        ("axis_info.parquet", "not a parquet file"),
        ("test_star_info.csv", "planet_id,Rs\n5,1.0\n"),
    ],
)
def test_unusable_metadata_is_a_typed_error(raw: Path, name: str, content: str | None) -> None:
    (raw / name).unlink()
    if content is not None:
        (raw / name).write_text(content)
    with pytest.raises(InputDataError) as caught:
        Dataset.open(raw)
    assert name in caught.value.where or name == "wavelengths.csv"


def drop_column(axis: pd.DataFrame) -> pd.DataFrame:
    return axis.drop(columns="AIRS-CH0-integration_time")


def odd_reads(axis: pd.DataFrame) -> pd.DataFrame:
    return axis.iloc[:-1]


def unordered(axis: pd.DataFrame) -> pd.DataFrame:
    return axis.assign(**{"FGS1-axis0-h": axis["FGS1-axis0-h"].to_numpy()[::-1]})


def gap_in_wavelengths(axis: pd.DataFrame) -> pd.DataFrame:
    values = axis["AIRS-CH0-axis2-um"].to_numpy().copy()
    values[0] = np.nan
    return axis.assign(**{"AIRS-CH0-axis2-um": values})


def no_time(axis: pd.DataFrame) -> pd.DataFrame:
    return axis.assign(**{"AIRS-CH0-integration_time": axis["AIRS-CH0-integration_time"] * 0.0})


@pytest.mark.parametrize("change", [drop_column, odd_reads, unordered, gap_in_wavelengths, no_time])
def test_a_damaged_axis_is_a_typed_error(raw: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    edit_axis(raw, change)
    with pytest.raises(InputDataError) as caught:
        Dataset.open(raw)
    assert "axis_info.parquet" in caught.value.where


def test_rows_with_unusable_or_double_ids_are_rejected_with_reason(raw: Path) -> None:
    path = raw / "test_star_info.csv"
    path.write_text(path.read_text() + f"../5,{tiny.STAR_VALUES}\n77,{tiny.STAR_VALUES}\n,{tiny.STAR_VALUES}\n")
    dataset = Dataset.open(raw)
    assert dataset.planets["test"] == ("1103775", "77")
    assert [("../5" in reason, "twice" in reason) for reason in dataset.rejected] == [(True, False), (False, True), (False, False)]


def test_a_missing_catalogue_value_is_nan_not_an_error(raw: Path) -> None:
    path = raw / "test_star_info.csv"
    path.write_text(path.read_text().replace("5887.0", "", 1))
    assert np.isnan(Dataset.open(raw).stars["test"]["Ts"].iloc[0])


def test_a_dataset_needs_one_star_table(raw: Path) -> None:
    (raw / "train_star_info.csv").unlink()
    assert Dataset.open(raw).splits("all") == ("test",)
    (raw / "test_star_info.csv").unlink()
    with pytest.raises(InputDataError, match="no star table"):
        Dataset.open(raw)
    with pytest.raises(InputDataError, match="does not exist"):
        Dataset.open(raw / "nowhere")


def test_labels(raw: Path) -> None:
    labels = Dataset.open(raw).labels()
    assert labels is not None
    assert labels.index.tolist() == ["4294092928"]
    assert labels.shape == (1, tiny.LAST_BIN - tiny.FIRST_BIN + 2)
    (raw / "train.csv").unlink()
    assert Dataset.open(raw).labels() is None


@pytest.mark.parametrize(
    "content", ["planet_id,wl_1\n1,0.01\n1.0,0.02\n", "planet_id,wl_1\n1,nan\n", "planet_id,wl_1\n1,word\n", "wl_1\n0.1\n", ""]
)
def test_unusable_labels_are_a_typed_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "train.csv").write_text(content)
    with pytest.raises(InputDataError):
        read_labels(tmp_path / "train.csv")


@pytest.mark.parametrize(("cell", "received"), [("nan", "nan"), ("", "nan"), ("inf", "inf"), ("-1e999", "-inf"), ("word", "word")])
def test_a_depth_that_is_no_number_is_named_by_planet_and_bin(tmp_path: Path, cell: str, received: str) -> None:
    path = tmp_path / "train.csv"
    path.write_text(f"planet_id,wl_1,wl_2,wl_3\n7,0.01,0.02,0.03\n4294092928.0,0.01,{cell},0.03\n9,0.01,0.02,0.03\n")
    with pytest.raises(InputDataError, match="not a finite number") as caught:
        read_labels(path)
    assert caught.value.where == f"{path}: planet 4294092928, column wl_2 (bin 1)"
    assert caught.value.received == received
    assert "planet 4294092928" in caught.value.hint
    assert "same command again" in caught.value.hint


def test_many_depths_that_are_no_numbers_are_counted(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("planet_id,wl_1,wl_2\n7,0.01,0.02\n8,x,y\n9,,0.02\n")
    with pytest.raises(InputDataError, match="planet 8, column wl_1") as caught:
        read_labels(tmp_path / "train.csv")
    assert caught.value.received == "x (3 such cells in all)"


def test_a_table_without_planets_has_no_bad_depth(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("planet_id,wl_1,wl_2\n")
    assert read_labels(tmp_path / "train.csv").shape == (0, 2)
