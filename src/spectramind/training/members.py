"""The members of an ensemble: trained side by side, or one after the other by processes that train together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from spectramind.models.network import Network, build_network
from spectramind.training.checkpoint import CheckpointStore
from spectramind.training.curriculum import make_objective, phase_settings
from spectramind.training.ensemble import MemberRecord
from spectramind.training.epoch_watch import EpochWatch
from spectramind.training.journal import Journal, JournalLine
from spectramind.training.member import JOURNAL_NAME, MemberPlan, MemberTraining
from spectramind.training.mlflow_sink import MlflowSink
from spectramind.training.objective import Objective
from spectramind.training.processes import Processes
from spectramind.training.seeds import make_deterministic, seed_everything
from spectramind.training.setup import TrainingSetup, examples_of
from spectramind.training.splits import assert_disjoint
from spectramind.training.weights import member_weights
from spectramind.utils.artifacts import sha256_file
from spectramind.utils.errors import ConfigError
from spectramind.utils.parallel import map_unordered, worker_count
from spectramind.utils.progress import Progress

Report = Callable[[], None]
"""Called whenever an epoch has ended and stands in the journal."""


@dataclass(frozen=True, kw_only=True)
class TrainedMember:
    """A trained member, and its validation before training."""

    record: MemberRecord
    before: dict[str, float]


def train_members(setup: TrainingSetup, processes: Processes, progress: Progress) -> list[TrainedMember]:
    """Train all members and show their epochs as they end, those from before an interruption at once.

    Raises:
        SpectraMindError: What a member's training raised.
    """
    folds = range(setup.config.train.members)
    workers = min(worker_count(setup.config.global_.workers), len(folds)) if processes.world == 1 else 1
    epochs = phase_settings(setup.config.train, setup.phase).epochs
    progress.start(f"train {setup.phase}", len(folds) * (epochs + 1))
    try:
        watch = EpochWatch([member_folder(setup, fold) / JOURNAL_NAME for fold in folds], progress.advance)
        if workers == 1:
            report = watch if processes.leads else _say_nothing
            trained = [train_member(fold, setup=setup, report=report, processes=processes) for fold in folds]
            report()
            return trained
        work = partial(train_member, setup=setup, report=_say_nothing, processes=processes)
        results = dict(map_unordered(work, folds, workers, tick=watch))
        watch()
    finally:
        progress.finish()
    trained = []
    for fold in folds:
        result = results[fold]
        if isinstance(result, BaseException):
            raise result
        trained.append(result)
    return trained


def train_member(fold: int, *, setup: TrainingSetup, report: Report, processes: Processes) -> TrainedMember:
    """Train one member in this process, which from now on computes with one thread: sums then have one order everywhere."""
    config = setup.config
    make_deterministic(threads=1)
    training = examples_of(setup, setup.splits.training_ids(fold))
    validation = examples_of(setup, setup.splits.validation_ids(fold))
    assert_disjoint([each.planet_id for each in training], [each.planet_id for each in validation])
    plan = MemberPlan(
        phase=setup.phase,
        fold=fold,
        seed=setup.seed,
        settings=config.train,
        curriculum=phase_settings(config.train, setup.phase),
        training=training,
        validation=validation,
        folder=member_folder(setup, fold),
    )
    objective = make_objective(setup.phase, config, np.array(setup.wavelength_um), np.array([each.truth for each in training]))
    store = _open_store(plan, setup, objective, processes)
    parameters = {"key": setup.key, "fold": str(fold)}
    sink = (
        MlflowSink(setup.workspace.outputs / "mlflow", f"{setup.phase} {fold}", parameters)
        if config.train.mlflow and processes.leads
        else None
    )

    def tell(line: JournalLine) -> None:
        report()
        if sink is not None:
            sink.append(line)

    MemberTraining(plan, _network(setup, fold), objective, store, tell, processes).run()
    if sink is not None:
        sink.close()
    processes.wait()
    return _trained(plan, setup, store)


def member_folder(setup: TrainingSetup, fold: int) -> Path:
    """Return where a member keeps its checkpoints and its journal."""
    return setup.folder / f"fold_{fold}"


def _network(setup: TrainingSetup, fold: int) -> Network:
    """Return the network with the weights of the phase before, or fresh ones of this member's own."""
    config = setup.config
    seed_everything(setup.seed, "weights", fold)
    network = build_network(
        config.model,
        wavelength_um=np.array(setup.wavelength_um),
        seam_bins=config.data.extraction.seam_bins,
        sigma_min=config.loss.sigma_min,
    )
    earlier = setup.start.member(fold) if setup.start is not None else None
    if earlier is not None:
        try:
            network.load_state_dict(member_weights(setup.workspace, earlier))
        except RuntimeError as error:  # names or shapes differ
            raise ConfigError(
                f"the weights of the {setup.started_from} phase do not fit this network",
                where=f"model, fold {fold}",
                received=str(error).splitlines()[1].strip(),
                hint=f"spectramind train --phase {setup.started_from} with this configuration, then this phase again",
            ) from error
    return network


def _open_store(plan: MemberPlan, setup: TrainingSetup, objective: Objective, processes: Processes) -> CheckpointStore:
    """Open the store, the first process before all others: it clears away what killed writers left."""
    for turn in (True, False):
        if processes.leads is turn:
            store = CheckpointStore(
                plan.folder,
                config_hash=setup.key,
                split_hash=setup.splits.sha256,
                monitor=f"{objective.monitor}_val",
                keep=setup.config.train.keep,
            )
        processes.wait()
    return store


def _trained(plan: MemberPlan, setup: TrainingSetup, store: CheckpointStore) -> TrainedMember:
    epochs = [line for line in Journal(plan.folder / JOURNAL_NAME).read() if line.event == "epoch"]
    path = store.best()
    best = store.load(path)
    record = MemberRecord(
        fold=plan.fold,
        checkpoint=str(path.relative_to(setup.workspace.root)),
        sha256=sha256_file(path),
        epoch=best.epoch,
        epochs=epochs[-1].epoch,
        metrics=best.metrics,
    )
    return TrainedMember(record=record, before=epochs[0].metrics)


def _say_nothing() -> None:
    """Only the first process of those that train together shows progress; of members side by side the journals are read."""
