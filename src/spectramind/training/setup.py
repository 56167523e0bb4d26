"""What all members of a training have in common: splits, planets, starting weights, and the key that names it all."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from spectramind.data.dataset import Dataset
from spectramind.features.build import data_hash
from spectramind.features.planet.spectrum import naive_spectrum
from spectramind.features.planet_prior import PriorByPlanet
from spectramind.training.curriculum import PHASES
from spectramind.training.ensemble import EnsembleRecord, checkpoints_folder, read_record, record_path
from spectramind.training.examples import PlanetExample
from spectramind.training.load import load_examples
from spectramind.training.splits import Splits, splits_path, stored_splits
from spectramind.utils.artifacts import sha256_json
from spectramind.utils.config import config_dict
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import InputDataError
from spectramind.utils.progress import Progress
from spectramind.utils.runs import Workspace

# Depths that differ by less than this share of the largest tell planets apart no more than rounding does.
SAME_WITHIN = 1e-9
# Keys of train.* that do not decide the weights of a member.
SWITCHES = ("anomaly", "profiler", "mlflow", "members", "keep", "ablation_seeds")


@dataclass(frozen=True, kw_only=True)
class TrainingSetup:
    """What the members of a phase have in common.

    Attributes:
        seed: Of weights, order and augmentation.
        key: Hash of everything that decides the weights.
        examples: Labelled planets that have features.
        data_hash: Of calibration and features the planets were read from.
        training_sha256: Of the examples.
        started_from, start: Phase whose weights this one begins with and its record; empty and None for none.
    """

    config: Config
    workspace: Workspace
    phase: str
    seed: int
    key: str
    wavelength_um: tuple[float, ...]
    splits: Splits
    examples: tuple[PlanetExample, ...]
    set_aside: dict[str, str]
    data_hash: str
    training_sha256: str
    started_from: str
    start: EnsembleRecord | None

    @property
    def folder(self) -> Path:
        """Where checkpoints and journals of the members go; another configuration has another folder."""
        return checkpoints_folder(self.workspace, self.phase) / self.key[:12]


def prepare(config: Config, workspace: Workspace, dataset: Dataset, phase: str, progress: Progress) -> TrainingSetup:
    """Read splits and examples, find the weights to begin with, and hash everything that decides the result.

    Raises:
        InputDataError: If a fold has no planet with features, the stored splits do not fit, or the phase before had others.
    """
    labelled = labelled_planets(dataset)
    splits = stored_splits(splits_path(workspace), labelled, config.train.folds, config.global_.seed)
    loaded = load_examples(config, workspace, dataset, "train", labelled, progress=progress)
    if len({splits.fold_of[example.planet_id] for example in loaded.examples}) < config.train.folds:
        reason = next(iter(loaded.set_aside.values()), "no labelled planet")
        raise InputDataError(
            "there are too few planets to train on",
            where=str(workspace.features),
            received=f"{len(loaded.examples)} with features, of {len(labelled)}; {reason}",
            hint="spectramind calibrate data.split=all, then spectramind features data.split=all",
        )
    started_from, start = starting_point(workspace, phase)
    if start is not None and start.splits_sha256 != splits.sha256:
        raise InputDataError(
            f"the {started_from} phase was trained on other splits: its networks have seen planets of the validation",
            where=str(record_path(workspace, started_from)),
            received=f"{start.splits_sha256[:12]}, now {splits.sha256[:12]}",
            hint=f"spectramind train --phase {started_from}, then this phase again",
        )
    training_sha256 = _fingerprint(loaded.examples)
    return TrainingSetup(
        config=config,
        workspace=workspace,
        phase=phase,
        seed=config.global_.seed,
        key=_key(config, phase, config.global_.seed, splits, training_sha256, start),
        wavelength_um=tuple(dataset.wavelength_um.tolist()),
        splits=splits,
        examples=loaded.examples,
        set_aside=loaded.set_aside,
        data_hash=data_hash(config, dataset),
        training_sha256=training_sha256,
        started_from=started_from,
        start=start,
    )


def afresh(setup: TrainingSetup, config: Config, seed: int, dataset: Dataset) -> TrainingSetup:
    """Return the same phase under another configuration or seed, with untrained weights to begin with; planets and splits stay.

    The key is the one that a training from the start would have under that configuration, whose checkpoints are therefore shared.

    Args:
        config: Like the setup's but for network, objective, training and what the network corrects; what the examples
            were read with (data, learned prior, floor of sigma, folds) is the same.
    """
    examples, training_sha256 = setup.examples, setup.training_sha256
    if config.model.baseline != setup.config.model.baseline:
        examples = _with_baseline(config, setup.workspace, dataset, examples)
        training_sha256 = _fingerprint(examples)
    return replace(
        setup,
        config=config,
        seed=seed,
        key=_key(config, setup.phase, seed, setup.splits, training_sha256, None),
        examples=examples,
        training_sha256=training_sha256,
        started_from="",
        start=None,
    )


def usable_labels(dataset: Dataset) -> pd.DataFrame | None:
    """Return train.csv as (planet, bin) transit depths indexed by planet id, or None where there is none.

    Raises:
        InputDataError: If it cannot be read, has other bins than the dataset, or all depths of several planets are the same.
    """
    labels, bins = dataset.labels(), dataset.wavelength_um.size
    if labels is None:
        return None
    depths = labels.to_numpy(dtype=np.float64)
    if depths.shape[1] != bins:
        raise _unusable(dataset, "train.csv has other bins than the dataset", f"{depths.shape[1]} columns of depths for {bins} wavelengths")
    if len(depths) > 1 and np.ptp(depths) <= SAME_WITHIN * np.abs(depths).max():
        raise _unusable(dataset, "all depths of train.csv are the same", f"{depths[0, 0]:g} for {len(depths)} planets")
    return labels


def _unusable(dataset: Dataset, what: str, received: str) -> InputDataError:
    path = dataset.root / "train.csv"
    hint = f"write the depths into {path}, or move it away: model.kind=physics calib.apply=off needs none"
    return InputDataError(what, where=str(path), received=received, hint=hint)


def labelled_planets(dataset: Dataset) -> tuple[str, ...]:
    """Return the planets of the train split that have a label; raises InputDataError as `usable_labels` does."""
    labels = usable_labels(dataset)
    known = set() if labels is None else set(labels.index)
    return tuple(planet_id for planet_id in dataset.planets.get("train", ()) if planet_id in known)


def starting_point(workspace: Workspace, phase: str) -> tuple[str, EnsembleRecord | None]:
    """Return the phase to begin with, and its record; empty and None where none was trained."""
    for earlier in PHASES[phase]:
        record = read_record(workspace, earlier)
        if record is not None:
            return earlier, record
    return "", None


def _key(config: Config, phase: str, seed: int, splits: Splits, training_sha256: str, start: EnsembleRecord | None) -> str:
    """Return the hash of everything that decides the weights."""
    model, settings = config_dict(config.model), config_dict(config.train)
    del model["kind"]
    own = settings[phase]
    for name in (*SWITCHES, *PHASES):
        del settings[name]
    decides = {
        **{"phase": phase, "model": model, "loss": config_dict(config.loss), "train": settings, "curriculum": own},
        **{"seed": seed, "splits": splits.sha256, "training": training_sha256},
        "start": [member.sha256 for member in start.members] if start else [],
        "seams": list(config.data.extraction.seam_bins),
    }
    return sha256_json(decides)


def _with_baseline(config: Config, workspace: Workspace, dataset: Dataset, examples: Sequence[PlanetExample]) -> tuple[PlanetExample, ...]:
    """Return planets with what ``model.baseline`` says the network corrects, as they would be read; all arrays else are shared."""
    if config.model.baseline != "naive":
        return tuple(replace(example, naive=None) for example in examples)
    prior = PriorByPlanet(config, workspace, dataset)
    return tuple(replace(each, naive=naive_spectrum(each.depth.size, prior.labels_for(each.planet_id))) for each in examples)


def _fingerprint(examples: Sequence[PlanetExample]) -> str:
    digest = hashlib.sha256()
    for example in examples:
        digest.update(example.planet_id.encode())
        for values in (
            example.depth,
            example.depth_sigma,
            example.depth_root,
            example.baseline_mean,
            example.nodes,
            example.light,
            example.truth,
        ):
            digest.update(b"-" if values is None else np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


def examples_of(setup: TrainingSetup, planet_ids: Sequence[str]) -> tuple[PlanetExample, ...]:
    """Return the examples of some planets, in the order of the ids; those without features are left out."""
    known = {example.planet_id: example for example in setup.examples}
    return tuple(known[planet_id] for planet_id in planet_ids if planet_id in known)
