"""One step towards the posterior mode: linearise, marginalise, solve, move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spectramind.features.solver.colour_pull import with_colour_pull
from spectramind.features.solver.joint_system import JointSystem
from spectramind.features.solver.linearisation import Linearised, linearise
from spectramind.features.solver.normal_equations import NormalEquations, local_step, reduce_normal_equations, with_local
from spectramind.features.solver.panel import Panel
from spectramind.features.solver.rest import NoiseHypothesis, RestPrior
from spectramind.features.solver.rest_given_depths import RestGivenDepths
from spectramind.features.spectrum.depth_likelihood import DepthPrior
from spectramind.features.spectrum.prior import SpectrumHypothesis, spectrum_covariance
from spectramind.features.transit.state import LARGEST_STEP, SharedPrior, TransitState

Panels = tuple[Panel, Panel]

# What is left of a move when the iteration ends, in units of the posterior sigma.
# Broad enough for every spectrum; what is reported uses the hypotheses of ``spectrum.prior``.
MOST_STEPS = 12
STANDSTILL_SIGMA = 0.03
SLOWEST_CONVERGENCE = 0.5
SMALLEST_STEP = 1e-12
WORKING_PRIOR = SpectrumHypothesis(amplitude=3e-4, length_um=0.1, fgs1_offset=5e-4)


@dataclass(frozen=True, kw_only=True)
class Linearisation:
    """Both sensors, linearised around a state, and their normal equations together."""

    panels: Panels
    state: TransitState
    prior: SharedPrior
    linear: tuple[Linearised, Linearised]
    equations: tuple[NormalEquations, NormalEquations]
    system: JointSystem

    @classmethod
    def at(cls, panels: Panels, state: TransitState, prior: SharedPrior) -> Linearisation:
        """Linearise around a state."""
        linear = (linearise(panels[0], 0, state, prior), linearise(panels[1], 1, state, prior))
        first, second = (reduce_normal_equations(part, pointing) for part, pointing in zip(linear, state.pointing, strict=True))
        system = JointSystem.assemble((first, second), panels, state)
        return cls(panels=panels, state=state, prior=prior, linear=linear, equations=(first, second), system=system)

    def rest_prior(self, noise: NoiseHypothesis) -> RestPrior:
        """Return the prior of everything but the depths under a hypothesis."""
        return RestPrior.of(self.panels, self.state, self.prior, noise)

    def without_rest(self, noise: NoiseHypothesis) -> RestGivenDepths:
        """Integrate over everything but the depths under a hypothesis."""
        return self.system_under(noise).without_rest(self.rest_prior(noise))

    def system_under(self, noise: NoiseHypothesis, damped: bool = False) -> JointSystem:
        """Return the system; where the hypothesis is a separable drift, with the pull on its colour (``with_colour_pull``)."""
        if noise.airs.separable_rest is None or noise.airs.known_colour:
            return self.system
        rest, depth = self.rest_prior(noise.with_known_colour()), working_prior(self.panels, self.state)
        basis = self.panels[1].drift
        return with_colour_pull(self.system, self.linear[1], self.equations[1], basis, self.state, rest, depth, damped)


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
    others = system.without_rest(rest_prior)
    posterior = others.depths.posterior(working_prior(panels, state), state.depth)
    depth = posterior.mean - state.depth
    rest = others.step(depth)
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


def working_prior(panels: Panels, state: TransitState) -> DepthPrior:
    """Return a broad prior over spectra, good enough to move and to compare noise by."""
    wavelength_um = np.concatenate([panel.series.wavelength_um for panel in panels])
    return DepthPrior.of(np.full(state.depth.size, float(np.median(state.depth))), spectrum_covariance(wavelength_um, WORKING_PRIOR))
