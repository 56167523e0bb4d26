"""What the noise is like, chosen and averaged by evidence: drift orders and sizes, slow processes, separability, common noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from spectramind.features.drift import TIME_DEGREE, DriftPrior
from spectramind.features.gauss_newton import Panels, step
from spectramind.features.joint_system import DepthLikelihood
from spectramind.features.limb_evidence import LimbEvidence
from spectramind.features.linearisation import left_over_by_colour
from spectramind.features.noise_candidates import (
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
from spectramind.features.noise_judge import NoiseJudge
from spectramind.features.rest import NoiseHypothesis
from spectramind.features.slow_process import NO_PROCESS
from spectramind.features.transit_state import SharedPrior, TransitState

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
    weighed = [(place, *pair) for place, (judge, noise) in enumerate(branches) for pair in _near(judge, noise)]
    evidence = np.array([found for _, _, found in weighed])
    weights = np.exp(evidence - evidence.max())
    parts = []
    kept = np.flatnonzero(weights > NEGLIGIBLE_WEIGHT * weights.sum())
    for index in kept:
        place, noise, _ = weighed[index]
        parts.append(branches[place][0].likelihood_with_limb(noise))
    averaged = DepthLikelihood.average(parts, weights[kept] / weights[kept].sum())
    return *LimbEvidence.split(averaged), weighed[int(np.argmax(evidence))][0]


def _near(judge: NoiseJudge, noise: NoiseHypothesis) -> list[tuple[NoiseHypothesis, float]]:
    """The most probable alternatives for either sensor, each with each, and their evidence."""
    own_airs = [candidate for aspect in airs_aspects(noise) for candidate in aspect(noise)]
    own_fgs1 = [candidate for aspect in FGS1_SLOW_ASPECTS for candidate in aspect(noise)]
    airs = _likeliest(judge, [*airs_polynomials(noise), *own_airs], AVERAGED_AIRS)
    fgs1 = _likeliest(judge, [*fgs1_polynomials(noise), *own_fgs1], AVERAGED_FGS1)
    pairs = [[replace(one, fgs1=other.fgs1) for other in fgs1] for one in airs]
    of_colour = judge.evidence_of_colour(noise)
    return [(one, found + of_colour) for row in pairs for one, found in zip(row, judge.evidence(row), strict=True)]


def _likeliest(judge: NoiseJudge, candidates: Sequence[NoiseHypothesis], count: int) -> list[NoiseHypothesis]:
    different = list(dict.fromkeys(candidates))
    evidence = judge.evidence(different)
    return [different[index] for index in np.argsort(evidence, kind="stable")[::-1][:count]]
