"""Where the calibration of the uncertainty lies, what it was made for, and why it is refused for anything else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from spectramind.calibration.store import RECORD_NAME, Provenance
from spectramind.data.dataset import Dataset
from spectramind.features.build import data_hash
from spectramind.features.planet.known_limbs import known_limbs_hash, labels_hash
from spectramind.utils.artifacts import sha256_json
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import ConfigError
from spectramind.utils.provenance import git_sha
from spectramind.utils.runs import Workspace


def calibration_folder(workspace: Workspace) -> Path:
    """Folder of the record and its table: outputs/calibration."""
    return workspace.outputs / "calibration"


def record_path(workspace: Workspace) -> Path:
    """Path of the record of the calibration."""
    return calibration_folder(workspace) / RECORD_NAME


def provenance_of(
    config: Config, workspace: Workspace, dataset: Dataset, planet_ids: Iterable[str], model: Mapping[str, Any]
) -> Provenance:
    """Return what a calibration made now rests on; at prediction all but the planets and the commit must be the same.

    The configuration counts as far as it decides sigma: the kind of model, whether its prior is learned, and from which labels and
    limbs of stars, its floor of sigma. What decided the weights of networks is named by their key.

    Args:
        planet_ids: Calibration planets.
        model: What names the model in a manifest.
    """
    decides = {
        "kind": config.model.kind,
        "learn_prior": config.model.learn_prior,
        "labels": labels_hash(dataset) if config.model.learn_prior else "",
        "limbs": known_limbs_hash(workspace, dataset, data_hash(config, dataset)) if config.model.learn_prior else "",
        "sigma_min": config.loss.sigma_min,
    }
    return Provenance(
        planet_ids=tuple(planet_ids),
        model=dict(model),
        config_hash=sha256_json(decides),
        data_hash=data_hash(config, dataset),
        git_sha=git_sha(),
    )


def require_fit(stored: Provenance, now: Provenance, *, where: str) -> None:
    """Check that a stored calibration was made for what predicts now.

    Raises:
        ConfigError: If it is that of another model, other networks, another configuration or other features, naming which.
    """
    differing = [
        f"{what}: {_short(before)}, now {_short(after)}"
        for what, before, after in (
            ("kind of model", stored.model.get("kind"), now.model.get("kind")),
            ("networks", stored.model.get("key"), now.model.get("key")),
            ("checkpoints", stored.model.get("members"), now.model.get("members")),
            ("model.learn_prior, the labels or limb darkening it learns from, or loss.sigma_min", stored.config_hash, now.config_hash),
            ("features, detector calibration or instrument", stored.data_hash, now.data_hash),
        )
        if before != after
    ]
    if differing:
        raise ConfigError(
            "the calibration of the uncertainty was made for something else",
            where=where,
            received="; ".join(differing),
            hint="spectramind calibrate-temp, then spectramind calibrate-corel; or predict without: "
            "spectramind predict --out-csv outputs/submission.csv calib.apply=off",
            section="12",
        )


def _short(value: object) -> str:
    """Return a value as a message shows it: hashes by their first digits."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_short(member)}" for key, member in sorted(value.items()))
    return str(value)[:12] if value is not None else "none"
