"""The predict stage: one row for every planet, measured where its data allow, honestly wide where they do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from spectramind.calibration.application import Calibrated, Uncalibrated
from spectramind.data.dataset import Dataset
from spectramind.data.identifiers import Split
from spectramind.data.products import calibration_version, metadata_hash
from spectramind.inference.health import Health, read_health
from spectramind.inference.intervals import INTERVALS_NAME, writing_intervals
from spectramind.inference.manifest import MANIFEST_NAME, PlanetOutcome, PlanetStatus, PlanetTrust, build_manifest, write_manifest
from spectramind.inference.planet_predictor import PlanetPrediction, PlanetPredictor, PredictedBy
from spectramind.inference.submission import writing_submission
from spectramind.inference.uncertainty_in_use import UncertaintyInUse
from spectramind.utils.artifacts import remove_leftovers_of, sha256_json
from spectramind.utils.clock import utc_now
from spectramind.utils.config import config_dict, config_hash
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import InputDataError, UsageError
from spectramind.utils.progress import Progress
from spectramind.utils.runs import Workspace


@dataclass(frozen=True, kw_only=True)
class PredictionReport:
    """Files written, how the planets fared, how their uncertainty was calibrated, and how many planets there are of each class.

    ``drift`` says how they compare with the planets of the calibration; it is empty where nothing is calibrated.
    """

    submission: str
    kaggle_submission: str
    intervals: str
    manifest: str
    planets: int
    complete: int
    degraded: dict[str, str]
    fallback: dict[str, str]
    rejected_rows: list[str]
    uncertainty: str
    drift: str
    quality: dict[str, int]

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

    A planet whose visits cannot be used gets the mean and the scatter of all planets, and its reason in the manifest. The light curves
    of all planets are looked at first, since sigma depends on whether they are like those of the calibration; then planet after planet
    is predicted and written.

    Raises:
        ConfigError: If the calibration of the uncertainty, or the network, is not what the configuration asks for.
        InputDataError: If the dataset is unusable, the network or a required calibration is missing, or, after all files are
            written, if no planet could be measured.
        SchemaViolation: If the submission breaks its contract; an earlier file stays as it was.
        UsageError: If two of the outputs would be one file.
    """
    started_utc = utc_now()
    _require_own_names(out_csv, kaggle_csv)
    dataset = Dataset.open(config.data.raw_dir)
    split = predicted_split(config, dataset)
    planets = dataset.planets[split]
    predictor = PlanetPredictor(config, workspace, dataset, split)
    uncertainty = UncertaintyInUse.open(config, workspace, dataset, predictor.model)
    with workspace.lock("predict"):
        health = read_health(config, workspace, dataset, split, planets, progress=progress)
        uncertainty = uncertainty.compared_with(health.values(), widen=config.calib.drift == "widen")
        intervals = out_csv.with_name(INTERVALS_NAME)
        for path in (out_csv, kaggle_csv, intervals, out_csv.with_name(MANIFEST_NAME)):
            if path is not None:
                remove_leftovers_of(path)
        made = _write(predictor, uncertainty, health, planets, (out_csv, kaggle_csv, intervals), progress)
        # Still under the lock: the manifest names the files of this prediction, not those of the next one.
        manifest = build_manifest(
            submission=out_csv,
            planets=made.outcomes,
            trust=made.trust,
            config_hash=config_hash(config),
            data_fingerprint=sha256_json({"metadata": metadata_hash(dataset), "visits": predictor.keys}),
            calibration={"version": calibration_version(config.data), "parameters": config_dict(config.data.detector)},
            model=predictor.model,
            prior=predictor.prior.as_dict(),
            uncertainty=uncertainty.as_dict(made.rescaled, planets, intervals),
            started_utc=started_utc,
            ended_utc=utc_now(),
        )
        manifest_path = write_manifest(out_csv, manifest)
    report = _report((out_csv, kaggle_csv, intervals, manifest_path), made, dataset, uncertainty)
    if len(report.fallback) == report.planets:
        raise InputDataError(
            "not a single planet could be measured; the submission holds the naive spectrum for all",
            where=str(out_csv),
            received=next(iter(report.fallback.values())),
            hint="spectramind calibrate, then spectramind features; their reasons stand in data/*/manifest.json",
        )
    return report


def _require_own_names(out_csv: Path, kaggle_csv: Path | None) -> None:
    beside = {name: out_csv.with_name(name) for name in (INTERVALS_NAME, MANIFEST_NAME)}
    asked = {"--out-csv": out_csv, **beside} | ({"--kaggle-csv": kaggle_csv} if kaggle_csv else {})
    taken: dict[Path, str] = {}
    for what, path in asked.items():
        if (other := taken.setdefault(path.resolve(), what)) != what:
            raise UsageError(
                "two outputs would be the same file", where=f"{other}, {what}", received=path, hint="give the submission another name"
            )


@dataclass
class _Made:
    """What became of the planets written so far."""

    outcomes: dict[str, PlanetOutcome] = field(default_factory=dict)
    trust: dict[str, PlanetTrust] = field(default_factory=dict)
    rescaled: int = 0

    def add(self, planet_id: str, outcome: PlanetOutcome, calibrated: Calibrated, *, by_model: bool) -> None:
        self.outcomes[planet_id] = outcome
        self.trust[planet_id] = PlanetTrust(
            quality=str(calibrated.quality[0]),
            expected_score=float(calibrated.expected_score[0]),
            widening=float(calibrated.widening[0]),
        )
        self.rescaled += by_model


def _write(
    predictor: PlanetPredictor,
    uncertainty: UncertaintyInUse,
    health: Mapping[str, Health],
    planets: Sequence[str],
    paths: tuple[Path, Path | None, Path],
    progress: Progress,
) -> _Made:
    """Predict planet after planet and write each at once; the files get their names when all are written and checked."""
    out_csv, kaggle_csv, intervals = paths
    made = _Made()
    with ExitStack() as files:
        ranges = files.enter_context(writing_intervals(intervals, predictor.bins))
        writer = files.enter_context(writing_submission(out_csv, expected_ids=planets, kaggle_path=kaggle_csv))
        progress.start("predict", len(planets))
        for planet_id in planets:
            predicted = predictor(planet_id)
            by_model = predicted.by == predictor.model["kind"]
            calibrated = uncertainty.apply(_uncalibrated(predicted, health[planet_id], predictor.naive), by_model=by_model)
            writer.write(planet_id, predicted.spectrum.mu, calibrated.sigma[0])
            ranges.write(planet_id, predicted.spectrum.mu, calibrated.half_width[0])
            made.add(planet_id, predicted.outcome, calibrated, by_model=by_model)
            progress.advance(planet_id)
        progress.finish()
    return made


def _uncalibrated(predicted: PlanetPrediction, health: Health, naive: tuple[float, float]) -> Uncalibrated:
    # A guess that took nothing from the light curves is as good as it says, whatever they look like.
    suspicion = 1.0 if predicted.by is PredictedBy.NAIVE else health.suspicion
    return Uncalibrated(
        mu=predicted.spectrum.mu[None],
        sigma=predicted.spectrum.sigma[None],
        suspicion=np.array([suspicion]),
        naive_mean=naive[0],
        naive_sigma=naive[1],
    )


def _report(paths: tuple[Path, Path | None, Path, Path], made: _Made, dataset: Dataset, uncertainty: UncertaintyInUse) -> PredictionReport:
    def reasons(status: PlanetStatus) -> dict[str, str]:
        return {planet_id: outcome.reason for planet_id, outcome in made.outcomes.items() if outcome.status is status}

    out_csv, kaggle_csv, intervals, manifest = paths
    return PredictionReport(
        submission=str(out_csv),
        kaggle_submission=str(kaggle_csv or ""),
        intervals=str(intervals),
        manifest=str(manifest),
        planets=len(made.outcomes),
        complete=sum(outcome.status is PlanetStatus.COMPLETE for outcome in made.outcomes.values()),
        degraded=reasons(PlanetStatus.DEGRADED),
        fallback=reasons(PlanetStatus.FALLBACK),
        rejected_rows=list(dataset.rejected),
        uncertainty=uncertainty.reason,
        drift="" if uncertainty.drift is None else uncertainty.drift.sentence,
        quality=dict(Counter(each.quality for each in made.trust.values())),
    )
