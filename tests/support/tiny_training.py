"""A workspace in which a tiny network trains in a second: a dataset of empty visits, and their features put there directly."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_dataset
import tiny_example

from spectramind.data.dataset import Dataset
from spectramind.data.identifiers import VisitId
from spectramind.features.build import KINDS, feature_path, features_by
from spectramind.training import train as engine
from spectramind.training.ensemble import EnsembleRecord, checkpoints_folder, read_record
from spectramind.training.journal import Journal, JournalLine
from spectramind.training.train import TrainReport
from spectramind.utils.artifacts import sha256_json
from spectramind.utils.config import load_config
from spectramind.utils.config.schema import Config
from spectramind.utils.products import commit_product, update_manifest
from spectramind.utils.progress import SilentProgress
from spectramind.utils.runs import Workspace

BINS = tiny_dataset.LAST_BIN - tiny_dataset.FIRST_BIN + 2
TIMES = 24
# The posterior is this many of its standard deviations too shallow, at every bin: easily learnt.
OFFSET_SIGMAS = 3.0
SIGMA = 1e-4
PLANETS = tuple(str(number) for number in range(11, 19))
TEST_PLANET = "31"

NETWORK = (
    *("model.fgs1.width=4", "model.fgs1.layers=1", "model.fgs1.state=2", "model.fgs1.head_width=4", "model.fgs1.chunk=8"),
    *("model.airs.width=4", "model.airs.layers=1", "model.airs.heads=2", "model.airs.window_links=0", "model.fusion.width=4"),
    *("model.decoder.width=4", "model.decoder.coarse_bins=4", "model.decoder.middle_bins=8"),
)
OVERRIDES = (
    *("global.workers=1", "model=network", "model.learn_prior=false", "data.extraction.seam_bins=[]"),
    *("train.folds=2", "train.members=2", "train.batch_size=2", "train.mae.epochs=3", "train.contrastive.epochs=3"),
    *("train.supervised.epochs=3", "train.supervised.learning_rate=0.03"),
    *NETWORK,
)


@dataclass(frozen=True)
class Stage:
    """Where a training happens."""

    config: Config
    workspace: Workspace

    @property
    def dataset(self) -> Dataset:
        return Dataset.open(self.config.data.raw_dir)

    def changed(self, *overrides: str) -> Stage:
        """The same place under another configuration."""
        return at(self.workspace.root, self.config.data.raw_dir, *overrides)

    def put(self, visit: VisitId, arrays: Mapping[str, Mapping[str, Any]]) -> None:
        """Store the features of a visit."""
        version, key = features_by(self.config, self.dataset), sha256_json(visit.name)
        for kind in KINDS:
            commit_product(feature_path(self.workspace, kind, visit, key), dict(arrays[kind]), {"key": key, "version": version})
        update_manifest(self.workspace.features, {visit.key: {"status": "built", "version": version, "key": key}})

    def forget(self, planet_id: str) -> None:
        """Take the features of a planet away."""
        update_manifest(
            self.workspace.features, {VisitId("train", planet_id, 0).key: {"status": "set aside", "reason": "the dark is gone"}}
        )

    def train(self, phase: str = "supervised") -> TrainReport:
        return engine.train(self.config, self.workspace, phase, progress=SilentProgress())

    def record(self, phase: str = "supervised") -> EnsembleRecord:
        record = read_record(self.workspace, phase)
        assert record is not None
        return record

    def folder(self, phase: str = "supervised") -> Path:
        """Checkpoints and journals of the recorded training of a phase."""
        return checkpoints_folder(self.workspace, phase) / self.record(phase).key[:12]

    def journal(self, fold: int, phase: str = "supervised") -> list[JournalLine]:
        return Journal(self.folder(phase) / f"fold_{fold}" / "journal.jsonl").read()


def at(root: Path, raw: Path, *overrides: str) -> Stage:
    """A stage whose files are there already."""
    config = load_config([*OVERRIDES, *overrides])
    config = replace(config, paths=replace(config.paths, root=root), data=replace(config.data, raw_dir=raw))
    return Stage(config, Workspace(root).ensure())


def visit_features(seed: int, bins: int = BINS) -> tuple[dict[str, dict[str, Any]], np.ndarray[Any, np.dtype[np.float64]]]:
    """Features of a visit, and the true depths of its planet."""
    generator = np.random.default_rng(seed)
    arrays = {kind: dict(own) for kind, own in tiny_example.features(seed, bins=bins, times=TIMES).items()}
    measured = generator.uniform(0.008, 0.016) + generator.normal(0.0, 2e-4, bins)
    precision = np.eye(bins) / SIGMA**2
    arrays["transit"] |= {"likelihood_precision": precision, "likelihood_right": precision @ measured, "converged": np.array(True)}
    return arrays, measured + OFFSET_SIGMAS * SIGMA


def make_stage(
    folder: Path, *overrides: str, planets: tuple[str, ...] = PLANETS, bins: int = BINS, unlabelled: tuple[str, ...] = (TEST_PLANET,)
) -> Stage:
    """Write the dataset and the features of all planets, one visit each."""
    raw = folder / "raw"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiny_dataset, "LAST_BIN", tiny_dataset.FIRST_BIN + bins - 2)
        airs = replace(tiny_dataset.AIRS, columns=bins + 3)
        tiny_dataset.write_tables(raw, airs, tiny_dataset.FGS1, list(planets), list(unlabelled))
    for split, own in (("train", planets), ("test", unlabelled)):
        for planet_id in own:
            for sensor in ("FGS1", "AIRS-CH0"):
                path = raw / split / planet_id / f"{sensor}_signal_0.parquet"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
    rows = [(raw / "train.csv").read_text().splitlines()[0]]
    rows += [",".join([planet_id, *map(repr, visit_features(int(planet_id), bins)[1].tolist())]) for planet_id in planets]
    (raw / "train.csv").write_text("\n".join(rows) + "\n")
    stage = at(folder / "w", raw, *overrides)
    for planet_id in planets:
        stage.put(VisitId("train", planet_id, 0), visit_features(int(planet_id), bins)[0])
    for planet_id in unlabelled:
        stage.put(VisitId("test", planet_id, 0), visit_features(int(planet_id), bins)[0])
    return stage


def outcome(root: Path) -> dict[str, str]:
    """Hashes of what trainings left in a workspace; journals without their times, checkpoints without the commit."""
    found = {}
    for path in sorted((root / "outputs" / "checkpoints").rglob("*")):
        if path.name == "journal.jsonl":
            content = [{**json.loads(line), "seconds": 0.0} for line in path.read_text().splitlines()]
            found[str(path.relative_to(root))] = sha256_json(content)
        elif path.name.startswith("step_") and path.suffix == ".json":
            found[str(path.relative_to(root))] = sha256_json({**json.loads(path.read_text()), "git_sha": ""})
        elif path.is_file():
            found[str(path.relative_to(root))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found
