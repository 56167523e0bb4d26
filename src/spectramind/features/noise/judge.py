"""Weighs noise hypotheses by evidence."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from spectramind.features.drift.prior import DriftPrior
from spectramind.features.drift.slow_process import SlowProcess
from spectramind.features.noise.candidates import Aspect, log_odds
from spectramind.features.solver.gaussian_likelihood import GaussianLikelihood
from spectramind.features.solver.linearisation import Linearisation, working_prior
from spectramind.features.solver.panel import Panels
from spectramind.features.solver.rest import NoiseHypothesis, RestPrior, beyond_modes, common_prior, drift_prior, shared_prior
from spectramind.features.transit.state import SHARED, SharedPrior, TransitState


@dataclass(frozen=True, kw_only=True)
class NoiseJudge:
    """Weighs noise hypotheses by evidence, all around one state.

    Hypotheses that are compared have most in common. What they have in common is integrated over once: the unknowns of AIRS where
    only FGS1 differs; both drifts where only the common flux does; the drift of FGS1, and mostly the common flux, where the drift
    of AIRS does. The evidence is exact in any case.
    """

    around: Linearisation
    rest: GaussianLikelihood

    @classmethod
    def at(cls, panels: Panels, state: TransitState, prior: SharedPrior) -> NoiseJudge:
        """Linearise around a state."""
        around = Linearisation.at(panels, state, prior)
        return cls(around=around, rest=around.system.marginal_rest(working_prior(panels, state), state.depth))

    def evidence(self, candidates: Sequence[NoiseHypothesis]) -> list[float]:
        """Return the log evidence of hypotheses, with the odds at which they are believed beforehand.

        A separable drift has the colour of the state, so that hypotheses differ in nothing else: ``evidence_of_colour`` is the rest.
        """
        airs = {noise.airs for noise in candidates}
        if len(airs) == len({_common(noise) for noise in candidates}) == 1:
            of_one = self._evidence_of_fgs1
        elif len(airs) == len({noise.fgs1 for noise in candidates}) == 1:
            of_one = self._evidence_of_common
        else:
            of_one = self._evidence_of_airs
        return [log_odds(noise) + of_one(noise.with_known_colour()) for noise in candidates]

    def evidence_of_colour(self, noise: NoiseHypothesis) -> float:
        """Return what not knowing the colour of a separable drift changes in the log evidence; 0 for any other drift."""
        if noise.airs.separable_rest is None:
            return 0.0
        depth = working_prior(self.around.panels, self.around.state)
        free = self.around.system_under(noise).marginal_rest(depth, self.around.state.depth)
        known = self.rest.log_evidence_under(self.around.rest_prior(noise.with_known_colour()))
        return free.log_evidence_under(self.around.rest_prior(noise)) - known

    def best(self, candidates: Sequence[NoiseHypothesis]) -> NoiseHypothesis:
        """Return the most probable hypothesis."""
        if len(candidates) == 1:
            return candidates[0]
        evidence = self.evidence(candidates)
        return candidates[evidence.index(max(evidence))]

    def climb(self, noise: NoiseHypothesis, aspects: Iterable[Aspect]) -> NoiseHypothesis:
        """Choose one aspect after the other."""
        for aspect in aspects:
            noise = self.best(aspect(noise))
        return noise

    def _evidence_of_fgs1(self, noise: NoiseHypothesis) -> float:
        columns = slice(SHARED + self.around.state.drift[0].vector.size, None)

        def without_airs() -> GaussianLikelihood:
            return self.rest.without(columns, RestPrior.joined(self._airs_prior(noise.airs), self._common_prior(noise)))

        left = self._once(("airs and common", noise.airs, _common(noise)), without_airs)
        return left.log_evidence_under(RestPrior.joined(self._shared, self._fgs1_prior(noise.fgs1)))

    def _evidence_of_airs(self, noise: NoiseHypothesis) -> float:
        columns, drift = slice(SHARED + self.around.state.drift[1].vector.size, None), self._without_fgs1(noise.fgs1)
        key = "fgs1 and common", noise.fgs1, _common(noise)
        left = self._once(key, lambda: drift.without(columns, self._common_prior(noise)))
        return left.log_evidence_under(RestPrior.joined(self._shared, self._airs_prior(noise.airs)))

    def _evidence_of_common(self, noise: NoiseHypothesis) -> float:
        columns, drift = slice(SHARED, SHARED + self.around.state.drift[1].vector.size), self._without_fgs1(noise.fgs1)
        left = self._once(("drifts", noise.fgs1, noise.airs), lambda: drift.without(columns, self._airs_prior(noise.airs)))
        return left.log_evidence_under(RestPrior.joined(self._shared, self._common_prior(noise)))

    def _without_fgs1(self, drift: DriftPrior) -> GaussianLikelihood:
        columns = slice(SHARED, SHARED + self.around.state.drift[0].vector.size)
        return self._once(("fgs1", drift), lambda: self.rest.without(columns, self._fgs1_prior(drift)))

    def _once(self, gone: Hashable, integrate: Callable[[], GaussianLikelihood]) -> GaussianLikelihood:
        """Integrate, unless that was done before."""
        if gone not in self._done:
            self._done[gone] = integrate()
        return self._done[gone]

    def _airs_prior(self, hypothesis: DriftPrior) -> RestPrior:
        return drift_prior(self.around.panels[1], self.around.state.drift[1], hypothesis)

    def _fgs1_prior(self, hypothesis: DriftPrior) -> RestPrior:
        return drift_prior(self.around.panels[0], self.around.state.drift[0], hypothesis)

    def _common_prior(self, noise: NoiseHypothesis) -> RestPrior:
        return common_prior(self.around.panels[1], self.around.state, noise)

    @cached_property
    def _shared(self) -> RestPrior:
        return shared_prior(self.around.state, self.around.prior)

    @cached_property
    def _done(self) -> dict[Hashable, GaussianLikelihood]:
        """What is left, by what was integrated over under which prior."""
        return {}


def _common(noise: NoiseHypothesis) -> tuple[float, SlowProcess, SlowProcess]:
    """Return what the prior of the common flux depends on."""
    return noise.white_sigma, noise.slow, beyond_modes(noise)
