"""What the noise is like, chosen and averaged by evidence: drift orders and sizes, slow processes, separability, common noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spectramind.features.drift.drift import TIME_DEGREE
from spectramind.features.drift.prior import DriftPrior
from spectramind.features.drift.slow_process import NO_PROCESS
from spectramind.features.noise.candidates import (
    AIRS_ASPECTS,
    FGS1_ASPECTS,
    FGS1_SLOW_ASPECTS,
    FIRST_COLOURED_PROCESS,
    SEPARABLE_ASPECTS,
    SEPARABLE_RESTS,
    airs_aspects,
    airs_polynomials,
    fgs1_polynomials,
)
from spectramind.features.noise.depths_and_limb import depths_and_limb
from spectramind.features.noise.judge import NoiseJudge
from spectramind.features.noise.limb_evidence import LimbEvidence
from spectramind.features.solver.gauss_newton import step
from spectramind.features.solver.linearised import left_over_by_colour
from spectramind.features.solver.panel import Panels
from spectramind.features.solver.rest import NoiseHypothesis
from spectramind.features.spectrum.depth_likelihood import DepthLikelihood
from spectramind.features.spectrum.moments import Moments
from spectramind.features.transit.state import SharedPrior, TransitState

Array = NDArray[np.float64]

# How many hypotheses about either sensor are averaged, each with each.
AVERAGED_FGS1, AVERAGED_AIRS = 8, 6
NEGLIGIBLE_WEIGHT = 1e-3


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
        # Until it is known how large and how fast the shape is, the colour stays as it was read off.
        state = step(panels, state, prior, noise.with_known_colour()).state
    return state, NoiseJudge.at(panels, state, prior).climb(noise, SEPARABLE_ASPECTS)


def averaged_likelihood(
    branches: Sequence[tuple[NoiseJudge, NoiseHypothesis]],
) -> tuple[DepthLikelihood, LimbEvidence, int]:
    """Average over hypotheses near the best of every branch: what the noise is like is not known better than the evidence says.

    Returns:
        The likelihood of the depths, around zero; what is known of the limb at given depths; and which branch is the most probable.
    """
    near = [_near(judge, noise) for judge, noise in branches]
    evidence = np.array([grid.evidence for grid in near])
    weights = np.exp(evidence - evidence.max())
    weights /= weights.sum()
    by_airs = weights.sum(axis=2)
    parts, kept = [], by_airs > NEGLIGIBLE_WEIGHT
    for branch, row in np.argwhere(kept):
        share = weights[branch, row] / by_airs[branch, row]
        parts.append(depths_and_limb(branches[branch][0].around, near[branch].airs[row], near[branch].fgs1, share))
    averaged = Moments.average(parts, by_airs[kept] / by_airs[kept].sum())
    return *LimbEvidence.split(averaged), int(np.argmax(evidence.max(axis=(1, 2))))


@dataclass(frozen=True, kw_only=True)
class _Near:
    """Probable hypotheses about either sensor, and the (AIRS, FGS1) evidence of each with each."""

    airs: list[NoiseHypothesis]
    fgs1: list[DriftPrior]
    evidence: Array


def _near(judge: NoiseJudge, noise: NoiseHypothesis) -> _Near:
    """Return the most probable alternatives."""
    own_airs = [candidate for aspect in airs_aspects(noise) for candidate in aspect(noise)]
    own_fgs1 = [candidate for aspect in FGS1_SLOW_ASPECTS for candidate in aspect(noise)]
    airs = _likeliest(judge, [*airs_polynomials(noise), *own_airs], AVERAGED_AIRS)
    fgs1 = [other.fgs1 for other in _likeliest(judge, [*fgs1_polynomials(noise), *own_fgs1], AVERAGED_FGS1)]
    evidence = [judge.evidence([replace(one, fgs1=drift) for drift in fgs1]) for one in airs]
    return _Near(airs=airs, fgs1=fgs1, evidence=np.array(evidence) + judge.evidence_of_colour(noise))


def _likeliest(judge: NoiseJudge, candidates: Sequence[NoiseHypothesis], count: int) -> list[NoiseHypothesis]:
    different = list(dict.fromkeys(candidates))
    evidence = judge.evidence(different)
    return [different[index] for index in np.argsort(evidence, kind="stable")[::-1][:count]]
