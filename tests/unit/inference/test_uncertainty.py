"""A calibration is used by the model it was made for, refused by any other, and the manifest says which."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_training as tiny
from numpy.typing import NDArray

from spectramind.calibration.corel import gaussian_quantile
from spectramind.calibration.store import read_record, write_record
from spectramind.data.identifiers import VisitId
from spectramind.evaluation.submission_table import SubmissionTable, read_submission
from spectramind.features.build import data_hash, features_by, transit_product
from spectramind.features.planet.known_limbs import store_known_limbs
from spectramind.features.planet.spectrum import NAIVE_SIGMA
from spectramind.inference.calibrate_uncertainty import calibrate_corel, calibrate_temperature
from spectramind.inference.network_ensemble import NetworkEnsemble
from spectramind.inference.predict import predict
from spectramind.inference.uncertainty import calibration_folder, record_path
from spectramind.inference.uncertainty_in_use import UncertaintyInUse
from spectramind.utils.artifacts import sha256_file
from spectramind.utils.errors import ConfigError, InputDataError
from spectramind.utils.progress import SilentProgress

BINS = 283
PLANETS = tiny.PLANETS[:5]
PHYSICS = ("model.kind=physics", "calib.alpha=0.4", "train.supervised.epochs=1")
NETWORK = ("model.kind=network", "calib.alpha=0.4", "train.supervised.epochs=1")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> tiny.Stage:
    """Features only."""
    return tiny.make_stage(tmp_path_factory.mktemp("bare"), *PHYSICS, planets=PLANETS, bins=BINS)


@pytest.fixture(scope="module")
def calibrated(bare: tiny.Stage, tmp_path_factory: pytest.TempPathFactory) -> tiny.Stage:
    """With a temperature and COREL of the physics."""
    stage = copy_of(bare, tmp_path_factory.mktemp("calibrated"))
    calibrate_temperature(stage.config, stage.workspace, progress=SilentProgress())
    calibrate_corel(stage.config, stage.workspace, progress=SilentProgress())
    return stage


def copy_of(stage: tiny.Stage, folder: Path) -> tiny.Stage:
    shutil.copytree(stage.workspace.root, folder / "w")
    return tiny.at(folder / "w", stage.config.data.raw_dir, *PHYSICS)


def predicted(stage: tiny.Stage, out: Path, *overrides: str) -> tuple[SubmissionTable, dict[str, Any]]:
    """Submission, and what its manifest says of the uncertainty."""
    changed = stage.changed(*PHYSICS, *overrides)
    report = predict(changed.config, changed.workspace, out_csv=out / "submission.csv", progress=SilentProgress())
    uncertainty: dict[str, Any] = json.loads(Path(report.manifest).read_text())["uncertainty"]
    assert report.uncertainty in uncertainty["reason"]
    return read_submission(out / "submission.csv"), uncertainty


def test_sigma_is_rescaled_and_the_manifest_says_how(bare: tiny.Stage, calibrated: tiny.Stage, tmp_path: Path) -> None:
    raw, said = predicted(bare, tmp_path)
    assert said["calibrated"] is False
    assert "calibrate-temp" in said["reason"]
    table, said = predicted(calibrated, tmp_path)
    record = read_record(calibration_folder(calibrated.workspace))
    assert record.corel is not None
    np.testing.assert_array_equal(table.mu, raw.mu)
    np.testing.assert_allclose(table.sigma, record.corel.apply(record.temperature.apply(raw.sigma)), rtol=1e-8)
    assert (table.sigma > 1.3 * raw.sigma).all()
    assert said["calibrated"] is True
    assert said["reason"] == "temperature and COREL"
    assert said["record"] == sha256_file(record_path(calibrated.workspace))
    assert said["temperature"] == {"fgs1": record.temperature.fgs1, "airs": record.temperature.airs, "planets": 5}
    assert said["corel"]["alpha"] == 0.4
    assert said["corel"]["scale"]["max"] == float(record.corel.sigma_scale.max())


def test_off_leaves_sigma_as_it_is(bare: tiny.Stage, calibrated: tiny.Stage, tmp_path: Path) -> None:
    table, said = predicted(calibrated, tmp_path, "calib.apply=off")
    np.testing.assert_array_equal(table.sigma, predicted(bare, tmp_path)[0].sigma)
    assert sorted(said) == ["calibrated", "intervals", "reason"]
    assert (said["calibrated"], said["reason"]) == (False, "not calibrated: calib.apply=off")
    assert said["intervals"]["method"] == "gaussian"


def test_require_needs_a_record(bare: tiny.Stage, calibrated: tiny.Stage, tmp_path: Path) -> None:
    with pytest.raises(InputDataError, match="not been calibrated") as caught:
        predicted(bare, tmp_path, "calib.apply=require")
    assert "spectramind calibrate-temp" in caught.value.hint
    assert not (tmp_path / "submission.csv").exists()
    assert predicted(calibrated, tmp_path, "calib.apply=require")[1]["calibrated"]


def test_too_few_planets_for_corel_is_said(bare: tiny.Stage, tmp_path: Path) -> None:
    stage = copy_of(bare, tmp_path)
    calibrate_temperature(stage.config, stage.workspace, progress=SilentProgress())
    said = predicted(stage, tmp_path, "calib.alpha=0.1")[1]
    assert said["reason"] == "temperature alone, since COREL needs 10 planets for intervals that cover 0.9; there are 5"
    assert "corel" not in said
    assert "calibrate-corel" in predicted(stage, tmp_path)[1]["reason"]


def test_a_fallback_is_not_rescaled(calibrated: tiny.Stage, tmp_path: Path) -> None:
    stage = copy_of(calibrated, tmp_path)
    stage.forget(PLANETS[2])
    table, said = predicted(stage, tmp_path, "data.split=train")
    fallback = table.planet_ids.index(PLANETS[2])
    raw = predicted(stage, tmp_path, "data.split=train", "calib.apply=off")[0]
    np.testing.assert_array_equal(table.sigma[fallback], raw.sigma[fallback])
    assert (table.sigma[0] > 1.3 * raw.sigma[0]).all()
    assert (raw.sigma[fallback] >= NAIVE_SIGMA / 10.0).all()
    assert said["planets"] == 4
    assert "5 of the predicted planets are those it was fitted on" in said["reason"]


def test_sigma_does_not_fall_below_its_floor(calibrated: tiny.Stage, tmp_path: Path) -> None:
    stage = copy_of(calibrated, tmp_path)
    path = record_path(stage.workspace)
    content = json.loads(path.read_text())
    content["temperature"] = {"fgs1": 1e-6, "airs": 1e-6}
    path.write_text(json.dumps(content))
    np.testing.assert_allclose(predicted(stage, tmp_path)[0].sigma, stage.config.loss.sigma_min)
    (trust,) = json.loads((tmp_path / "submission_manifest.json").read_text())["planets"].values()
    assert trust["expected_score"] < 1.3, "what the floor is worth; the sigma below it would promise more"


@pytest.mark.parametrize(
    ("overrides", "named"),
    [
        (("loss.sigma_min=2e-5",), "sigma_min"),
        (("model.learn_prior=true",), "learn_prior"),
    ],
)
def test_a_calibration_of_another_configuration_is_refused(
    calibrated: tiny.Stage, tmp_path: Path, overrides: tuple[str, ...], named: str
) -> None:
    with pytest.raises(ConfigError, match="something else") as caught:
        predicted(calibrated, tmp_path, *overrides)
    assert named in caught.value.received
    assert "spectramind calibrate-temp" in caught.value.hint
    assert not (tmp_path / "submission.csv").exists()


def test_a_calibration_of_other_features_is_refused(calibrated: tiny.Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spectramind.inference.uncertainty.data_hash", lambda *_: "0" * 64)
    with pytest.raises(ConfigError, match="something else") as caught:
        predicted(calibrated, tmp_path)
    assert "features" in caught.value.received


def test_whether_frames_are_stored_is_no_other_calibration(calibrated: tiny.Stage, tmp_path: Path) -> None:
    fast = predicted(calibrated, tmp_path, "data.store_frames=false")
    kept = predicted(calibrated, tmp_path, "data.store_frames=true")
    np.testing.assert_array_equal(fast[0].sigma, kept[0].sigma)
    assert fast[1] == kept[1]


def test_intervals_are_those_of_corel_and_of_no_sigma(bare: tiny.Stage, calibrated: tiny.Stage, tmp_path: Path) -> None:
    raw, _ = predicted(bare, tmp_path)
    gaussian = intervals(tmp_path)
    assert sigmas(gaussian, raw) == pytest.approx(gaussian_quantile(0.4), rel=1e-5)
    table, said = predicted(calibrated, tmp_path)
    record = read_record(calibration_folder(calibrated.workspace))
    assert record.corel is not None
    upper = intervals(tmp_path)[:, BINS:]
    np.testing.assert_allclose(upper - table.mu, record.corel.half_width(record.temperature.apply(raw.sigma)), rtol=1e-5)
    assert said["intervals"] == {
        "file": "submission_intervals.csv",
        "sha256": sha256_file(tmp_path / "submission_intervals.csv"),
        "alpha": 0.4,
        "method": "corel",
    }


def intervals(folder: Path) -> NDArray[np.float64]:
    """(planet, 2 bin) lower, then upper ends."""
    lines = (folder / "submission_intervals.csv").read_text().splitlines()
    assert lines[0].split(",") == ["planet_id", *(f"lower_{j}" for j in range(BINS)), *(f"upper_{j}" for j in range(BINS))]
    return np.array([[float(value) for value in line.split(",")[1:]] for line in lines[1:]])


def sigmas(ends: NDArray[np.float64], table: SubmissionTable) -> NDArray[np.float64]:
    half: NDArray[np.float64] = 0.5 * (ends[:, BINS:] - ends[:, :BINS]) / table.sigma
    return half


@pytest.mark.parametrize(("drift", "factor"), [("widen", 1.5), ("warn", 1.0)])
def test_planets_of_another_sky_are_named_and_widened(
    calibrated: tiny.Stage, tmp_path: Path, caplog: pytest.LogCaptureFixture, drift: str, factor: float
) -> None:
    """The record is made to speak of many planets whose light curves were far noisier."""
    stage = copy_of(calibrated, tmp_path)
    plain, _ = predicted(stage, tmp_path, "data.split=train")
    before = intervals(tmp_path)
    folder = calibration_folder(stage.workspace)
    record = read_record(folder)
    far = tuple(np.linspace(50.0, 60.0, 400))
    known = {name: far if name == "noise_scale" else 100 * values for name, values in record.columns.items()}
    write_record(folder, replace(record, columns=known))
    with caplog.at_level("WARNING", logger="spectramind"):
        table, said = predicted(stage, tmp_path, "data.split=train", f"calib.drift={drift}")
    np.testing.assert_allclose(table.sigma, factor * plain.sigma, rtol=1e-8)
    np.testing.assert_allclose(intervals(tmp_path)[:, BINS:] - table.mu, factor * (before[:, BINS:] - table.mu), rtol=1e-5)
    assert said["drift"]["widening"] == factor
    assert said["drift"]["columns"]["noise_scale"]["drifted"]
    assert [said["drift"]["sentence"]] == [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert "noise_scale" in said["drift"]["sentence"]
    planets = json.loads((tmp_path / "submission_manifest.json").read_text())["planets"]
    assert {planet["widening"] for planet in planets.values()} == {factor}


def test_few_planets_are_not_compared(calibrated: tiny.Stage, tmp_path: Path) -> None:
    drift = predicted(calibrated, tmp_path)[1]["drift"]
    assert (drift["planets"], drift["widening"], drift["columns"]) == (1, 1.0, {})
    assert "too few" in drift["sentence"]


def test_a_suspicious_planet_is_poor_and_wider(calibrated: tiny.Stage, tmp_path: Path) -> None:
    """Residuals of FGS1 fifty times their noise."""
    plain, _ = predicted(calibrated, tmp_path)
    stage = copy_of(calibrated, tmp_path)
    arrays, _ = tiny.visit_features(int(tiny.TEST_PLANET), BINS)
    arrays["fgs1_white"]["residual"] *= 50.0
    stage.put(VisitId("test", tiny.TEST_PLANET, 0), arrays)
    table, _ = predicted(stage, tmp_path)
    planet = json.loads((tmp_path / "submission_manifest.json").read_text())["planets"][tiny.TEST_PLANET]
    assert planet["quality"] == "POOR"
    assert planet["widening"] > 1.5
    np.testing.assert_allclose(table.sigma, planet["widening"] * plain.sigma, rtol=1e-6)


def test_a_damaged_record_is_refused(calibrated: tiny.Stage, tmp_path: Path) -> None:
    stage = copy_of(calibrated, tmp_path)
    record_path(stage.workspace).write_text("{")
    with pytest.raises(InputDataError, match="cannot be read"):
        predicted(stage, tmp_path)
    assert predicted(stage, tmp_path, "calib.apply=off")[1]["calibrated"] is False


def test_networks_have_a_calibration_of_their_own(calibrated: tiny.Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = copy_of(calibrated, tmp_path).changed(*NETWORK)
    stage.train()
    with pytest.raises(ConfigError, match="something else") as caught:
        predicted(stage, tmp_path, *NETWORK)
    assert "kind of model: physics, now network" in caught.value.received
    calibrate_temperature(stage.config, stage.workspace, progress=SilentProgress())
    table, said = predicted(stage, tmp_path, *NETWORK)
    raw = predicted(stage, tmp_path, *NETWORK, "calib.apply=off")[0]
    record = read_record(calibration_folder(stage.workspace))
    np.testing.assert_allclose(table.sigma, record.temperature.apply(raw.sigma), rtol=1e-8)
    assert record.provenance.model["key"] == stage.record().key
    assert said["planets"] == 1
    with monkeypatch.context() as patch:
        patch.setattr(NetworkEnsemble, "__call__", without_answer)
        physical, said = predicted(stage, tmp_path, *NETWORK)
    np.testing.assert_array_equal(physical.sigma, predicted(stage, tmp_path, "calib.apply=off")[0].sigma)
    assert said["planets"] == 0
    other = stage.changed(*NETWORK, "train.supervised.learning_rate=0.01")
    other.train()
    with pytest.raises(ConfigError, match="something else") as caught:
        predicted(other, tmp_path, *NETWORK)
    assert "networks" in caught.value.received
    assert "kind of model" not in caught.value.received


def without_answer(*_arguments: object) -> None:
    raise ValueError("no answer")


def test_a_learned_prior_is_that_of_its_labels(calibrated: tiny.Stage, tmp_path: Path) -> None:
    """Without a learned prior labels decide nothing; with it they decide mu and sigma of every planet."""
    learned = "model.learn_prior=true"
    stage = copy_of(calibrated, tmp_path)
    shutil.copytree(stage.config.data.raw_dir, tmp_path / "raw")
    other = tiny.at(stage.workspace.root, tmp_path / "raw", *PHYSICS)
    labels = tmp_path / "raw" / "train.csv"
    header, *rows = labels.read_text().splitlines()
    labels.write_text("\n".join([header, *(row.rsplit(",", 1)[0] + ",0.0123" for row in rows)]) + "\n")
    another = tiny.Stage(replace(other.config, model=replace(other.config.model, learn_prior=True)), other.workspace)
    UncertaintyInUse.open(other.config, other.workspace, other.dataset, {"kind": "physics"})
    changed = stage.changed(*PHYSICS, learned)
    calibrate_temperature(changed.config, changed.workspace, progress=SilentProgress())
    UncertaintyInUse.open(changed.config, changed.workspace, changed.dataset, {"kind": "physics"})
    with pytest.raises(ConfigError, match="something else") as caught:
        UncertaintyInUse.open(another.config, another.workspace, another.dataset, {"kind": "physics"})
    assert "labels" in str(caught.value.received)


def test_a_learned_prior_is_that_of_the_limbs_it_was_learned_from(calibrated: tiny.Stage, tmp_path: Path) -> None:
    stage = copy_of(calibrated, tmp_path).changed(*PHYSICS, "model.learn_prior=true")
    calibrate_temperature(stage.config, stage.workspace, progress=SilentProgress())
    products = {
        visit: transit_product(stage.workspace, visit, features_by(stage.config, stage.dataset))[0]
        for planet_id in tiny.PLANETS
        for visit in stage.dataset.visits("train", planet_id)
    }
    store_known_limbs(stage.workspace, stage.dataset, products, data_hash(stage.config, stage.dataset))
    with pytest.raises(ConfigError, match="something else") as caught:
        UncertaintyInUse.open(stage.config, stage.workspace, stage.dataset, {"kind": "physics"})
    assert "limb darkening" in str(caught.value.received)


def test_intervals_of_another_alpha_than_is_asked_for_are_named(calibrated: tiny.Stage, tmp_path: Path) -> None:
    said = predicted(calibrated, tmp_path, "calib.alpha=0.3")[1]
    assert said["intervals"]["alpha"] == 0.4
    assert "0.4, not calib.alpha=0.3" in said["reason"]
    assert "not calib.alpha" not in predicted(calibrated, tmp_path)[1]["reason"]
