"""The section of the trainings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import tiny_latents
import tiny_training
from tiny_latents import run_of

from spectramind.diagnostics.dashboard.learning import section
from spectramind.diagnostics.section import Panel
from spectramind.training.ensemble import record_path


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tiny_training.Stage:
    """Two phases; nobody writes into it."""
    stage = tiny_latents.make_stage(tmp_path_factory.mktemp("trained"), "train.supervised.epochs=2", "train.mae.epochs=1")
    stage.train("mae")
    stage.train("supervised")
    return stage


def panels_of(stage: tiny_training.Stage) -> dict[str, Panel]:
    return {panel.name: panel for panel in section(run_of(stage)).panels}


def test_every_phase_and_fold_has_its_curves(trained: tiny_training.Stage) -> None:
    panels = panels_of(trained)
    assert {"learning-mae", "learning-supervised", "learning-mae-folds", "learning-supervised-folds"} <= set(panels)
    assert "learning-contrastive" not in panels
    figure = panels["learning-supervised"].figure
    assert figure is not None
    assert {trace.name for trace in figure.data} == {"fold 0", "fold 1"}
    assert {str(path.parent.name) for path in panels["learning-supervised"].sources} == {"fold_0", "fold_1"}


def test_the_chosen_epoch_is_that_of_the_record(trained: tiny_training.Stage) -> None:
    panels = panels_of(trained)
    chosen = {member.fold: member.epoch for member in trained.record().members}
    figure = panels["learning-supervised"].figure
    assert figure is not None
    stars = {trace.name: int(trace.x[0]) for trace in figure.data if trace.mode == "markers" and trace.yaxis == "y"}
    assert stars == {f"fold {fold}": epoch for fold, epoch in chosen.items()}
    assert {row["fold"]: row["chosen epoch"] for row in panels["learning-supervised-folds"].rows} == chosen


def test_without_a_training_the_command_is_named(tmp_path: Path) -> None:
    found = section(run_of(tiny_latents.make_stage(tmp_path, "model=physics", "model.learn_prior=false")))
    assert not found.panels
    assert "spectramind train" in found.absent


def test_a_training_without_record_shows_the_folder_that_was_worked_on_last(tmp_path: Path) -> None:
    stage = tiny_latents.make_stage(tmp_path, "train.supervised.epochs=1")
    stage.train()
    first = stage.folder()
    other = stage.changed("train.supervised.epochs=2")
    other.train()
    second = stage.folder()
    for path in first.rglob("journal.jsonl"):
        os.utime(path, (1.0, 1.0))
    run = run_of(stage)
    record_path(stage.workspace, "supervised").unlink()
    panel = section(run).panels[0]
    assert panel.title == "Phase supervised, last worked on"
    assert {path.parents[1] for path in panel.sources} == {second}
    assert first != second


def test_a_damaged_record_says_so_in_its_place(tmp_path: Path) -> None:
    stage = tiny_latents.make_stage(tmp_path, "model=physics", "model.learn_prior=false")
    run = run_of(stage)
    path = record_path(stage.workspace, "supervised")
    path.parent.mkdir(parents=True)
    path.write_text("{")
    (panel,) = section(run).panels
    assert "cannot be read" in str(panel.rows[0]["what"])


def test_the_ablation_is_a_table_beside_its_report(tmp_path: Path) -> None:
    stage = tiny_latents.make_stage(tmp_path, "model=physics", "model.learn_prior=false")
    folder = stage.workspace.outputs / "ablation"
    folder.mkdir()
    (folder / "ablation.html").write_text("page")
    (folder / "ablation.csv").write_text("rank,variant,score_mean,effect,gll\n1,base,0.5,,8\n2,physics only,-0.25,harms,7\n")
    (panel,) = section(run_of(stage)).panels
    assert panel.name == "ablation"
    assert [(row["rank"], row["variant"], row["score"], row["effect"]) for row in panel.rows] == [
        (1, "base", 0.5, None),
        (2, "physics only", -0.25, "harms"),
    ]
    assert folder / "ablation.html" in panel.sources
