"""White light of one visit: geometry, noise, and moments at which something else happened."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectramind.features.noise.choice import choose_noise
from spectramind.features.series import VisitSeries
from spectramind.features.solver.gauss_newton import converge, step
from spectramind.features.solver.panel import Panels, initial_state, panels_of
from spectramind.features.solver.rest import NoiseHypothesis
from spectramind.features.solver.robust_weights import glitches, reweighted, suspect_moments, with_suspicion
from spectramind.features.transit.search import TransitGuess
from spectramind.features.transit.star import StarPrior
from spectramind.features.transit.state import SharedPrior, TransitState

Array = NDArray[np.float64]

STARTING_IMPACTS = (0.15, 0.5, 0.75)
# Steps from each start, and the move of a depth that ends them early.
WHITE_STEPS = 25
ARRIVED_SIGMA = 0.1
ROBUST_STEPS = 6
# How often geometry and noise are settled in turns where the drift is a large one.
NOISE_ROUNDS = 2
# Share of a visit that bumps and spikes may take.
LONGEST_EPISODES = 0.12


@dataclass(frozen=True, kw_only=True)
class WhiteLight:
    """What the white light settles before the spectrum is fitted.

    Attributes:
        suspicion: Per sensor (time,) factors on the variance of moments that are not to be trusted.
    """

    state: TransitState
    noise: NoiseHypothesis
    suspicion: tuple[Array, Array]


def fit_white_light(white: VisitSeries, star: StarPrior, guess: TransitGuess) -> WhiteLight:
    """Fit the two white light curves from several impact parameters; find moments at which something else happened."""
    panels = panels_of(white)
    panels = with_suspicion(panels, glitches(panels))
    prior = SharedPrior.from_star(star, white.airs.wavelength_um, guess.mid_time_h)
    noise = NoiseHypothesis()
    first = _best_start(white, panels, prior, guess, noise)
    state, suspicion = _drop_episodes(panels, first, prior, noise)
    if max(float((factor > 1.0).mean()) for factor in suspicion) > LONGEST_EPISODES:
        # What happens all the time is no episode but a drift that the polynomials do not follow. A geometry that was fitted
        # without it is not to be trusted: weighing noise around it would let the drift take the transit.
        for _ in range(NOISE_ROUNDS):
            noise = choose_noise(panels, first, prior, noise)
            first = _best_start(white, panels, prior, guess, noise)
        state, suspicion = _drop_episodes(panels, first, prior, noise)
    panels = reweighted(with_suspicion(panels, suspicion), state, prior)
    noise = choose_noise(panels, state, prior, noise)
    state, _ = converge(panels, state, prior, noise)
    return WhiteLight(state=state, noise=noise, suspicion=suspicion)


def _best_start(white: VisitSeries, panels: Panels, prior: SharedPrior, guess: TransitGuess, noise: NoiseHypothesis) -> TransitState:
    """Fit white light from several impact parameters and return the most probable end."""
    tried = []
    for impact in STARTING_IMPACTS:
        state = initial_state(white, panels, prior, guess.depth)
        state.shared[2] = _log_semimajor_axis(guess.duration_h, prior.period_h, impact)
        state.shared[3] = impact**2
        for _ in range(WHITE_STEPS):
            taken = step(panels, state, prior, noise)
            state = taken.state
            if taken.largest_move < ARRIVED_SIGMA:
                break
        tried.append((taken.log_evidence, state))
    return max(tried, key=lambda pair: pair[0])[1]


def _drop_episodes(
    panels: Panels, state: TransitState, prior: SharedPrior, noise: NoiseHypothesis
) -> tuple[TransitState, tuple[Array, Array]]:
    """Fit white light and drop moments at which something else happened, in turns."""
    suspicion = (panels[0].suspicion, panels[1].suspicion)
    for _ in range(ROBUST_STEPS):
        state = step(with_suspicion(panels, suspicion), state, prior, noise).state
        suspicion = suspect_moments(with_suspicion(panels, suspicion), state, prior)
    return state, suspicion


def _log_semimajor_axis(duration_h: float, period_h: float, impact: float) -> float:
    half_chord = np.sqrt(1.0 - impact**2)
    return float(np.log(max(half_chord / np.sin(min(np.pi * duration_h / period_h, 1.2)), 1.5)))
