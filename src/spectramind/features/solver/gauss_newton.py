"""One step towards the posterior mode: linearise, marginalise, solve, move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spectramind.features.solver.linearisation import Linearisation, working_prior
from spectramind.features.solver.normal_equations import local_step, with_local
from spectramind.features.solver.panel import Panels
from spectramind.features.solver.rest import NoiseHypothesis
from spectramind.features.transit.state import LARGEST_STEP, SharedPrior, TransitState

MOST_STEPS = 12
# What is left of a move when the iteration ends, in units of the posterior sigma.
STANDSTILL_SIGMA = 0.03
SLOWEST_CONVERGENCE = 0.5
SMALLEST_STEP = 1e-12


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: where it led, the evidence at the point left, and the largest move of a depth in units of its sigma."""

    state: TransitState
    log_evidence: float
    largest_move: float


def converge(panels: Panels, state: TransitState, prior: SharedPrior, noise: NoiseHypothesis) -> tuple[TransitState, bool]:
    """Step until the depths stand still; return the state, and whether they did within the steps allowed."""
    share, previous = 1.0, np.inf
    for _ in range(MOST_STEPS):
        taken = step(panels, state, prior, noise, share)
        state = taken.state
        if taken.largest_move < STANDSTILL_SIGMA:
            return state, True
        # Colour times shape makes full steps overshoot to and fro: half of them lands in the middle.
        share = 0.5 if taken.largest_move > SLOWEST_CONVERGENCE * previous else 1.0
        previous = taken.largest_move
    return state, False


def step(panels: Panels, state: TransitState, prior: SharedPrior, noise: NoiseHypothesis, share: float = 1.0) -> Step:
    """Move towards the posterior mode of the linearised problem, by a share of the way."""
    around = Linearisation.at(panels, state, prior)
    system, rest_prior = around.system_under(noise, damped=True), around.rest_prior(noise)
    given_depths = system.without_rest(rest_prior)
    posterior = given_depths.depths.posterior(working_prior(panels, state), state.depth)
    depth = posterior.mean - state.depth
    rest = given_depths.step(depth)
    local = [
        local_step(part, depth[own], rest[columns])
        for part, own, columns in zip(around.equations, (slice(0, 1), slice(1, None)), system.rest_columns, strict=True)
    ]
    shared, fgs1, airs, common = np.split(rest, np.cumsum([state.shared.size, *(drift.vector.size for drift in state.drift)]))
    # All unknowns go the same part of the way: depth and drift that belong to another time of transit would part from it.
    share *= min(1.0, float(np.min(LARGEST_STEP / np.maximum(np.abs(shared), SMALLEST_STEP))))
    moved = with_local(state, share * local[0], share * local[1]).moved(
        shared=share * shared, depth=share * depth, drift=(share * fgs1, share * airs), common=share * common
    )
    largest_move = float(np.max(np.abs(depth) / np.sqrt(np.diag(posterior.covariance))))
    return Step(state=moved, log_evidence=posterior.log_evidence, largest_move=largest_move)
