"""Temperature scaling."""

from __future__ import annotations

import numpy as np
import pytest
import tiny_errors as tiny
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from spectramind.calibration.temperature import (
    LARGEST_TAU,
    OBJECTIVES,
    SMALLEST_TAU,
    Temperature,
    fit_temperature,
    shrunk,
    worth_of_one_nat,
)
from spectramind.evaluation.metric import element_scores, official_metric
from spectramind.utils.errors import ExitCode, InputDataError, UsageError

BINS = 12
PATTERN = np.array([0.6] + [1.7] * (BINS - 1))


def drawn(
    planets: int = 60, seed: int = 0, pattern: float | NDArray[np.float64] = PATTERN, freedom: float | None = None
) -> tiny.Predictions:
    return tiny.predictions(np.random.default_rng(seed), planets, BINS, pattern, freedom)


def fit(some: tiny.Predictions, by: str, scale: float = 1.0) -> Temperature:
    return fit_temperature(some.truth, some.mu, scale * some.sigma, by=by, naive_mean=tiny.NAIVE_MEAN, naive_sigma=tiny.NAIVE_SIGMA)


def score(some: tiny.Predictions, sigma: NDArray[np.float64]) -> float:
    return official_metric(some.truth, some.mu, sigma, naive_mean=tiny.NAIVE_MEAN, naive_sigma=tiny.NAIVE_SIGMA).unclipped


def test_each_sensor_has_its_factor() -> None:
    np.testing.assert_array_equal(Temperature(fgs1=2.0, airs=3.0).apply(np.ones((2, 3))), [[2.0, 3.0, 3.0]] * 2)


def test_the_likelihood_has_its_maximum_at_the_root_mean_square() -> None:
    some = drawn()
    z, temperature = (some.truth - some.mu) / some.sigma, fit(some, "gll")
    assert temperature.fgs1 == pytest.approx(np.sqrt((z[:, 0] ** 2).mean()))
    assert temperature.airs == pytest.approx(np.sqrt((z[:, 1:] ** 2).mean()))


def test_the_worth_of_a_nat_is_the_slope_of_the_metric() -> None:
    some = drawn()
    before, after = (
        element_scores(some.truth, some.mu, factor * some.sigma, tiny.NAIVE_MEAN, tiny.NAIVE_SIGMA) for factor in (1.0, np.exp(1e-4))
    )
    z = (some.truth - some.mu) / some.sigma
    nats = -1e-4 + 0.5 * z**2 * (1.0 - np.exp(-2e-4))
    worth = worth_of_one_nat(some.truth, tiny.NAIVE_MEAN, tiny.NAIVE_SIGMA)
    np.testing.assert_allclose(after - before, worth * nats, rtol=1e-6, atol=1e-12)


def test_a_negative_truth_has_its_worth_too() -> None:
    truth = np.array([[-0.5, 0.01], [0.012, 0.01]])
    naive = -np.log(tiny.NAIVE_SIGMA) - 0.5 * ((truth - tiny.NAIVE_MEAN) / tiny.NAIVE_SIGMA) ** 2
    expected = 1.0 / (-np.log([1e-6, 1e-5]) - naive)
    np.testing.assert_allclose(worth_of_one_nat(truth, tiny.NAIVE_MEAN, tiny.NAIVE_SIGMA), expected, rtol=1e-9)


def test_before_it_is_shrunk_the_score_has_its_maximum_where_a_search_finds_it() -> None:
    some = drawn()
    worth = worth_of_one_nat(some.truth, tiny.NAIVE_MEAN, tiny.NAIVE_SIGMA)[:, 1:]
    z = ((some.truth - some.mu) / some.sigma)[:, 1:]
    closed = np.sqrt((worth * z**2).mean() / worth.mean())
    found = minimize_scalar(lambda log_tau: -score(some, Temperature(fgs1=1.0, airs=np.exp(log_tau)).apply(some.sigma)), bounds=(-2.0, 2.0))
    assert closed == pytest.approx(np.exp(found.x), rel=1e-4)
    assert 1.0 < fit(some, "score").airs < closed


@pytest.mark.parametrize("by", OBJECTIVES)
@pytest.mark.parametrize("planets", [2, 5, 30])
@pytest.mark.parametrize("pattern", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("freedom", [None, 4.0])
def test_no_calibration_set_loses_score(by: str, planets: int, pattern: float, freedom: float | None) -> None:
    for seed in range(10):
        some = drawn(planets, seed, pattern, freedom)
        assert score(some, fit(some, by).apply(some.sigma)) >= score(some, some.sigma) - 1e-12


def test_the_metric_counts_deep_transits_less_than_the_likelihood_does() -> None:
    truth = np.repeat([[0.06], [0.012]], BINS, axis=1)
    z = np.repeat([[1.5], [0.6]], BINS, axis=1) ** 0.5
    some = tiny.Predictions(truth, truth + 1e-4 * z, np.full(truth.shape, 1e-4))
    assert (z**2).mean() > 1.0
    assert fit(some, "gll").airs == 1.0, "a wider sigma would be likelier, but cost score"
    assert fit(some, "score").airs < 0.99


def test_few_planets_and_one_bad_planet_move_it_little() -> None:
    assert shrunk(np.full(400, 4.0), bins=282) == pytest.approx(np.log(2.0), abs=1e-3)
    many, few = np.tile([1.0, 7.0], 100), np.array([1.0, 7.0])
    assert 0.0 < shrunk(few, bins=282) < shrunk(many, bins=282) < np.log(2.0)
    bad = np.append(np.ones(29), 900.0)
    assert shrunk(bad, bins=282) < 0.6 * 0.5 * np.log(bad.mean())


def test_few_planets_that_agree_by_chance_are_not_believed() -> None:
    agree = np.full(12, 0.7)
    assert -0.08 < shrunk(agree, bins=1) < 0.0
    assert shrunk(agree, bins=282) < shrunk(agree, bins=1)


def test_a_model_that_is_far_off_is_believed_to_be() -> None:
    far = 9.0 * np.random.default_rng(3).chisquare(1, 60)
    assert shrunk(far, bins=1) == pytest.approx(0.5 * np.log(far.mean()), rel=0.08)


def test_it_stays_in_its_range() -> None:
    exact, wild = drawn(pattern=1e-4), drawn(pattern=30.0)
    assert fit(exact, "gll") == Temperature(fgs1=SMALLEST_TAU, airs=SMALLEST_TAU)
    assert fit(wild, "gll") == Temperature(fgs1=LARGEST_TAU, airs=LARGEST_TAU)


def test_a_sensor_without_any_error_gets_the_smallest() -> None:
    some = drawn()
    mu = some.mu.copy()
    mu[:, 0] = some.truth[:, 0]
    assert fit(tiny.Predictions(some.truth, mu, some.sigma), "score").fgs1 == SMALLEST_TAU


@settings(max_examples=25, deadline=None)
@given(scale=st.floats(0.3, 3.0), seed=st.integers(0, 50))
def test_scaled_sigmas_have_the_inverse_temperature(scale: float, seed: int) -> None:
    some = drawn(seed=seed, pattern=np.full(BINS, 1.5))
    first, second = fit(some, "gll"), fit(some, "gll", scale)
    for one, other in ((first.fgs1, second.fgs1), (first.airs, second.airs)):
        assert other == pytest.approx(one / scale) or other == 1.0 or one == 1.0
    many = drawn(2000, seed, 1.5)
    assert fit(many, "score", scale).airs == pytest.approx(fit(many, "score").airs / scale, rel=0.01)


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(12)), by=st.sampled_from(OBJECTIVES))
def test_the_order_of_planets_does_not_matter(order: list[int], by: str) -> None:
    some = drawn(12)
    other = fit(tiny.Predictions(some.truth[order], some.mu[order], some.sigma[order]), by)
    assert (other.fgs1, other.airs) == pytest.approx((fit(some, by).fgs1, fit(some, by).airs))


def test_an_unknown_objective_and_an_empty_set_are_refused() -> None:
    with pytest.raises(UsageError, match="unknown objective") as caught:
        fit(drawn(), "mse")
    assert caught.value.exit_code is ExitCode.CONFIG_ERROR
    empty = np.empty((0, BINS))
    with pytest.raises(InputDataError, match="empty"):
        fit(tiny.Predictions(empty, empty, empty), "gll")


@pytest.mark.parametrize("far", [12.0, 1000.0, 1.0 / 12.0, 1e-3])
def test_a_sigma_that_is_far_off_ends_at_the_limit_however_sure_many_planets_make_it(far: float) -> None:
    some = drawn(planets=1000, pattern=1.0)
    nearest = np.clip(far, SMALLEST_TAU, LARGEST_TAU)
    temperature = fit(some, "score", scale=1.0 / far)
    assert temperature.airs == pytest.approx(nearest, rel=1e-3)
    assert temperature.fgs1 == pytest.approx(nearest, rel=0.1)
    squares = np.full(1000, far**2)
    assert shrunk(squares, bins=BINS) == pytest.approx(np.log(nearest), abs=1e-3)


@pytest.mark.parametrize(("far", "size"), [(12.0, "small"), (1000.0, "small"), (1.0 / 12.0, "large"), (1e-3, "large")])
@pytest.mark.parametrize("by", OBJECTIVES)
def test_a_temperature_at_its_limit_says_so(by: str, far: float, size: str) -> None:
    warning = fit(drawn(planets=300, pattern=1.0), by, scale=1.0 / far).warning
    for sensor in ("FGS1", "AIRS"):
        assert f"The temperature of {sensor} is" in warning
    assert warning.count(f"ten times too {size} or more, and may still be too {size} after the calibration") == 2
    assert "(0.1 to 10)" in warning


@pytest.mark.parametrize("tau", [0.106, 1.0, 9.4])
def test_a_temperature_within_its_range_says_nothing(tau: float) -> None:
    assert Temperature(fgs1=tau, airs=tau).warning == ""


def test_only_the_sensor_at_its_limit_is_named() -> None:
    warning = Temperature(fgs1=SMALLEST_TAU, airs=9.0).warning
    assert "FGS1 is 0.1, at the smallest" in warning
    assert "AIRS" not in warning
