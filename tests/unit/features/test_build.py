"""The features stage: products are reused, failures set aside, and another dataset's products are never taken for these."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import tiny_dataset
import tiny_transit as tiny

from spectramind.data.dataset import Dataset
from spectramind.data.identifiers import VisitId
from spectramind.data.products import calibrated_by, product_path
from spectramind.data.sensors import Sensor
from spectramind.features.build import KINDS, FeatureReport, build_features, data_hash, features_by, plan, transit_product
from spectramind.features.planet.known_limbs import known_limbs_path, read_known_limbs
from spectramind.features.series import SensorSeries
from spectramind.utils.artifacts import sha256_json
from spectramind.utils.config import load_config
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import BusyError, InputDataError
from spectramind.utils.products import commit_product, read_manifest, update_manifest
from spectramind.utils.progress import SilentProgress
from spectramind.utils.runs import Workspace

VISIT = VisitId("test", "77", 0)
BINS = tiny_dataset.LAST_BIN - tiny_dataset.FIRST_BIN + 1
TIMES = 50


@cache
def settings(*overrides: str) -> Config:
    return load_config(["global.workers=1", "data.split=test", *overrides])


@dataclass(frozen=True)
class Stage:
    """A workspace and a dataset whose frames were never looked at: calibrated light curves are put there directly."""

    config: Config
    workspace: Workspace

    def put(self, visit: VisitId, depth: float = 0.01, seed: int = 0, times: int = TIMES) -> None:
        light = tiny.make_visit(np.full(BINS + 1, depth), times=times, noise=1e-4, seed=seed)
        version = calibrated_by(self.config.data, Dataset.open(self.config.data.raw_dir))
        products = {}
        for sensor, series in ((Sensor.FGS1, light.fgs1), (Sensor.AIRS, light.airs)):
            key = sha256_json([visit.name, str(sensor), depth, seed, times])
            path = product_path(self.workspace, visit, sensor, key)
            commit_product(path, arrays_of(series), {"key": key, "version": version})
            products[str(sensor)] = str(path.relative_to(self.workspace.root))
        entry = {"status": "calibrated", "version": version, "products": products}
        update_manifest(self.workspace.calibrated, {visit.key: entry})

    def build(self) -> FeatureReport:
        return build_features(self.config, self.workspace, progress=SilentProgress())

    def depth(self, visit: VisitId = VISIT) -> float:
        path, _ = transit_product(self.workspace, visit, features_by(self.config, Dataset.open(self.config.data.raw_dir)))
        with np.load(path, allow_pickle=False) as stored:
            return float(stored["depth"].mean())


def arrays_of(series: SensorSeries) -> dict[str, np.ndarray]:
    return {
        "flux": series.flux.T,
        "flux_variance": series.variance.T,
        "time": series.time_h,
        "centroid": series.pointing_px[:2].T,
        "jitter": series.pointing_px[2:].T,
        "foreground_sigma": series.foreground_sigma,
        "trace_meta": np.array('{"seam": [2]}'),
    }


@pytest.fixture
def make_stage(raw: Path, tmp_path: Path) -> Callable[..., Stage]:
    def make(*overrides: str) -> Stage:
        config = settings(*overrides)
        root = tmp_path / "w"
        config = replace(config, paths=replace(config.paths, root=root), data=replace(config.data, raw_dir=raw))
        return Stage(config, Workspace(root).ensure())

    return make


@pytest.fixture
def stage(make_stage: Callable[..., Stage], raw: Path) -> Stage:
    """One planet only, with one visit."""
    for path in (raw / "test" / "1103775").iterdir():
        if path.is_file():
            path.unlink()
    made = make_stage()
    made.put(VISIT)
    return made


def test_three_products_a_visit_and_a_manifest(stage: Stage) -> None:
    report = stage.build()
    assert (report.done, report.reused, list(report.set_aside)) == (1, 0, ["1103775"])
    assert sorted(path.parent.name for path in stage.workspace.features.rglob("*.npz")) == sorted(KINDS)
    entry = read_manifest(stage.workspace.features)[VISIT.key]
    assert entry["status"] == "built"
    assert entry["version"] == features_by(stage.config, Dataset.open(stage.config.data.raw_dir))
    assert stage.depth() == pytest.approx(0.01, abs=3e-4)
    json.dumps(report.as_dict())


def test_what_labelled_planets_tell_of_their_limbs_is_kept(make_stage: Callable[..., Stage]) -> None:
    stage, visit = make_stage("data.split=train"), VisitId("train", "4294092928", 0)
    stage.put(visit)
    assert stage.build().known_limbs == 1
    dataset = Dataset.open(stage.config.data.raw_dir)
    known = read_known_limbs(stage.workspace, dataset, data_hash(stage.config, dataset))
    assert known is not None
    assert known.planet_ids.tolist() == [visit.planet_id]
    content = known_limbs_path(stage.workspace).read_bytes()
    assert stage.build().reused == 1
    assert known_limbs_path(stage.workspace).read_bytes() == content


def test_what_is_there_is_reused_byte_for_byte(stage: Stage) -> None:
    stage.build()
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in stage.workspace.features.rglob("*.npz")}
    manifest = (stage.workspace.features / "manifest.json").read_bytes()
    report = stage.build()
    assert (report.done, report.reused) == (0, 1)
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in before} == before
    assert (stage.workspace.features / "manifest.json").read_bytes() == manifest


@pytest.mark.parametrize("damage", ["cut", "gone", "no entry"])
def test_a_damaged_product_is_made_again(stage: Stage, damage: str) -> None:
    stage.build()
    path = next(stage.workspace.features.glob("airs_bins/*.npz"))
    content = path.read_bytes()
    if damage == "cut":
        path.write_bytes(content[:100])
    elif damage == "gone":
        path.unlink()
    else:
        path.with_suffix(".json").unlink()
    assert stage.build().done == 1
    assert path.read_bytes() == content


def test_another_dataset_and_back(stage: Stage) -> None:
    stage.build()
    first = stage.depth()
    stage.put(VISIT, depth=0.02, seed=5)
    assert stage.build().done == 1
    assert stage.depth() == pytest.approx(0.02, abs=1e-3)
    stage.put(VISIT)
    report = stage.build()
    assert (report.done, report.reused) == (0, 1)
    assert stage.depth() == first


def test_a_visit_that_fails_later_has_no_features_any_more(stage: Stage) -> None:
    stage.build()
    stage.put(VISIT, depth=1e-12)
    report = stage.build()
    assert "no transit" in report.set_aside[VISIT.name]
    with pytest.raises(InputDataError, match="no transit"):
        transit_product(stage.workspace, VISIT, features_by(stage.config, Dataset.open(stage.config.data.raw_dir)))


def test_features_of_other_code_or_parameters_do_not_count(stage: Stage) -> None:
    stage.build()
    with pytest.raises(InputDataError, match="of this version"):
        transit_product(stage.workspace, VISIT, "0" * 64)


def test_broken_visits_are_set_aside_with_their_reasons(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    stage.put(VisitId("test", "1103775", 0), times=10)
    update_manifest(stage.workspace.calibrated, {VISIT.key: {"status": "set aside", "reason": "the dark is gone"}})
    report = stage.build()
    assert (report.done, report.reused) == (0, 0)
    assert "too few samples" in report.set_aside["planet_1103775_0"]
    assert "the dark is gone" in report.set_aside["planet_77_0"]
    assert read_manifest(stage.workspace.features)[VISIT.key]["status"] == "set aside"


def test_a_visit_that_was_never_calibrated_says_so(make_stage: Callable[..., Stage]) -> None:
    report = make_stage().build()
    assert all("not calibrated" in reason and "other settings" not in reason for reason in report.set_aside.values())
    assert len(report.set_aside) == 2


def test_a_changed_star_makes_new_features(stage: Stage, raw: Path) -> None:
    stage.build()
    path = raw / "test_star_info.csv"
    path.write_text(path.read_text().replace("5887.0", "4800.0"))
    reason = stage.build().set_aside["planet_77_0"]
    assert reason.startswith("a visit is not calibrated"), "another table may be another dataset"
    assert "calibrated with other settings, data or code" in reason
    stage.put(VISIT)
    assert stage.build().done == 1


def test_the_plan_names_what_lacks_a_signal(stage: Stage) -> None:
    result = plan(stage.config, stage.workspace)
    assert result["visits"] == 1
    assert list(result["without_signal"]) == ["1103775"]
    assert not list(stage.workspace.features.rglob("*.npz"))


def test_a_busy_workspace_is_refused(stage: Stage) -> None:
    with stage.workspace.lock("features"), pytest.raises(BusyError):
        stage.build()


def test_the_dataset_and_the_light_curves_have_the_same_bins(stage: Stage) -> None:
    assert Dataset.open(stage.config.data.raw_dir).wavelength_um.size == BINS + 1
