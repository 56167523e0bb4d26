"""The train stage: a phase for all members, its record, what is reused, and what is refused."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tiny_training as tiny
import torch

from spectramind.data.identifiers import VisitId
from spectramind.training import members as members_module
from spectramind.training import train as engine
from spectramind.training.ensemble import checkpoints_folder, read_record
from spectramind.training.member import MemberPlan, MemberTraining
from spectramind.training.splits import Splits, make_splits, splits_path
from spectramind.training.train import TrainReport, plan
from spectramind.training.weights import member_weights
from spectramind.utils.artifacts import sha256_file
from spectramind.utils.errors import BusyError, ConfigError, InputDataError
from spectramind.utils.progress import SilentProgress

PHASES = ("mae", "contrastive", "supervised")


class Counting(SilentProgress):
    """Keeps what it is told of the last stage."""

    def __init__(self) -> None:
        self.total = 0
        self.done: list[str] = []

    def start(self, description: str, total: int) -> None:
        self.total, self.done = total, []

    def advance(self, note: str = "") -> None:
        self.done.append(note)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> tuple[tiny.Stage, dict[str, TrainReport]]:
    """All phases, one after the other."""
    stage = tiny.make_stage(tmp_path_factory.mktemp("chain"))
    return stage, {phase: stage.train(phase) for phase in PHASES}


@pytest.fixture
def make_stage(tmp_path: Path) -> Callable[..., tiny.Stage]:
    def make(*overrides: str, planets: tuple[str, ...] = tiny.PLANETS[:4]) -> tiny.Stage:
        return tiny.make_stage(tmp_path, *overrides, planets=planets)

    return make


def test_every_phase_begins_where_the_one_before_ended(chain: tuple[tiny.Stage, dict[str, TrainReport]]) -> None:
    stage, reports = chain
    assert [reports[phase].started_from for phase in PHASES] == ["", "mae", "contrastive"]
    keys = [stage.record(phase).key for phase in PHASES]
    assert [stage.record(phase).started_from for phase in PHASES] == ["", *keys[:2]]


def test_report_and_record_agree(chain: tuple[tiny.Stage, dict[str, TrainReport]]) -> None:
    stage, reports = chain
    for phase in PHASES:
        report, record = reports[phase], stage.record(phase)
        assert (report.phase, report.members, report.planets, report.set_aside) == (phase, 2, len(tiny.PLANETS), {})
        assert report.best_epochs == [member.epoch for member in record.members]
        assert report.epochs == [member.epochs for member in record.members] == [3, 3]
        assert report.metrics.keys() == report.before.keys()
        for name, value in report.metrics.items():
            assert value == pytest.approx(sum(member.metrics[name] for member in record.members) / 2)
        for member in record.members:
            assert sha256_file(stage.workspace.root / member.checkpoint) == member.sha256
        assert set(record.fold_of) == set(tiny.PLANETS)
        json.dumps(report.as_dict())


def test_training_helps(chain: tuple[tiny.Stage, dict[str, TrainReport]]) -> None:
    report = chain[1]["supervised"]
    assert report.metrics["gll_val"] < report.before["gll_val"] - 1.0
    assert report.metrics["score_val"] > report.before["score_val"]


def test_planets_of_a_fold_are_not_trained_on(chain: tuple[tiny.Stage, dict[str, TrainReport]], monkeypatch: pytest.MonkeyPatch) -> None:
    stage, _ = chain
    seen = []

    class Spy(MemberTraining):
        def __init__(self, plan: MemberPlan, *arguments: Any) -> None:
            seen.append((plan.fold, {each.planet_id for each in plan.training}, {each.planet_id for each in plan.validation}))
            super().__init__(plan, *arguments)

    monkeypatch.setattr(members_module, "MemberTraining", Spy)
    stage.train("supervised")
    fold_of = stage.record().fold_of
    assert [fold for fold, _, _ in seen] == [0, 1]
    for fold, training, validation in seen:
        assert validation == {planet for planet, own in fold_of.items() if own == fold}
        assert training == set(tiny.PLANETS) - validation


def test_a_training_that_ended_is_reused(chain: tuple[tiny.Stage, dict[str, TrainReport]]) -> None:
    stage, reports = chain
    root = stage.workspace.root
    before = {path: path.read_bytes() for path in (root / "outputs").rglob("*") if path.is_file() and path.suffix != ".lock"}
    times = {path: path.stat().st_mtime_ns for path in before if path.suffix == ".safetensors"}
    assert stage.train("supervised") == reports["supervised"]
    assert {path: path.read_bytes() for path in before} == before
    assert {path: path.stat().st_mtime_ns for path in times} == times


def test_switches_do_not_make_another_training(chain: tuple[tiny.Stage, dict[str, TrainReport]]) -> None:
    stage, reports = chain
    assert stage.changed("train.profiler=true", "train.anomaly=true", "train.keep=1").train() == reports["supervised"]


@pytest.mark.parametrize("override", ["train.weight_decay=0.5", "train.supervised.epochs=1", "loss.weights.smoothness=7", "train.mask=0.5"])
def test_another_configuration_has_another_folder(make_stage: Callable[..., tiny.Stage], override: str) -> None:
    stage = make_stage("train.supervised.epochs=0")
    stage.train()
    first, kept = stage.record().key, stage.folder()
    other = stage.changed("train.supervised.epochs=0", override)
    other.train()
    assert other.record().key != first
    assert kept.exists()
    assert {path.name for path in checkpoints_folder(stage.workspace, "supervised").iterdir() if path.is_dir()} == {
        first[:12],
        other.record().key[:12],
    }


def test_other_data_make_another_training(make_stage: Callable[..., tiny.Stage]) -> None:
    stage = make_stage("train.supervised.epochs=0")
    stage.train()
    first = stage.record().key
    arrays, _ = tiny.visit_features(99)
    changed, _ = tiny.visit_features(int(tiny.PLANETS[0]))
    changed["airs_bins"] = arrays["airs_bins"]  # the depths stay
    stage.put(VisitId("train", tiny.PLANETS[0], 0), changed)
    stage.train()
    assert stage.record().key != first


def test_the_plan_trains_nothing(make_stage: Callable[..., tiny.Stage]) -> None:
    stage = make_stage()
    expected = {"phase": "contrastive", "labelled_planets": 4, "folds": 2, "members": 2, "epochs": 3}
    found = plan(stage.config, stage.workspace, "contrastive")
    assert expected.items() <= found.items()
    assert found["would_start_from"] == "untrained weights"
    assert not checkpoints_folder(stage.workspace, "contrastive").exists()
    assert not splits_path(stage.workspace).exists()


def test_the_plan_names_the_phase_before(chain: tuple[tiny.Stage, dict[str, TrainReport]]) -> None:
    stage, _ = chain
    assert plan(stage.config, stage.workspace, "supervised")["would_start_from"] == "contrastive"


@pytest.mark.parametrize("lost", [1, 4])
def test_a_fold_without_planets_is_refused(make_stage: Callable[..., tiny.Stage], lost: int) -> None:
    """One fold of five planets is emptied, or both: there may be more planets than folds and still nothing to validate."""
    stage = make_stage(planets=tiny.PLANETS[:5])
    splits = make_splits(tiny.PLANETS[:5], 2, stage.config.global_.seed)
    smaller = min((splits.validation_ids(fold) for fold in range(2)), key=len)
    assert len(smaller) == 2
    for planet_id in smaller if lost == 1 else tiny.PLANETS[:5]:
        stage.forget(planet_id)
    with pytest.raises(InputDataError, match="too few planets") as caught:
        stage.train()
    assert "the dark is gone" in caught.value.received
    assert "spectramind features" in caught.value.hint
    assert read_record(stage.workspace, "supervised") is None


def test_fewer_planets_than_folds_are_refused(make_stage: Callable[..., tiny.Stage]) -> None:
    with pytest.raises(InputDataError, match="fewer labelled planets"):
        make_stage("train.folds=5").train()


def test_a_planet_without_features_is_set_aside(make_stage: Callable[..., tiny.Stage]) -> None:
    stage = make_stage("train.supervised.epochs=1")
    stage.forget(tiny.PLANETS[0])
    report = stage.train()
    assert report.planets == 3
    assert "the dark is gone" in report.set_aside[tiny.PLANETS[0]]
    assert stage.record().set_aside == report.set_aside


def test_one_of_two_members(make_stage: Callable[..., tiny.Stage]) -> None:
    both, one = make_stage("train.supervised.epochs=1"), make_stage("train.supervised.epochs=1", "train.members=1")
    one.train()
    first = one.record().members
    both.train()
    assert both.record().members[:1] == first
    assert len(both.record().members) == 2


def no_fork() -> int:
    raise AssertionError("a process with threads must not fork: the child may wait forever for a lock that nobody holds")


def test_many_workers_are_as_good_as_one_and_tell_every_epoch(
    make_stage: Callable[..., tiny.Stage], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = make_stage("train.supervised.epochs=1")
    stage.train()
    alone = tiny.outcome(stage.workspace.root)
    other = tiny.make_stage(tmp_path / "other", "train.supervised.epochs=1", "global.workers=2", planets=tiny.PLANETS[:4])
    monkeypatch.setattr(os, "fork", no_fork)
    progress = Counting()
    engine.train(other.config, other.workspace, "supervised", progress=progress)
    assert tiny.outcome(other.workspace.root) == alone
    assert progress.total == len(progress.done) == 4
    assert sorted(note.split(":")[0] for note in progress.done) == [f"fold {fold} epoch {epoch}" for fold in (0, 1) for epoch in (0, 1)]


def test_a_training_that_goes_on_tells_the_epochs_from_before_too(
    make_stage: Callable[..., tiny.Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = make_stage()
    train_epoch = MemberTraining._train_epoch

    def dies(training: MemberTraining) -> dict[str, float]:
        if training._plan.fold == 1 and training._epoch == 2:
            raise KeyboardInterrupt
        return train_epoch(training)

    monkeypatch.setattr(MemberTraining, "_train_epoch", dies)
    with pytest.raises(KeyboardInterrupt):
        stage.train()
    monkeypatch.setattr(MemberTraining, "_train_epoch", train_epoch)
    progress = Counting()
    engine.train(stage.config, stage.workspace, "supervised", progress=progress)
    assert len(progress.done) == progress.total == 8


def test_altered_splits_are_refused(make_stage: Callable[..., tiny.Stage]) -> None:
    stage = make_stage("train.supervised.epochs=0")
    stage.train()
    path = splits_path(stage.workspace)
    content = json.loads(path.read_text())
    content["fold_of"][tiny.PLANETS[0]] = 1 - content["fold_of"][tiny.PLANETS[0]]
    path.write_text(json.dumps(content))
    with pytest.raises(InputDataError, match="altered"):
        stage.train()


def test_splits_that_leak_are_refused(make_stage: Callable[..., tiny.Stage], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Splits, "training_ids", lambda self, fold: tuple(self.fold_of))
    stage = make_stage()
    with pytest.raises(InputDataError, match="training and in the validation set"):
        stage.train()
    assert read_record(stage.workspace, "supervised") is None
    assert not list(stage.workspace.outputs.rglob("*.safetensors"))


def test_weights_of_another_network_are_refused(make_stage: Callable[..., tiny.Stage]) -> None:
    make_stage("train.mae.epochs=0").train("mae")
    with pytest.raises(ConfigError, match="mae phase do not fit") as caught:
        make_stage("model.fusion.width=8").train()
    assert "train --phase mae" in caught.value.hint


def test_weights_of_other_splits_are_refused(make_stage: Callable[..., tiny.Stage]) -> None:
    """A member of the phase before would have seen, if not the labels, the light of planets that now validate."""
    stage = make_stage("train.mae.epochs=0")
    stage.train("mae")
    splits_path(stage.workspace).unlink()
    other = stage.changed("train.mae.epochs=0", "global.seed=12345")
    with pytest.raises(InputDataError, match="other splits") as caught:
        other.train()
    assert "train --phase mae" in caught.value.hint
    other.train("mae")
    assert other.train().started_from == "mae"


def test_a_busy_workspace_is_refused(make_stage: Callable[..., tiny.Stage]) -> None:
    stage = make_stage()
    with stage.workspace.lock("train"), pytest.raises(BusyError):
        stage.train()


def test_mlflow_that_is_not_there_stops_nothing(
    make_stage: Callable[..., tiny.Stage], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with caplog.at_level(logging.WARNING):
        report = make_stage("train.mlflow=true", "train.supervised.epochs=1").train()
    assert report.epochs == [1, 1]
    assert "MLflow is off" in caplog.text


def test_profile_and_anomaly_mode(make_stage: Callable[..., tiny.Stage]) -> None:
    stage = make_stage("train.profiler=true", "train.anomaly=true", "train.supervised.epochs=2")
    stage.train()
    for fold in range(2):
        header, *rows = (stage.folder() / f"fold_{fold}" / "profile.csv").read_text().splitlines()
        assert header.startswith("operation,calls")
        assert any("backward" in row.lower() for row in rows)
    archived = (stage.workspace.outputs / "diagnostics" / "operators_supervised.csv").read_text()
    assert "backward" in archived.lower()


def test_epoch_0_holds_the_best_weights_of_the_phase_before(make_stage: Callable[..., tiny.Stage]) -> None:
    stage = make_stage("train.mae.epochs=1", "train.supervised.epochs=0")
    stage.train("mae")
    stage.train()
    loaded = []
    for fold in range(2):
        before, after = (stage.record(phase).member(fold) for phase in ("mae", "supervised"))
        assert before is not None
        assert after is not None
        old, new = member_weights(stage.workspace, before), member_weights(stage.workspace, after)
        assert old.keys() == new.keys()
        assert all(torch.equal(values, new[name]) for name, values in old.items())
        loaded.append(new)
    assert not all(torch.equal(values, loaded[1][name]) for name, values in loaded[0].items())
