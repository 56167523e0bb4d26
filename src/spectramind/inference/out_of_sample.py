"""Predictions of the labelled planets by the configured model, none by anything that has seen the planet.

What answers for a new planet is a little better than what answers here: a prior learned from all labels instead of those of the
other folds, and the mixture of all networks instead of one. A sigma calibrated here is therefore rather too wide there. Against
that stands that the epoch of a network was chosen by the planets it answers for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectramind.calibration.application import Uncalibrated
from spectramind.calibration.checks import assert_unseen
from spectramind.data.dataset import Dataset
from spectramind.inference.health import columns_of, read_health, suspicions
from spectramind.inference.planet_predictor import PlanetPredictor
from spectramind.training.setup import labelled_planets, usable_labels
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import InputDataError
from spectramind.utils.progress import Progress
from spectramind.utils.runs import Workspace

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class LabelledPredictions:
    """Spectra of planets whose truth is known, as the model would give them for planets it has never seen.

    Attributes:
        truth, mu, sigma: (planet, bin) depths, predicted depths, and their standard deviations before any calibration.
        naive_mean, naive_sigma: Of all labels: the naive prediction of the official metric.
        suspicion: (planet,) size of the residuals of their light curves over that of their noise (`inference.health`).
        brightness: (planet,) of their stars, NaN where unknown (`inference.health.visit_brightness`).
        columns: Name -> (planet,) numbers of the planets' light curves to compare sets of planets by.
        model: What names the model, as in a manifest.
        set_aside: Planet -> why the model has no answer of its own for it.
    """

    planet_ids: tuple[str, ...]
    truth: Array
    mu: Array
    sigma: Array
    naive_mean: float
    naive_sigma: float
    suspicion: Array
    brightness: Array
    columns: dict[str, Array]
    model: dict[str, Any]
    set_aside: dict[str, str]

    def uncalibrated(self, rows: NDArray[np.intp] | slice = slice(None)) -> Uncalibrated:
        """Return some of the planets as predictions to be calibrated."""
        return Uncalibrated(
            mu=self.mu[rows],
            sigma=self.sigma[rows],
            suspicion=self.suspicion[rows],
            naive_mean=self.naive_mean,
            naive_sigma=self.naive_sigma,
        )


def predict_labelled(config: Config, workspace: Workspace, dataset: Dataset, *, progress: Progress) -> LabelledPredictions:
    """Predict every labelled planet out of sample.

    Raises:
        InputDataError: If there is none, or train.csv is unusable; if the model has an answer for none of them, or has seen one.
    """
    planet_ids, labels = labelled_planets(dataset), usable_labels(dataset)
    if labels is None or not planet_ids:
        raise InputDataError(
            "there is no labelled planet to calibrate with",
            where=str(dataset.root / "train.csv"),
            received="no file" if labels is None else f"{len(labels)} rows, none of them of a planet of train_star_info.csv",
            hint="name the dataset with the labels: data.raw_dir=DIR; or predict without: "
            "spectramind predict --out-csv outputs/submission.csv calib.apply=off",
            section="12",
        )
    predictor = PlanetPredictor(config, workspace, dataset, "train")
    rows, set_aside = {}, {}
    progress.start("labelled planets", len(planet_ids))
    for planet_id in planet_ids:
        prediction = predictor(planet_id)
        progress.advance(planet_id)
        if prediction.by != config.model.kind:
            set_aside[planet_id] = prediction.outcome.reason
            continue
        if predictor.ensemble is not None:
            assert_unseen([planet_id], predictor.ensemble.seen_by_those_for(planet_id))
        rows[planet_id] = prediction.spectrum
    progress.finish()
    if not rows:
        raise InputDataError(
            "the model could predict no labelled planet",
            where=str(workspace.features),
            received=next(iter(set_aside.values())),
            hint="spectramind calibrate data.split=all, then spectramind features data.split=all",
        )
    health = read_health(config, workspace, dataset, "train", tuple(rows), progress=progress).values()
    return LabelledPredictions(
        planet_ids=tuple(rows),
        truth=labels.loc[list(rows)].to_numpy(dtype=np.float64),
        mu=np.stack([spectrum.mu for spectrum in rows.values()]),
        sigma=np.stack([spectrum.sigma for spectrum in rows.values()]),
        naive_mean=float(labels.to_numpy().mean()),
        naive_sigma=float(labels.to_numpy().std()),
        suspicion=suspicions(health),
        brightness=np.array([each.brightness for each in health]),
        columns=columns_of(health),
        model=predictor.model,
        set_aside=set_aside,
    )
