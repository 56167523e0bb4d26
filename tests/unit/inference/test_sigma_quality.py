"""Figures of uncertainties, and the loop that judges a calibration by planets it was not fitted on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import norm

from spectramind.calibration.corel import gaussian_quantile, rank_of
from spectramind.evaluation.metric import bin_weights, official_metric
from spectramind.evaluation.reliability import effective_number
from spectramind.inference.out_of_sample import LabelledPredictions
from spectramind.inference.sigma_quality import (
    on_unseen_planets,
    quality,
    require_for_intervals,
)
from spectramind.utils.errors import InputDataError

Array = NDArray[np.float64]
SIGMA = 1e-4


def predictions(planets: int, bins: int = 6, *, wide: float = 1.0, seed: int = 3) -> LabelledPredictions:
    """Gaussian errors of 100 ppm with a sigma `wide` times as large."""
    generator = np.random.default_rng(seed)
    truth = generator.uniform(0.01, 0.02, (planets, bins))
    return LabelledPredictions(
        planet_ids=tuple(str(100 + number) for number in range(planets)),
        truth=truth,
        mu=truth + generator.normal(0.0, SIGMA, truth.shape),
        sigma=np.full(truth.shape, wide * SIGMA),
        naive_mean=float(truth.mean()),
        naive_sigma=float(truth.std()),
        suspicion=np.ones(planets),
        brightness=np.full(planets, 1e7),
        columns={},
        model={"kind": "physics"},
        set_aside={},
    )


def test_figures_are_those_of_the_metric_and_of_scipy() -> None:
    predicted = predictions(400, wide=2.0)
    half_width = gaussian_quantile(0.1) * predicted.sigma
    figures = quality(predicted, predicted.sigma, half_width, 0.1)
    metric = official_metric(
        predicted.truth, predicted.mu, predicted.sigma, naive_mean=predicted.naive_mean, naive_sigma=predicted.naive_sigma
    )
    assert (figures["score"], figures["score_fgs1"], figures["score_airs"]) == (metric.unclipped, metric.fgs1, metric.airs)
    likelihood = np.asarray(norm.logpdf(predicted.truth, predicted.mu, predicted.sigma))
    assert figures["gll"] == pytest.approx(float((likelihood @ bin_weights(6)).mean()))
    assert figures["gll_fgs1"] == pytest.approx(float(likelihood[:, 0].mean()))
    assert figures["gll_airs"] == pytest.approx(float(likelihood[:, 1:].mean()))
    assert figures["z_airs"] == pytest.approx(0.5, abs=0.03)
    assert figures["coverage"] == pytest.approx(math.erf(2.0 * 1.6448536269514722 / math.sqrt(2.0)), abs=0.003)
    assert figures["alpha"] == 0.1
    assert list(figures) == sorted(figures)


def test_bins_that_err_together_are_worth_one_truth_a_planet() -> None:
    generator = np.random.default_rng(1)
    together = np.repeat(generator.random((500, 1)) < 0.9, 40, axis=1)
    apart = generator.random((500, 40)) < 0.9
    assert effective_number(together) == pytest.approx(500.0, rel=1e-6)
    assert effective_number(apart) == pytest.approx(500.0 * 40.0, rel=0.15)
    assert effective_number(np.ones((5, 3), dtype=np.bool_)) == 5.0


class Told:
    """Keeps what a stage says of its progress."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def start(self, description: str, total: int) -> None:
        self.events.append(f"start {total}")

    def advance(self, note: str = "") -> None:
        self.events.append(note)

    def finish(self) -> None:
        self.events.append("finish")


def test_no_planet_is_among_those_its_calibration_was_fitted_on() -> None:
    predicted = predictions(23)
    seen = []

    def calibrated(fit: NDArray[np.intp], use: NDArray[np.intp]) -> Array:
        assert not set(fit) & set(use)
        assert len(fit) + len(use) == 23
        seen.extend(use.tolist())
        return np.stack([predicted.sigma[use] * (use[:, None] + 1.0), predicted.mu[use]])

    told = Told()
    values = on_unseen_planets(predicted, 5, calibrated, progress=told)
    assert told.events == ["start 10", *(f"fold {fold} of 10" for fold in range(1, 11)), "finish"]
    assert sorted(seen) == list(range(23))
    np.testing.assert_allclose(values[0], predicted.sigma * np.arange(1, 24)[:, None])
    np.testing.assert_array_equal(values[1], predicted.mu)


@settings(deadline=None, max_examples=40)
@given(planets=st.integers(3, 400), alpha=st.sampled_from([0.05, 0.1, 0.32, 0.5]))
def test_intervals_need_planets_to_fit_and_planets_to_judge(planets: int, alpha: float) -> None:
    largest_fold = math.ceil(planets / min(planets, 10))
    try:
        require_for_intervals(planets, alpha)
    except InputDataError as error:
        with pytest.raises(InputDataError):
            rank_of(planets - largest_fold, alpha)
        enough = int(error.what.split()[2])
        require_for_intervals(enough, alpha)
        with pytest.raises(InputDataError):
            require_for_intervals(enough - 1, alpha)
    else:
        rank_of(planets - largest_fold, alpha)
