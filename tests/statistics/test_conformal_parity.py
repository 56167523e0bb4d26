"""Intervals of COREL against those of MAPIE (Taquet et al. 2022), a library of conformal predictors: bin by bin the same number."""

from __future__ import annotations

from typing import Self

import numpy as np
import pytest
import tiny_errors as tiny
from mapie.conformity_scores import ResidualNormalisedScore
from mapie.regression import SplitConformalRegressor
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin

from spectramind.calibration.corel import fit_corel, rank_of
from spectramind.utils.errors import InputDataError

Array = NDArray[np.float64]

BINS = 6
# Also where (n + 1)(1 - alpha) is a whole number, which floating point must not round up.
CASES = [
    (20, 0.05),
    (30, 0.05),
    (30, 0.1),
    (30, 0.32),
    (39, 0.3),
    (99, 0.1),
    (100, 0.01),
    (101, 0.2),
    (199, 0.05),
    (400, 0.05),
    (400, 0.32),
]

UNIT = np.array([0.0, 1.0])


class Column(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A model that was fitted elsewhere: its predictions are a column of the features."""

    def __init__(self, column: int = 0) -> None:
        self.column = column
        self.fitted_ = True
        self.n_features_in_ = 2

    def fit(self, features: Array, values: Array) -> Self:
        return self

    def predict(self, features: Array) -> Array:
        return np.asarray(features)[:, self.column]


def intervals_of_mapie(known: tiny.Predictions, place: int, alpha: float, score: object, features: Array) -> Array:
    """(planet, 2) edges of one bin for (planet, 2) features, which are mu and sigma."""
    regressor = SplitConformalRegressor(Column(0), confidence_level=1.0 - alpha, conformity_score=score, prefit=True)
    regressor.conformalize(np.column_stack([known.mu[:, place], known.sigma[:, place]]), known.truth[:, place])
    return np.asarray(regressor.predict_interval(features)[1][:, :, 0])


@pytest.mark.parametrize("freedom", [pytest.param(None, id="Gaussian"), pytest.param(4.0, id="t4")])
@pytest.mark.parametrize(("planets", "alpha"), CASES)
def test_normalised_residuals_give_the_intervals_of_mapie(planets: int, alpha: float, freedom: float | None) -> None:
    generator = np.random.default_rng(planets)
    known, new = (tiny.predictions(generator, number, BINS, 1.5, freedom) for number in (planets, 25))
    corel = fit_corel(known.truth, known.mu, known.sigma, alpha=alpha, shrink=False)
    half_width = corel.half_width(new.sigma)
    for place in range(BINS):
        score = ResidualNormalisedScore(residual_estimator=Column(1), prefit=True, sym=True)
        features = np.column_stack([new.mu[:, place], new.sigma[:, place]])
        features[0] = UNIT  # its interval is the quantile itself, without the rounding of mu + q sigma
        edges = intervals_of_mapie(known, place, alpha, score, features)
        np.testing.assert_allclose(edges[0], [-corel.q[place], corel.q[place]], rtol=1e-12)
        np.testing.assert_allclose(edges[1:, 0], (new.mu - half_width)[1:, place], rtol=0.0, atol=1e-12)
        np.testing.assert_allclose(edges[1:, 1], (new.mu + half_width)[1:, place], rtol=0.0, atol=1e-12)


@pytest.mark.parametrize(("planets", "alpha"), CASES)
def test_with_one_sigma_for_all_they_are_those_of_absolute_residuals(planets: int, alpha: float) -> None:
    known = tiny.predictions(np.random.default_rng(planets), planets, BINS)
    one = np.ones(BINS)
    corel = fit_corel(known.truth, known.mu, np.ones_like(known.mu), alpha=alpha, shrink=False)
    for place in range(BINS):
        edges = intervals_of_mapie(known, place, alpha, "absolute", UNIT[None])
        np.testing.assert_allclose(edges[0, 1], corel.half_width(one)[place], rtol=1e-12)
        residuals = np.sort(np.abs(known.truth[:, place] - known.mu[:, place]))
        assert residuals[rank_of(planets, alpha) - 1] == corel.half_width(one)[place]


def test_both_refuse_too_few_planets() -> None:
    known = tiny.predictions(np.random.default_rng(1), 18, BINS)
    with pytest.raises(InputDataError, match="at least 19"):
        fit_corel(known.truth, known.mu, known.sigma, alpha=0.05, shrink=False)
    with pytest.raises(ValueError, match="too low"):
        intervals_of_mapie(known, 0, 0.05, "absolute", UNIT[None])
