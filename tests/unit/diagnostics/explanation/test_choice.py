"""Which planets are explained."""

from __future__ import annotations

from collections import Counter

import numpy as np

from spectramind.diagnostics.explanation.choice import BEST, RANDOM, WORST, choose_planets, doubtfulness

DOUBTFUL = np.array([0.3, 0.9, 0.1, 0.5, 0.7, 0.2, 0.8, 0.4, 0.6, 0.0])


def test_a_third_each() -> None:
    chosen = choose_planets(DOUBTFUL, 6, seed=1)
    assert Counter(chosen.values()) == {WORST: 2, BEST: 2, RANDOM: 2}
    assert [planet for planet, why in chosen.items() if why == WORST] == [1, 6]
    assert {planet for planet, why in chosen.items() if why == BEST} == {9, 2}


def test_the_draw_repeats_by_seed() -> None:
    draws = [tuple(choose_planets(DOUBTFUL, 6, seed=seed)) for seed in (1, 1, 2, 3, 4)]
    assert draws[0] == draws[1]
    assert len(set(draws)) > 1


def test_all_where_there_are_no_more_and_one_where_one_is_asked_for() -> None:
    assert sorted(choose_planets(DOUBTFUL, 99, seed=1)) == list(range(10))
    assert choose_planets(DOUBTFUL, 1, seed=1) == {1: WORST}
    assert choose_planets(DOUBTFUL[:2], 2, seed=1) == {1: WORST, 0: BEST}


def test_doubt_is_error_where_the_truth_is_known_of_all_else_width() -> None:
    mu, sigma = np.full((2, 3), 0.01), np.array([[1e-5] * 3, [1e-4] * 3])
    truth = mu + np.array([[1e-4] * 3, [1e-4] * 3])
    np.testing.assert_allclose(doubtfulness(mu, sigma, truth), [10.0, 1.0])
    np.testing.assert_allclose(doubtfulness(mu, sigma, None), [1e-5, 1e-4])
    truth[0] = np.nan
    np.testing.assert_allclose(doubtfulness(mu, sigma, truth), [1e-5, 1e-4])
