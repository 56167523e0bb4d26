"""What the noise is like, chosen and averaged by evidence: drift orders and sizes, slow processes, separability, common noise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from spectramind.features.drift import TIME_DEGREE, DriftPrior
from spectramind.features.gauss_newton import Panels, build_system, step, working_prior
from spectramind.features.joint_system import DepthLikelihood, JointSystem
from spectramind.features.rest import NoiseHypothesis, RestLikelihood, RestPrior
from spectramind.features.transit_state import SharedPrior, TransitState

# Drifts of this instrument bend: a straight line, which the evidence likes where the baseline is short, is no candidate.
DRIFT_DEGREES = (2, 3, 4, 6, 8)
DRIFT_SIGMAS = (2e-4, 6e-4, 2e-3)
SEPARABLE_RESTS = (0.1, 0.01)
WHITE_SIGMAS = (1e-6, 1e-5, 2e-5, 4e-5, 8e-5)
# Amplitude and time scale of a slow process: from nothing to the full size of a drift that no polynomial follows. The same
# for one that has the drift's colour, whose amplitude is in units of that colour.
SLOW_TIMES_H = (0.3, 0.8)
NO_PROCESS = (0.0, 1.0)
SLOW_PROCESSES = (NO_PROCESS, *product((2e-5, 6e-5, 2e-4, 6e-4), SLOW_TIMES_H))
COLOURED_PROCESSES = (NO_PROCESS, *product((0.03, 0.1, 0.3, 1.0, 3.0), SLOW_TIMES_H))
FIRST_COLOURED_PROCESS = (0.3, 0.8)
# How many hypotheses about either sensor are averaged, each with each.
AVERAGED_FGS1, AVERAGED_AIRS = 3, 4
NEGLIGIBLE_WEIGHT = 1e-3

Aspect = Callable[[NoiseHypothesis], list[NoiseHypothesis]]


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
        """Return the log evidence of a hypothesis."""
        return self.rest.log_evidence_under(RestPrior.of(self.panels, self.state, self.prior, noise))

    def best(self, candidates: Iterable[NoiseHypothesis]) -> NoiseHypothesis:
        """Return the most probable hypothesis."""
        return max(candidates, key=self.evidence)

    def climb(self, noise: NoiseHypothesis, aspects: Iterable[Aspect]) -> NoiseHypothesis:
        """Choose one aspect after the other."""
        for aspect in aspects:
            noise = self.best(aspect(noise))
        return noise


def _fgs1(noise: NoiseHypothesis, drifts: Iterable[DriftPrior]) -> list[NoiseHypothesis]:
    return [replace(noise, fgs1=drift) for drift in drifts]


def _airs(noise: NoiseHypothesis, drifts: Iterable[DriftPrior]) -> list[NoiseHypothesis]:
    return [replace(noise, airs=drift) for drift in drifts]


def _degrees(drift: DriftPrior) -> list[DriftPrior]:
    return [replace(drift, degree=degree) for degree in DRIFT_DEGREES]


def _sigmas(drift: DriftPrior) -> list[DriftPrior]:
    return [replace(drift, sigma=sigma) for sigma in DRIFT_SIGMAS]


def _slow(drift: DriftPrior, processes: Sequence[tuple[float, float]]) -> list[DriftPrior]:
    return [replace(drift, slow_sigma=sigma, slow_time_h=scale_h) for sigma, scale_h in processes]


def _fgs1_degree(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return _fgs1(noise, _degrees(noise.fgs1))


def _fgs1_sigma(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return _fgs1(noise, _sigmas(noise.fgs1))


def _fgs1_slow(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return _fgs1(noise, _slow(noise.fgs1, SLOW_PROCESSES))


def _airs_degree(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return _airs(noise, _degrees(noise.airs))


def _airs_sigma(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return _airs(noise, _sigmas(noise.airs))


def _airs_coloured(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return _airs(noise, _slow(noise.airs, COLOURED_PROCESSES))


def _airs_rest(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return _airs(noise, [replace(noise.airs, separable_rest=rest) for rest in SEPARABLE_RESTS])


def _airs_grey(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return [replace(noise, slow_sigma=sigma, slow_time_h=scale_h) for sigma, scale_h in SLOW_PROCESSES]


def _airs_white(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return [replace(noise, white_sigma=sigma) for sigma in WHITE_SIGMAS]


_FGS1_ASPECTS: tuple[Aspect, ...] = (_fgs1_degree, _fgs1_sigma, _fgs1_slow, _fgs1_degree)
_AIRS_ASPECTS: tuple[Aspect, ...] = (_airs_degree, _airs_sigma, _airs_grey, _airs_white, _airs_degree)
_SEPARABLE_ASPECTS: tuple[Aspect, ...] = (_airs_degree, _airs_sigma, _airs_rest, _airs_coloured, _airs_grey, _airs_white, _airs_degree)


def choose_noise(panels: Panels, state: TransitState, prior: SharedPrior, noise: NoiseHypothesis) -> NoiseHypothesis:
    """Choose drift orders and sizes, slow and white common noise by evidence, one after the other."""
    return NoiseJudge.at(panels, state, prior).climb(noise, (*_AIRS_ASPECTS, *_FGS1_ASPECTS))


def separable_branch(
    panels: Panels, state: TransitState, prior: SharedPrior, noise: NoiseHypothesis
) -> tuple[TransitState, NoiseHypothesis]:
    """Return state and noise under the assumption that the AIRS drift is one colour times one shape in time.

    The colour is read off a drift of high order, which follows everything slow; what no polynomial follows takes that colour too.
    """
    wide = replace(noise, airs=DriftPrior(degree=TIME_DEGREE, sigma=noise.airs.sigma), slow_sigma=0.0)
    state = step(panels, state, prior, wide).state
    state = replace(state, drift=(state.drift[0], state.drift[1].separated()))
    slow_sigma, slow_time_h = FIRST_COLOURED_PROCESS
    noise = replace(wide, airs=replace(wide.airs, separable_rest=SEPARABLE_RESTS[0], slow_sigma=slow_sigma, slow_time_h=slow_time_h))
    for _ in range(2):
        state = step(panels, state, prior, noise).state
    return state, NoiseJudge.at(panels, state, prior).climb(noise, _SEPARABLE_ASPECTS)


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
    own = _SEPARABLE_ASPECTS if noise.airs.separable_rest is not None else _AIRS_ASPECTS
    sized_airs = [candidate for sized in _airs_sigma(noise) for candidate in _airs_degree(sized)]
    sized_fgs1 = [candidate for sized in _fgs1_sigma(noise) for candidate in _fgs1_degree(sized)]
    airs = _likeliest(judge, [*sized_airs, *(c for aspect in own[2:-1] for c in aspect(noise))], AVERAGED_AIRS)
    fgs1 = _likeliest(judge, [*sized_fgs1, *_fgs1_slow(noise)], AVERAGED_FGS1)
    return [replace(one, fgs1=other.fgs1) for one in airs for other in fgs1]


def _likeliest(judge: NoiseJudge, candidates: Sequence[NoiseHypothesis], count: int) -> list[NoiseHypothesis]:
    return sorted(dict.fromkeys(candidates), key=judge.evidence, reverse=True)[:count]
