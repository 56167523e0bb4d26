"""The predict stage: every planet gets a row, and the manifest says how each of them fared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_dataset as tiny
import tiny_limb

from spectramind.data.dataset import Dataset
from spectramind.data.identifiers import VisitId
from spectramind.evaluation.submission_table import SubmissionTable, read_submission
from spectramind.features.build import feature_path, features_by
from spectramind.features.planet.spectrum import NAIVE_SIGMA
from spectramind.inference.manifest import MANIFEST_NAME, write_manifest
from spectramind.inference.predict import PredictionReport, plan, predict, predicted_split
from spectramind.utils.artifacts import sha256_json
from spectramind.utils.config import load_config
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import BusyError, InputDataError, UsageError
from spectramind.utils.products import commit_product, update_manifest
from spectramind.utils.progress import SilentProgress
from spectramind.utils.runs import Workspace

BINS = 283
WHOLE, PART, BROKEN, EMPTY = "11", "12", "13", "4294092928"
SIGMA = 1e-4


@cache
def settings(*overrides: str) -> Config:
    return load_config(["global.workers=1", *overrides])


@dataclass(frozen=True)
class Stage:
    """A workspace with feature products put there directly, and a dataset of empty files."""

    config: Config
    workspace: Workspace

    def put(self, visit: VisitId, depth: float, *, precision: float = SIGMA**-2.0, converged: bool = True) -> None:
        version = features_by(self.config, Dataset.open(self.config.data.raw_dir))
        key = sha256_json([visit.name, depth])
        arrays = {
            "likelihood_precision": precision * np.eye(BINS),
            "likelihood_right": np.full(BINS, precision * depth),
            "converged": np.array(converged),
            **tiny_limb.arrays(BINS),
            "wavelength_um": np.linspace(0.7, 3.9, BINS),
        }
        commit_product(feature_path(self.workspace, "transit", visit, key), arrays, {"key": key, "version": version})
        update_manifest(self.workspace.features, {visit.key: {"status": "built", "version": version, "key": key}})

    def set_aside(self, visit: VisitId, reason: str) -> None:
        update_manifest(self.workspace.features, {visit.key: {"status": "set aside", "reason": reason}})

    @property
    def out_csv(self) -> Path:
        return self.workspace.outputs / "submission.csv"

    def predict(self, kaggle_csv: Path | None = None) -> PredictionReport:
        return predict(self.config, self.workspace, out_csv=self.out_csv, kaggle_csv=kaggle_csv, progress=SilentProgress())

    @property
    def table(self) -> SubmissionTable:
        return read_submission(self.out_csv)

    @property
    def planets(self) -> dict[str, dict[str, str]]:
        planets: dict[str, dict[str, str]] = json.loads((self.workspace.outputs / "submission_manifest.json").read_text())["planets"]
        return planets


def write_dataset(root: Path, visits: dict[str, int]) -> None:
    """Metadata of 283 bins, with an id that climbs folders and one written twice; a visit is two empty signal files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiny, "FIRST_BIN", 40)
        patch.setattr(tiny, "LAST_BIN", 40 + BINS - 2)
        tiny.write_tables(root, replace(tiny.AIRS, columns=356), tiny.FGS1, ["99"], [*visits, "../train/99", "011"])
    for planet_id, count in visits.items():
        for visit in range(count):
            for sensor in ("FGS1", "AIRS-CH0"):
                path = root / "test" / planet_id / f"{sensor}_signal_{visit}.parquet"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()


def make_stage(folder: Path, visits: dict[str, int], *overrides: str) -> Stage:
    write_dataset(folder / "raw", visits)
    config = settings(*overrides)
    config = replace(config, paths=replace(config.paths, root=folder / "w"), data=replace(config.data, raw_dir=folder / "raw"))
    return Stage(config, Workspace(folder / "w").ensure())


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Stage, PredictionReport]:
    """One planet with two good visits, one with a good and a bad one, one with a bad one, one with none."""
    stage = make_stage(tmp_path_factory.mktemp("predict"), {WHOLE: 2, PART: 2, BROKEN: 1, EMPTY: 0})
    stage.put(VisitId("test", WHOLE, 0), 0.0100)
    stage.put(VisitId("test", WHOLE, 1), 0.0102)
    stage.put(VisitId("test", PART, 0), 0.02)
    stage.set_aside(VisitId("test", PART, 1), "the dark is gone")
    return stage, stage.predict(stage.workspace.outputs / "kaggle.csv")


def test_every_planet_has_a_row_in_the_order_of_the_star_table(finished: tuple[Stage, PredictionReport]) -> None:
    stage, report = finished
    assert stage.table.planet_ids == (WHOLE, PART, BROKEN, EMPTY)
    assert (report.planets, report.complete) == (4, 1)
    json.dumps(report.as_dict())


def test_two_visits_meet_in_the_middle(finished: tuple[Stage, PredictionReport]) -> None:
    table = finished[0].table
    np.testing.assert_allclose(table.mu[0], 0.0101, atol=2e-5)
    np.testing.assert_allclose(table.mu[1], 0.02, atol=2e-5)
    assert (table.sigma[:2] > 0.0).all()
    assert np.median(table.sigma[:2]) < SIGMA


def test_what_cannot_be_measured_is_wide(finished: tuple[Stage, PredictionReport]) -> None:
    table = finished[0].table
    assert (table.sigma[2:] == NAIVE_SIGMA).all()
    assert (table.mu[2:] == 0.0146).all()


def test_statuses_and_reasons(finished: tuple[Stage, PredictionReport]) -> None:
    stage, report = finished
    planets = stage.planets
    assert {planet: planets[planet]["status"] for planet in planets} == {
        WHOLE: "COMPLETE",
        PART: "DEGRADED",
        BROKEN: "FALLBACK",
        EMPTY: "FALLBACK",
    }
    assert "the dark is gone" in planets[PART]["reason"]
    assert "no features" in planets[BROKEN]["reason"]
    assert planets[EMPTY]["reason"] == "the dataset has no visit of this planet"
    assert report.degraded == {PART: planets[PART]["reason"]}
    assert sorted(report.fallback) == [BROKEN, EMPTY]


def test_classes_of_planets(finished: tuple[Stage, PredictionReport]) -> None:
    """A guess is as good as it says and worth nothing; light curves of which nothing is known are not trusted."""
    stage, report = finished
    planets: dict[str, dict[str, Any]] = stage.planets
    assert {planet: planets[planet]["quality"] for planet in planets} == {WHOLE: "POOR", PART: "POOR", BROKEN: "FAINT", EMPTY: "FAINT"}
    assert report.quality == {"POOR": 2, "FAINT": 2}
    assert planets[EMPTY]["expected_score"] == pytest.approx(0.0, abs=1e-3)
    assert {planet["widening"] for planet in planets.values()} == {1.0}
    assert report.drift == ""


def test_intervals_have_the_same_planets(finished: tuple[Stage, PredictionReport]) -> None:
    stage, report = finished
    lines = Path(report.intervals).read_text().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == list(stage.table.planet_ids)
    assert Path(report.intervals).parent == stage.out_csv.parent


def test_unusable_rows_are_reported(finished: tuple[Stage, PredictionReport]) -> None:
    rejected = finished[1].rejected_rows
    assert len(rejected) == 2
    assert any("../train/99" in row for row in rejected)
    assert any("stands twice" in row for row in rejected)


def test_the_upload_form_has_the_same_rows(finished: tuple[Stage, PredictionReport]) -> None:
    stage, report = finished
    own, upload = stage.out_csv.read_text().splitlines(), Path(report.kaggle_submission).read_text().splitlines()
    assert own[1:] == upload[1:]


def test_nothing_measured_is_a_full_submission_and_an_error(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, {WHOLE: 1, PART: 1})
    stage.set_aside(VisitId("test", WHOLE, 0), "the dark is gone")
    with pytest.raises(InputDataError, match="not a single planet") as caught:
        stage.predict()
    assert "the dark is gone" in caught.value.received
    assert stage.table.planet_ids == (WHOLE, PART)
    assert {planet["status"] for planet in stage.planets.values()} == {"FALLBACK"}


@pytest.mark.parametrize("precision", [float("nan"), -1.0])
def test_a_likelihood_without_sense_is_a_fallback_with_its_reason(tmp_path: Path, precision: float) -> None:
    stage = make_stage(tmp_path, {WHOLE: 1})
    stage.put(VisitId("test", WHOLE, 0), 0.01, precision=precision * SIGMA**-2.0)
    with pytest.raises(InputDataError):
        stage.predict()
    assert "Error" in stage.planets[WHOLE]["reason"]
    assert (stage.table.sigma == NAIVE_SIGMA).all()


def test_a_fit_that_did_not_converge_is_widened_and_named(tmp_path: Path) -> None:
    visit = VisitId("test", WHOLE, 0)
    reports = []
    for name, converged in (("calm", True), ("restless", False)):
        stage = make_stage(tmp_path / name, {WHOLE: 1})
        stage.put(visit, 0.01, converged=converged)
        reports.append((stage, stage.predict()))
    assert not reports[0][1].degraded
    assert "standstill" in reports[1][1].degraded[WHOLE]
    calm, restless = (stage.table.sigma for stage, _ in reports)
    assert (restless > 1.3 * calm).all()


def test_a_product_that_was_altered_does_not_count(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, {WHOLE: 1})
    stage.put(VisitId("test", WHOLE, 0), 0.01)
    product = next(stage.workspace.features.rglob("*.npz"))
    product.write_bytes(product.read_bytes()[:-7])
    with pytest.raises(InputDataError):
        stage.predict()
    assert stage.planets[WHOLE]["status"] == "FALLBACK"


def test_the_plan_predicts_nothing(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, {WHOLE: 1, PART: 1})
    assert plan(stage.config, stage.workspace) == {"model": "physics", "split": "test", "planets": 2, "bins": BINS}
    assert not stage.out_csv.exists()


def test_a_dataset_without_planets_to_predict_is_refused(tmp_path: Path) -> None:
    from spectramind.data.dataset import Dataset

    stage = make_stage(tmp_path, {WHOLE: 1})
    (tmp_path / "raw" / "test_star_info.csv").write_text(tiny.STAR_HEADER + "\n")
    dataset = Dataset.open(tmp_path / "raw")
    with pytest.raises(InputDataError, match="no planet"):
        predicted_split(stage.config, dataset)
    assert predicted_split(settings("data.split=train"), dataset) == "train"


def test_a_busy_workspace_is_refused(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, {WHOLE: 1})
    with stage.workspace.lock("predict"), pytest.raises(BusyError):
        stage.predict()


def test_the_manifest_is_written_before_another_prediction_may_replace_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = make_stage(tmp_path, {WHOLE: 1})
    stage.put(VisitId("test", WHOLE, 0), 0.01)

    def written(submission: Path, manifest: Mapping[str, object]) -> Path:
        with pytest.raises(BusyError), stage.workspace.lock("predict"):
            pass
        return write_manifest(submission, manifest)

    monkeypatch.setattr("spectramind.inference.predict.write_manifest", written)
    stage.predict()
    assert stage.out_csv.with_name(MANIFEST_NAME).is_file()


@pytest.mark.parametrize(
    ("out", "kaggle"),
    [
        ("submission_intervals.csv", None),
        ("submission_manifest.json", None),
        ("submission.csv", "submission.csv"),
        ("submission.csv", "sub/../submission.csv"),
        ("submission.csv", "submission_intervals.csv"),
    ],
)
def test_no_output_replaces_another(tmp_path: Path, out: str, kaggle: str | None) -> None:
    stage = make_stage(tmp_path, {WHOLE: 1})
    stage.put(VisitId("test", WHOLE, 0), 0.01)
    folder = tmp_path / "o"
    with pytest.raises(UsageError, match="same file"):
        predict(
            stage.config,
            stage.workspace,
            out_csv=folder / out,
            kaggle_csv=None if kaggle is None else folder / kaggle,
            progress=SilentProgress(),
        )
    assert not folder.exists()
