"""Noise hypotheses are weighed by what the light curves say."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import tiny_transit as tiny
from numpy.typing import NDArray

from spectramind.features.gauss_newton import Panels, step
from spectramind.features.joint_system import DepthLikelihood, NoiseHypothesis
from spectramind.features.linearisation import initial_state, panels_of
from spectramind.features.noise_choice import NoiseJudge, averaged_likelihood, choose_noise, try_separable
from spectramind.features.series import VisitSeries
from spectramind.features.transit_state import SharedPrior, TransitState

Array = NDArray[np.float64]

TIMES, BINS = 60, 6
PHASE = np.linspace(-1.0, 1.0, TIMES)


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
        state, _ = step(panels, state, prior, NoiseHypothesis())
    return panels, state, prior


@cache
def quiet() -> tuple[Panels, TransitState, SharedPrior]:
    return fitted(changed())


def test_a_quiet_visit_needs_little_drift_and_no_common_noise() -> None:
    noise = choose_noise(*quiet(), NoiseHypothesis())
    assert noise.airs.degree <= 2
    assert noise.fgs1.degree <= 2
    assert noise.white_sigma <= 2e-5
    assert noise.slow_sigma <= 2e-5


def test_a_curved_drift_asks_for_its_degree() -> None:
    curve = 3e-3 * (PHASE**3 - 0.4 * PHASE)
    noise = choose_noise(*fitted(changed(fgs1=curve, airs=curve)), NoiseHypothesis())
    assert noise.airs.degree >= 3
    assert noise.fgs1.degree >= 3


def test_noise_common_to_all_bins_is_noticed() -> None:
    common = 1e-4 * np.random.default_rng(6).standard_normal(TIMES)
    noise = choose_noise(*fitted(changed(airs=common)), NoiseHypothesis())
    assert noise.white_sigma >= 4e-5


def test_the_best_has_the_largest_evidence() -> None:
    judge = NoiseJudge.at(*quiet())
    candidates = [NoiseHypothesis(white_sigma=sigma) for sigma in (1e-6, 1e-4, 1e-3)]
    evidence = [judge.evidence(candidate) for candidate in candidates]
    assert judge.best(candidates) is candidates[int(np.argmax(evidence))]
    assert evidence[2] < evidence[0]


def test_the_average_lies_between_what_is_averaged() -> None:
    judge = NoiseJudge.at(*quiet())
    candidates = [NoiseHypothesis(), NoiseHypothesis(white_sigma=2e-5)]
    sigma = [1.0 / np.sqrt(np.diag(judge.likelihood(candidate).precision)) for candidate in candidates]
    average = 1.0 / np.sqrt(np.diag(judge.average(candidates).precision))
    assert (average > 0.95 * np.minimum(*sigma)).all()
    assert (average < 1.1 * np.maximum(*sigma)).all()
    alone = judge.average(candidates[:1])
    np.testing.assert_allclose(alone.precision, judge.likelihood(candidates[0]).precision, rtol=1e-6, atol=1.0)


def depths(likelihood: DepthLikelihood, state: TransitState) -> Array:
    depth: Array = state.depth + np.asarray(np.linalg.solve(likelihood.precision, likelihood.right), dtype=np.float64)
    return depth


def test_a_separable_drift_is_recognised_and_narrows_the_depth() -> None:
    colour = 1.0 + 0.8 * np.linspace(-1.0, 1.0, BINS)[:, None]
    shape = 4e-3 * (PHASE**2 - 0.5 * PHASE**4)
    panels, state, prior = fitted(changed(airs=colour * shape))
    noise = choose_noise(panels, state, prior, NoiseHypothesis())
    split, chosen = try_separable(panels, state, prior, noise)
    assert chosen.airs.separable_rest is not None
    likelihood = averaged_likelihood(panels, split, prior, chosen)
    spread = np.sqrt(np.diag(np.linalg.inv(likelihood.precision)))
    assert (np.abs(depths(likelihood, split) - 0.01) < 5.0 * spread).all()


def test_averaging_over_drifts_gives_a_proper_likelihood() -> None:
    panels, state, prior = quiet()
    likelihood = averaged_likelihood(panels, state, prior, NoiseHypothesis())
    assert np.linalg.eigvalsh(likelihood.precision).min() > 0.0
    spread = np.sqrt(np.diag(np.linalg.inv(likelihood.precision)))
    assert (np.abs(depths(likelihood, state) - 0.01) < 5.0 * spread).all()
