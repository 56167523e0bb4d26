"""Alternatives about the noise: complete, and each kind at fair odds."""

from __future__ import annotations

import numpy as np
import pytest

from spectramind.features.drift.prior import DriftPrior
from spectramind.features.drift.slow_process import COHERENCE_VISITS, Kernel, SlowProcess
from spectramind.features.noise.candidates import (
    CYCLE_PERIODS_H,
    CYCLES_PER_H,
    FGS1_SLOW_ASPECTS,
    NO_POLYNOMIALS,
    ROUGH_TIMES_H,
    SEPARABLE_ASPECTS,
    STEADY_STEPS,
    fgs1_polynomials,
    log_odds,
)
from spectramind.features.solver.rest import NoiseHypothesis

VISIT_H = 7.5


def of_fgs1(kernel: Kernel, time_h: float) -> NoiseHypothesis:
    return NoiseHypothesis(fgs1=DriftPrior(slow=SlowProcess(sigma=2e-4, time_h=time_h, kernel=kernel)))


def test_every_kind_of_drift_is_as_likely_as_another_before_the_data_are_seen() -> None:
    smooth = sum(np.exp(log_odds(noise)) for noise in fgs1_polynomials(NoiseHypothesis()))
    rough = sum(np.exp(log_odds(of_fgs1(Kernel.ROUGH, time_h))) for time_h in ROUGH_TIMES_H)
    cycles = sum(np.exp(log_odds(of_fgs1(Kernel.CYCLE, time_h))) for time_h in CYCLE_PERIODS_H)
    steady = len(CYCLE_PERIODS_H) * (len(STEADY_STEPS) - 1) * np.exp(log_odds(of_fgs1(Kernel.STEADY_CYCLE, 2.0)))
    assert rough == pytest.approx(smooth)
    assert cycles == pytest.approx(smooth)
    assert steady == pytest.approx(smooth)


def test_a_cycle_keeps_step_with_one_of_the_periods_over_a_visit() -> None:
    furthest = float(np.diff(CYCLES_PER_H).max()) / 2.0
    assert furthest * VISIT_H < 0.125
    assert furthest * VISIT_H < COHERENCE_VISITS[Kernel.CYCLE] / 2.0


def in_the_place_of(sensor: str, kernel: Kernel) -> NoiseHypothesis:
    cycle = DriftPrior(separable_rest=0.1, slow=SlowProcess(sigma=0.3, time_h=CYCLE_PERIODS_H[10], kernel=kernel))
    return NoiseHypothesis(fgs1=cycle) if sensor == "fgs1" else NoiseHypothesis(airs=cycle)


def steady_periods_h(sensor: str, kernel: Kernel) -> set[float]:
    noise, aspects = in_the_place_of(sensor, kernel), FGS1_SLOW_ASPECTS if sensor == "fgs1" else SEPARABLE_ASPECTS
    tried = {getattr(candidate, sensor).slow for aspect in aspects for candidate in aspect(noise)}
    return {process.time_h for process in tried if process.kernel is Kernel.STEADY_CYCLE}


def test_beside_a_special_drift_there_may_be_no_polynomial() -> None:
    candidates = [candidate for aspect in FGS1_SLOW_ASPECTS for candidate in aspect(NoiseHypothesis())]
    without = {candidate.fgs1.slow.kernel for candidate in candidates if candidate.fgs1.degree == NO_POLYNOMIALS}
    assert without == {Kernel.ROUGH, Kernel.CYCLE}


@pytest.mark.parametrize("kernel", [Kernel.CYCLE, Kernel.STEADY_CYCLE])
@pytest.mark.parametrize("sensor", ["fgs1", "airs"])
def test_around_a_cycle_steady_ones_are_tried_as_closely_as_they_need(sensor: str, kernel: Kernel) -> None:
    steady = np.sort(1.0 / np.array(sorted(steady_periods_h(sensor, kernel))))
    apart, coarse = np.diff(steady).max(), np.diff(CYCLES_PER_H).max()
    assert np.ptp(steady) == pytest.approx(coarse)
    # Half a step away, the phase at either end of a visit is no further off than the process wanders from the middle to there.
    assert np.pi * apart * VISIT_H / 2.0 < 1.0 / COHERENCE_VISITS[Kernel.STEADY_CYCLE]


@pytest.mark.parametrize("kernel", [Kernel.SMOOTH, Kernel.ROUGH])
def test_without_a_cycle_there_is_no_steady_one(kernel: Kernel) -> None:
    assert not steady_periods_h("fgs1", kernel)
    assert not steady_periods_h("airs", kernel)
