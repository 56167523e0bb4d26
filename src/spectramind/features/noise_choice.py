"""What the noise is like, chosen or averaged by evidence: drift orders and sizes, separability, common noise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from spectramind.features.gauss_newton import Panels, build_system, step, working_prior
from spectramind.features.joint_system import DepthLikelihood, DepthPrior, JointSystem, NoiseHypothesis, RestPrior
from spectramind.features.transit_state import SharedPrior, TransitState

# Drifts of this instrument bend: a straight line, which the evidence likes where the baseline is short, is no candidate.
DRIFT_DEGREES = (2, 3, 4, 6, 8)
DRIFT_SIGMAS = (2e-4, 6e-4, 2e-3)
SEPARABLE_RESTS = (None, 0.1, 0.01)
AVERAGED_DRIFTS = 3
NEGLIGIBLE_WEIGHT = 1e-3
WHITE_SIGMAS = (1e-6, 1e-5, 2e-5, 4e-5, 8e-5)
# From nothing to the full size of a drift that no polynomial follows.
SLOW_PROCESSES = (
    (1e-6, 1.0),
    *((sigma, scale_h) for scale_h in (0.4, 1.5) for sigma in (2e-5, 6e-5, 2e-4, 6e-4)),
)


@dataclass(frozen=True, kw_only=True)
class NoiseJudge:
    """Weighs noise hypotheses by evidence, all around one state."""

    system: JointSystem
    panels: Panels
    state: TransitState
    prior: SharedPrior
    depth_prior: DepthPrior

    @classmethod
    def at(cls, panels: Panels, state: TransitState, prior: SharedPrior) -> NoiseJudge:
        """Linearise around a state."""
        _, system = build_system(panels, state, prior)
        return cls(system=system, panels=panels, state=state, prior=prior, depth_prior=working_prior(panels, state))

    def likelihood(self, noise: NoiseHypothesis) -> DepthLikelihood:
        """Return what the data say of the depths under a hypothesis."""
        return self.system.marginal_depths(RestPrior.of(self.panels, self.state, self.prior, noise))

    def evidence(self, noise: NoiseHypothesis) -> float:
        """Return the log evidence of a hypothesis."""
        return self.likelihood(noise).log_evidence_under(self.depth_prior, self.state.depth)

    def best(self, candidates: Iterable[NoiseHypothesis]) -> NoiseHypothesis:
        """Return the most probable hypothesis."""
        return max(candidates, key=self.evidence)

    def average(self, candidates: Sequence[NoiseHypothesis]) -> DepthLikelihood:
        """Return the likelihood averaged over hypotheses by their evidence."""
        likelihoods = [self.likelihood(candidate) for candidate in candidates]
        evidence = np.array([part.log_evidence_under(self.depth_prior, self.state.depth) for part in likelihoods])
        weights = np.exp(evidence - evidence.max())
        kept = np.flatnonzero(weights > NEGLIGIBLE_WEIGHT * weights.sum())
        return DepthLikelihood.average([likelihoods[index] for index in kept], weights[kept] / weights[kept].sum())


def _fgs1_drifts(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return [replace(noise, fgs1=replace(noise.fgs1, degree=degree)) for degree in DRIFT_DEGREES]


def _airs_drifts(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return [replace(noise, airs=replace(noise.airs, degree=degree)) for degree in DRIFT_DEGREES]


def choose_noise(panels: Panels, state: TransitState, prior: SharedPrior, noise: NoiseHypothesis) -> NoiseHypothesis:
    """Choose drift orders and sizes, slow and white common noise by evidence, one after the other."""
    judge = NoiseJudge.at(panels, state, prior)
    noise = judge.best(_airs_drifts(noise))
    noise = judge.best(replace(noise, airs=replace(noise.airs, sigma=sigma)) for sigma in DRIFT_SIGMAS)
    noise = judge.best(_fgs1_drifts(noise))
    noise = judge.best(replace(noise, fgs1=replace(noise.fgs1, sigma=sigma)) for sigma in DRIFT_SIGMAS)
    noise = judge.best(replace(noise, slow_sigma=sigma, slow_time_h=scale) for sigma, scale in SLOW_PROCESSES)
    noise = judge.best(replace(noise, white_sigma=sigma) for sigma in WHITE_SIGMAS)
    return judge.best(_airs_drifts(noise))


def try_separable(panels: Panels, state: TransitState, prior: SharedPrior, noise: NoiseHypothesis) -> tuple[TransitState, NoiseHypothesis]:
    """Ask the evidence whether the AIRS drift is one colour times one shape, and take it from there if so."""
    split = replace(state, drift=(state.drift[0], state.drift[1].separated()))
    trial = replace(noise, airs=replace(noise.airs, separable_rest=SEPARABLE_RESTS[1]))
    for _ in range(2):
        split, _ = step(panels, split, prior, trial)
    judge = NoiseJudge.at(panels, split, prior)
    return split, judge.best(_separable_drifts(noise))


def _separable_drifts(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return [
        candidate for rest in SEPARABLE_RESTS for candidate in _airs_drifts(replace(noise, airs=replace(noise.airs, separable_rest=rest)))
    ]


def averaged_likelihood(panels: Panels, state: TransitState, prior: SharedPrior, noise: NoiseHypothesis) -> DepthLikelihood:
    """Average over the drift of either sensor: its order and size are not known better than the evidence says."""
    judge = NoiseJudge.at(panels, state, prior)
    rests = [replace(noise, airs=replace(noise.airs, separable_rest=rest)) for rest in SEPARABLE_RESTS if rest != noise.airs.separable_rest]
    sized = [replace(noise, airs=replace(noise.airs, sigma=sigma)) for sigma in DRIFT_SIGMAS]
    airs = [*rests, *(candidate for size in sized for candidate in _airs_drifts(size))]
    fgs1 = [candidate for sigma in DRIFT_SIGMAS for candidate in _fgs1_drifts(replace(noise, fgs1=replace(noise.fgs1, sigma=sigma)))]
    likely_airs = sorted(airs, key=judge.evidence, reverse=True)[:AVERAGED_DRIFTS]
    likely_fgs1 = sorted(fgs1, key=judge.evidence, reverse=True)[:AVERAGED_DRIFTS]
    return judge.average([replace(one, fgs1=other.fgs1) for one in likely_airs for other in likely_fgs1])
