"""The predict stage: one row for every planet, measured where its data allow, honestly wide where they do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spectramind.data.dataset import Dataset
from spectramind.data.identifiers import Split
from spectramind.data.products import calibration_version, metadata_hash
from spectramind.features.build import KINDS, features_by
from spectramind.features.planet_prior import PriorByPlanet
from spectramind.features.planet_spectrum import Spectrum, naive_spectrum, predict_spectrum
from spectramind.inference.manifest import PlanetOutcome, PlanetStatus, build_manifest, write_manifest
from spectramind.inference.submission import writing_submission
from spectramind.training.load import VisitFeatures, example_of, read_features
from spectramind.utils.artifacts import sha256_json
from spectramind.utils.clock import utc_now
from spectramind.utils.config import config_dict, config_hash
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import InputDataError, SpectraMindError
from spectramind.utils.progress import Progress
from spectramind.utils.runs import Workspace

if TYPE_CHECKING:
    from spectramind.inference.network_ensemble import NetworkEnsemble


@dataclass(frozen=True, kw_only=True)
class PredictionReport:
    """Files written, and how the planets fared."""

    submission: str
    kaggle_submission: str
    manifest: str
    planets: int
    complete: int
    degraded: dict[str, str]
    fallback: dict[str, str]
    rejected_rows: list[str]

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
        InputDataError: If the dataset is unusable, or, after all files are written, if no planet could be measured.
        SchemaViolation: If the submission breaks its contract; an earlier file stays as it was.
    """
    started_utc = utc_now()
    dataset = Dataset.open(config.data.raw_dir)
    planets = dataset.planets[predicted_split(config, dataset)]
    labels = dataset.labels()
    fallback = naive_spectrum(dataset.wavelength_um.size, None if labels is None else labels.to_numpy())
    predictor = _Predictor(config, workspace, dataset, fallback, PriorByPlanet(config, dataset))
    outcomes: dict[str, PlanetOutcome] = {}
    with workspace.lock("predict"), writing_submission(out_csv, expected_ids=planets, kaggle_path=kaggle_csv) as writer:
        progress.start("predict", len(planets))
        for planet_id in planets:
            spectrum, outcomes[planet_id] = predictor(planet_id)
            writer.write(planet_id, spectrum.mu, spectrum.sigma)
            progress.advance(planet_id)
        progress.finish()
    manifest = build_manifest(
        submission=out_csv,
        planets=outcomes,
        config_hash=config_hash(config),
        data_fingerprint=sha256_json({"metadata": metadata_hash(dataset), "visits": predictor.keys}),
        calibration={"version": calibration_version(config.data), "parameters": config_dict(config.data.detector)},
        model={"kind": config.model.kind} | (predictor.ensemble.identity() if predictor.ensemble else {}),
        started_utc=started_utc,
        ended_utc=utc_now(),
    )
    report = _report(out_csv, kaggle_csv, write_manifest(out_csv, manifest), outcomes, dataset)
    if len(report.fallback) == report.planets:
        raise InputDataError(
            "not a single planet could be measured; the submission holds the naive spectrum for all",
            where=str(out_csv),
            received=next(iter(report.fallback.values())),
            hint="spectramind calibrate, then spectramind features; their reasons stand in data/*/manifest.json",
        )
    return report


class _Predictor:
    """Predicts one planet after another and remembers which feature products were used."""

    def __init__(self, config: Config, workspace: Workspace, dataset: Dataset, fallback: Spectrum, prior: PriorByPlanet) -> None:
        self._config, self._workspace, self._dataset, self._fallback, self._prior = config, workspace, dataset, fallback, prior
        self._split, self._version = predicted_split(config, dataset), features_by(config, dataset)
        self.ensemble = _open_ensemble(config, workspace, dataset) if config.model.kind == "network" else None
        self.keys: dict[str, str] = {}

    def __call__(self, planet_id: str) -> tuple[Spectrum, PlanetOutcome]:
        visits = self._dataset.visits(self._split, planet_id)
        measured, complaints = [], []
        for visit in visits:
            try:
                features = read_features(self._workspace, visit, self._version, KINDS if self.ensemble else ())
            except InputDataError as error:
                complaints.append(str(error))
                continue
            measured.append(features)
            self.keys[visit.name] = features.key
            if not features.evidence.converged:
                complaints.append(f"{visit.name}: the fit did not come to a standstill; its errors were doubled")
        if not measured:
            return self._fallback, PlanetOutcome(PlanetStatus.FALLBACK, "; ".join(complaints) or "the dataset has no visit of this planet")
        try:
            spectrum = self._spectrum(planet_id, measured, complaints)
        except (SpectraMindError, np.linalg.LinAlgError, ValueError) as error:
            return self._fallback, PlanetOutcome(PlanetStatus.FALLBACK, f"{type(error).__name__}: {error}")
        if complaints:
            return spectrum, PlanetOutcome(PlanetStatus.DEGRADED, "; ".join(complaints))
        return spectrum, PlanetOutcome(PlanetStatus.COMPLETE)

    def _spectrum(self, planet_id: str, measured: Sequence[VisitFeatures], complaints: list[str]) -> Spectrum:
        """Return the physical spectrum, or that of the network where one is asked for and has an answer."""
        if self.ensemble is not None:
            try:
                return self.ensemble(example_of(planet_id, measured, config=self._config, prior=self._prior))
            except (SpectraMindError, np.linalg.LinAlgError, ValueError) as error:
                complaints.append(f"predicted without the network: {error}")
        evidence = [visit.evidence for visit in measured]
        return predict_spectrum(evidence, self._prior(planet_id), self._config.loss.sigma_min)


def _open_ensemble(config: Config, workspace: Workspace, dataset: Dataset) -> NetworkEnsemble:
    """Load the networks, and with them a library that predicting by physics alone does without."""
    from spectramind.inference.network_ensemble import NetworkEnsemble

    return NetworkEnsemble.open(config, workspace, dataset)


def _report(
    out_csv: Path, kaggle_csv: Path | None, manifest: Path, outcomes: dict[str, PlanetOutcome], dataset: Dataset
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
    )
