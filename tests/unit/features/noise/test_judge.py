"""The judge's short cuts are exact."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import tiny_transit as tiny

from spectramind.features.drift.prior import DriftPrior
from spectramind.features.drift.slow_process import Kernel, SlowProcess
from spectramind.features.noise.candidates import log_odds
from spectramind.features.noise.judge import NoiseJudge
from spectramind.features.solver.gauss_newton import step
from spectramind.features.solver.panel import initial_state, panels_of
from spectramind.features.solver.rest import NoiseHypothesis
from spectramind.features.transit.state import SharedPrior

ROUGH = SlowProcess(sigma=0.3, time_h=1.5, kernel=Kernel.ROUGH)
SEPARABLE = DriftPrior(degree=2, separable_rest=0.1, slow=ROUGH)
FGS1 = (DriftPrior(degree=3), DriftPrior(degree=2, slow=SlowProcess(sigma=2e-4, time_h=0.8)), DriftPrior(sigma=2e-3))
AIRS = (DriftPrior(degree=4), SEPARABLE, replace(SEPARABLE, slow=replace(ROUGH, kernel=Kernel.CYCLE)), replace(SEPARABLE, degree=6))


@cache
def judge() -> NoiseJudge:
    visit = tiny.make_visit(np.full(7, 0.01), times=60, noise=1e-4, seed=1)
    panels, prior = panels_of(visit), SharedPrior.from_star(tiny.STAR, visit.airs.wavelength_um, 4.0)
    state = initial_state(visit, panels, prior, 0.01)
    for _ in range(4):
        state = step(panels, state, prior, NoiseHypothesis()).state
    return NoiseJudge.at(panels, state, prior)


def at_length(noise: NoiseHypothesis) -> float:
    """Evidence with every unknown integrated over at once."""
    one = judge()
    return log_odds(noise) + one.rest.log_evidence_under(one.around.rest_prior(noise.with_known_colour()))


CANDIDATES = {
    "FGS1 differs": [NoiseHypothesis(fgs1=fgs1, airs=SEPARABLE) for fgs1 in FGS1],
    "AIRS differs": [NoiseHypothesis(airs=airs) for airs in AIRS],
    "common flux differs": [NoiseHypothesis(white_sigma=sigma, slow=SlowProcess(sigma=sigma)) for sigma in (1e-5, 4e-5)],
    "both differ": [NoiseHypothesis(fgs1=fgs1, airs=airs) for fgs1, airs in zip(FGS1, AIRS, strict=False)],
    "one": [NoiseHypothesis()],
}


@pytest.mark.parametrize("name", CANDIDATES)
def test_the_evidence_is_exact_whatever_is_shared(name: str) -> None:
    candidates = CANDIDATES[name]
    np.testing.assert_allclose(judge().evidence(candidates), [at_length(noise) for noise in candidates], atol=1e-5)


def test_the_best_has_the_largest_evidence() -> None:
    candidates = [NoiseHypothesis(white_sigma=sigma) for sigma in (1e-6, 1e-4, 1e-3)]
    evidence = judge().evidence(candidates)
    assert judge().best(candidates) is candidates[int(np.argmax(evidence))]
    assert evidence[2] < evidence[0]
