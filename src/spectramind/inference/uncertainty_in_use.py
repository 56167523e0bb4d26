"""The calibration of the uncertainty at prediction: what becomes of the model's sigma, planet by planet, and what the manifest says."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from spectramind.calibration.application import Calibrated, Uncalibrated, apply_calibration, judged
from spectramind.calibration.corel import gaussian_quantile
from spectramind.calibration.quality import QualityClass
from spectramind.calibration.store import CalibrationRecord, read_record
from spectramind.data.dataset import Dataset
from spectramind.inference.drift import DriftInUse
from spectramind.inference.health import Health
from spectramind.inference.sigma_quality import require_for_intervals
from spectramind.inference.uncertainty import calibration_folder, provenance_of, record_path, require_fit
from spectramind.utils.artifacts import sha256_file
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import InputDataError
from spectramind.utils.file_set import settle
from spectramind.utils.runs import Workspace

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class UncertaintyInUse:
    """What becomes of the model's sigma in one prediction.

    Attributes:
        record: Calibration that is applied, None for none.
        sha256: Of the record's file, empty for none.
        reason: Why it is so, a sentence for the manifest.
        sigma_min: Floor of sigma.
        alpha: Share of truths that intervals may miss; those of COREL have its own.
        drift: How the planets compare with those of the calibration, None until `compared_with` and without one.
    """

    record: CalibrationRecord | None
    sha256: str = ""
    reason: str
    sigma_min: float
    alpha: float
    drift: DriftInUse | None = None

    @classmethod
    def open(cls, config: Config, workspace: Workspace, dataset: Dataset, model: Mapping[str, Any]) -> UncertaintyInUse:
        """Find the calibration that ``calib.apply`` asks for.

        Raises:
            ConfigError: If there is one that does not fit what predicts.
            InputDataError: If it is damaged, or there is none where one is required.
        """
        path = record_path(workspace)
        if config.calib.apply == "off":
            return cls._none(config, "not calibrated: calib.apply=off")
        settle(calibration_folder(workspace))
        if not path.exists():
            if config.calib.apply == "require":
                raise InputDataError(
                    "the uncertainty has not been calibrated",
                    where=str(path),
                    received="calib.apply=require and no record",
                    hint="spectramind calibrate-temp, then spectramind calibrate-corel",
                    section="12",
                )
            return cls._none(config, "not calibrated: there is no record; spectramind calibrate-temp makes one")
        record = read_record(calibration_folder(workspace))
        require_fit(record.provenance, provenance_of(config, workspace, dataset, (), model), where=str(path))
        if record.temperature.warning:
            LOG.warning("%s", record.temperature.warning)
        return cls(
            record=record,
            sha256=sha256_file(path),
            reason=_reason(record, config.calib.alpha),
            sigma_min=config.loss.sigma_min,
            alpha=config.calib.alpha if record.corel is None else record.corel.alpha,
        )

    @classmethod
    def _none(cls, config: Config, reason: str) -> UncertaintyInUse:
        return cls(record=None, reason=reason, sigma_min=config.loss.sigma_min, alpha=config.calib.alpha)

    def compared_with(self, health: Iterable[Health], *, widen: bool) -> UncertaintyInUse:
        """Compare the planets of the calibration with those to be predicted, and let sigma follow where that is wanted.

        Raises:
            InputDataError: If the record holds other columns than this version compares.
        """
        return self if self.record is None else replace(self, drift=DriftInUse.between(self.record, health, widen=widen))

    def apply(self, planets: Uncalibrated, *, by_model: bool) -> Calibrated:
        """Return sigma, above its floor, intervals and classes of planets.

        Args:
            by_model: Whether the calibrated model predicted them; what another one put in its place keeps the sigma it has.
        """
        if self.record is None or not by_model:
            classes, expected = judged(planets)
            half_width = gaussian_quantile(self.alpha) * planets.sigma
            unchanged = np.ones(len(classes))
            return Calibrated(sigma=planets.sigma, half_width=half_width, quality=classes, widening=unchanged, expected_score=expected)
        record, wider = self.record, 1.0 if self.drift is None else self.drift.widening
        floor = self.sigma_min
        return apply_calibration(planets, record.temperature, record.groups, record.corel, alpha=self.alpha, sigma_min=floor, wider=wider)

    @property
    def interval_method(self) -> str:
        """What the half widths of the model's planets are: ``corel`` or ``gaussian``."""
        return "gaussian" if self.record is None or self.record.corel is None else "corel"

    def as_dict(self, rescaled: int, planet_ids: Iterable[str], intervals: Path) -> dict[str, Any]:
        """Return what a manifest says of the uncertainty.

        Args:
            rescaled: Planets whose sigma was calibrated.
            planet_ids: All predicted planets.
            intervals: The file of intervals; it is hashed.
        """
        written = {"file": intervals.name, "sha256": sha256_file(intervals), "alpha": self.alpha, "method": self.interval_method}
        if self.record is None or self.drift is None:
            return {"calibrated": False, "reason": self.reason, "intervals": written}
        own = len(set(planet_ids) & set(self.record.provenance.planet_ids))
        known = f"; {own} of the predicted planets are those it was fitted on" if own else ""
        temperature, groups, corel = self.record.temperature, self.record.groups, self.record.corel
        warning = {"warning": temperature.warning} if temperature.warning else {}
        said: dict[str, Any] = {
            "calibrated": True,
            "reason": self.reason + known,
            "intervals": written,
            "record": self.sha256,
            "planets": rescaled,
            "temperature": {"fgs1": temperature.fgs1, "airs": temperature.airs, "planets": len(self.record.provenance.planet_ids)}
            | warning,
            "groups": {str(quality): {"factor": groups.factors[quality], "planets": groups.planets[quality]} for quality in QualityClass},
            "drift": self.drift.as_dict(),
        }
        if corel is not None:
            said["corel"] = {"alpha": corel.alpha, "planets": corel.planets, "scale": corel.scale_range}
        return said


def _reason(record: CalibrationRecord, alpha: float) -> str:
    if record.corel is not None:
        other = "" if record.corel.alpha == alpha else f"; its intervals miss {record.corel.alpha:g}, not calib.alpha={alpha:g}"
        return f"temperature and COREL{other}"
    if record.without_corel:
        return f"temperature alone: {record.without_corel}"
    planets = len(record.provenance.planet_ids)
    try:
        require_for_intervals(planets, alpha)
    except InputDataError as error:
        return f"temperature alone, since {error.what}; there are {planets}"
    return "temperature alone: COREL has not been fitted; spectramind calibrate-corel does"
