"""The stages calibrate-temp and calibrate-corel: fit on labelled planets, judge on planets left out of the fit, store with provenance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectramind.calibration.corel import Corel, fit_corel, gaussian_quantile
from spectramind.calibration.store import CalibrationRecord, read_record, write_record
from spectramind.calibration.temperature import Temperature, fit_temperature
from spectramind.data.dataset import Dataset
from spectramind.inference.out_of_sample import LabelledPredictions, predict_labelled
from spectramind.inference.sigma_quality import Rows, on_unseen_planets, quality, require_for_intervals
from spectramind.inference.uncertainty import calibration_folder, provenance_of, record_path, require_fit
from spectramind.training.setup import labelled_planets
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import ConfigError, InputDataError
from spectramind.utils.progress import Progress
from spectramind.utils.runs import Workspace

Array = NDArray[np.float64]

LOCK = "uncertainty"
# One planet is left out to be judged, and the scatter of the rest needs two.
FEWEST_PLANETS = 3
TEMPERATURE_COMMAND = "spectramind calibrate-temp"


@dataclass(frozen=True, kw_only=True)
class CalibrationReport:
    """What a calibration did; figures are those of `sigma_quality.quality`.

    Attributes:
        before: Of the model's sigma, or, for COREL, of sigma after the temperature.
        after: Of the calibrated sigma, each planet with a calibration fitted without it.
        factors: Name -> factor on sigma.
        reason: Why the last step was left out, empty where it was not.
        set_aside: Planet -> why the model has no answer of its own for it.
    """

    record: str
    planets: int
    factors: dict[str, float]
    before: dict[str, float]
    after: dict[str, float]
    reason: str
    set_aside: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return dict(vars(self))


def plan(config: Config, workspace: Workspace) -> dict[str, Any]:
    """Say what both commands would do."""
    return {
        "model": config.model.kind,
        "labelled_planets": len(labelled_planets(Dataset.open(config.data.raw_dir))),
        "objective": config.calib.objective,
        "alpha": config.calib.alpha,
        "shrink": config.calib.shrink,
        "output": str(calibration_folder(workspace)),
    }


def calibrate_temperature(config: Config, workspace: Workspace, *, progress: Progress) -> CalibrationReport:
    """Fit the temperatures of FGS1 and AIRS on all labelled planets and write the record; COREL of an earlier one is dropped.

    Raises:
        InputDataError: If labelled planets are too few, seen by the model, or tell nothing (`calibration.checks`).
        ConfigError: If the configuration asks for another network than was trained.
        BusyError: If another process calibrates in this workspace.
    """
    dataset = Dataset.open(config.data.raw_dir)
    with workspace.lock(LOCK):
        predicted = predict_labelled(config, workspace, dataset, progress=progress)
        _require_planets(len(predicted.planet_ids))
        temperature = _fit_temperature(config, predicted)
        unseen = on_unseen_planets(
            predicted, config.global_.seed, lambda fit, use: _fit_temperature(config, predicted, fit).apply(predicted.sigma[use])
        )
        judged = partial(_with_gaussian_intervals, predicted, config.calib.alpha)
        record = CalibrationRecord(
            temperature=temperature,
            corel=None,
            provenance=provenance_of(config, dataset, predicted.planet_ids, predicted.model),
            before=judged(predicted.sigma),
            after=_prefixed("temperature", judged(unseen)),
            wavelength_um=tuple(dataset.wavelength_um.tolist()),
        )
        write_record(calibration_folder(workspace), record)
    return CalibrationReport(
        record=str(record_path(workspace)),
        planets=len(predicted.planet_ids),
        factors={"fgs1": temperature.fgs1, "airs": temperature.airs},
        before=record.before,
        after=_without_prefix("temperature", record.after),
        reason="",
        set_aside=predicted.set_aside,
    )


def calibrate_corel(config: Config, workspace: Workspace, *, progress: Progress) -> CalibrationReport:
    """Fit COREL on the planets of the temperature, judge it on planets left out, and add it to the record.

    With ``calib.keep_temperature`` too few planets are no error: sigma stays that of the temperature, and the report says why.

    Raises:
        InputDataError: If no temperature was fitted, or there are too few planets for ``calib.alpha``.
        ConfigError: If the temperature was fitted for another model or on other planets.
        BusyError: If another process calibrates in this workspace.
    """
    dataset = Dataset.open(config.data.raw_dir)
    path = record_path(workspace)
    with workspace.lock(LOCK):
        if not path.exists():
            raise InputDataError(
                "COREL needs the temperature first", where=str(path), received="no record", hint=TEMPERATURE_COMMAND, section="12"
            )
        record = read_record(calibration_folder(workspace))
        predicted = predict_labelled(config, workspace, dataset, progress=progress)
        require_fit(record.provenance, provenance_of(config, dataset, predicted.planet_ids, predicted.model), where=str(path))
        _require_same_planets(record, predicted, where=str(path))
        try:
            require_for_intervals(len(predicted.planet_ids), config.calib.alpha)
        except InputDataError as error:
            if not config.calib.keep_temperature:
                raise
            record, reason = _without_corel(record), f"sigma stays that of the temperature: {error}"
        else:
            record, reason = _with_corel(config, record, predicted), ""
        write_record(calibration_folder(workspace), record)
    scale = () if record.corel is None else record.corel.sigma_scale
    return CalibrationReport(
        record=str(path),
        planets=len(predicted.planet_ids),
        factors={
            name: float(function(scale)) for name, function in (("min", np.min), ("median", np.median), ("max", np.max)) if len(scale)
        },
        before=_without_prefix("temperature", record.after),
        after=_without_prefix("corel", record.after),
        reason=reason,
        set_aside=predicted.set_aside,
    )


def _with_corel(config: Config, record: CalibrationRecord, predicted: LabelledPredictions) -> CalibrationRecord:
    corel = _fit_corel(config, predicted, record.temperature, np.arange(len(predicted.planet_ids)))

    def both(fit: Rows, use: Rows) -> Array:
        """(2, planet, bin): standard deviations, and half widths of the intervals."""
        temperature = _fit_temperature(config, predicted, fit)
        left_out = temperature.apply(predicted.sigma[use])
        fitted = _fit_corel(config, predicted, temperature, fit)
        return np.stack([fitted.apply(left_out), fitted.half_width(left_out)])

    sigma, half_width = on_unseen_planets(predicted, config.global_.seed, both)
    figures = quality(predicted, sigma, half_width, config.calib.alpha)
    return replace(record, corel=corel, after=_without_corel(record).after | _prefixed("corel", figures))


def _without_corel(record: CalibrationRecord) -> CalibrationRecord:
    return replace(record, corel=None, after={name: value for name, value in record.after.items() if name.startswith("temperature_")})


def _fit_temperature(config: Config, predicted: LabelledPredictions, rows: Rows | slice = slice(None)) -> Temperature:
    return fit_temperature(
        predicted.truth[rows],
        predicted.mu[rows],
        predicted.sigma[rows],
        by=config.calib.objective,
        naive_mean=predicted.naive_mean,
        naive_sigma=predicted.naive_sigma,
    )


def _fit_corel(config: Config, predicted: LabelledPredictions, temperature: Temperature, rows: Rows) -> Corel:
    sigma = temperature.apply(predicted.sigma[rows])
    return fit_corel(predicted.truth[rows], predicted.mu[rows], sigma, alpha=config.calib.alpha, shrink=config.calib.shrink)


def _with_gaussian_intervals(predicted: LabelledPredictions, alpha: float, sigma: Array) -> dict[str, float]:
    return quality(predicted, sigma, gaussian_quantile(alpha) * sigma, alpha)


def _prefixed(step: str, figures: dict[str, float]) -> dict[str, float]:
    return {f"{step}_{name}": value for name, value in figures.items()}


def _without_prefix(step: str, figures: dict[str, float]) -> dict[str, float]:
    return {name.removeprefix(f"{step}_"): value for name, value in figures.items() if name.startswith(f"{step}_")}


def _require_planets(planets: int) -> None:
    if planets < FEWEST_PLANETS:
        raise InputDataError(
            "there are too few labelled planets to calibrate with",
            where="calibration planets",
            received=f"{planets}; it takes {FEWEST_PLANETS}",
            hint="spectramind calibrate and spectramind features with data.split=all; or predict without: calib.apply=off",
            section="12",
        )


def _require_same_planets(record: CalibrationRecord, predicted: LabelledPredictions, *, where: str) -> None:
    if set(record.provenance.planet_ids) != set(predicted.planet_ids):
        raise ConfigError(
            "the temperature was fitted on other planets",
            where=where,
            received=f"{len(record.provenance.planet_ids)} planets, now {len(predicted.planet_ids)}",
            hint=TEMPERATURE_COMMAND,
            section="12",
        )
