"""The whole inference of a visit: exact without noise, honest with it, wide where the visit is cut."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import tiny_transit as tiny
from numpy.typing import NDArray

from spectramind.features.series import VisitSeries
from spectramind.features.transit.search import search_transit
from spectramind.features.transit_fit import TransitFit, fit_transit
from spectramind.utils.errors import InputDataError

Array = NDArray[np.float64]

BINS, TIMES = 8, 60
DEPTH = 0.01 + np.concatenate([[1e-4], 1e-4 * np.sin(np.linspace(0.0, 5.0, BINS))])


def draw(noise: float = 1e-4, seed: int = 0, mid_time_h: float = 4.05, depth: Array = DEPTH, assumed_noise: float = 1e-4) -> VisitSeries:
    return tiny.make_visit(depth, times=TIMES, noise=noise, assumed_noise=assumed_noise, seed=seed, mid_time_h=mid_time_h)


@cache
def usual() -> tuple[VisitSeries, TransitFit]:
    visit = draw()
    return visit, fit_transit(visit, tiny.STAR)


def sigma_of(fit: TransitFit) -> Array:
    sigma: Array = np.sqrt(np.diag(fit.posterior.covariance))
    return sigma


@pytest.mark.parametrize("depth", [0.003, 0.01, 0.03])
def test_without_noise_the_depths_come_back(depth: float) -> None:
    truth = depth + (DEPTH - 0.01)
    visit = tiny.make_visit(truth, times=187, assumed_noise=1e-5, mid_time_h=4.05)
    fit = fit_transit(visit, tiny.STAR)
    np.testing.assert_allclose(fit.posterior.mean, truth, atol=2e-6)  # priors pull as strongly as the noise assumed lets them
    assert fit.state.shared[0] == pytest.approx(4.05, abs=1e-3)
    assert fit.noise_scale.max() < 0.05


@pytest.mark.parametrize("mid_time_h", [6.3, 6.8, 7.0, 7.3])
def test_a_deep_transit_whose_egress_was_not_seen(mid_time_h: float) -> None:
    """The search puts it at the end of the visit; from there the drift must not take the transit."""
    for seed in range(2):
        visit = tiny.make_visit(np.full(9, 0.03), times=187, span_h=7.5, noise=1e-4, mid_time_h=mid_time_h, seed=seed)
        fit = fit_transit(visit, tiny.STAR)
        assert (np.abs(fit.posterior.mean - 0.03) < 4.0 * sigma_of(fit)).all()
        assert sigma_of(fit).max() < 1e-4


def test_a_fit_that_lost_the_transit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    visit = draw(seed=1)
    guess = search_transit((visit.white().fgs1, visit.white().airs), tiny.STAR.duration_h)
    monkeypatch.setattr("spectramind.features.transit_fit.search_transit", lambda *_: replace(guess, depth=3.0 * guess.depth))
    with pytest.raises(InputDataError, match="lost the transit"):
        fit_transit(visit, tiny.STAR)


def test_errors_are_what_they_claim_to_be() -> None:
    z = []
    for seed in range(20):
        fit = fit_transit(draw(seed=100 + seed), tiny.STAR)
        z.append((fit.posterior.mean - DEPTH) / sigma_of(fit))
    values = np.array(z)
    white = values[:, 1:].mean(axis=1)
    assert 0.7 < values.std() < 1.3
    assert np.abs(values).max() < 5.0
    assert abs(white.mean()) < 0.6


def test_the_report_is_whole_and_finite() -> None:
    visit, fit = usual()
    assert fit.model[0].shape == fit.residual[0].shape == visit.fgs1.flux.shape
    assert fit.model[1].shape == fit.residual[1].shape == visit.airs.flux.shape
    assert fit.noise_scale.shape == fit.data_sigma.shape == (BINS + 1,)
    assert np.linalg.eigvalsh(fit.posterior.covariance).min() > 0.0
    np.testing.assert_allclose(fit.noise_scale, 1.0, atol=0.35)
    np.testing.assert_array_equal(fit.posterior.covariance, fit.posterior.covariance.T)


def test_contacts_are_marked() -> None:
    visit, fit = usual()
    inside = fit.in_transit(visit.airs.time_h)
    light = tiny.relative_transit(visit.airs.time_h, DEPTH[1:2], np.array([[0.1], [0.1]]), 4.05)[0]
    assert (inside != (light < 1.0)).sum() <= 2
    assert fit.total_duration_h == pytest.approx(tiny.STAR.duration_h, rel=0.15)


def test_geometry_is_found_within_its_errors() -> None:
    _, fit = usual()
    covariance = fit.shared_covariance
    assert np.linalg.eigvalsh(covariance).min() > 0.0
    truth = np.array([4.05, 0.0, np.log(10.0), 0.35**2])
    assert (np.abs(fit.state.shared[:4] - truth) < 5.0 * np.sqrt(np.diag(covariance))[:4]).all()


def test_shared_and_depth_errors_fit_together() -> None:
    _, fit = usual()
    joint = np.block([[fit.posterior.covariance, fit.depth_shared_covariance], [fit.depth_shared_covariance.T, fit.shared_covariance]])
    size = np.sqrt(np.diag(joint))
    assert np.linalg.eigvalsh(joint / np.outer(size, size)).min() > -1e-9


@pytest.mark.parametrize("mid_time_h", [0.2, 7.6])
def test_a_cut_transit_is_wider_and_not_wrong(mid_time_h: float) -> None:
    fit = fit_transit(draw(mid_time_h=mid_time_h), tiny.STAR)
    _, whole = usual()
    assert sigma_of(fit)[1:].mean() > 1.15 * sigma_of(whole)[1:].mean()
    assert (np.abs(fit.posterior.mean - DEPTH) < 5.0 * sigma_of(fit)).all()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_transit_is_an_error_of_the_input(seed: int) -> None:
    with pytest.raises(InputDataError, match="no transit"):
        fit_transit(draw(depth=np.full(BINS + 1, 1e-12), seed=seed), tiny.STAR)


def test_a_spike_and_a_bump_do_not_spoil_the_depths() -> None:
    visit = draw()
    flux = visit.airs.flux.copy()
    flux[3, 40] *= 1.02
    flux[:, 5] *= 1.003
    disturbed = fit_transit(replace(visit, airs=replace(visit.airs, flux=flux)), tiny.STAR)
    _, whole = usual()
    assert (np.abs(disturbed.posterior.mean - whole.posterior.mean) < 2.0 * sigma_of(whole)).all()
    assert (sigma_of(disturbed) < 1.3 * sigma_of(whole)).all()


def test_more_noise_is_more_error() -> None:
    noisy = fit_transit(draw(noise=3e-4), tiny.STAR)
    assert sigma_of(noisy).mean() > 1.5 * sigma_of(usual()[1]).mean()


def test_underestimated_variance_is_noticed() -> None:
    visit = draw()
    boastful = VisitSeries(
        fgs1=replace(visit.fgs1, variance=visit.fgs1.variance / 9.0), airs=replace(visit.airs, variance=visit.airs.variance / 9.0)
    )
    fit = fit_transit(boastful, tiny.STAR)
    np.testing.assert_allclose(sigma_of(fit).mean(), sigma_of(usual()[1]).mean(), rtol=0.35)


@pytest.mark.parametrize("period_h", [1.6, 3.0])
def test_a_large_drift_that_the_first_fit_did_not_follow_is_not_taken_for_noise(period_h: float) -> None:
    visit = tiny.make_visit(np.full(13, 0.01), times=100, drift=0.0, noise=1e-4, seed=2)
    drift = 1e-3 * np.sin(2.0 * np.pi * visit.airs.time_h / period_h + 0.4)
    colour = 1.0 + 0.8 * np.linspace(-1.0, 1.0, 12)[:, None]
    fit = fit_transit(replace(visit, airs=replace(visit.airs, flux=visit.airs.flux * (1.0 + colour * drift))), tiny.STAR)
    assert 0.85 < np.median(fit.noise_scale[1:]) < 1.15
    assert np.median(fit.data_sigma[1:]) < 4e-5
    assert (np.abs(fit.posterior.mean - 0.01) < 4.0 * np.sqrt(np.diag(fit.posterior.covariance))).all()


def test_the_fit_does_not_depend_on_anything_but_its_input() -> None:
    visit, fit = usual()
    again = fit_transit(visit, tiny.STAR)
    np.testing.assert_array_equal(again.posterior.mean, fit.posterior.mean)
    np.testing.assert_array_equal(again.likelihood.precision, fit.likelihood.precision)


def test_a_catalogue_that_is_wrong_by_several_sigma_does_no_harm() -> None:
    wrong = replace(tiny.STAR, semimajor_axis=11.5, impact_parameter=0.0, temperature_k=5400.0)
    visit, fit = usual()
    other = fit_transit(visit, wrong)
    assert (np.abs(other.posterior.mean - DEPTH) < 5.0 * sigma_of(other)).all()
    assert (np.abs(other.posterior.mean - fit.posterior.mean) < 2.0 * sigma_of(fit)).all()


def test_the_error_without_a_prior_is_no_smaller_than_that_with_one() -> None:
    _, fit = usual()
    assert (fit.data_sigma >= 0.99 * sigma_of(fit)).all()
