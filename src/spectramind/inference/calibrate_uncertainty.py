"""The stages calibrate-temp and calibrate-corel: fit on labelled planets, judge on planets left out of the fit, store with provenance."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from typing import Any

from spectramind.calibration.corel import Corel, fit_corel, gaussian_quantile
from spectramind.calibration.groups import Groups, fit_groups
from spectramind.calibration.left_out import read_left_out
from spectramind.calibration.quality import classify
from spectramind.calibration.store import CalibrationRecord, read_record
from spectramind.calibration.temperature import Temperature, fit_temperature
from spectramind.data.dataset import Dataset
from spectramind.inference.calibration_products import CalibrationReport, Describe, no_report, store
from spectramind.inference.calibration_requirements import (
    TEMPERATURE_COMMAND,
    require_planets,
    require_same_planets,
    require_same_temperature,
)
from spectramind.inference.model_identity import model_identity
from spectramind.inference.out_of_sample import LabelledPredictions, predict_labelled
from spectramind.inference.planets_left_out import Fitted, left_out_of
from spectramind.inference.sigma_quality import Rows, planets_for_intervals, quality, require_for_intervals
from spectramind.inference.uncertainty import calibration_folder, provenance_of, record_path, require_fit
from spectramind.training.setup import labelled_planets
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import InputDataError, RuntimeLimitRisk
from spectramind.utils.file_set import settle
from spectramind.utils.progress import Progress
from spectramind.utils.runs import Workspace

LOG = logging.getLogger(__name__)

LOCK = "uncertainty"


def plan(config: Config, workspace: Workspace) -> dict[str, Any]:
    """Say what ``calibrate-temp`` would do."""
    return {
        "model": config.model.kind,
        "labelled_planets": len(labelled_planets(Dataset.open(config.data.raw_dir))),
        "objective": config.calib.objective,
        "alpha": config.calib.alpha,
        "shrink": config.calib.shrink,
        "output": str(calibration_folder(workspace)),
    }


def plan_corel(config: Config, workspace: Workspace) -> dict[str, Any]:
    """Say what ``calibrate-corel`` would do, on which temperature, and how many planets it takes."""
    path = record_path(workspace)
    return plan(config, workspace) | {
        "temperature": str(path) if path.exists() else f"none yet: {TEMPERATURE_COMMAND}",
        "planets_needed": planets_for_intervals(config.calib.alpha),
    }


def calibrate_temperature(config: Config, workspace: Workspace, *, progress: Progress, describe: Describe = no_report) -> CalibrationReport:
    """Fit the temperatures of FGS1 and AIRS and the factors of classes of planets; COREL of an earlier record is dropped.

    Record, planets left out and report replace earlier ones together.

    Raises:
        InputDataError: If labelled planets are too few, seen by the model, or tell nothing (`calibration.checks`).
        ConfigError: If the configuration asks for another network than was trained.
        BusyError: If another process calibrates in this workspace.
    """
    dataset = Dataset.open(config.data.raw_dir)
    with workspace.lock(LOCK):
        predicted = predict_labelled(config, workspace, dataset, progress=progress)
        require_planets(len(predicted.planet_ids))
        fitted = _fit(config, predicted)
        unseen = left_out_of(config, predicted, dataset.wavelength_um, _fit, progress=progress)
        judged = partial(quality, predicted, alpha=config.calib.alpha)
        gaussian = gaussian_quantile(config.calib.alpha)
        record = CalibrationRecord(
            temperature=fitted.temperature,
            groups=fitted.groups,
            corel=None,
            provenance=provenance_of(config, workspace, dataset, predicted.planet_ids, predicted.model),
            before=judged(predicted.sigma, gaussian * predicted.sigma),
            after=_prefixed("temperature", judged(unseen.sigma_temperature, gaussian * unseen.sigma_temperature))
            | _prefixed("groups", judged(unseen.sigma_calibrated, unseen.half_width)),
            columns={name: tuple(values.tolist()) for name, values in predicted.columns.items()},
            left_out="",
            wavelength_um=tuple(dataset.wavelength_um.tolist()),
        )
        store(workspace, record, unseen, describe)
    return CalibrationReport(
        record=str(record_path(workspace)),
        planets=len(predicted.planet_ids),
        factors={"fgs1": fitted.temperature.fgs1, "airs": fitted.temperature.airs}
        | {str(of_class): factor for of_class, factor in fitted.groups.factors.items() if fitted.groups.planets[of_class]},
        before=record.before,
        after=_without_prefix("groups", record.after),
        reason="",
        warning=fitted.temperature.warning,
        set_aside=predicted.set_aside,
    )


def calibrate_corel(config: Config, workspace: Workspace, *, progress: Progress, describe: Describe = no_report) -> CalibrationReport:
    """Fit COREL on the planets of the temperature, judge it on planets left out, and add it to the record.

    With ``calib.keep_temperature`` too few planets, or too little time, are no error: sigma stays that of the temperature, and report
    and manifest say why. COREL of an earlier call stays where the time is too short for another.

    Raises:
        RuntimeLimitRisk: If it would not end within the wall-time budget.
        InputDataError: If no temperature was fitted, or there are too few planets for ``calib.alpha``.
        ConfigError: If the temperature was fitted for another model, on other planets or labels, or by another objective.
        BusyError: If another process calibrates in this workspace.
    """
    try:
        return _calibrate_corel(config, workspace, progress, describe)
    except RuntimeLimitRisk as error:
        if not config.calib.keep_temperature:
            raise
        progress.finish()
        return _without_corel(workspace, f"there was too little time for COREL: {error}", describe)


def _calibrate_corel(config: Config, workspace: Workspace, progress: Progress, describe: Describe) -> CalibrationReport:
    dataset = Dataset.open(config.data.raw_dir)
    with workspace.lock(LOCK):
        record, predicted = _temperature_and_planets(config, workspace, dataset, progress)
        corel, reason = _corel_or_reason(config, predicted, record)
        unseen = left_out_of(config, predicted, dataset.wavelength_um, _fit if corel is None else _fit_with_corel, progress=progress)
        after = {name: value for name, value in record.after.items() if not name.startswith("corel_")}
        step = "groups" if corel is None else "corel"
        after |= _prefixed(step, quality(predicted, unseen.sigma_calibrated, unseen.half_width, config.calib.alpha))
        record = replace(record, corel=corel, after=after, without_corel="")
        store(workspace, record, unseen, describe)
    return CalibrationReport(
        record=str(record_path(workspace)),
        planets=len(predicted.planet_ids),
        factors={} if corel is None else corel.scale_range,
        before=_without_prefix("groups", record.after),
        after=_without_prefix("corel", record.after),
        reason=reason,
        warning=record.temperature.warning,
        set_aside=predicted.set_aside,
    )


def _temperature_and_planets(
    config: Config, workspace: Workspace, dataset: Dataset, progress: Progress
) -> tuple[CalibrationRecord, LabelledPredictions]:
    """Return the calibration that COREL is added to and its planets; what does not fit together is refused, the cheapest first."""
    path = record_path(workspace)
    settle(path.parent)
    if not path.exists():
        raise InputDataError(
            "COREL needs the temperature first", where=str(path), received="no record", hint=TEMPERATURE_COMMAND, section="12"
        )
    record = read_record(path.parent)
    require_fit(record.provenance, provenance_of(config, workspace, dataset, (), model_identity(config, workspace)), where=str(path))
    predicted = predict_labelled(config, workspace, dataset, progress=progress)
    require_same_planets(record.provenance, predicted.planet_ids, where=str(path))
    require_same_temperature(record.temperature, _fit(config, predicted).temperature, where=str(path))
    return record, predicted


def _corel_or_reason(config: Config, predicted: LabelledPredictions, record: CalibrationRecord) -> tuple[Corel | None, str]:
    """Return COREL, or, where there are too few planets for it and that is no error, None and the reason."""
    try:
        require_for_intervals(len(predicted.planet_ids), config.calib.alpha)
    except InputDataError as error:
        if not config.calib.keep_temperature:
            raise
        return None, f"sigma stays that of the temperature: {error}"
    return _fit_corel(config, predicted, record.temperature, record.groups), ""


def _without_corel(workspace: Workspace, reason: str, describe: Describe) -> CalibrationReport:
    """Leave the calibration as it is, and put the reason into the record where sigma is that of the temperature."""
    with workspace.lock(LOCK):
        record = read_record(calibration_folder(workspace))
        if record.corel is None:
            store(workspace, replace(record, without_corel=reason), read_left_out(calibration_folder(workspace)), describe)
    LOG.warning("%s", reason)
    stays = "sigma stays that of the temperature" if record.corel is None else "COREL stays as it was fitted before"
    return CalibrationReport(
        record=str(record_path(workspace)),
        planets=len(record.provenance.planet_ids),
        factors={},
        before=_without_prefix("groups", record.after),
        after=_without_prefix("corel", record.after),
        reason=f"{stays}: {reason}",
        warning=record.temperature.warning,
        set_aside={},
    )


def _fit(config: Config, predicted: LabelledPredictions, rows: Rows | slice = slice(None)) -> Fitted:
    truth, own = predicted.truth[rows], predicted.uncalibrated(rows)
    naive = {"naive_mean": predicted.naive_mean, "naive_sigma": predicted.naive_sigma}
    temperature = fit_temperature(truth, own.mu, own.sigma, by=config.calib.objective, **naive)
    sigma = temperature.apply(own.sigma)
    return Fitted(temperature=temperature, groups=fit_groups(truth, own.mu, sigma, classify(own.mu, sigma, own.suspicion)), corel=None)


def _fit_with_corel(config: Config, predicted: LabelledPredictions, rows: Rows) -> Fitted:
    fitted = _fit(config, predicted, rows)
    return replace(fitted, corel=_fit_corel(config, predicted, fitted.temperature, fitted.groups, rows))


def _fit_corel(
    config: Config, predicted: LabelledPredictions, temperature: Temperature, groups: Groups, rows: Rows | slice = slice(None)
) -> Corel:
    own = predicted.uncalibrated(rows)
    sigma = temperature.apply(own.sigma)
    grouped = groups.apply(sigma, classify(own.mu, sigma, own.suspicion))
    return fit_corel(predicted.truth[rows], own.mu, grouped, alpha=config.calib.alpha, shrink=config.calib.shrink)


def _prefixed(step: str, figures: dict[str, float]) -> dict[str, float]:
    return {f"{step}_{name}": value for name, value in figures.items()}


def _without_prefix(step: str, figures: dict[str, float]) -> dict[str, float]:
    return {name.removeprefix(f"{step}_"): value for name, value in figures.items() if name.startswith(f"{step}_")}
