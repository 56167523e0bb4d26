"""The record of a trained phase: which networks belong together, how they are built, and what they were trained on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from spectramind.utils.artifacts import write_json
from spectramind.utils.config.build import build
from spectramind.utils.config.learning import ModelConfig
from spectramind.utils.errors import InputDataError
from spectramind.utils.runs import Workspace


@dataclass(frozen=True, kw_only=True)
class MemberRecord:
    """One trained network.

    Attributes:
        checkpoint: Path of its best checkpoint, relative to the workspace.
        sha256: Of that file.
        epoch: At which it was taken; 0 is the untrained state.
        epochs: How many there were.
        metrics: Of the validation at that epoch.
    """

    fold: int
    checkpoint: str
    sha256: str
    epoch: int
    epochs: int
    metrics: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class EnsembleRecord:
    """Networks trained alike, each validated on a fold of its own.

    Attributes:
        key: Hash of everything that decides the weights.
        model: Configuration of the network, as trained.
        sigma_min: Floor of sigma, as trained.
        fold_of: Labelled planet -> the fold in whose validation it was; those of untrained folds were trained on by all.
        wavelength_um: (bin,).
        data_hash: Of calibration and features the planets were read from.
        training_sha256: Of the planets that were trained on.
        started_from: Key of the phase whose weights this one began with, empty for none.
        set_aside: Labelled planet -> why it was not trained on.
    """

    key: str
    phase: str
    model: dict[str, Any]
    sigma_min: float
    seed: int
    splits_sha256: str
    fold_of: dict[str, int]
    seam_bins: tuple[int, ...]
    wavelength_um: tuple[float, ...]
    data_hash: str
    training_sha256: str
    started_from: str
    set_aside: dict[str, str]
    members: tuple[MemberRecord, ...]

    @property
    def model_config(self) -> ModelConfig:
        """Configuration of the network.

        Raises:
            ConfigError: If this version does not know it.
        """
        return build(ModelConfig, self.model, "model")

    def member(self, fold: int) -> MemberRecord | None:
        """Return the member that a fold validated, None where it was not trained."""
        return next((member for member in self.members if member.fold == fold), None)


def checkpoints_folder(workspace: Workspace, phase: str) -> Path:
    """Folder of a phase: outputs/checkpoints/{phase}."""
    return workspace.outputs / "checkpoints" / phase


def record_path(workspace: Workspace, phase: str) -> Path:
    """Path of the record of the last training of a phase that ended."""
    return checkpoints_folder(workspace, phase) / "ensemble.json"


def write_record(workspace: Workspace, record: EnsembleRecord) -> Path:
    """Write the record; from now on the phase counts as trained."""
    path = record_path(workspace, record.phase)
    write_json(path, asdict(record))
    return path


def read_record(workspace: Workspace, phase: str) -> EnsembleRecord | None:
    """Return the record of a phase, None where it was never trained.

    Raises:
        InputDataError: If it is damaged.
    """
    path = record_path(workspace, phase)
    try:
        content = json.loads(path.read_text())
        members = tuple(MemberRecord(**member) for member in content.pop("members"))
        seam_bins, wavelength_um = tuple(content.pop("seam_bins")), tuple(content.pop("wavelength_um"))
        return EnsembleRecord(**content, seam_bins=seam_bins, wavelength_um=wavelength_um, members=members)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        hint = f"delete {path}, then spectramind train --phase {phase}"
        raise InputDataError("the record of a training cannot be read", where=str(path), received=error, hint=hint) from error
