"""Weighs noise hypotheses by evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter

from spectramind.features.drift.prior import DriftPrior
from spectramind.features.drift.slow_process import SlowProcess
from spectramind.features.noise.candidates import Aspect, log_odds
from spectramind.features.solver.gauss_newton import Linearisation, Panels, working_prior
from spectramind.features.solver.gaussian_likelihood import GaussianLikelihood
from spectramind.features.solver.rest import NoiseHypothesis, RestPrior, beyond_modes, common_prior, drift_prior, shared_prior
from spectramind.features.transit.state import SHARED, SharedPrior, TransitState

# What the prior of the common flux depends on.
_Common = tuple[float, SlowProcess, SlowProcess]


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
        fgs1, airs, common = ({of(noise) for noise in candidates} for of in (attrgetter("fgs1"), attrgetter("airs"), _common))
        if len(airs) == len(common) == 1:
            of_one = self._evidence_of_fgs1
        else:
            of_one = self._evidence_of_common if len(airs) == len(fgs1) == 1 else self._evidence_of_airs
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
        evidence = self.evidence(candidates)
        return candidates[evidence.index(max(evidence))]

    def climb(self, noise: NoiseHypothesis, aspects: Iterable[Aspect]) -> NoiseHypothesis:
        """Choose one aspect after the other."""
        for aspect in aspects:
            noise = self.best(aspect(noise))
        return noise

    def _evidence_of_fgs1(self, noise: NoiseHypothesis) -> float:
        key = noise.airs, _common(noise)
        if key not in self._without_airs:
            airs = RestPrior.joined(self._airs_prior(noise.airs), self._common_prior(noise))
            self._without_airs[key] = self.rest.without(slice(SHARED + self.around.state.drift[0].vector.size, None), airs)
        return self._without_airs[key].log_evidence_under(RestPrior.joined(self._shared, self._fgs1_prior(noise.fgs1)))

    def _evidence_of_airs(self, noise: NoiseHypothesis) -> float:
        key = noise.fgs1, _common(noise)
        if key not in self._without_common:
            columns = slice(SHARED + self.around.state.drift[1].vector.size, None)
            self._without_common[key] = self._left_by_fgs1(noise.fgs1).without(columns, self._common_prior(noise))
        return self._without_common[key].log_evidence_under(RestPrior.joined(self._shared, self._airs_prior(noise.airs)))

    def _evidence_of_common(self, noise: NoiseHypothesis) -> float:
        key = noise.fgs1, noise.airs
        if key not in self._without_drifts:
            columns = slice(SHARED, SHARED + self.around.state.drift[1].vector.size)
            self._without_drifts[key] = self._left_by_fgs1(noise.fgs1).without(columns, self._airs_prior(noise.airs))
        return self._without_drifts[key].log_evidence_under(RestPrior.joined(self._shared, self._common_prior(noise)))

    def _left_by_fgs1(self, drift: DriftPrior) -> GaussianLikelihood:
        if drift not in self._without_fgs1:
            columns = slice(SHARED, SHARED + self.around.state.drift[0].vector.size)
            self._without_fgs1[drift] = self.rest.without(columns, self._fgs1_prior(drift))
        return self._without_fgs1[drift]

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
    def _without_airs(self) -> dict[tuple[DriftPrior, _Common], GaussianLikelihood]:
        return {}

    @cached_property
    def _without_fgs1(self) -> dict[DriftPrior, GaussianLikelihood]:
        return {}

    @cached_property
    def _without_common(self) -> dict[tuple[DriftPrior, _Common], GaussianLikelihood]:
        return {}

    @cached_property
    def _without_drifts(self) -> dict[tuple[DriftPrior, DriftPrior], GaussianLikelihood]:
        return {}


def _common(noise: NoiseHypothesis) -> _Common:
    return noise.white_sigma, noise.slow, beyond_modes(noise)
