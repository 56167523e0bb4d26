"""The official metric: published test vectors, a transcription with scipy, and its parts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from spectramind.evaluation.metric import FGS1_WEIGHT, official_metric

NAIVE_MEAN, NAIVE_SIGMA = 0.0146, 0.0105
Spectra = tuple[np.ndarray, np.ndarray, np.ndarray]


@pytest.fixture
def vector() -> Spectra:
    i, j = np.arange(3)[:, None], np.arange(283)[None, :]
    truth = 0.010 + 0.002 * i + 1e-6 * j
    return truth, truth + 2e-5 * np.sin(j + i), 5e-5 * (1 + 0.1 * i) + 1e-8 * j


@pytest.mark.parametrize(("fgs1_weight", "expected"), [(57.846, 0.7174252968437742), (1.0, 0.7478190151673157)])
def test_vectors(vector: Spectra, fgs1_weight: float, expected: float) -> None:
    report = official_metric(*vector, naive_mean=NAIVE_MEAN, naive_sigma=NAIVE_SIGMA, fgs1_weight=fgs1_weight)
    assert report.score == pytest.approx(expected, rel=1e-13)


def test_overconfidence_is_clipped_only_at_the_end(vector: Spectra) -> None:
    truth, mu, _ = vector
    report = official_metric(truth, mu, np.full_like(mu, 1e-6), naive_mean=NAIVE_MEAN, naive_sigma=NAIVE_SIGMA)
    assert report.unclipped == pytest.approx(-12.464698276043269, rel=1e-13)
    assert report.score == 0.0


def test_truth_with_the_perfect_sigma_scores_one(vector: Spectra) -> None:
    truth = vector[0]
    sigma = np.full_like(truth, 1e-5)
    sigma[:, 0] = 1e-6
    report = official_metric(truth, truth, sigma, naive_mean=NAIVE_MEAN, naive_sigma=NAIVE_SIGMA)
    assert report.score == pytest.approx(1.0, abs=1e-12)
    assert (report.rms_fgs1_ppm, report.rms_airs_ppm) == (0.0, 0.0)


def test_naive_prediction_scores_zero(vector: Spectra) -> None:
    truth = vector[0]
    report = official_metric(
        truth, np.full_like(truth, NAIVE_MEAN), np.full_like(truth, NAIVE_SIGMA), naive_mean=NAIVE_MEAN, naive_sigma=NAIVE_SIGMA
    )
    assert report.unclipped == pytest.approx(0.0, abs=1e-12)


def test_agrees_with_a_transcription_of_the_definition() -> None:
    rng = np.random.default_rng(5)
    truth = rng.uniform(0.004, 0.08, (7, 283))
    mu, sigma = np.abs(truth + rng.normal(0, 3e-4, truth.shape)), rng.uniform(1e-4, 6e-4, truth.shape)
    perfect, weights = np.full(283, 1e-5), np.ones(283)
    perfect[0], weights[0] = 1e-6, FGS1_WEIGHT
    predicted, ideal, naive = norm.logpdf(truth, mu, sigma), norm.logpdf(truth, truth, perfect), norm.logpdf(truth, 0.015, 0.011)
    elements = (predicted - naive) / (ideal - naive)
    report = official_metric(truth, mu, sigma, naive_mean=0.015, naive_sigma=0.011)
    assert report.unclipped == pytest.approx(float(np.average(elements, weights=np.broadcast_to(weights, elements.shape))), rel=1e-12)
    assert report.fgs1 == pytest.approx(float(elements[:, 0].mean()))
    assert report.airs == pytest.approx(float(elements[:, 1:].mean()))
    assert report.rms_fgs1_ppm == pytest.approx(1e6 * float(np.sqrt(np.mean((mu - truth)[:, 0] ** 2))))
    assert report.rms_airs_ppm == pytest.approx(1e6 * float(np.sqrt(np.mean((mu - truth)[:, 1:] ** 2))))
    np.testing.assert_allclose(report.planet_scores, np.average(elements, axis=1, weights=weights))


def test_sigma_is_floored(vector: Spectra) -> None:
    truth = vector[0]
    zero, floor = (
        official_metric(truth, truth, np.full_like(truth, value), naive_mean=NAIVE_MEAN, naive_sigma=NAIVE_SIGMA) for value in (0.0, 1e-15)
    )
    assert zero.unclipped == floor.unclipped
    assert np.isfinite(zero.unclipped)


@pytest.mark.parametrize(("place", "value"), [(0, np.nan), (1, np.nan), (2, np.inf), (1, -1e-3), (2, -1e-3)])
def test_unusable_values_are_refused(vector: Spectra, place: int, value: float) -> None:
    arrays = [array.copy() for array in vector]
    arrays[place][1, 5] = value
    with pytest.raises(ValueError, match="finite"):
        official_metric(arrays[0], arrays[1], arrays[2], naive_mean=NAIVE_MEAN, naive_sigma=NAIVE_SIGMA)


def test_shapes_and_naive_sigma_are_checked(vector: Spectra) -> None:
    truth, mu, sigma = vector
    with pytest.raises(ValueError, match="shape"):
        official_metric(truth, mu[:2], sigma, naive_mean=NAIVE_MEAN, naive_sigma=NAIVE_SIGMA)
    with pytest.raises(ValueError, match="naive"):
        official_metric(truth, mu, sigma, naive_mean=NAIVE_MEAN, naive_sigma=0.0)
