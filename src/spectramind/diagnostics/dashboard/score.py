"""The score of a prediction with its limits, and how often the truth lies inside its intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spectramind.diagnostics.run_data import Array, RunData
from spectramind.evaluation.metric import MetricReport, official_metric

# Share of a normal distribution within one and two standard deviations.
HONEST = {1: 0.6827, 2: 0.9545}


@dataclass(frozen=True, kw_only=True)
class Score:
    """Score of the planets whose truth is known, and what sigma promises for all.

    Attributes:
        official: The metric with its parts, None where no truth or no training labels are known.
        planets: (planet,) score of each planet alone, NaN where its truth is unknown; None without the former.
        expected: Mean over all planets of the score that the manifest expects of each, clipped as the official one.
        covered: sigmas -> sensor -> share of truths inside, of the known ones.
        known: Planets whose truth is known.
    """

    official: MetricReport | None
    planets: Array | None
    expected: float
    covered: dict[int, dict[str, float]]
    known: int


def score_run(run: RunData) -> Score:
    """Return the score of a run; labels of the dataset's train.csv define the naive prediction."""
    naive = _naive(run)
    outcomes = run.manifest["planets"]
    expected = float(np.clip(np.mean([outcomes[planet_id]["expected_score"] for planet_id in run.planet_ids]), 0.0, 1.0))
    if run.truth is None:
        return Score(official=None, planets=None, expected=expected, covered={}, known=0)
    known = np.isfinite(run.truth).all(axis=1)
    truth, mu, sigma = run.truth[known], run.mu[known], run.sigma[known]
    z = np.abs(mu - truth) / sigma
    covered = {width: {"FGS1": float((z[:, 0] <= width).mean()), "AIRS-CH0": float((z[:, 1:] <= width).mean())} for width in HONEST}
    official, planets = None, None
    if naive is not None:
        official = official_metric(truth, mu, sigma, naive_mean=naive[0], naive_sigma=naive[1])
        planets = np.full(len(run.planet_ids), np.nan)
        planets[known] = official.planet_scores
    return Score(official=official, planets=planets, expected=expected, covered=covered, known=int(known.sum()))


def _naive(run: RunData) -> tuple[float, float] | None:
    """Return mean and standard deviation of all training labels; None without labels, or where they do not vary."""
    table = run.dataset.labels()
    if table is None:
        return None
    labels = table.to_numpy()
    return (float(labels.mean()), float(labels.std())) if labels.std() > 0.0 else None
