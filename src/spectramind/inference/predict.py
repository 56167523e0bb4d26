"""The predict stage: one row for every planet, measured where its data allow, honestly wide where they do not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spectramind.data.dataset import Dataset
from spectramind.data.identifiers import Split
from spectramind.data.products import calibration_version, metadata_hash
from spectramind.inference.manifest import PlanetOutcome, PlanetStatus, build_manifest, write_manifest
from spectramind.inference.planet_predictor import PlanetPredictor
from spectramind.inference.submission import writing_submission
from spectramind.inference.uncertainty import UncertaintyInUse
from spectramind.utils.artifacts import sha256_json
from spectramind.utils.clock import utc_now
from spectramind.utils.config import config_dict, config_hash
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import InputDataError
from spectramind.utils.progress import Progress
from spectramind.utils.runs import Workspace


@dataclass(frozen=True, kw_only=True)
class PredictionReport:
    """Files written, how the planets fared, and how their uncertainty was calibrated."""

    submission: str
    kaggle_submission: str
    manifest: str
    planets: int
    complete: int
    degraded: dict[str, str]
    fallback: dict[str, str]
    rejected_rows: list[str]
    uncertainty: str

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return dict(vars(self))


def predicted_split(config: Config, dataset: Dataset) -> Split:
    """Return the split that is predicted: test, unless only train is selected.

    Raises:
        InputDataError: If the dataset lacks it.
    """
    split: Split = "train" if config.data.split == "train" else "test"
    if not dataset.planets.get(split):
        raise InputDataError(
            "no planet to predict", where=str(dataset.root / f"{split}_star_info.csv"), hint="check data.raw_dir and data.split"
        )
    return split


def plan(config: Config, workspace: Workspace) -> dict[str, Any]:
    """Say what ``predict`` would do."""
    dataset = Dataset.open(config.data.raw_dir)
    split = predicted_split(config, dataset)
    return {"model": config.model.kind, "split": split, "planets": len(dataset.planets[split]), "bins": int(dataset.wavelength_um.size)}


def predict(
    config: Config,
    workspace: Workspace,
    *,
    out_csv: Path,
    kaggle_csv: Path | None = None,
    progress: Progress,
) -> PredictionReport:
    """Predict every planet of the split, validate the submission, write its manifest.

    A planet whose visits cannot be used gets the mean and the scatter of all planets, and its reason in the manifest.

    Raises:
        ConfigError: If the calibration of the uncertainty, or the network, is not what the configuration asks for.
        InputDataError: If the dataset is unusable, the network or a required calibration is missing, or, after all files are
            written, if no planet could be measured.
        SchemaViolation: If the submission breaks its contract; an earlier file stays as it was.
    """
    started_utc = utc_now()
    dataset = Dataset.open(config.data.raw_dir)
    split = predicted_split(config, dataset)
    planets = dataset.planets[split]
    predictor = PlanetPredictor(config, workspace, dataset, split)
    uncertainty = UncertaintyInUse.open(config, workspace, dataset, predictor.model)
    outcomes: dict[str, PlanetOutcome] = {}
    rescaled = 0
    with workspace.lock("predict"), writing_submission(out_csv, expected_ids=planets, kaggle_path=kaggle_csv) as writer:
        progress.start("predict", len(planets))
        for planet_id in planets:
            predicted = predictor(planet_id)
            sigma, outcomes[planet_id] = predicted.spectrum.sigma, predicted.outcome
            # The calibration is that of the model: what another one put in its place keeps the sigma it has.
            if predicted.by == config.model.kind:
                sigma, rescaled = uncertainty.apply(sigma), rescaled + 1
            writer.write(planet_id, predicted.spectrum.mu, sigma)
            progress.advance(planet_id)
        progress.finish()
    manifest = build_manifest(
        submission=out_csv,
        planets=outcomes,
        config_hash=config_hash(config),
        data_fingerprint=sha256_json({"metadata": metadata_hash(dataset), "visits": predictor.keys}),
        calibration={"version": calibration_version(config.data), "parameters": config_dict(config.data.detector)},
        model=predictor.model,
        uncertainty=uncertainty.as_dict(rescaled, planets),
        started_utc=started_utc,
        ended_utc=utc_now(),
    )
    report = _report(out_csv, kaggle_csv, write_manifest(out_csv, manifest), outcomes, dataset, uncertainty.reason)
    if len(report.fallback) == report.planets:
        raise InputDataError(
            "not a single planet could be measured; the submission holds the naive spectrum for all",
            where=str(out_csv),
            received=next(iter(report.fallback.values())),
            hint="spectramind calibrate, then spectramind features; their reasons stand in data/*/manifest.json",
        )
    return report


def _report(
    out_csv: Path, kaggle_csv: Path | None, manifest: Path, outcomes: dict[str, PlanetOutcome], dataset: Dataset, uncertainty: str
) -> PredictionReport:
    def reasons(status: PlanetStatus) -> dict[str, str]:
        return {planet_id: outcome.reason for planet_id, outcome in outcomes.items() if outcome.status is status}

    return PredictionReport(
        submission=str(out_csv),
        kaggle_submission=str(kaggle_csv or ""),
        manifest=str(manifest),
        planets=len(outcomes),
        complete=sum(outcome.status is PlanetStatus.COMPLETE for outcome in outcomes.values()),
        degraded=reasons(PlanetStatus.DEGRADED),
        fallback=reasons(PlanetStatus.FALLBACK),
        rejected_rows=list(dataset.rejected),
        uncertainty=uncertainty,
    )
