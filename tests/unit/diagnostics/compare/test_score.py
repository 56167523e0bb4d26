"""Paired scores: the bootstrap has the error of the mean, and tells what it cannot tell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from spectramind.diagnostics.compare.score import compare_scores, resample
from spectramind.evaluation.score import score
from spectramind.evaluation.submission_table import spectramind_columns
from spectramind.utils.errors import InputDataError

Array = NDArray[np.float64]
PLANETS, BINS = 40, 4


@pytest.fixture
def truth() -> Array:
    return np.random.default_rng(5).uniform(0.005, 0.02, (PLANETS, BINS))


def write_spectra(path: Path, values: Array) -> Path:
    rows = [",".join([str(planet), *map(str, row)]) for planet, row in enumerate(values.tolist())]
    path.write_text("\n".join([",".join(["planet_id", *(f"wl_{j}" for j in range(1, values.shape[1] + 1))]), *rows]) + "\n")
    return path


def predicted(truth: Array, error: float, seed: int) -> tuple[Array, Array]:
    return np.abs(truth + np.random.default_rng(seed).normal(0.0, error, truth.shape)), np.full(truth.shape, error)


def test_the_error_is_that_of_the_mean() -> None:
    gain = np.random.default_rng(1).normal(0.1, 2.0, 200)
    drawn = resample(gain, seed=7)
    assert drawn.mean() == pytest.approx(gain.mean(), abs=0.01)
    assert drawn.std() == pytest.approx(gain.std() / np.sqrt(200), rel=0.05)
    np.testing.assert_array_equal(drawn, resample(gain, seed=7))
    assert not np.array_equal(drawn, resample(gain, seed=8))


def test_scores_are_those_of_the_official_metric(truth: Array, tmp_path: Path) -> None:
    table, train = write_spectra(tmp_path / "truth.csv", truth), write_spectra(tmp_path / "train.csv", truth[:9])
    ids = tuple(map(str, range(PLANETS)))
    first, second = predicted(truth, 1e-4, 1), predicted(truth, 1e-3, 2)
    compared = compare_scores(ids, first, second, truth=table, train=train, seed=1)
    for (mu, sigma), scores in ((first, compared.first), (second, compared.second)):
        submission = tmp_path / "submission.csv"
        rows = [",".join([planet, *map(repr, row)]) for planet, row in zip(ids, np.hstack([mu, sigma]).tolist(), strict=True)]
        submission.write_text("\n".join([",".join(spectramind_columns(BINS)), *rows]) + "\n")
        assert scores.mean() == pytest.approx(score(submission, table, train).unclipped, rel=1e-12)
    assert compared.interval[1] < 0.0
    assert compared.verdict.startswith("A is better: B minus A is -")


def test_equal_submissions_cannot_be_told_apart(truth: Array, tmp_path: Path) -> None:
    table = write_spectra(tmp_path / "truth.csv", truth)
    ids = tuple(map(str, range(PLANETS)))
    first, second = predicted(truth, 1e-3, 1), predicted(truth, 1e-3, 2)
    compared = compare_scores(ids, first, second, truth=table, train=table, seed=1)
    assert compared.interval[0] < 0.0 < compared.interval[1]
    assert compared.verdict.startswith("These planets cannot tell")


def test_planets_without_a_truth_do_not_count(truth: Array, tmp_path: Path) -> None:
    table = write_spectra(tmp_path / "truth.csv", truth[:10])
    ids = tuple(map(str, range(PLANETS)))
    first = predicted(truth, 1e-3, 1)
    assert compare_scores(ids, first, first, truth=table, train=table, seed=1).planet_ids == ids[:10]
    with pytest.raises(InputDataError, match="knows none"):
        compare_scores(tuple(f"9{each}" for each in ids), first, first, truth=table, train=table, seed=1)


def test_tables_that_do_not_fit_are_refused(truth: Array, tmp_path: Path) -> None:
    table, other = write_spectra(tmp_path / "truth.csv", truth), write_spectra(tmp_path / "other.csv", truth[:, :3])
    ids, first = tuple(map(str, range(PLANETS))), predicted(truth, 1e-3, 1)
    with pytest.raises(InputDataError, match="do not fit"):
        compare_scores(ids, first, first, truth=table, train=other, seed=1)
    with pytest.raises(InputDataError, match="cannot be scored"):
        compare_scores(ids, first, (-first[0], first[1]), truth=table, train=table, seed=1)


@pytest.mark.parametrize(("planets", "verdict"), [(1, "These planets cannot tell"), (5, "These planets cannot tell"), (6, "B is better")])
def test_a_handful_of_planets_that_agree_by_chance_decides_nothing(planets: int, verdict: str, truth: Array, tmp_path: Path) -> None:
    table = write_spectra(tmp_path / "truth.csv", truth)
    ids = tuple(map(str, range(planets)))
    first, second = predicted(truth[:planets], 1e-2, 1), predicted(truth[:planets], 1e-5, 2)
    compared = compare_scores(ids, first, second, truth=table, train=table, seed=1)
    assert (compared.gain > 0.0).all()
    assert compared.verdict.startswith(verdict)
