"""The stages calibrate-temp and calibrate-corel: what they fit, on whom they judge it, what they store and refuse."""

from __future__ import annotations

import csv
import html
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tiny_training as tiny

from spectramind.calibration.corel import fit_corel, gaussian_quantile
from spectramind.calibration.left_out import LeftOut, read_left_out
from spectramind.calibration.quality import QualityClass
from spectramind.calibration.store import CalibrationRecord, read_record
from spectramind.calibration.temperature import fit_temperature
from spectramind.diagnostics.uncertainty.report import report_files
from spectramind.features.build import data_hash
from spectramind.inference.calibrate_uncertainty import calibrate_corel, calibrate_temperature, plan, plan_corel
from spectramind.inference.calibration_products import CalibrationReport
from spectramind.inference.gates import check_gates
from spectramind.inference.health import COLUMNS
from spectramind.inference.out_of_sample import predict_labelled
from spectramind.inference.predict import predict
from spectramind.inference.sigma_quality import require_for_intervals
from spectramind.inference.uncertainty import calibration_folder, record_path
from spectramind.inference.uncertainty_in_use import UncertaintyInUse
from spectramind.utils.errors import BusyError, ConfigError, InputDataError, RuntimeLimitRisk
from spectramind.utils.progress import SilentProgress

PHYSICS = ("model.kind=physics", "calib.alpha=0.3")
Engine = Callable[..., CalibrationReport]


def run(engine: Engine, stage: tiny.Stage, *overrides: str) -> CalibrationReport:
    changed = stage.changed(*PHYSICS, *overrides)
    return engine(changed.config, changed.workspace, progress=SilentProgress())


def record_of(stage: tiny.Stage) -> CalibrationRecord:
    return read_record(calibration_folder(stage.workspace))


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory: pytest.TempPathFactory) -> tiny.Stage:
    """A workspace with a temperature; nobody writes into it."""
    stage = tiny.make_stage(tmp_path_factory.mktemp("calibrated"), *PHYSICS)
    run(calibrate_temperature, stage)
    return stage


@pytest.fixture
def stage(calibrated: tiny.Stage, tmp_path: Path) -> tiny.Stage:
    """A copy of it."""
    shutil.copytree(calibrated.workspace.root, tmp_path / "w")
    return tiny.at(tmp_path / "w", calibrated.config.data.raw_dir, *PHYSICS)


def test_the_temperature_is_that_of_all_planets_and_judged_on_others(calibrated: tiny.Stage) -> None:
    predicted = predict_labelled(calibrated.config, calibrated.workspace, calibrated.dataset, progress=SilentProgress())
    naive = {"naive_mean": predicted.naive_mean, "naive_sigma": predicted.naive_sigma}
    record = record_of(calibrated)
    assert record.temperature == fit_temperature(predicted.truth, predicted.mu, predicted.sigma, by="score", **naive)
    assert record.temperature.airs > 1.5  # depths are three sigma off
    assert record.corel is None
    # Each of the eight planets is a fold of its own.
    every = []
    for planet in range(8):
        rest = np.delete(np.arange(8), planet)
        own = fit_temperature(predicted.truth[rest], predicted.mu[rest], predicted.sigma[rest], by="score", **naive)
        every.append((predicted.truth[planet] - predicted.mu[planet]) / own.apply(predicted.sigma)[planet])
    assert record.after["temperature_z_airs"] == pytest.approx(np.sqrt((np.array(every)[:, 1:] ** 2).mean()))
    left_out = read_left_out(calibration_folder(calibrated.workspace))
    np.testing.assert_allclose((left_out.truth - left_out.mu) / left_out.sigma_temperature, every)
    np.testing.assert_array_equal(left_out.sigma_model, predicted.sigma)
    assert tuple(left_out.planet_ids) == predicted.planet_ids
    assert record.after["temperature_gll"] > record.before["gll"] + 1.0
    assert record.after["temperature_score"] > record.before["score"]


def test_the_record_says_what_it_was_made_from(calibrated: tiny.Stage) -> None:
    provenance = record_of(calibrated).provenance
    assert provenance.planet_ids == tiny.PLANETS
    assert provenance.model == {"kind": "physics"}
    assert provenance.data_hash == data_hash(calibrated.config, calibrated.dataset)
    assert record_of(calibrated).wavelength_um == tuple(calibrated.dataset.wavelength_um.tolist())


def test_classes_are_judged_and_few_planets_have_no_factor(calibrated: tiny.Stage) -> None:
    record = record_of(calibrated)
    assert set(record.groups.factors.values()) == {1.0}
    assert sum(record.groups.planets.values()) == len(tiny.PLANETS)
    assert {name: len(values) for name, values in record.columns.items()} == dict.fromkeys(COLUMNS, len(tiny.PLANETS))
    assert set(read_left_out(calibration_folder(calibrated.workspace)).quality) <= set(QualityClass)
    assert record.after["groups_score"] >= record.after["temperature_score"] - 1e-9


def test_the_objective_is_the_configured_one(stage: tiny.Stage) -> None:
    by_score = record_of(stage).temperature
    run(calibrate_temperature, stage, "calib.objective=gll")
    predicted = predict_labelled(stage.config, stage.workspace, stage.dataset, progress=SilentProgress())
    z = (predicted.truth - predicted.mu) / predicted.sigma
    assert record_of(stage).temperature.airs == pytest.approx(np.sqrt((z[:, 1:] ** 2).mean()))
    assert record_of(stage).temperature != by_score


def test_corel_is_added_to_the_temperature(stage: tiny.Stage) -> None:
    report = run(calibrate_corel, stage)
    record = record_of(stage)
    predicted = predict_labelled(stage.config, stage.workspace, stage.dataset, progress=SilentProgress())
    expected = fit_corel(predicted.truth, predicted.mu, record.temperature.apply(predicted.sigma), alpha=0.3, shrink=True)
    assert record.corel is not None
    np.testing.assert_array_equal(record.corel.q, expected.q)
    np.testing.assert_array_equal(record.corel.sigma_scale, expected.sigma_scale)
    assert (report.planets, report.reason) == (8, "")
    assert report.before == {name.removeprefix("groups_"): value for name, value in record.after.items() if "groups_" in name}
    assert report.after["coverage"] == record.after["corel_coverage"]
    assert 0.4 < report.after["coverage"] <= 1.0
    assert report.factors["min"] <= report.factors["median"] <= report.factors["max"]
    with (calibration_folder(stage.workspace) / "corel_q_bin.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [float(row["q"]) for row in rows] == expected.q.tolist()
    left_out = read_left_out(calibration_folder(stage.workspace))
    inside = np.abs(left_out.truth - left_out.mu) <= left_out.half_width
    assert inside.mean() == pytest.approx(report.after["coverage"])
    assert left_out.alpha == 0.3
    plain = run(calibrate_corel, stage, "calib.shrink=false")
    assert plain.factors != report.factors


def test_coverage_is_that_of_planets_left_out(stage: tiny.Stage) -> None:
    """The quantile of seven planets at alpha 0.13 is the largest |z|: only the worst of all eight in a bin is outside."""
    report = run(calibrate_corel, stage, "calib.alpha=0.13")
    assert report.after["coverage"] == pytest.approx(7.0 / 8.0)
    assert report.after["coverage_fgs1"] == pytest.approx(7.0 / 8.0)


def test_another_temperature_drops_corel(stage: tiny.Stage) -> None:
    run(calibrate_corel, stage)
    run(calibrate_temperature, stage)
    assert record_of(stage).corel is None
    assert not (calibration_folder(stage.workspace) / "corel_q_bin.csv").exists()


def test_corel_needs_the_temperature(stage: tiny.Stage) -> None:
    shutil.rmtree(calibration_folder(stage.workspace))
    with pytest.raises(InputDataError, match="temperature first") as caught:
        run(calibrate_corel, stage)
    assert caught.value.hint == "spectramind calibrate-temp"


def test_too_few_planets_for_the_guarantee(stage: tiny.Stage) -> None:
    run(calibrate_corel, stage)
    with pytest.raises(InputDataError, match="needs 10 planets"):
        run(calibrate_corel, stage, "calib.alpha=0.1")
    assert record_of(stage).corel is not None
    report = run(calibrate_corel, stage, "calib.alpha=0.1", "calib.keep_temperature=true")
    assert "needs 10 planets" in report.reason
    assert report.after == {}
    assert record_of(stage).corel is None
    left_out = read_left_out(calibration_folder(stage.workspace))
    np.testing.assert_allclose(left_out.half_width, gaussian_quantile(0.1) * left_out.sigma_calibrated)
    after = record_of(stage).after
    assert not [name for name in after if name.startswith("corel")]
    inside = np.abs(left_out.truth - left_out.mu) <= left_out.half_width
    assert after["groups_alpha"] == 0.1, "of the intervals that are in use"
    assert after["groups_coverage"] == pytest.approx(inside.mean())


def test_corel_of_another_model_or_of_other_planets_is_refused(stage: tiny.Stage) -> None:
    with pytest.raises(ConfigError, match="something else"):
        run(calibrate_corel, stage, "loss.sigma_min=2e-5")
    stage.forget(tiny.PLANETS[3])
    with pytest.raises(ConfigError, match="other planets") as caught:
        run(calibrate_corel, stage)
    assert "7" in caught.value.received


def test_two_planets_are_too_few(tmp_path: Path) -> None:
    stage = tiny.make_stage(tmp_path, *PHYSICS, planets=tiny.PLANETS[:2])
    with pytest.raises(InputDataError, match="too few labelled planets"):
        run(calibrate_temperature, stage)
    assert not calibration_folder(stage.workspace).exists()


def test_a_busy_workspace_is_refused(stage: tiny.Stage) -> None:
    with stage.workspace.lock("uncertainty"), pytest.raises(BusyError):
        run(calibrate_temperature, stage)


def test_a_second_run_writes_the_same_bytes(stage: tiny.Stage) -> None:
    path = calibration_folder(stage.workspace) / "calibration.json"
    before = path.read_bytes()
    run(calibrate_temperature, stage)
    assert path.read_bytes() == before


def test_the_plan_writes_nothing(tmp_path: Path) -> None:
    stage = tiny.make_stage(tmp_path, *PHYSICS, planets=tiny.PLANETS[:2])
    planned = plan(stage.config, stage.workspace)
    assert (planned["model"], planned["labelled_planets"], planned["alpha"]) == ("physics", 2, 0.3)
    assert not calibration_folder(stage.workspace).exists()


def test_the_plan_of_corel_says_what_it_lacks(stage: tiny.Stage) -> None:
    planned = plan_corel(stage.config, stage.workspace)
    assert planned["temperature"] == str(record_path(stage.workspace))
    assert planned.items() > plan(stage.config, stage.workspace).items()
    shutil.rmtree(calibration_folder(stage.workspace))
    assert plan_corel(stage.config, stage.workspace)["temperature"] == "none yet: spectramind calibrate-temp"
    require_for_intervals(planned["planets_needed"], stage.config.calib.alpha)
    with pytest.raises(InputDataError, match="COREL needs"):
        require_for_intervals(planned["planets_needed"] - 1, stage.config.calib.alpha)


def test_corel_is_judged_with_the_temperature_that_it_is_added_to(stage: tiny.Stage) -> None:
    """Planets left out are judged by a temperature fitted as configured: it must be the one of the record."""
    run(calibrate_temperature, stage, "calib.objective=gll")
    with pytest.raises(ConfigError, match="fitted otherwise") as caught:
        run(calibrate_corel, stage)
    assert caught.value.hint == "spectramind calibrate-temp"
    assert record_of(stage).corel is None
    run(calibrate_corel, stage, "calib.objective=gll")
    assert record_of(stage).corel is not None


def test_a_temperature_at_its_limit_is_told_in_log_report_page_gate_and_manifest(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Labels of another unit, say: every truth is thirty sigma away."""
    stage = tiny.make_stage(tmp_path, *PHYSICS, bins=283)
    labels = stage.config.data.raw_dir / "train.csv"
    head, *rows = (line.split(",") for line in labels.read_text().splitlines())
    rows = [[planet, *(repr(float(depth) + 3e-3) for depth in depths)] for planet, *depths in rows]
    labels.write_text("\n".join(",".join(row) for row in (head, *rows)) + "\n")
    pages: list[str] = []

    def describe(record: CalibrationRecord, left_out: LeftOut) -> dict[str, str]:
        pages.append(report_files(record, left_out, folder=tmp_path, config_sha256="c" * 64)["uncertainty.html"])
        return {}

    for engine in (calibrate_temperature, calibrate_corel):
        caplog.clear()
        report = engine(stage.config, stage.workspace, progress=SilentProgress(), describe=describe)
        assert "The temperature of AIRS is 10" in report.warning
        assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [report.warning]
        assert report.warning in html.unescape(pages.pop())
    caplog.clear()
    predict(stage.config, stage.workspace, out_csv=tmp_path / "submission.csv", progress=SilentProgress())
    assert report.warning in [record.message for record in caplog.records]
    manifest = json.loads((tmp_path / "submission_manifest.json").read_text())
    assert manifest["uncertainty"]["temperature"]["warning"] == report.warning
    gates = {gate.gate: gate for gate in check_gates(stage.config, stage.workspace)}
    assert report.warning in gates["temperature"].reason


def test_a_temperature_within_its_range_is_told_nowhere(stage: tiny.Stage, caplog: pytest.LogCaptureFixture) -> None:
    assert run(calibrate_temperature, stage).warning == ""
    assert not [record for record in caplog.records if record.levelname == "WARNING"]


class TooSlow(SilentProgress):
    """A listener whose time is over within one stage."""

    def __init__(self, stage: str) -> None:
        self._stage, self._now = stage, ""

    def start(self, description: str, total: int) -> None:
        self._now = description

    def advance(self, note: str = "") -> None:
        if self._now == self._stage:
            raise RuntimeLimitRisk("The run would not end in time.")


@pytest.mark.parametrize("slow", ["labelled planets", "calibrations without a fold"])
def test_too_little_time_for_corel_leaves_the_temperature_and_the_manifest_says_so(stage: tiny.Stage, slow: str, tmp_path: Path) -> None:
    before, left_out = record_of(stage), read_left_out(calibration_folder(stage.workspace))
    with pytest.raises(RuntimeLimitRisk):
        calibrate_corel(stage.config, stage.workspace, progress=TooSlow(slow))
    assert record_of(stage).without_corel == ""
    keeping = stage.changed(*PHYSICS, "calib.keep_temperature=true")
    report = calibrate_corel(keeping.config, keeping.workspace, progress=TooSlow(slow))
    assert report.reason == "sigma stays that of the temperature: there was too little time for COREL: The run would not end in time."
    assert (report.after, report.factors, report.planets) == ({}, {}, 8)
    record = record_of(stage)
    assert (record.temperature, record.corel, record.after) == (before.temperature, None, before.after)
    np.testing.assert_array_equal(read_left_out(calibration_folder(stage.workspace)).half_width, left_out.half_width)
    assert UncertaintyInUse.open(keeping.config, keeping.workspace, keeping.dataset, {"kind": "physics"}).reason == (
        "temperature alone: there was too little time for COREL: The run would not end in time."
    )
    run(calibrate_corel, stage)
    assert record_of(stage).without_corel == ""
    report = calibrate_corel(keeping.config, keeping.workspace, progress=TooSlow(slow))
    assert report.reason.startswith("COREL stays as it was fitted before: ")
    assert record_of(stage).corel is not None


def test_too_little_time_before_there_is_a_temperature_is_an_error_still(stage: tiny.Stage) -> None:
    shutil.rmtree(calibration_folder(stage.workspace))
    keeping = stage.changed(*PHYSICS, "calib.keep_temperature=true")
    with pytest.raises(InputDataError, match="temperature first"):
        calibrate_corel(keeping.config, keeping.workspace, progress=TooSlow("labelled planets"))


def test_too_little_time_is_no_excuse_for_a_temperature_of_another_model(stage: tiny.Stage) -> None:
    """It is refused before a planet is predicted; else the call would end well, and the prediction after it would refuse the record."""
    other = stage.changed(*PHYSICS, "calib.keep_temperature=true", "loss.sigma_min=2e-5")
    with pytest.raises(ConfigError, match="made for something else"):
        calibrate_corel(other.config, other.workspace, progress=TooSlow("labelled planets"))
    assert record_of(stage).without_corel == ""
