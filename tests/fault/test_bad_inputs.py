"""Whatever is wrong with one visit, it is set aside with its reason and the others are calibrated."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tiny_dataset as tiny

from spectramind.data.calibrate import CalibrationReport, calibrate
from spectramind.utils.config import load_config
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import InputDataError
from spectramind.utils.progress import SilentProgress
from spectramind.utils.runs import Workspace

VICTIM = "test/77"


@cache
def settings(*overrides: str) -> Config:
    return load_config(["global.workers=1", "data.bin_cadence_s=9.6", *overrides])


def run(raw: Path, root: Path, *overrides: str) -> CalibrationReport:
    config = settings(*overrides)
    config = replace(config, paths=replace(config.paths, root=root), data=replace(config.data, raw_dir=raw))
    return calibrate(config, Workspace(root).ensure(), progress=SilentProgress())


def signal(folder: Path, sensor: str = "AIRS-CH0") -> Path:
    return folder / f"{sensor}_signal_0.parquet"


def reference(folder: Path, name: str, sensor: str = "FGS1") -> Path:
    return folder / f"{sensor}_calibration_0" / f"{name}.parquet"


def truncate(path: Path, share: float) -> None:
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])


def truncated_signal(folder: Path) -> None:
    truncate(signal(folder), 0.6)


def empty_signal(folder: Path) -> None:
    signal(folder).write_bytes(b"")


def garbage_in_the_pages(folder: Path) -> None:
    content = bytearray(signal(folder).read_bytes())
    content[1000:4000] = b"\xff" * 3000
    signal(folder).write_bytes(bytes(content))


def too_few_reads(folder: Path) -> None:
    pq.write_table(pq.read_table(signal(folder)).slice(0, 20), signal(folder))


def too_few_pixels(folder: Path) -> None:
    table = pq.read_table(signal(folder))
    pq.write_table(table.select(table.column_names[:-1]), signal(folder))


def words_for_reads(folder: Path) -> None:
    table = pq.read_table(signal(folder))
    pq.write_table(table.set_column(100, "column_100", pa.array(["x"] * table.num_rows)), signal(folder))


def no_signal_of_one_sensor(folder: Path) -> None:
    signal(folder, "FGS1").unlink()


def truncated_map(folder: Path) -> None:
    truncate(reference(folder, "linear_corr"), 0.5)


def missing_map(folder: Path) -> None:
    reference(folder, "dark").unlink()


def missing_calibration_folder(folder: Path) -> None:
    shutil.rmtree(folder / "FGS1_calibration_0")


def transposed_linearity(folder: Path) -> None:
    tiny.write_columns(reference(folder, "linear_corr"), np.ones((32, 192)))


def words_for_a_map(folder: Path) -> None:
    tiny.write_columns(reference(folder, "flat"), np.full((32, 32), "x"))


def all_pixels_dead(folder: Path) -> None:
    tiny.write_columns(reference(folder, "dead"), np.ones((32, 32), dtype=np.bool_))


def a_flat_of_nothing_but_nan(folder: Path) -> None:
    tiny.write_columns(reference(folder, "flat"), np.full((32, 32), np.nan))


def a_dark_of_nothing_but_nan(folder: Path) -> None:
    tiny.write_columns(reference(folder, "dark"), np.full((32, 32), np.nan))


def a_dead_wavelength(folder: Path) -> None:
    dead = np.zeros((32, tiny.AIRS.columns), dtype=np.bool_)
    dead[:, tiny.FIRST_BIN + 3] = True
    tiny.write_columns(reference(folder, "dead", "AIRS-CH0"), dead)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (truncated_signal, "signal file cannot be read"),
        (empty_signal, "signal file cannot be read"),
        (garbage_in_the_pages, ""),
        (too_few_reads, "wrong shape"),
        (too_few_pixels, "wrong shape"),
        (words_for_reads, ""),
        (no_signal_of_one_sensor, "missing"),
        (truncated_map, "calibration file cannot be read"),
        (missing_map, "missing"),
        (missing_calibration_folder, "missing"),
        (transposed_linearity, "wrong shape"),
        (words_for_a_map, "calibration file cannot be read"),
        (all_pixels_dead, "no good pixel"),
        (a_flat_of_nothing_but_nan, "no good pixel"),
        (a_dark_of_nothing_but_nan, "no good pixel"),
        (a_dead_wavelength, "no usable pixel"),
    ],
)
def test_a_broken_visit_is_set_aside_and_the_others_are_done(
    raw: Path, tmp_path: Path, damage: Callable[[Path], None], reason: str
) -> None:
    damage(raw / VICTIM)
    report = run(raw, tmp_path / "w", "data.split=test")
    assert list(report.set_aside) == ["planet_77_0"], report
    assert reason in report.set_aside["planet_77_0"]
    assert report.done == 1


def nan_in_maps(folder: Path) -> None:
    for name in ("dark", "flat", "read", "linear_corr"):
        path = reference(folder, name)
        values = np.stack([column.to_numpy() for column in pq.read_table(path).columns], axis=1).copy()
        values[3:5, 4:9] = np.nan
        tiny.write_columns(path, values)


def half_the_detector_dead(folder: Path) -> None:
    dead = np.zeros((32, 32), dtype=np.bool_)
    dead[::2] = True
    tiny.write_columns(reference(folder, "dead"), dead)


def missing_reads(folder: Path) -> None:
    table = pq.read_table(signal(folder))
    for number in (5, 400):
        values = table.column(f"column_{number}").to_pylist()
        values[7] = None
        table = table.set_column(number, f"column_{number}", pa.array(values, type=pa.uint16()))
    pq.write_table(table, signal(folder))


def saturated_reads(folder: Path) -> None:
    table = pq.read_table(signal(folder, "FGS1"))
    pixel = 15 * 32 + 15
    values = np.full(table.num_rows, 65535, dtype=np.uint16)
    pq.write_table(table.set_column(pixel, f"column_{pixel}", pa.array(values)), signal(folder, "FGS1"))


@pytest.mark.parametrize("damage", [nan_in_maps, half_the_detector_dead, missing_reads, saturated_reads])
def test_what_can_be_mended_is_mended(raw: Path, tmp_path: Path, damage: Callable[[Path], None]) -> None:
    damage(raw / VICTIM)
    report = run(raw, tmp_path / "w", "data.split=test")
    assert (report.done, report.set_aside) == (2, {})
    for path in (tmp_path / "w").rglob("planet_77_0_*.npz"):
        with np.load(path, allow_pickle=False) as stored:
            assert all(np.isfinite(stored[name]).all() for name in ("flux", "flux_variance", "frames", "variance"))


def test_an_id_that_climbs_folders_never_touches_a_path(raw: Path, tmp_path: Path) -> None:
    path = raw / "test_star_info.csv"
    path.write_text(path.read_text() + f"../train/4294092928,{tiny.STAR_VALUES}\n/etc,{tiny.STAR_VALUES}\n77.0,{tiny.STAR_VALUES}\n")
    report = run(raw, tmp_path / "w", "data.split=test")
    assert report.done == 2
    assert len(report.rejected_rows) == 3
    assert all(product.is_relative_to(tmp_path / "w") for product in (tmp_path / "w").rglob("*.npz"))


def test_a_planet_without_a_folder_is_set_aside(raw: Path, tmp_path: Path) -> None:
    shutil.rmtree(raw / VICTIM)
    report = run(raw, tmp_path / "w", "data.split=test")
    assert report.done == 1
    assert "no signal file" in report.set_aside["77"]


@pytest.mark.parametrize("value", ["nan", "", "word", "-1"])
def test_a_broken_adc_table_stops_the_stage_with_a_typed_error(raw: Path, tmp_path: Path, value: str) -> None:
    path = raw / "adc_info.csv"
    header, values = path.read_text().splitlines()
    path.write_text(f"{header}\n{','.join([*values.split(',')[:-1], value])}\n")
    with pytest.raises(InputDataError, match=r"ADC|number"):
        run(raw, tmp_path / "w")


def test_a_whole_block_of_hot_pixels_is_no_reason_to_lose_a_visit(raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At full size a block of FGS1 is two pixels: both may be hot."""
    monkeypatch.setattr("spectramind.data.visit_calibration.BLOCK_READS", 2 * 2 * tiny.FGS1.pairs)
    path = reference(raw / VICTIM, "dark")
    dark = np.stack([column.to_numpy() for column in pq.read_table(path).columns], axis=1).copy()
    dark[10, 10:12] = 3.0
    tiny.write_columns(path, dark)
    report = run(raw, tmp_path / "w", "data.split=test")
    assert (report.done, report.set_aside, report.breaches) == (2, {}, {})


def test_full_size_detectors_of_the_simulator(smoke_raw: Path, tmp_path: Path) -> None:
    raw = Path(shutil.copytree(smoke_raw, tmp_path / "raw", copy_function=os.link))
    victim = sorted((raw / "test").iterdir())[0]
    content = signal(victim).read_bytes()
    signal(victim).unlink()
    signal(victim).write_bytes(content[: len(content) // 2])
    report = run(raw, tmp_path / "w", "data.split=test", "data.store_frames=false")
    assert report.done == 1
    assert list(report.set_aside) == [f"planet_{victim.name}_0"]
    assert "cannot be read" in report.set_aside[f"planet_{victim.name}_0"]
