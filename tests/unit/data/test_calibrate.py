from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import tiny_dataset as tiny

from spectramind.data.calibrate import CalibrationReport, calibrate, plan
from spectramind.data.dataset import Dataset
from spectramind.data.identifiers import VisitId
from spectramind.data.products import calibrated_by, calibrated_product, read_light_curve
from spectramind.data.sensors import Sensor
from spectramind.utils.config import load_config
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import BusyError
from spectramind.utils.progress import SilentProgress
from spectramind.utils.runs import Workspace

VISIT = VisitId("train", "4294092928", 1)


@cache
def settings(*overrides: str) -> Config:
    return load_config(["global.workers=1", "data.bin_cadence_s=9.6", *overrides])


def configured(raw: Path, root: Path, *overrides: str) -> Config:
    config = settings(*overrides)
    return replace(config, paths=replace(config.paths, root=root), data=replace(config.data, raw_dir=raw))


def run(raw: Path, root: Path, *overrides: str) -> tuple[CalibrationReport, Workspace, Config]:
    config = configured(raw, root, *overrides)
    workspace = Workspace(config.paths.root).ensure()
    return calibrate(config, workspace, progress=SilentProgress()), workspace, config


@pytest.fixture(scope="module")
def finished(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[CalibrationReport, Workspace, Config]]:
    yield run(pristine, tmp_path_factory.mktemp("finished"))


def test_every_visit_has_two_products(finished: tuple[CalibrationReport, Workspace, Config]) -> None:
    report, workspace, _ = finished
    assert (report.done, report.reused, report.set_aside, report.rejected_rows) == (4, 0, {}, [])
    assert len(list(workspace.calibrated.rglob("*.npz"))) == 8
    json.dumps(report.as_dict())


def test_a_product_holds_what_is_promised(finished: tuple[CalibrationReport, Workspace, Config]) -> None:
    _, workspace, config = finished
    path, entry = calibrated_product(workspace, VISIT, Sensor.AIRS, calibrated_by(config.data, Dataset.open(config.data.raw_dir)))
    bins, columns, times = tiny.LAST_BIN - tiny.FIRST_BIN + 1, tiny.LAST_BIN - tiny.FIRST_BIN + 1, tiny.AIRS.pairs // 2
    with np.load(path, allow_pickle=False) as stored:
        shapes = {name: stored[name].shape for name in stored.files}
        assert stored["frames"].dtype == np.float32
        assert (stored["variance"] > 0).all()
        assert (stored["flux_variance"] > 0).all()
        meta = json.loads(str(stored["trace_meta"]))
    assert shapes["frames"] == shapes["variance"] == shapes["mask"] == (times, 32, columns)
    assert shapes["flux"] == shapes["flux_variance"] == (times, bins)
    assert shapes["time"] == (times,)
    assert shapes["centroid"] == shapes["jitter"] == (times, 2)
    assert shapes["foreground"] == shapes["foreground_sigma"] == (bins,)
    assert meta["seam"] == []
    assert (entry["planet_id"], entry["visit"], entry["split"], entry["sensor"]) == ("4294092928", 1, "train", "AIRS-CH0")
    assert [step["name"] for step in entry["history"]][:3] == ["adc", "bad_pixels", "linearity"]
    assert {gate["name"] for gate in entry["gates"]} >= {"adc_gain", "dark_electron_per_s", "flat", "masked_fraction"}


def test_the_light_is_in_ascending_wavelength(finished: tuple[CalibrationReport, Workspace, Config]) -> None:
    _, workspace, config = finished
    path, _ = calibrated_product(workspace, VISIT, Sensor.AIRS, calibrated_by(config.data, Dataset.open(config.data.raw_dir)))
    flux = read_light_curve(path)["flux"].mean(axis=0)
    expected = 4.5 * tiny.airs_light(tiny.AIRS).sum(axis=0)[tiny.FIRST_BIN : tiny.LAST_BIN + 1][::-1]
    np.testing.assert_allclose(flux, expected, rtol=0.02)


def test_a_second_run_reuses_everything(pristine: Path, finished: tuple[CalibrationReport, Workspace, Config]) -> None:
    first, workspace, _ = finished
    before = {path: path.stat().st_mtime_ns for path in workspace.calibrated.rglob("*.npz")}
    manifest = (workspace.calibrated / "manifest.json").read_bytes()
    report, _, _ = run(pristine, workspace.root)
    assert (report.done, report.reused) == (0, first.done)
    assert {path: path.stat().st_mtime_ns for path in workspace.calibrated.rglob("*.npz")} == before
    assert (workspace.calibrated / "manifest.json").read_bytes() == manifest


def test_only_what_changed_is_done_again(raw: Path, tmp_path: Path) -> None:
    run(raw, tmp_path / "w")
    path = raw / "test" / "77" / "FGS1_calibration_0" / "read.parquet"
    tiny.write_columns(path, np.full((32, 32), 14.0))
    report, _, _ = run(raw, tmp_path / "w")
    assert (report.done, report.reused) == (1, 3)


def test_light_curves_only(raw: Path, tmp_path: Path) -> None:
    _, workspace, config = run(raw, tmp_path / "w", "data.store_frames=false", "data.split=test")
    version = calibrated_by(config.data, Dataset.open(config.data.raw_dir))
    path, _ = calibrated_product(workspace, VisitId("test", "77", 0), Sensor.FGS1, version)
    with np.load(path, allow_pickle=False) as stored:
        assert "frames" not in stored.files
        assert stored["flux"].shape[1] == 1
    assert len(list(workspace.calibrated.rglob("*.npz"))) == 4


def test_a_breach_is_reported_not_hidden(raw: Path, tmp_path: Path) -> None:
    report, workspace, _ = run(raw, tmp_path / "w", "data.gates.flat=[0.99,1.0]", "data.split=test")
    assert report.done == 2
    assert any("flat" in breach for breach in report.breaches["planet_77_0"])
    lines = [json.loads(line) for line in (workspace.logs / "calibration.jsonl").read_text().splitlines()]
    assert {line["visit"] for line in lines} == {"planet_77_0", "planet_1103775_0"}
    assert all(line["breaches"] and line["step_seconds"] for line in lines)


def test_a_busy_workspace_is_refused(raw: Path, tmp_path: Path) -> None:
    config = configured(raw, tmp_path / "w")
    workspace = Workspace(config.paths.root).ensure()
    with workspace.lock("calibrate"), pytest.raises(BusyError):
        calibrate(config, workspace, progress=SilentProgress())


def test_a_dataset_without_visits_is_no_failure_of_the_stage(raw: Path, tmp_path: Path) -> None:
    for path in raw.glob("*/*/*_signal_*.parquet"):
        path.unlink()
    report, _, _ = run(raw, tmp_path / "w")
    assert (report.done, report.reused) == (0, 0)
    assert sorted(report.set_aside) == ["1103775", "4294092928", "77"]


def test_the_plan_reads_no_frame_and_writes_nothing(raw: Path, tmp_path: Path) -> None:
    config = configured(raw, tmp_path / "w")
    for path in raw.glob("*/*/*_signal_*.parquet"):
        path.write_bytes(b"x" * 1000)
    for path in (raw / "test" / "77").glob("*_signal_*.parquet"):
        path.unlink()
    result = plan(config, Workspace(config.paths.root))
    assert result["planets"] == {"train": 1, "test": 2}
    assert result["visits"] == 3
    assert list(result["without_signal"]) == ["77"]
    assert not (tmp_path / "w").exists()


def products(workspace: Workspace) -> dict[str, bytes]:
    files = (path for path in workspace.calibrated.rglob("*") if path.is_file())
    return {str(path.relative_to(workspace.root)): path.read_bytes() for path in files}


def test_workers_do_not_change_the_bytes(raw: Path, finished: tuple[CalibrationReport, Workspace, Config], tmp_path: Path) -> None:
    _, two, _ = run(raw, tmp_path / "w", "global.workers=2")
    assert products(finished[1]) == products(two)


def test_leftovers_of_a_killed_run_are_swept_away(raw: Path, tmp_path: Path) -> None:
    leftover = tmp_path / "w/data/calibrated/airs/.planet_77_0_0123456789ab.4711.deadbeef.tmp.npz"
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"half")
    run(raw, tmp_path / "w", "data.split=test")
    assert not leftover.exists()
