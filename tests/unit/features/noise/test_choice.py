"""Noise hypotheses are weighed by what the light curves say."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import tiny_transit as tiny
from numpy.typing import NDArray

from spectramind.features.drift.slow_process import Kernel, matern
from spectramind.features.noise.choice import averaged_likelihood, choose_noise, separable_branch
from spectramind.features.noise.judge import NoiseJudge
from spectramind.features.series import VisitSeries
from spectramind.features.solver.gauss_newton import converge, step
from spectramind.features.solver.panel import Panels, initial_state, panels_of
from spectramind.features.solver.rest import NoiseHypothesis
from spectramind.features.spectrum.depth_likelihood import DepthLikelihood
from spectramind.features.spectrum.prior import SpectrumPrior, infer_spectrum
from spectramind.features.transit.state import SharedPrior, TransitState

Array = NDArray[np.float64]

TIMES, BINS = 60, 6
PHASE = np.linspace(-1.0, 1.0, TIMES)
TIME_H = tiny.make_visit(np.full(2, 0.01), times=TIMES).airs.time_h


def changed(fgs1: Array | float = 0.0, airs: Array | float = 0.0) -> VisitSeries:
    """A visit without drift, multiplied by something."""
    visit = tiny.make_visit(np.full(BINS + 1, 0.01), times=TIMES, drift=0.0, noise=1e-4, seed=1)
    return VisitSeries(
        fgs1=replace(visit.fgs1, flux=visit.fgs1.flux * (1.0 + fgs1)),
        airs=replace(visit.airs, flux=visit.airs.flux * (1.0 + airs)),
    )


def fitted(visit: VisitSeries) -> tuple[Panels, TransitState, SharedPrior]:
    panels, prior = panels_of(visit), SharedPrior.from_star(tiny.STAR, visit.airs.wavelength_um, 4.0)
    state = initial_state(visit, panels, prior, 0.01)
    for _ in range(6):
        state = step(panels, state, prior, NoiseHypothesis()).state
    return panels, state, prior


@cache
def quiet() -> tuple[Panels, TransitState, SharedPrior]:
    return fitted(changed())


def test_a_quiet_visit_needs_little_drift_and_no_common_noise() -> None:
    noise = choose_noise(*quiet(), NoiseHypothesis())
    assert noise.airs.degree <= 2
    assert noise.fgs1.degree <= 2
    assert noise.white_sigma <= 2e-5
    assert noise.slow.sigma <= 2e-5


def test_a_curved_drift_asks_for_its_degree() -> None:
    curve = 3e-3 * (PHASE**3 - 0.4 * PHASE)
    noise = choose_noise(*fitted(changed(fgs1=curve, airs=curve)), NoiseHypothesis())
    assert noise.airs.degree >= 3
    assert noise.fgs1.degree >= 3


def test_noise_common_to_all_bins_is_noticed() -> None:
    common = 1e-4 * np.random.default_rng(6).standard_normal(TIMES)
    noise = choose_noise(*fitted(changed(airs=common)), NoiseHypothesis())
    assert noise.white_sigma >= 4e-5


def depths(likelihood: DepthLikelihood) -> Array:
    return np.asarray(np.linalg.solve(likelihood.precision, likelihood.right), dtype=np.float64)


def spread(likelihood: DepthLikelihood) -> Array:
    return np.asarray(np.sqrt(np.diag(np.linalg.inv(likelihood.precision))))


def branches_of(visit: VisitSeries) -> list[tuple[NoiseJudge, NoiseHypothesis]]:
    """Both branches, each converged, as the transit fit makes them."""
    panels, state, prior = fitted(visit)
    noise = choose_noise(panels, state, prior, NoiseHypothesis())
    state, _ = converge(panels, state, prior, noise)
    branches = [(NoiseJudge.at(panels, state, prior), noise)]
    state, noise = separable_branch(panels, state, prior, noise)
    state, _ = converge(panels, state, prior, noise)
    return [*branches, (NoiseJudge.at(panels, state, prior), noise)]


COLOUR = 1.0 + 0.8 * np.linspace(-1.0, 1.0, BINS)[:, None]


def test_a_separable_drift_is_recognised_and_narrows_the_depth() -> None:
    branches = branches_of(changed(airs=COLOUR * 4e-3 * (PHASE**2 - 0.5 * PHASE**4)))
    likelihood, _, best = averaged_likelihood(branches)
    assert best == 1
    assert branches[1][1].airs.separable_rest is not None
    assert (np.abs(depths(likelihood) - 0.01) < 5.0 * spread(likelihood)).all()


@pytest.mark.parametrize("seed", range(3))
def test_a_coloured_drift_that_no_polynomial_follows_is_told_from_the_transit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    process = np.linalg.cholesky(matern(TIME_H, 0.6) + 1e-9 * np.eye(TIMES)) @ rng.standard_normal(TIMES)
    branches = branches_of(changed(airs=COLOUR * 3e-4 * process))
    likelihood, _, best = averaged_likelihood(branches)
    assert best == 1
    assert branches[1][1].airs.slow.sigma > 0.0
    spectra = SpectrumPrior.generic(tiny.wavelengths(BINS))
    posterior, _ = infer_spectrum(likelihood, spectra)
    grey_only, _ = infer_spectrum(averaged_likelihood(branches[:1])[0], spectra)
    sigma = np.sqrt(np.diag(posterior.covariance))
    assert (np.abs(posterior.mean - 0.01) < 3.5 * sigma).all()
    assert np.median(sigma[1:]) < 0.8 * np.median(np.sqrt(np.diag(grey_only.covariance))[1:])


@pytest.mark.parametrize("seed", range(3))
def test_a_rough_drift_is_recognised_though_the_modes_cannot_follow_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    apart_h = np.abs(TIME_H[:, None] - TIME_H)
    process = np.linalg.cholesky(np.exp(-apart_h / 1.5)) @ rng.standard_normal(TIMES)
    branches = branches_of(changed(airs=COLOUR * 1e-3 * process))
    likelihood, _, best = averaged_likelihood(branches)
    found = branches[best][1]
    assert best == 1
    assert found.airs.slow.kernel is Kernel.ROUGH
    posterior, _ = infer_spectrum(likelihood, SpectrumPrior.generic(tiny.wavelengths(BINS)))
    assert (np.abs(posterior.mean - 0.01) < 3.5 * np.sqrt(np.diag(posterior.covariance))).all()


def test_a_slow_process_of_the_photometer_is_noticed_and_widens_its_depth() -> None:
    process = np.linalg.cholesky(matern(TIME_H, 0.5) + 1e-9 * np.eye(TIMES)) @ np.random.default_rng(2).standard_normal(TIMES)
    disturbed = branches_of(changed(fgs1=4e-4 * process))
    likelihood, _, best = averaged_likelihood(disturbed)
    assert disturbed[best][1].fgs1.slow.sigma >= 6e-5
    assert abs(depths(likelihood)[0] - 0.01) < 4.0 * spread(likelihood)[0]
    calm, _, _ = averaged_likelihood(branches_of(changed()))
    assert spread(likelihood)[0] > 1.3 * spread(calm)[0]


def test_a_cycle_is_recognised_by_its_period() -> None:
    cycle = np.sin(2.0 * np.pi * TIME_H / 2.6 + 0.7)
    branches = branches_of(changed(fgs1=3e-4 * cycle, airs=COLOUR * 3e-4 * cycle))
    likelihood, _, best = averaged_likelihood(branches)
    found = branches[best][1]
    assert best == 1
    assert found.fgs1.slow.kernel is found.airs.slow.kernel is Kernel.STEADY_CYCLE
    assert 2.2 < found.fgs1.slow.time_h < 3.1
    assert 2.2 < found.airs.slow.time_h < 3.1
    assert (np.abs(depths(likelihood) - 0.01) < 4.0 * spread(likelihood)).all()


def test_averaging_over_hypotheses_gives_a_proper_likelihood() -> None:
    panels, state, prior = quiet()
    likelihood, _, best = averaged_likelihood([(NoiseJudge.at(panels, state, prior), NoiseHypothesis())])
    assert best == 0
    assert np.linalg.eigvalsh(likelihood.precision).min() > 0.0
    assert (np.abs(depths(likelihood) - 0.01) < 5.0 * spread(likelihood)).all()
