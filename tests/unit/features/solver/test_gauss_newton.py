"""Steps towards the posterior mode end there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tiny_transit as tiny

from spectramind.features.solver import gauss_newton
from spectramind.features.solver.gauss_newton import MOST_STEPS, STANDSTILL_SIGMA, Step, converge, step
from spectramind.features.solver.panel import initial_state, panels_of
from spectramind.features.solver.rest import NoiseHypothesis
from spectramind.features.transit.state import LARGEST_STEP, SharedPrior


def test_steps_converge_to_the_truth_where_there_is_no_noise() -> None:
    depth = np.full(7, 0.012)
    visit = tiny.make_visit(depth, assumed_noise=2e-5)
    panels, prior = panels_of(visit), SharedPrior.from_star(tiny.STAR, visit.airs.wavelength_um, 4.1)
    state = initial_state(visit, panels, prior, 0.009)
    sizes = []
    for _ in range(10):
        taken = step(panels, state, prior, NoiseHypothesis())
        sizes.append(float(np.abs(taken.state.depth - state.depth).max()))
        state = taken.state
        assert np.isfinite(taken.log_evidence)
    assert sizes[-1] < 1e-8
    assert sizes[-1] < 1e-3 * sizes[0]
    np.testing.assert_allclose(state.depth, depth, atol=6e-6)
    np.testing.assert_allclose(state.shared[[0, 3]], [4.0, 0.35**2], atol=2e-3)
    np.testing.assert_allclose(state.scale[1:], tiny.AIRS_LEVEL, rtol=2e-4)


def test_converging_stops_where_steps_have_become_small() -> None:
    visit = tiny.make_visit(np.full(7, 0.012), noise=1e-4, assumed_noise=1e-4)
    panels, prior = panels_of(visit), SharedPrior.from_star(tiny.STAR, visit.airs.wavelength_um, 4.1)
    state, stood_still = converge(panels, initial_state(visit, panels, prior, 0.009), prior, NoiseHypothesis())
    assert stood_still
    assert step(panels, state, prior, NoiseHypothesis()).largest_move < STANDSTILL_SIGMA


def test_a_fit_that_never_stands_still_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    visit = tiny.make_visit(np.full(7, 0.012), assumed_noise=1e-4)
    panels, prior = panels_of(visit), SharedPrior.from_star(tiny.STAR, visit.airs.wavelength_um, 4.1)
    monkeypatch.setattr(gauss_newton, "STANDSTILL_SIGMA", 0.0)
    shares: list[float] = []

    def recorded(*arguments: Any) -> Step:
        shares.append(arguments[4])
        return step(*arguments)

    monkeypatch.setattr(gauss_newton, "step", recorded)
    _, stood_still = converge(panels, initial_state(visit, panels, prior, 0.009), prior, NoiseHypothesis())
    assert not stood_still
    assert len(shares) == MOST_STEPS
    assert set(shares) <= {0.5, 1.0}


def test_half_a_step_goes_half_the_way() -> None:
    visit = tiny.make_visit(np.full(7, 0.012), assumed_noise=1e-4)
    panels, prior = panels_of(visit), SharedPrior.from_star(tiny.STAR, visit.airs.wavelength_um, 4.1)
    state = initial_state(visit, panels, prior, 0.0119)
    whole, half = (step(panels, state, prior, NoiseHypothesis(), share) for share in (1.0, 0.5))
    np.testing.assert_allclose(half.state.depth - state.depth, 0.5 * (whole.state.depth - state.depth), rtol=1e-9)
    np.testing.assert_allclose(half.state.drift[1].vector, 0.5 * whole.state.drift[1].vector, atol=1e-18)


def test_a_step_that_would_lead_too_far_is_shortened_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    visit = tiny.make_visit(np.full(7, 0.012), assumed_noise=1e-5)
    panels, prior = panels_of(visit), SharedPrior.from_star(tiny.STAR, visit.airs.wavelength_um, 4.7)
    state = initial_state(visit, panels, prior, 0.012)
    short = step(panels, state, prior, NoiseHypothesis()).state
    monkeypatch.setattr(gauss_newton, "LARGEST_STEP", 1e9)
    whole = step(panels, state, prior, NoiseHypothesis()).state
    assert (np.abs(short.shared - state.shared) / LARGEST_STEP).max() == pytest.approx(1.0)
    way = (short.shared - state.shared)[0] / (whole.shared - state.shared)[0]
    assert way < 0.9
    np.testing.assert_allclose((short.depth - state.depth) / (whole.depth - state.depth), way, rtol=1e-9)
