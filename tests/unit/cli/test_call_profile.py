"""Profiles of calls: of a command that ends well, one that fails, and ones that leave nothing."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from spectramind.cli.call_profile import CallProfile
from spectramind.utils.config import load_config
from spectramind.utils.errors import InputDataError
from spectramind.utils.run_profile import configs_folder, read_rows, samples_folder, stages_path
from spectramind.utils.runs import Workspace

if TYPE_CHECKING:
    from tests.conftest import Run

FAST = "diag.profile_interval_s=0.02"


def work(*_arguments: object, **_options: object) -> object:
    class Report:
        def as_dict(self) -> dict[str, object]:
            return {}

    time.sleep(0.2)
    return Report()


def fail(*_arguments: object, **_options: object) -> NoReturn:
    time.sleep(0.2)
    raise InputDataError("torn")


def test_stages_inside_stages_are_told_apart(tmp_path: Path) -> None:
    workspace, done = Workspace(tmp_path).ensure(), 0
    profile = CallProfile(0.01, lambda: done)
    with profile.stage("run"):
        with profile.stage("calibrate"):
            done = 3
            time.sleep(0.15)
        with profile.stage("predict"):
            done = 5
            time.sleep(0.15)
    profile.write(workspace, ts="2026-01-02T03:04:05Z", cmd="run", sha256="a" * 64, resolved={"seed": 1}, keep=3)
    rows = {row["stage"]: row for row in read_rows(stages_path(workspace))}
    assert list(rows) == ["calibrate", "predict", "run"]
    assert [rows[name]["items"] for name in rows] == ["3", "2", "5"]
    assert float(rows["run"]["wall_s"]) >= 0.3
    assert float(rows["predict"]["items_per_s"]) == pytest.approx(2.0 / float(rows["predict"]["wall_s"]), rel=1e-4)
    assert all(float(row["peak_rss_mib"]) > 10.0 for row in rows.values())
    (samples,) = samples_folder(workspace).iterdir()
    assert {row["stage"] for row in read_rows(samples)} >= {"calibrate", "predict"}


def test_a_stage_that_fails_is_measured_too(tmp_path: Path) -> None:
    workspace, profile = Workspace(tmp_path).ensure(), CallProfile(0.01, int)

    def broken() -> NoReturn:
        time.sleep(0.1)
        raise KeyError

    with pytest.raises(KeyError), profile.stage("calibrate"):
        broken()
    profile.write(workspace, ts="2026-01-02T03:04:05Z", cmd="calibrate", sha256="a" * 64, resolved={}, keep=3)
    assert [row["stage"] for row in read_rows(stages_path(workspace))] == ["calibrate"]


@pytest.mark.parametrize(("engine", "code"), [(work, 0), (fail, 6)])
def test_a_command_leaves_its_profile_and_its_configuration(
    spectramind: Run, monkeypatch: pytest.MonkeyPatch, engine: object, code: int
) -> None:
    monkeypatch.setattr("spectramind.data.calibrate.calibrate", engine)
    outcome = spectramind("calibrate", FAST)
    assert outcome.code == code
    workspace, event = Workspace(outcome.root), outcome.events[-1]
    (row,) = read_rows(stages_path(workspace))
    assert (row["ts"], row["cmd"], row["stage"]) == (event["ts"], event["cmd"], "calibrate")
    assert float(row["wall_s"]) == pytest.approx(event["metrics"]["stage_s/calibrate"], abs=0.05)
    (samples,) = samples_folder(workspace).iterdir()
    assert len(read_rows(samples)) >= 2
    kept = json.loads((configs_folder(workspace) / f"{event['cfg']}.json").read_text())
    assert kept["diag"]["profile_interval_s"] == 0.02


@pytest.mark.parametrize("arguments", [("diag.profile_interval_s=0",), (FAST, "--dry-run"), ("diag.profile_interval_s=60",)])
def test_nothing_is_left_where_nothing_was_sampled(spectramind: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]) -> None:
    monkeypatch.setattr("spectramind.data.calibrate.calibrate", work)
    monkeypatch.setattr("spectramind.data.calibrate.plan", lambda *_arguments: {"planets": 1})
    outcome = spectramind("calibrate", *arguments)
    assert outcome.code == 0
    assert not (outcome.root / "outputs" / "diagnostics").exists()


def test_of_several_processes_the_first_speaks(spectramind: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spectramind.data.calibrate.calibrate", work)
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "1")
    assert not (spectramind("calibrate", FAST).root / "outputs" / "diagnostics").exists()


def test_a_profile_that_cannot_be_written_fails_no_command(spectramind: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object, **_options: object) -> NoReturn:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("spectramind.data.calibrate.calibrate", work)
    monkeypatch.setattr("spectramind.cli.call_profile.write_profile", full)
    outcome = spectramind("calibrate", FAST)
    assert outcome.code == 0
    assert "warning: the profile was not written" in outcome.stderr
    assert outcome.events[-1]["exit_code"] == 0


def test_the_defaults_are_a_sample_a_second_and_fifty_calls() -> None:
    diag = load_config().diag
    assert (diag.profile_interval_s, diag.profile_keep) == (1.0, 50)
