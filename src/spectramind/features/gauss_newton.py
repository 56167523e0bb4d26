"""One step towards the posterior mode: linearise, marginalise, solve, move."""

from __future__ import annotations

import numpy as np

from spectramind.features.joint_system import DepthPrior, JointSystem, NoiseHypothesis, RestPrior
from spectramind.features.linearisation import Linearised, Panel, linearise, local_step, reduce_normal_equations, with_local
from spectramind.features.spectrum_prior import SpectrumHypothesis, spectrum_covariance
from spectramind.features.transit_state import SharedPrior, TransitState

Panels = tuple[Panel, Panel]

# Broad enough for every spectrum; what is reported uses the hypotheses of ``spectrum_prior``.
WORKING_PRIOR = SpectrumHypothesis(amplitude=3e-4, length_um=0.1, fgs1_offset=5e-4)


def build_system(panels: Panels, state: TransitState, prior: SharedPrior) -> tuple[tuple[Linearised, Linearised], JointSystem]:
    """Linearise both sensors around a state and put their normal equations together."""
    linear = (linearise(panels[0], 0, state, prior), linearise(panels[1], 1, state, prior))
    first, second = (reduce_normal_equations(part, pointing) for part, pointing in zip(linear, state.pointing, strict=True))
    return linear, JointSystem.assemble((first, second), panels, state)


def step(panels: Panels, state: TransitState, prior: SharedPrior, noise: NoiseHypothesis) -> tuple[TransitState, float]:
    """Move to the posterior mode of the linearised problem; return the evidence at the point left."""
    linear = (linearise(panels[0], 0, state, prior), linearise(panels[1], 1, state, prior))
    first, second = (reduce_normal_equations(part, pointing) for part, pointing in zip(linear, state.pointing, strict=True))
    system = JointSystem.assemble((first, second), panels, state)
    rest_prior = RestPrior.of(panels, state, prior, noise)
    posterior = system.marginal_depths(rest_prior).posterior(working_prior(panels, state), state.depth)
    depth = posterior.mean - state.depth
    rest, _ = system.rest_given_depth(rest_prior, depth)
    local = [
        local_step(part, depth[own], rest[columns])
        for part, own, columns in zip((first, second), (slice(0, 1), slice(1, None)), system.rest_columns, strict=True)
    ]
    shared, fgs1, airs, common = np.split(rest, np.cumsum([state.shared.size, *(drift.vector.size for drift in state.drift)]))
    moved = with_local(state, local[0], local[1]).moved(shared=shared, depth=depth, drift=(fgs1, airs), common=common)
    return moved, posterior.log_evidence


def working_prior(panels: Panels, state: TransitState) -> DepthPrior:
    """Return a broad prior over spectra, good enough to move and to compare noise by."""
    wavelength_um = np.concatenate([panel.series.wavelength_um for panel in panels])
    return DepthPrior.of(np.full(state.depth.size, float(np.median(state.depth))), spectrum_covariance(wavelength_um, WORKING_PRIOR))
