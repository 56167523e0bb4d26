"""The quality gates: each passes on a good workspace, and fails for its own reason alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_training as tiny

from spectramind.calibration.corel import gaussian_quantile
from spectramind.calibration.left_out import LEFT_OUT_NAME
from spectramind.calibration.store import CalibrationRecord, read_record, write_record
from spectramind.evaluation.reliability import effective_number
from spectramind.inference.baseline import baseline_path, present_baseline, write_baseline
from spectramind.inference.calibrate_uncertainty import calibrate_corel, calibrate_temperature
from spectramind.inference.gates import NAMES, Gate, check_gates, coverage_gate
from spectramind.inference.predict import predict
from spectramind.inference.uncertainty import calibration_folder, record_path
from spectramind.utils.artifacts import sha256_file
from spectramind.utils.errors import InputDataError
from spectramind.utils.progress import SilentProgress

STRICT = "calib.gate_confidence=0.6"  # or four planets could not fail
PHYSICS = ("model.kind=physics", "calib.alpha=0.4")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> tiny.Stage:
    """A workspace where every gate is passed."""
    stage = tiny.make_stage(tmp_path_factory.mktemp("good"), *PHYSICS, planets=tiny.PLANETS[:4], bins=283)
    calibrate_temperature(stage.config, stage.workspace, progress=SilentProgress())
    calibrate_corel(stage.config, stage.workspace, progress=SilentProgress())
    predict(stage.config, stage.workspace, out_csv=stage.workspace.outputs / "submission.csv", progress=SilentProgress())
    write_baseline(baseline_path(stage.workspace), present_baseline(stage.workspace))
    page, manifest_path = stage.workspace.outputs / "page.html", stage.workspace.outputs / "submission_manifest.json"
    page.write_text("<!DOCTYPE html>")
    manifest = json.loads(manifest_path.read_text())
    manifest_path.write_text(json.dumps(manifest | {"diagnostics": {"dashboard": {"file": page.name, "sha256": sha256_file(page)}}}))
    for path in (stage.workspace.log_path, stage.workspace.events_path, stage.workspace.debug_log_path):
        path.write_text("a line\n")
    return stage


@pytest.fixture
def stage(good: tiny.Stage, tmp_path: Path) -> tiny.Stage:
    shutil.copytree(good.workspace.root, tmp_path / "w")
    return tiny.at(tmp_path / "w", good.config.data.raw_dir, *PHYSICS)


def checked(stage: tiny.Stage, *overrides: str) -> dict[str, Gate]:
    gates = check_gates(stage.changed(*PHYSICS, *overrides).config, stage.workspace)
    assert tuple(gate.gate for gate in gates) == NAMES
    assert all(gate.reason and gate.passed is not bool(gate.repair) for gate in gates)
    return {gate.gate: gate for gate in gates}


def failed(stage: tiny.Stage, *overrides: str) -> set[str]:
    return {name for name, gate in checked(stage, *overrides).items() if not gate.passed}


def test_a_good_workspace_passes(good: tiny.Stage) -> None:
    gates = checked(good)
    assert {name for name, gate in gates.items() if not gate.passed} == set()
    assert gates["temperature"].figure.startswith("+")
    assert all(gate.figure and gate.threshold for gate in gates.values())


def spoil(stage: tiny.Stage, change: Callable[[CalibrationRecord], CalibrationRecord]) -> None:
    """Change the record; the manifest then speaks of another one."""
    folder = calibration_folder(stage.workspace)
    write_record(folder, change(read_record(folder)))


@pytest.mark.parametrize(
    ("figures", "gate"),
    [
        ({"corel_coverage": 0.1}, "coverage"),
        ({"corel_coverage_fgs1": 0.0}, "coverage fgs1"),
        ({"corel_gll": -1e6}, "gll"),
        ({"temperature_gll": -1e6}, "temperature"),
    ],
)
def test_each_figure_has_its_gate(stage: tiny.Stage, figures: dict[str, float], gate: str) -> None:
    spoil(stage, lambda record: replace(record, after=record.after | figures))
    assert failed(stage, STRICT) == {gate, "manifest"}
    assert failed(stage, STRICT, "calib.apply=off") == {gate}


def test_intervals_of_another_alpha_are_not_judged_as_those_that_are_asked_for(stage: tiny.Stage) -> None:
    """Intervals that miss 0.4 say nothing of those that may miss 0.3, however well they keep their own promise."""
    gates = checked(stage, "calib.alpha=0.3")
    assert {name for name, gate in gates.items() if not gate.passed} == {"coverage", "coverage fgs1"}
    assert all("0.4" in gates[name].reason and "calib.alpha=0.3" in gates[name].reason for name in ("coverage", "coverage fgs1"))
    assert gates["coverage"].figure
    assert "calibrate-corel" in gates["coverage"].repair


def test_small_losses_are_none(stage: tiny.Stage) -> None:
    spoil(stage, lambda record: replace(record, after=record.after | {"corel_gll": record.after["corel_gll"] - 0.01}))
    assert failed(stage, "calib.apply=off") == set()
    assert failed(stage, "calib.apply=off", "calib.gate_gll_drop=0.005") == {"gll"}


def test_a_temperature_that_costs_a_little_passes_and_is_not_called_a_gain(stage: tiny.Stage) -> None:
    spoil(stage, lambda record: replace(record, after=record.after | {"temperature_gll": record.before["gll"] - 0.01}))
    gate = checked(stage, "calib.apply=off")["temperature"]
    assert (gate.passed, gate.figure) == (True, "-0.0100 nat")
    assert "a loss that is tolerated" in gate.reason


def test_without_a_calibration_nothing_of_it_is_judged(stage: tiny.Stage) -> None:
    shutil.rmtree(calibration_folder(stage.workspace))
    assert failed(stage) == set(NAMES[:5])
    assert "calibrate-temp" in checked(stage)["calibration"].repair


def test_a_calibration_of_another_model_fails(stage: tiny.Stage) -> None:
    assert failed(stage, "loss.sigma_min=2e-5") == set(NAMES[:5])
    assert "sigma_min" in checked(stage, "loss.sigma_min=2e-5")["calibration"].reason


def test_the_temperature_alone_is_judged_too(stage: tiny.Stage) -> None:
    spoil(stage, lambda record: replace(record, corel=None))
    gates = checked(stage, "calib.apply=off")
    after = read_record(calibration_folder(stage.workspace)).after
    assert gates["coverage"].figure == f"{after['groups_coverage']:.4f}"


def test_the_baseline_must_be_there_and_of_the_same_planets(stage: tiny.Stage) -> None:
    path = baseline_path(stage.workspace)
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"planets_sha256": "0" * 64}))
    assert failed(stage) == {"gll"}
    assert "other planets" in checked(stage)["gll"].reason
    elsewhere = stage.workspace.root / "kept.json"
    elsewhere.write_text(json.dumps(content))
    assert all(gate.passed for gate in check_gates(stage.config, stage.workspace, baseline=elsewhere))
    path.unlink()
    assert failed(stage) == {"gll"}
    assert checked(stage)["gll"].repair == "spectramind gates record"


def test_the_dashboard_must_be_the_one_that_the_manifest_names(stage: tiny.Stage) -> None:
    page, manifest_path = stage.workspace.outputs / "page.html", stage.workspace.outputs / "submission_manifest.json"
    page.write_text("another page")
    assert failed(stage) == {"dashboard"}
    page.unlink()
    assert failed(stage) == {"dashboard"}
    manifest = json.loads(manifest_path.read_text())
    del manifest["diagnostics"]
    manifest_path.write_text(json.dumps(manifest))
    gate = checked(stage)["dashboard"]
    assert (gate.passed, gate.repair) == (False, "spectramind diagnose dashboard")


def test_artifacts(stage: tiny.Stage) -> None:
    submission, manifest = (stage.workspace.outputs / name for name in ("submission.csv", "submission_manifest.json"))
    written = submission.read_text()
    submission.write_text(written.replace("0.", "7.", 1))
    assert failed(stage) == {"submission", "manifest"}
    submission.write_text(written)
    assert failed(stage) == set()
    intervals = stage.workspace.outputs / "submission_intervals.csv"
    kept = intervals.read_text()
    intervals.write_text(kept + "\n")
    assert failed(stage) == {"manifest"}
    assert "intervals" in checked(stage)["manifest"].reason
    intervals.write_text(kept)
    assert failed(stage) == set()
    manifest.unlink()
    stage.workspace.events_path.write_text("")
    assert failed(stage) == {"manifest", "logs", "dashboard"}
    assert "events.jsonl" in checked(stage)["logs"].reason


def test_a_submission_of_another_calibration_is_told(stage: tiny.Stage) -> None:
    path = record_path(stage.workspace)
    path.write_text(path.read_text() + "\n")
    assert failed(stage) == {"manifest"}


def test_honest_intervals_pass_as_often_as_they_should() -> None:
    """The tolerance is binomial: of honest coverages about 1 % fail, of intervals that cover 0.8 instead of 0.9 nearly all."""
    generator = np.random.default_rng(7)

    def share_passed(covers: float) -> float:
        inside = generator.binomial(400, covers, 2000) / 400.0
        return float(np.mean([coverage_gate("coverage", float(share), 400.0, 0.1, 0.99).passed for share in inside]))

    assert 0.98 <= share_passed(0.9) <= 1.0
    assert share_passed(0.8) < 0.02


def test_bins_that_err_together_raise_no_false_alarm() -> None:
    """283 bins of which 90 % of the variance is common to a planet: counted as independent they would fail every third time."""
    generator = np.random.default_rng(5)
    passed, passed_as_independent = [], []
    for _ in range(400):
        z = np.sqrt(0.9) * generator.standard_normal((60, 1)) + np.sqrt(0.1) * generator.standard_normal((60, 283))
        inside = np.abs(z) <= gaussian_quantile(0.1)
        covered = float(inside.mean())
        passed.append(coverage_gate("coverage", covered, effective_number(inside), 0.1, 0.99).passed)
        passed_as_independent.append(coverage_gate("coverage", covered, float(inside.size), 0.1, 0.99).passed)
    assert np.mean(passed) > 0.95
    assert np.mean(passed_as_independent) < 0.75


def test_few_planets_are_judged_mildly() -> None:
    assert coverage_gate("coverage", 0.75, 8.0, 0.1, 0.99).passed
    assert not coverage_gate("coverage", 0.75, 800.0, 0.1, 0.99).passed
    assert "too few to fail" in coverage_gate("coverage", 0.0, 1.0, 0.1, 0.99).reason


@pytest.mark.parametrize("diagnostics", [["a page"], {"dashboard": "page.html"}, {"dashboard": {"file": "page.html"}}, {"dashboard": None}])
def test_a_manifest_that_breaks_its_schema_fails_and_stops_no_other_gate(stage: tiny.Stage, diagnostics: object) -> None:
    path = stage.workspace.outputs / "submission_manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"diagnostics": diagnostics}))
    assert failed(stage) == {"manifest", "dashboard"}


@pytest.mark.parametrize(("part", "name"), [("after", "corel_coverage_worth"), ("after", "temperature_gll"), ("before", "gll")])
def test_a_record_without_its_figures_fails_and_stops_no_other_gate(stage: tiny.Stage, part: str, name: str) -> None:
    path = record_path(stage.workspace)
    content = json.loads(path.read_text())
    del content[part][name]
    path.write_text(json.dumps(content))
    assert failed(stage) == {*NAMES[:5], "manifest"}
    assert name in checked(stage)["calibration"].reason


def test_a_record_without_its_likelihood_is_no_baseline(stage: tiny.Stage) -> None:
    spoil(stage, lambda record: replace(record, after={}))
    with pytest.raises(InputDataError, match="lacks figures") as caught:
        present_baseline(stage.workspace)
    assert "corel_gll" in str(caught.value.received)


def test_figures_whose_planets_are_damaged_are_not_judged(stage: tiny.Stage) -> None:
    path = calibration_folder(stage.workspace) / LEFT_OUT_NAME
    path.write_bytes(path.read_bytes()[:1000])
    assert failed(stage) == set(NAMES[:5])
    assert LEFT_OUT_NAME in checked(stage)["calibration"].reason
