"""Epochs told from journals: each once, whatever happened to the file meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from spectramind.training.epoch_watch import EpochWatch, epoch_note
from spectramind.training.journal import Journal, JournalLine


def line(epoch: int, fold: int = 0, event: str = "epoch", **metrics: float) -> JournalLine:
    return JournalLine(
        event=event,
        phase="supervised",
        fold=fold,
        epoch=epoch,
        step=epoch,
        losses={},
        metrics=metrics or {"gll_val": -8.5, "total_val": 1.0},
        learning_rate=1e-3,
        seconds=1.0,
    )


@pytest.fixture
def told() -> list[str]:
    return []


def test_every_epoch_is_told_once_and_steps_are_not(tmp_path: Path, told: list[str]) -> None:
    paths = [tmp_path / name / "journal.jsonl" for name in "ab"]
    watch = EpochWatch(paths, told.append)
    watch()
    assert told == []
    Journal(paths[0]).append(line(0))
    watch()
    Journal(paths[0]).append(line(0, event="step"))
    Journal(paths[1]).append(line(0, fold=1))
    Journal(paths[0]).append(line(1))
    watch()
    watch()
    assert told == ["fold 0 epoch 0: gll -8.5", "fold 0 epoch 1: gll -8.5", "fold 1 epoch 0: gll -8.5"]


def test_a_line_that_is_still_being_written_waits(tmp_path: Path, told: list[str]) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path).append(line(0))
    whole = path.read_text()
    path.write_text(whole[:-20])
    watch = EpochWatch([path], told.append)
    watch()
    assert told == []
    path.write_text(whole)
    watch()
    assert len(told) == 1


def test_an_epoch_that_is_trained_again_counts_once(tmp_path: Path, told: list[str]) -> None:
    path = tmp_path / "journal.jsonl"
    for epoch in (0, 1):
        Journal(path).append(line(epoch))
    watch = EpochWatch([path], told.append)
    watch()
    Journal(path).rewind(0, 0)
    watch()
    for epoch in (1, 2):
        Journal(path).append(line(epoch))
    watch()
    assert [note.split(":")[0] for note in told] == ["fold 0 epoch 0", "fold 0 epoch 1", "fold 0 epoch 2"]


def test_a_broken_journal_is_left_to_its_member(tmp_path: Path, told: list[str]) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text("{torn}\n")
    EpochWatch([path], told.append)()
    assert told == []


def test_without_a_likelihood_the_loss_is_told() -> None:
    assert epoch_note(line(2, total_val=0.25)) == "fold 0 epoch 2: total 0.25"
