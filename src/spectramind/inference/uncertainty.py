"""The calibration of the uncertainty at prediction: it is used where it fits the model that predicts, and refused where it does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectramind.calibration.store import RECORD_NAME, CalibrationRecord, Provenance, read_record
from spectramind.data.dataset import Dataset
from spectramind.inference.sigma_quality import require_for_intervals
from spectramind.training.setup import data_hash
from spectramind.utils.artifacts import sha256_file, sha256_json
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import ConfigError, InputDataError
from spectramind.utils.provenance import git_sha
from spectramind.utils.runs import Workspace

Array = NDArray[np.float64]


def calibration_folder(workspace: Workspace) -> Path:
    """Folder of the record and its table: outputs/calibration."""
    return workspace.outputs / "calibration"


def record_path(workspace: Workspace) -> Path:
    """Path of the record of the calibration."""
    return calibration_folder(workspace) / RECORD_NAME


def provenance_of(config: Config, dataset: Dataset, planet_ids: Iterable[str], model: Mapping[str, Any]) -> Provenance:
    """Return what a calibration made now rests on; at prediction all but the planets and the commit must be the same.

    The configuration counts as far as it decides sigma: the kind of model, whether its prior is learned, its floor of sigma. What
    decided the weights of networks is named by their key.

    Args:
        planet_ids: Calibration planets.
        model: What names the model in a manifest.
    """
    decides = {"kind": config.model.kind, "learn_prior": config.model.learn_prior, "sigma_min": config.loss.sigma_min}
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
            ("model.learn_prior or loss.sigma_min", stored.config_hash, now.config_hash),
            ("features, detector calibration or instrument", stored.data_hash, now.data_hash),
        )
        if before != after
    ]
    if differing:
        raise ConfigError(
            "the calibration of the uncertainty was made for something else",
            where=where,
            received="; ".join(differing),
            hint="spectramind calibrate-temp, then spectramind calibrate-corel; or predict without: calib.apply=off",
            section="12",
        )


@dataclass(frozen=True, kw_only=True)
class UncertaintyInUse:
    """What becomes of the model's sigma in one prediction.

    Attributes:
        record: Calibration that is applied, None for none.
        sha256: Of the record's file, empty for none.
        reason: Why it is so, a sentence for the manifest.
        sigma_min: Floor of sigma.
    """

    record: CalibrationRecord | None
    sha256: str = ""
    reason: str
    sigma_min: float

    @classmethod
    def open(cls, config: Config, workspace: Workspace, dataset: Dataset, model: Mapping[str, Any]) -> UncertaintyInUse:
        """Find the calibration that ``calib.apply`` asks for.

        Raises:
            ConfigError: If there is one that does not fit what predicts.
            InputDataError: If it is damaged, or there is none where one is required.
        """
        path, sigma_min = record_path(workspace), config.loss.sigma_min
        if config.calib.apply == "off":
            return cls(record=None, reason="not calibrated: calib.apply=off", sigma_min=sigma_min)
        if not path.exists():
            if config.calib.apply == "require":
                raise InputDataError(
                    "the uncertainty has not been calibrated",
                    where=str(path),
                    received="calib.apply=require and no record",
                    hint="spectramind calibrate-temp, then spectramind calibrate-corel",
                    section="12",
                )
            return cls(record=None, reason="not calibrated: there is no record; spectramind calibrate-temp makes one", sigma_min=sigma_min)
        record = read_record(calibration_folder(workspace))
        require_fit(record.provenance, provenance_of(config, dataset, (), model), where=str(path))
        return cls(record=record, sha256=sha256_file(path), reason=_reason(record, config.calib.alpha), sigma_min=sigma_min)

    def apply(self, sigma: Array) -> Array:
        """Return the calibrated (bin,) standard deviations of one planet that the calibrated model predicted, above their floor."""
        if self.record is None:
            return sigma
        scaled = self.record.temperature.apply(sigma[None])
        if self.record.corel is not None:
            scaled = self.record.corel.apply(scaled)
        return np.asarray(np.maximum(scaled[0], self.sigma_min))

    def as_dict(self, rescaled: int, planet_ids: Iterable[str]) -> dict[str, Any]:
        """Return what a manifest says of the uncertainty.

        Args:
            rescaled: Planets whose sigma was calibrated.
            planet_ids: All predicted planets.
        """
        if self.record is None:
            return {"calibrated": False, "reason": self.reason}
        own = len(set(planet_ids) & set(self.record.provenance.planet_ids))
        known = f"; {own} of the predicted planets are those it was fitted on" if own else ""
        temperature, corel = self.record.temperature, self.record.corel
        said: dict[str, Any] = {
            "calibrated": True,
            "reason": self.reason + known,
            "record": self.sha256,
            "planets": rescaled,
            "temperature": {"fgs1": temperature.fgs1, "airs": temperature.airs, "planets": len(self.record.provenance.planet_ids)},
        }
        if corel is not None:
            scales = [float(function(corel.sigma_scale)) for function in (np.min, np.median, np.max)]
            said["corel"] = {
                "alpha": corel.alpha,
                "planets": corel.planets,
                "scale": dict(zip(("min", "median", "max"), scales, strict=True)),
            }
        return said


def _reason(record: CalibrationRecord, alpha: float) -> str:
    if record.corel is not None:
        return "temperature and COREL"
    planets = len(record.provenance.planet_ids)
    try:
        require_for_intervals(planets, alpha)
    except InputDataError as error:
        return f"temperature alone, since {error.what}; there are {planets}"
    return "temperature alone: COREL has not been fitted; spectramind calibrate-corel does"


def _short(value: object) -> str:
    """Return a value as a message shows it: hashes by their first digits."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_short(member)}" for key, member in sorted(value.items()))
    return str(value)[:12] if value is not None else "none"
