"""What the calibration of the uncertainty promises: coverage whatever the errors are, and no score lost on planets it has not seen."""

from __future__ import annotations

import numpy as np
import pytest
import tiny_errors as tiny
from numpy.typing import NDArray

from spectramind.calibration.corel import fit_corel, rank_of
from spectramind.calibration.temperature import fit_temperature
from spectramind.evaluation.metric import official_metric

SPLITS, CALIBRATION, BINS = 200, 199, 40
FREEDOMS = [pytest.param(None, id="Gaussian"), pytest.param(4.0, id="t4")]


@pytest.mark.parametrize("freedom", FREEDOMS)
@pytest.mark.parametrize("coverage", [0.68, 0.9, 0.95])
def test_intervals_cover_what_they_promise(coverage: float, freedom: float | None) -> None:
    generator = np.random.default_rng(int(100 * coverage))
    unequal = np.exp(generator.normal(0.0, 0.5, BINS))
    some = tiny.predictions(generator, 2 * CALIBRATION, BINS, unequal, freedom)
    alpha = round(1.0 - coverage, 2)
    hits = np.empty((SPLITS, BINS))
    for split in range(SPLITS):
        order = generator.permutation(2 * CALIBRATION)
        known, new = order[:CALIBRATION], order[CALIBRATION:]
        corel = fit_corel(some.truth[known], some.mu[known], some.sigma[known], alpha=alpha, shrink=False)
        hits[split] = (np.abs(some.truth[new] - some.mu[new]) <= corel.half_width(some.sigma[new])).mean(axis=0)
    exact = rank_of(CALIBRATION, alpha) / (CALIBRATION + 1)
    assert hits.mean() == pytest.approx(coverage, abs=0.01)
    # Hits among m new planets are beta-binomial with rank k of n calibration planets: binomial noise of both sets.
    variance = exact * (1.0 - exact) * (1.0 / CALIBRATION + 1.0 / (CALIBRATION + 2)) / SPLITS
    deviation = (hits.mean(axis=0) - exact) / np.sqrt(variance)
    print(f"coverage {coverage}: mean {hits.mean():.4f}, bins {hits.mean(axis=0).min():.4f} .. {hits.mean(axis=0).max():.4f}")
    assert np.abs(deviation).max() < 4.0


def official(some: tiny.Predictions, sigma: NDArray[np.float64]) -> float:
    return official_metric(some.truth, some.mu, sigma, naive_mean=tiny.NAIVE_MEAN, naive_sigma=tiny.NAIVE_SIGMA).unclipped


def pattern_of(name: str, bins: int) -> NDArray[np.float64]:
    if name == "level":
        return np.full(bins, 1.5)
    waves: NDArray[np.float64] = 1.5 * np.exp(0.3 * np.sin(np.linspace(0.0, 9.0, bins)))
    waves[0] = 0.7
    return waves


@pytest.mark.parametrize("freedom", FREEDOMS)
@pytest.mark.parametrize("planets", [30, 100, 400])
@pytest.mark.parametrize("name", ["level", "pattern"])
def test_unseen_planets_lose_no_score(name: str, planets: int, freedom: float | None) -> None:
    bins, pattern = 120, pattern_of(name, 120)
    unseen = tiny.predictions(np.random.default_rng(99), 2000, bins, pattern, freedom)
    before = official(unseen, unseen.sigma)
    for seed in range(8):
        known = tiny.predictions(np.random.default_rng(seed), planets, bins, pattern, freedom)
        for by in ("gll", "score"):
            temperature = fit_temperature(
                known.truth, known.mu, known.sigma, by=by, naive_mean=tiny.NAIVE_MEAN, naive_sigma=tiny.NAIVE_SIGMA
            )
            tempered = temperature.apply(unseen.sigma)
            corel = fit_corel(known.truth, known.mu, temperature.apply(known.sigma), alpha=0.1, shrink=True)
            after, last = official(unseen, tempered), official(unseen, corel.apply(tempered))
            print(f"{name} {planets} {by}: {before:.4f} -> {after:.4f} -> {last:.4f}")
            assert after >= before
            assert last >= after - 0.001
            if name == "pattern":
                assert last > after + 0.001


@pytest.mark.parametrize("planets", [30, 100, 400])
def test_true_sigmas_are_left_almost_alone(planets: int) -> None:
    unseen = tiny.predictions(np.random.default_rng(98), 2000, 120)
    for seed in range(8):
        known = tiny.predictions(np.random.default_rng(seed), planets, 120)
        temperature = fit_temperature(
            known.truth, known.mu, known.sigma, by="score", naive_mean=tiny.NAIVE_MEAN, naive_sigma=tiny.NAIVE_SIGMA
        )
        corel = fit_corel(known.truth, known.mu, temperature.apply(known.sigma), alpha=0.1, shrink=True)
        lost = official(unseen, unseen.sigma) - official(unseen, corel.apply(temperature.apply(unseen.sigma)))
        assert lost < 0.3 / planets


def test_blind_scaling_of_bins_costs_what_shrinking_saves() -> None:
    unseen = tiny.predictions(np.random.default_rng(97), 2000, 120)
    lost = []
    for seed in range(8):
        known = tiny.predictions(np.random.default_rng(seed), 30, 120)
        blind, shrunk = (fit_corel(known.truth, known.mu, known.sigma, alpha=0.1, shrink=shrink) for shrink in (False, True))
        lost.append(official(unseen, shrunk.apply(unseen.sigma)) - official(unseen, blind.apply(unseen.sigma)))
    assert np.mean(lost) > 0.001
