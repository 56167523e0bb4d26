"""Killed between any two writes, a calibration is the old one or the new one as a whole, and a submission is never half another."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import tiny_training as tiny

from spectramind.calibration.left_out import LeftOut, read_left_out
from spectramind.calibration.store import COREL_NAME, CalibrationRecord, read_record
from spectramind.diagnostics.uncertainty.report import report_files
from spectramind.inference import calibrate_uncertainty as engine
from spectramind.inference.calibration_products import Describe, no_report, store
from spectramind.inference.gates import check_gates
from spectramind.inference.predict import predict
from spectramind.inference.uncertainty import calibration_folder
from spectramind.utils.progress import SilentProgress

PHYSICS = ("model.kind=physics", "calib.alpha=0.4")
# What a write comes to: between two of these calls everything that can be torn is torn.
CALLS = ("fsync", "replace", "rename", "unlink", "rmdir", "mkdir")
MOST_CALLS = 500


class Stopped(Exception):
    """Raised where a process is not killed."""


def in_a_fork(work: Callable[[], object], moment: int) -> bool:
    """Do the work in a process that is killed before its n-th call of `CALLS`; True where it was killed, False where it came to its end."""
    child = os.fork()
    if child == 0:
        try:
            stop_before(moment, lambda: os.kill(os.getpid(), signal.SIGKILL), setattr)
            work()
            os._exit(0)
        finally:
            os._exit(1)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def stop_before(moment: int, stop: Callable[[], object], put: Callable[[Any, str, Any], None]) -> None:
    calls = [0]

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            calls[0] += 1
            if calls[0] == moment:
                stop()
            return function(*arguments, **options)

        return call

    for name in CALLS:
        put(os, name, counted(getattr(os, name)))


def described(folder: Path) -> Describe:
    return partial(report_files, folder=folder, config_sha256="c" * 64)


def files(folder: Path) -> dict[str, str]:
    """Files that anybody would take for real, by their hashes."""
    paths = [path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.startswith(".")]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory: pytest.TempPathFactory) -> tiny.Stage:
    """Temperature and COREL with their report."""
    stage = tiny.make_stage(tmp_path_factory.mktemp("whole"), *PHYSICS, planets=tiny.PLANETS[:4], bins=283)
    describe = described(calibration_folder(stage.workspace))
    for command in (engine.calibrate_temperature, engine.calibrate_corel):
        command(stage.config, stage.workspace, progress=SilentProgress(), describe=describe)
    return stage


@pytest.fixture
def stage(calibrated: tiny.Stage, tmp_path: Path) -> tiny.Stage:
    shutil.copytree(calibrated.workspace.root, tmp_path / "w")
    return tiny.at(tmp_path / "w", calibrated.config.data.raw_dir, *PHYSICS)


def test_a_killed_calibration_leaves_all_of_the_old_set_or_all_of_the_new_one(stage: tiny.Stage) -> None:
    """The new set has other numbers and no quantiles, so that a file must go as well."""
    folder = calibration_folder(stage.workspace)
    old, saved = files(folder), folder.with_name("saved")
    shutil.copytree(folder, saved)
    made: list[tuple[CalibrationRecord, LeftOut]] = []

    def keep(record: CalibrationRecord, left_out: LeftOut) -> dict[str, str]:
        made.append((record, left_out))
        return report_files(record, left_out, folder=folder, config_sha256="c" * 64)

    other = stage.changed(*PHYSICS, "calib.objective=gll", "calib.alpha=0.5")
    engine.calibrate_temperature(other.config, other.workspace, progress=SilentProgress(), describe=keep)
    new = files(folder)
    assert set(old) - set(new) == {COREL_NAME}
    texts = keep(*made[0])
    seen = []
    for moment in range(1, MOST_CALLS):
        shutil.rmtree(folder)
        shutil.copytree(saved, folder)
        if not in_a_fork(lambda: store(stage.workspace, *made[0], lambda _record, _left_out: texts), moment):
            break
        read_record(folder)
        read_left_out(folder)
        assert files(folder) in (old, new), moment
        seen.append(files(folder) == new)
    assert files(folder) == new
    assert len(seen) > 50
    assert seen == sorted(seen), "once the new set counts, no later moment goes back to the old one"
    assert {False, True} == set(seen)


@pytest.mark.parametrize("command", [engine.calibrate_temperature, engine.calibrate_corel])
@pytest.mark.parametrize("moment", [1, 12])
def test_a_calibration_that_fails_between_two_writes_changes_nothing(
    stage: tiny.Stage, command: Callable[..., object], moment: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = calibration_folder(stage.workspace)
    before = files(folder)

    def stop() -> None:
        raise Stopped

    other = stage.changed(*PHYSICS, "calib.shrink=false")
    with monkeypatch.context() as patch, pytest.raises(Stopped):
        stop_before(moment, stop, patch.setattr)
        command(other.config, other.workspace, progress=SilentProgress(), describe=described(folder))
    assert files(folder) == before
    assert not list(folder.rglob(".*.tmp.*"))
    command(other.config, other.workspace, progress=SilentProgress(), describe=described(folder))
    assert read_left_out(folder).truth.shape == (4, 283)


def test_the_first_calibration_that_was_killed_while_it_moved_is_found_by_the_prediction(stage: tiny.Stage) -> None:
    folder = calibration_folder(stage.workspace)
    record, left_out = read_record(folder), read_left_out(folder)
    killed = []
    for moment in range(1, MOST_CALLS, 2):
        shutil.rmtree(folder, ignore_errors=True)  # killed at the first moment it is not there
        if not in_a_fork(lambda: store(stage.workspace, record, left_out, no_report), moment):
            break
        complete = (folder / ".complete").is_dir()
        if complete or not (folder / "calibration.json").exists():
            report = predict(stage.config, stage.workspace, out_csv=stage.workspace.outputs / "a.csv", progress=SilentProgress())
            killed.append((complete, report.uncertainty.startswith("temperature and COREL")))
    assert {(True, True), (False, False)} == set(killed)


def test_a_killed_prediction_leaves_no_table_that_is_taken_for_real(stage: tiny.Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spectramind.inference.predict.utc_now", lambda: "2025-01-01T00:00:00Z")  # or no two manifests are the same
    outputs = stage.workspace.outputs
    out_csv, kaggle_csv = outputs / "submission.csv", outputs / "kaggle.csv"

    def run(which: tiny.Stage) -> None:
        predict(which.config, which.workspace, out_csv=out_csv, kaggle_csv=kaggle_csv, progress=SilentProgress())

    other = stage.changed(*PHYSICS, "loss.sigma_min=0.01", "calib.apply=off")
    run(other)
    old, saved = files(outputs), outputs.with_name("saved")
    shutil.copytree(outputs, saved)
    run(stage)
    new = files(outputs)
    assert all(old[name] != new[name] for name in old)
    torn = 0
    for moment in range(1, MOST_CALLS):
        shutil.rmtree(outputs)
        shutil.copytree(saved, outputs)
        if not in_a_fork(lambda: run(stage), moment):
            break
        after = files(outputs)
        assert set(after) == set(new), "no other table, whole or half"
        assert all(after[name] in (old[name], new[name]) for name in after)
        for which, whole in ((stage, new), (other, old)):
            gates = {gate.gate: gate for gate in check_gates(which.config, which.workspace)}
            judged = {name: digest for name, digest in after.items() if name != "kaggle.csv"}
            if judged not in ({name: digest for name, digest in one.items() if name != "kaggle.csv"} for one in (old, new)):
                assert not gates["manifest"].passed, "a submission of one run with the manifest of another"
                torn += which is stage
            elif judged.items() <= whole.items():
                assert gates["manifest"].passed
        run(stage)
        assert files(outputs) == new
        assert not list(outputs.rglob(".*.tmp.*")), moment
    assert torn
