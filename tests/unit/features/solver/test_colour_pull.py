"""The colour of a separable drift is the most probable one with its shape integrated over, not together with its shape."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny_transit as tiny
from numpy.typing import NDArray

from spectramind.features.drift.prior import DriftPrior
from spectramind.features.drift.slow_process import SlowProcess
from spectramind.features.noise.judge import NoiseJudge
from spectramind.features.solver.gauss_newton import converge, step
from spectramind.features.solver.linearisation import Linearisation, working_prior
from spectramind.features.solver.panel import Panels, initial_state, panels_of
from spectramind.features.solver.rest import NoiseHypothesis
from spectramind.features.transit.state import SHARED, SharedPrior, TransitState

Array = NDArray[np.float64]

BINS, TIMES = 12, 120
TIME_H = (np.arange(TIMES) + 0.5) * 8.0 / TIMES
TRUE_COLOUR = np.array([3e-4, 2e-4, 0.0, 0.0])
SLOW = SlowProcess(sigma=1.0, time_h=0.5)
NOISE = NoiseHypothesis(fgs1=DriftPrior(degree=2, sigma=1e-5), airs=DriftPrior(degree=0, sigma=6e-4, separable_rest=0.01, slow=SLOW))

Problem = tuple[Panels, TransitState, SharedPrior]


def problem(seed: int, noise: float = 6e-4) -> Problem:
    """A drift in the noise of single bins, at the state that has its colour but nothing of its shape."""
    rng = np.random.default_rng(seed)
    visit = tiny.make_visit(np.full(BINS + 1, 0.01), times=TIMES, drift=0.0, noise=noise, seed=seed)
    process = np.linalg.cholesky(SLOW.covariance(TIME_H) + 1e-9 * np.eye(TIMES)) @ rng.standard_normal(TIMES)
    panels, prior = panels_of(visit), SharedPrior.from_star(tiny.STAR, visit.airs.wavelength_um, 4.0)
    drifting = visit.airs.flux * (1.0 + np.outer(TRUE_COLOUR @ panels[1].drift.in_wavelength, process))
    visit = replace(visit, airs=replace(visit.airs, flux=drifting))
    panels = panels_of(visit)
    state = initial_state(visit, panels, prior, 0.01)
    return panels, with_colour(state, TRUE_COLOUR), prior


def with_colour(state: TransitState, colour: Array) -> TransitState:
    return replace(state, drift=(state.drift[0], replace(state.drift[1], colour=colour)))


def given_colour(panels: Panels, state: TransitState, prior: SharedPrior, colour: Array) -> tuple[TransitState, float]:
    """The mode of everything else at a colour, and the log evidence there."""
    state = with_colour(state, colour)
    for _ in range(6):
        taken = step(panels, state, prior, NOISE.with_known_colour())
        state = taken.state
    return state, taken.log_evidence


def colour_places(state: TransitState) -> slice:
    end = SHARED + state.drift[0].vector.size + state.drift[1].vector.size
    return slice(end - state.drift[1].colour.size, end)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_pull_makes_the_gradient_that_of_the_evidence(place: int) -> None:
    """At the mode of all else, data term and pull are together the derivative of the log evidence of a colour."""
    panels, state, prior = problem(3)
    change = np.zeros(4)
    change[place] = 4e-6
    (_, low), (_, high) = (given_colour(panels, state, prior, TRUE_COLOUR + sign * change) for sign in (-1.0, 1.0))
    expected = (high - low) / (2.0 * change[place])
    around = Linearisation.at(panels, given_colour(panels, state, prior, TRUE_COLOUR)[0], prior)
    colour = colour_places(state)
    found = around.system_under(NOISE).rest_right[colour][place]
    pull = found - around.system.rest_right[colour][place]
    assert found == pytest.approx(expected, abs=0.1 * abs(pull))
    assert abs(pull) > 0.0


def test_damping_adds_precision_to_the_colour_alone() -> None:
    panels, state, prior = problem(3)
    around = Linearisation.at(panels, given_colour(panels, state, prior, TRUE_COLOUR)[0], prior)
    plain, damped = around.system_under(NOISE), around.system_under(NOISE, damped=True)
    added, colour = damped.rest_rest - plain.rest_rest, colour_places(state)
    assert np.linalg.eigvalsh(added[colour, colour]).min() > 0.0
    added[colour, colour] = 0.0
    assert not added.any()
    np.testing.assert_array_equal(damped.rest_right, plain.rest_right)


def test_no_pull_where_the_colour_is_known_or_there_is_none() -> None:
    panels, state, prior = problem(3)
    around = Linearisation.at(panels, state, prior)
    assert around.system_under(NOISE.with_known_colour()) is around.system
    assert around.system_under(NoiseHypothesis()) is around.system
    assert NoiseHypothesis().with_known_colour() == NoiseHypothesis()


def test_a_colour_lost_in_the_noise_of_single_samples_does_not_grow_without_limit() -> None:
    """Two terms of the colour are zero; with colour and shape both at their joint mode they come out larger than the two that are not."""
    others = []
    for seed in range(6):
        panels, state, prior = problem(seed, noise=1e-3)
        found, stands = converge(panels, state, prior, NOISE)
        assert stands
        others.append(found.drift[1].colour[2:])
    assert np.sqrt(np.mean(np.square(others))) < 0.5 * np.linalg.norm(TRUE_COLOUR)


def test_not_knowing_the_colour_costs_evidence_and_only_of_a_separable_drift() -> None:
    panels, state, prior = problem(4)
    state, _ = converge(panels, state, prior, NOISE)
    judge = NoiseJudge.at(panels, state, prior)
    free = judge.around.system_under(NOISE).marginal_rest(working_prior(panels, state), state.depth)
    expected = free.log_evidence_under(judge.around.rest_prior(NOISE))
    known = judge.rest.log_evidence_under(judge.around.rest_prior(NOISE.with_known_colour()))
    assert judge.evidence_of_colour(NOISE) == pytest.approx(expected - known)
    assert judge.evidence_of_colour(NOISE) < 0.0
    assert judge.evidence_of_colour(NoiseHypothesis()) == 0.0
