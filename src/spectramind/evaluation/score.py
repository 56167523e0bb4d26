"""Score a submission file against a table of true spectra."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spectramind.data.dataset import read_labels
from spectramind.evaluation.metric import official_metric
from spectramind.evaluation.submission_table import SubmissionTable, read_submission, require_planets, violation
from spectramind.utils.errors import InputDataError


@dataclass(frozen=True, kw_only=True)
class ScoreReport:
    """The official score with its parts (see `evaluation.metric.MetricReport`); planets in the order of the truth."""

    score: float
    unclipped: float
    fgs1: float
    airs: float
    rms_fgs1_ppm: float
    rms_airs_ppm: float
    naive_mean: float
    naive_sigma: float
    planets: int
    per_planet: Mapping[str, float]

    def as_dict(self) -> dict[str, object]:
        """Return the report in JSON types."""
        return {**vars(self), "per_planet": dict(self.per_planet)}


def score(submission: Path, truth: Path, train: Path) -> ScoreReport:
    """Return the official score.

    Args:
        submission: Spectra with uncertainties, in this project's or the competition's columns; planets in any order.
        truth: planet_id, then one column a bin.
        train: Training labels of the same layout, which define the naive prediction (mean and standard deviation, ddof 0).

    Raises:
        SchemaViolation: The submission's layout is wrong, a value negative, or its planets or bins are not those of the truth.
        InputDataError: A file cannot be read, or truth and training labels do not fit each other.
    """
    table = read_submission(submission)
    _refuse_negative(table, submission)
    true_spectra, labels = read_labels(truth), read_labels(train).to_numpy()
    planet_ids, spectra = tuple(true_spectra.index), true_spectra.to_numpy()
    if spectra.shape[1] != labels.shape[1] or labels.size == 0 or labels.std() <= 0.0:
        received = f"{spectra.shape[1]} true bins, {labels.shape[1]} training bins of {len(labels)} planets"
        raise InputDataError("Truth and training labels do not fit, or the labels do not vary.", where=str(train), received=received)
    if table.mu.shape[1] != spectra.shape[1]:
        raise violation(f"The truth has {spectra.shape[1]} bins a planet.", submission, line=1, received=f"{table.mu.shape[1]} bins")
    order = _align(table, planet_ids, submission)
    naive_mean, naive_sigma = float(labels.mean()), float(labels.std())
    metric = official_metric(spectra, table.mu[order], table.sigma[order], naive_mean=naive_mean, naive_sigma=naive_sigma)
    return ScoreReport(
        score=metric.score,
        unclipped=metric.unclipped,
        fgs1=metric.fgs1,
        airs=metric.airs,
        rms_fgs1_ppm=metric.rms_fgs1_ppm,
        rms_airs_ppm=metric.rms_airs_ppm,
        naive_mean=naive_mean,
        naive_sigma=naive_sigma,
        planets=len(planet_ids),
        per_planet=dict(zip(planet_ids, metric.planet_scores.tolist(), strict=True)),
    )


def _align(table: SubmissionTable, planet_ids: tuple[str, ...], path: Path) -> list[int]:
    """Return the submission's row of every true planet."""
    place = {planet_id: row for row, planet_id in enumerate(table.planet_ids)}
    require_planets(table.planet_ids, planet_ids, path)
    return [place[planet_id] for planet_id in planet_ids]


def _refuse_negative(table: SubmissionTable, path: Path) -> None:
    values = np.hstack([table.mu, table.sigma])
    rows, columns = np.nonzero(values < 0.0)
    if rows.size:
        row, column = int(rows[0]), int(columns[0])
        name = table.columns[column + 1]
        raise violation("A value is negative.", path, line=table.lines[row], column=name, received=values[row, column])
