"""The train stage: one phase of the curriculum for every member of the ensemble."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from spectramind.data.dataset import Dataset
from spectramind.training.curriculum import phase_settings
from spectramind.training.ensemble import EnsembleRecord, checkpoints_folder, record_path, write_record
from spectramind.training.members import TrainedMember, train_members
from spectramind.training.setup import TrainingSetup, labelled_planets, prepare, starting_point
from spectramind.utils.config import config_dict
from spectramind.utils.config.schema import Config
from spectramind.utils.progress import Progress
from spectramind.utils.runs import Workspace


@dataclass(frozen=True, kw_only=True)
class TrainReport:
    """What came of a phase.

    Attributes:
        started_from: Phase whose weights it began with, empty for none.
        metrics: Means over the members of the validation at their best epoch.
        before: The same of the untrained state.
    """

    phase: str
    record: str
    started_from: str
    members: int
    planets: int
    epochs: list[int]
    best_epochs: list[int]
    metrics: dict[str, float]
    before: dict[str, float]
    set_aside: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return dict(vars(self))


def plan(config: Config, workspace: Workspace, phase: str) -> dict[str, Any]:
    """Say what ``train`` would do."""
    dataset = Dataset.open(config.data.raw_dir)
    chosen = phase_settings(config.train, phase)
    return {
        "phase": phase,
        "labelled_planets": len(labelled_planets(dataset)),
        "folds": config.train.folds,
        "members": config.train.members,
        "epochs": chosen.epochs,
        "would_start_from": starting_point(workspace, phase)[0] or "untrained weights",
        "output": str(checkpoints_folder(workspace, phase)),
    }


def train(config: Config, workspace: Workspace, phase: str, *, progress: Progress) -> TrainReport:
    """Train every member of the ensemble through a phase; a run that was killed goes on, one that ended is reused.

    Raises:
        InputDataError: If there are too few labelled planets with features, or stored splits that do not fit.
        ConfigError: If the network cannot be built or its loss is not finite.
        BusyError: If another process trains in this workspace.
    """
    from spectramind.training.processes import Processes
    from spectramind.training.profile import archive

    processes = Processes.join()
    dataset = Dataset.open(config.data.raw_dir)
    with _lock(workspace, leads=processes.leads):
        if not processes.leads:
            processes.wait()  # for the splits, which only the first process stores
        setup = prepare(config, workspace, dataset, phase, progress)
        if processes.leads:
            processes.wait()
        members = train_members(setup, processes, progress)
        if processes.leads:
            write_record(workspace, record_of(setup, members))
            if config.train.profiler:
                archive(workspace, phase, setup.folder)
    return TrainReport(
        phase=phase,
        record=str(record_path(workspace, phase)),
        started_from=setup.started_from,
        members=len(members),
        planets=len(setup.examples),
        epochs=[member.record.epochs for member in members],
        best_epochs=[member.record.epoch for member in members],
        metrics=_mean([member.record.metrics for member in members]),
        before=_mean([member.before for member in members]),
        set_aside=setup.set_aside,
    )


@contextmanager
def _lock(workspace: Workspace, *, leads: bool) -> Iterator[None]:
    """Hold the lock of this workspace; of processes that train together only the first takes it."""
    if not leads:
        yield
        return
    with workspace.lock("train"):
        yield


def record_of(setup: TrainingSetup, members: Sequence[TrainedMember]) -> EnsembleRecord:
    """Return the record of trained members."""
    return EnsembleRecord(
        key=setup.key,
        phase=setup.phase,
        model=config_dict(setup.config.model),
        sigma_min=setup.config.loss.sigma_min,
        seed=setup.seed,
        splits_sha256=setup.splits.sha256,
        fold_of=setup.splits.fold_of,
        seam_bins=setup.config.data.extraction.seam_bins,
        wavelength_um=setup.wavelength_um,
        data_hash=setup.data_hash,
        training_sha256=setup.training_sha256,
        started_from=setup.start.key if setup.start else "",
        set_aside=setup.set_aside,
        members=tuple(member.record for member in members),
    )


def _mean(metrics: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: sum(each[name] for each in metrics) / len(metrics) for name in metrics[0]}
