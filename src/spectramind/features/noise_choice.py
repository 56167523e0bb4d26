"""What the noise is like, chosen and averaged by evidence: drift orders and sizes, slow processes, separability, common noise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from spectramind.features.drift import TIME_DEGREE, DriftPrior
from spectramind.features.gauss_newton import Panels, build_system, step, working_prior
from spectramind.features.joint_system import DepthLikelihood, JointSystem
from spectramind.features.linearisation import left_over_by_colour
from spectramind.features.noise_candidates import (
    AIRS_ASPECTS,
    FGS1_ASPECTS,
    FGS1_SLOW_ASPECTS,
    FIRST_COLOURED_PROCESS,
    SEPARABLE_ASPECTS,
    SEPARABLE_RESTS,
    Aspect,
    airs_aspects,
    airs_polynomials,
    fgs1_polynomials,
    log_odds,
)
from spectramind.features.rest import NoiseHypothesis, RestLikelihood, RestPrior
from spectramind.features.slow_process import NO_PROCESS
from spectramind.features.transit_state import SharedPrior, TransitState

# How many hypotheses about either sensor are averaged, each with each.
AVERAGED_FGS1, AVERAGED_AIRS = 8, 6
NEGLIGIBLE_WEIGHT = 1e-3


@dataclass(frozen=True, kw_only=True)
class NoiseJudge:
    """Weighs noise hypotheses by evidence, all around one state."""

    system: JointSystem
    panels: Panels
    state: TransitState
    prior: SharedPrior
    rest: RestLikelihood

    @classmethod
    def at(cls, panels: Panels, state: TransitState, prior: SharedPrior) -> NoiseJudge:
        """Linearise around a state."""
        _, system = build_system(panels, state, prior)
        rest = system.marginal_rest(working_prior(panels, state), state.depth)
        return cls(system=system, panels=panels, state=state, prior=prior, rest=rest)

    def likelihood(self, noise: NoiseHypothesis) -> DepthLikelihood:
        """Return what the data say of a step of the depths under a hypothesis."""
        return self.system.marginal_depths(RestPrior.of(self.panels, self.state, self.prior, noise))

    def evidence(self, noise: NoiseHypothesis) -> float:
        """Return the log evidence of a hypothesis, with the odds at which it is believed beforehand."""
        return log_odds(noise) + self.rest.log_evidence_under(RestPrior.of(self.panels, self.state, self.prior, noise))

    def best(self, candidates: Iterable[NoiseHypothesis]) -> NoiseHypothesis:
        """Return the most probable hypothesis."""
        return max(candidates, key=self.evidence)

    def climb(self, noise: NoiseHypothesis, aspects: Iterable[Aspect]) -> NoiseHypothesis:
        """Choose one aspect after the other."""
        for aspect in aspects:
            noise = self.best(aspect(noise))
        return noise


def choose_noise(panels: Panels, state: TransitState, prior: SharedPrior, noise: NoiseHypothesis) -> NoiseHypothesis:
    """Choose drift orders and sizes, slow and white common noise by evidence, one after the other."""
    return NoiseJudge.at(panels, state, prior).climb(noise, (*AIRS_ASPECTS, *FGS1_ASPECTS))


def separable_branch(
    panels: Panels, state: TransitState, prior: SharedPrior, noise: NoiseHypothesis
) -> tuple[TransitState, NoiseHypothesis]:
    """Return state and noise under the assumption that the AIRS drift is one colour times one shape in time.

    The colour is read off a drift of high order, which follows everything slow; what no polynomial follows takes that colour too.
    """
    wide = replace(noise, airs=DriftPrior(degree=TIME_DEGREE, sigma=noise.airs.sigma), slow=NO_PROCESS)
    state = step(panels, state, prior, wide).state
    separated = state.drift[1].separated(panels[1].drift, left_over_by_colour(panels[1], state, prior))
    state = replace(state, drift=(state.drift[0], separated))
    noise = replace(wide, airs=replace(wide.airs, separable_rest=SEPARABLE_RESTS[0], slow=FIRST_COLOURED_PROCESS))
    for _ in range(2):
        state = step(panels, state, prior, noise).state
    return state, NoiseJudge.at(panels, state, prior).climb(noise, SEPARABLE_ASPECTS)


def averaged_likelihood(
    branches: Sequence[tuple[NoiseJudge, NoiseHypothesis]],
) -> tuple[DepthLikelihood, int]:
    """Average over hypotheses near the best of every branch: what the noise is like is not known better than the evidence says.

    Returns:
        The likelihood, around zero depth; and which branch is the most probable.
    """
    pairs = [(place, judge, candidate) for place, (judge, noise) in enumerate(branches) for candidate in _near(judge, noise)]
    evidence = np.array([judge.evidence(candidate) for _, judge, candidate in pairs])
    weights = np.exp(evidence - evidence.max())
    kept = np.flatnonzero(weights > NEGLIGIBLE_WEIGHT * weights.sum())
    parts = [pairs[index][1].likelihood(pairs[index][2]).around_zero(pairs[index][1].state.depth) for index in kept]
    return DepthLikelihood.average(parts, weights[kept] / weights[kept].sum()), pairs[int(np.argmax(evidence))][0]


def _near(judge: NoiseJudge, noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    """The most probable alternatives for either sensor, each with each."""
    own_airs = [candidate for aspect in airs_aspects(noise) for candidate in aspect(noise)]
    own_fgs1 = [candidate for aspect in FGS1_SLOW_ASPECTS for candidate in aspect(noise)]
    airs = _likeliest(judge, [*airs_polynomials(noise), *own_airs], AVERAGED_AIRS)
    fgs1 = _likeliest(judge, [*fgs1_polynomials(noise), *own_fgs1], AVERAGED_FGS1)
    return [replace(one, fgs1=other.fgs1) for one in airs for other in fgs1]


def _likeliest(judge: NoiseJudge, candidates: Sequence[NoiseHypothesis], count: int) -> list[NoiseHypothesis]:
    return sorted(dict.fromkeys(candidates), key=judge.evidence, reverse=True)[:count]
