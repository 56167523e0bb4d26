"""One visit around a state: both sensors linearised, their joint system, and what a hypothesis about the noise makes of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spectramind.features.solver.colour_pull import with_colour_pull
from spectramind.features.solver.joint_system import JointSystem
from spectramind.features.solver.linearised import Linearised, linearise
from spectramind.features.solver.normal_equations import NormalEquations, reduce_normal_equations
from spectramind.features.solver.panel import Panels
from spectramind.features.solver.rest import NoiseHypothesis, RestPrior
from spectramind.features.solver.rest_given_depths import RestGivenDepths
from spectramind.features.spectrum.depth_likelihood import DepthPrior
from spectramind.features.spectrum.prior import SpectrumHypothesis, spectrum_covariance
from spectramind.features.transit.state import SharedPrior, TransitState

# Broad enough for every spectrum; what is reported uses the hypotheses of ``spectrum.prior``.
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


def working_prior(panels: Panels, state: TransitState) -> DepthPrior:
    """Return a broad prior over spectra, good enough to move and to compare noise by."""
    wavelength_um = np.concatenate([panel.series.wavelength_um for panel in panels])
    return DepthPrior.of(np.full(state.depth.size, float(np.median(state.depth))), spectrum_covariance(wavelength_um, WORKING_PRIOR))
