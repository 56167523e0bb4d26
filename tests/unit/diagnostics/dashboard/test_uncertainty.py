"""The section of the uncertainties: it shows what there is, and says what makes the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_left_out
from tiny_dashboard import TinyRun

from spectramind.calibration.left_out import LEFT_OUT_NAME, write_left_out
from spectramind.calibration.store import RECORD_NAME
from spectramind.diagnostics.dashboard.page import write_dashboard
from spectramind.diagnostics.dashboard.uncertainty import of_predicted, read_half_width, section
from spectramind.diagnostics.run_data import RunData
from spectramind.inference.intervals import INTERVALS_NAME, writing_intervals
from spectramind.inference.uncertainty import calibration_folder
from spectramind.utils.artifacts import sha256_file, write_json
from spectramind.utils.progress import SilentProgress


def calibrated(run: TinyRun) -> None:
    folder = calibration_folder(run.workspace)
    folder.mkdir(parents=True)
    write_json(folder / RECORD_NAME, {"left_out": write_left_out(folder, tiny_left_out.left_out())})


def with_intervals(run: RunData, factor: float) -> RunData:
    """Intervals of `factor` sigma beside the submission, in another order of the planets."""
    path = run.submission.with_name(INTERVALS_NAME)
    with writing_intervals(path, run.wavelength_um.size) as writer:
        for planet_id, mu, sigma in reversed(list(zip(run.planet_ids, run.mu, run.sigma, strict=True))):
            writer.write(planet_id, mu, factor * sigma)
    intervals = {"file": path.name, "sha256": sha256_file(path), "alpha": 0.2, "method": "conformal"}
    return replace(run, manifest={**run.manifest, "uncertainty": {**run.manifest["uncertainty"], "intervals": intervals}})


def test_without_truth_and_calibration_it_says_what_makes_them(run: TinyRun) -> None:
    shown = section(run.load(truth=False))
    assert shown.panels == ()
    assert "spectramind calibrate-temp" in shown.absent


def test_planets_left_out_are_shown(run: TinyRun) -> None:
    calibrated(run)
    shown = section(run.load(truth=False))
    assert shown.absent == ""
    assert {panel.name.rpartition("-")[0] for panel in shown.panels} == {"left-out-planets"}
    assert shown.panels[0].sources == (calibration_folder(run.workspace) / LEFT_OUT_NAME,)


def test_a_truth_is_judged_too_and_names_stay_unique(run: TinyRun) -> None:
    alone = section(run.load())
    assert {panel.name.rpartition("-")[0] for panel in alone.panels} == {"predicted-planets"}
    calibrated(run)
    names = [panel.name for panel in section(run.load()).panels]
    assert len(set(names)) == len(names) > len(alone.panels)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-500])


def no_archive(path: Path) -> None:
    path.write_bytes(b"nothing")
    write_json(path.with_name(RECORD_NAME), {"left_out": sha256_file(path)})


def cut_archive(path: Path) -> None:
    cut_short(path)
    write_json(path.with_name(RECORD_NAME), {"left_out": sha256_file(path)})


@pytest.mark.parametrize("damage", [cut_short, no_archive, cut_archive])
def test_damaged_planets_left_out_are_named_and_the_others_still_shown(run: TinyRun, damage: Callable[[Path], None]) -> None:
    calibrated(run)
    path = calibration_folder(run.workspace) / LEFT_OUT_NAME
    damage(path)
    absent = section(run.load(truth=False)).absent
    assert str(path) in absent
    assert "damaged" in absent
    assert "spectramind calibrate-temp, then spectramind calibrate-corel" in absent
    shown = section(run.load())
    assert {panel.name.rpartition("-")[0] for panel in shown.panels} == {"predicted-planets"}
    assert absent in shown.lead


def test_a_dashboard_is_made_beside_damaged_planets_left_out(run: TinyRun) -> None:
    calibrated(run)
    path = calibration_folder(run.workspace) / LEFT_OUT_NAME
    cut_short(path)
    report = write_dashboard(run.config, run.workspace, progress=SilentProgress())
    assert str(path) in report.sections["uncertainty"]
    assert LEFT_OUT_NAME in Path(report.page).read_text(encoding="utf-8")


def test_planets_without_truth_are_left_out(run: TinyRun) -> None:
    data = run.load()
    assert data.truth is not None
    truth = data.truth.copy()
    truth[1] = np.nan
    judged = of_predicted(replace(data, truth=truth))
    assert judged is not None
    assert judged.classes == ("COMPLETE", "FALLBACK", "COMPLETE")
    np.testing.assert_array_equal(judged.mu, data.mu[[0, 2, 3]])
    truth[1:] = np.nan
    assert of_predicted(replace(data, truth=truth)) is None


def test_intervals_beside_the_submission_are_judged_by_their_own_alpha(run: TinyRun) -> None:
    data = with_intervals(run.load(), 1.3)
    half_width = read_half_width(data)
    assert half_width is not None
    np.testing.assert_allclose(half_width, 1.3 * data.sigma, atol=1e-10)
    judged = of_predicted(data)
    assert judged is not None
    assert judged.alpha == 0.2
    assert list(judged.inside) == ["submission", "intervals"]
    data.submission.with_name(INTERVALS_NAME).unlink()
    assert read_half_width(data) is None


def test_intervals_of_another_submission_are_not_used(run: TinyRun) -> None:
    data = with_intervals(run.load(), 1.3)
    path = data.submission.with_name(INTERVALS_NAME)
    path.write_text(path.read_text().replace("upper_0", "upper_zero"))
    assert read_half_width(data) is None
    judged = of_predicted(data)
    assert judged is not None
    assert judged.alpha == pytest.approx(data.config.calib.alpha)
