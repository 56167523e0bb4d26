"""What the noise might be like: the alternatives for one aspect of a hypothesis after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from spectramind.features.drift.prior import DriftPrior
from spectramind.features.drift.slow_process import COHERENCE_VISITS, NO_PROCESS, Kernel, SlowProcess
from spectramind.features.solver.rest import NoiseHypothesis

# Drifts of this instrument bend: a straight line, which the evidence likes where the baseline is short, is no candidate.
DRIFT_DEGREES = (2, 3, 4, 6, 8)
# Beside a rough drift or a cycle there may be no polynomial at all.
NO_POLYNOMIALS = 0
DRIFT_SIGMAS = (2e-4, 6e-4, 2e-3)
SEPARABLE_RESTS = (0.1, 0.01)
WHITE_SIGMAS = (1e-6, 1e-5, 2e-5, 4e-5, 8e-5)
# Sizes and time scales of a slow process: from nothing to the full size of a drift that no polynomial follows. The same for one
# that has the drift's colour, whose size is in units of that colour.
SLOW_TIMES_H = (0.3, 0.8)
SLOW_SIGMAS = (2e-5, 6e-5, 2e-4, 6e-4)
COLOURED_SIGMAS = (0.03, 0.1, 0.3, 1.0, 3.0)
FIRST_COLOURED_PROCESS = SlowProcess(sigma=1.0, time_h=0.8)
USUAL_SIGMAS, USUAL_COLOURED_SIGMAS = (6e-5, 2e-4), (0.3, 1.0)
# It may also be rougher, or a cycle.
ROUGH_TIMES_H = (0.3, 0.7, 1.5, 4.0)
# Periods at equal steps of frequency, fine enough for a damped cycle to keep step with one of them. Once one is found, a steady cycle
# takes its place, whose period needs a closer step.
CYCLES_PER_H = np.linspace(1.0 / 7.5, 1.0 / 1.2, 27)
CYCLE_PERIODS_H = tuple((1.0 / CYCLES_PER_H).tolist())
# The last of them is the first of the next period.
STEADY_STEPS = np.arange(-4, 5) / 8.0 * (CYCLES_PER_H[1] - CYCLES_PER_H[0])
# Every kind of drift is as likely as another: what one kind has more candidates of counts for less each.
POLYNOMIALS = len(DRIFT_DEGREES) * len(DRIFT_SIGMAS)
LOG_ODDS = {
    Kernel.SMOOTH: 0.0,
    Kernel.ROUGH: float(np.log(POLYNOMIALS / len(ROUGH_TIMES_H))),
    Kernel.CYCLE: float(np.log(POLYNOMIALS / len(CYCLE_PERIODS_H))),
    Kernel.STEADY_CYCLE: float(np.log(POLYNOMIALS / (len(CYCLE_PERIODS_H) * (len(STEADY_STEPS) - 1)))),
}

Aspect = Callable[[NoiseHypothesis], list[NoiseHypothesis]]


def log_odds(noise: NoiseHypothesis) -> float:
    """Return the log of the odds at which a hypothesis is believed before the data are seen."""
    return sum(LOG_ODDS[slow.kernel] for slow in (noise.fgs1.slow, noise.airs.slow, noise.slow))


def _fgs1(noise: NoiseHypothesis, drifts: Iterable[DriftPrior]) -> list[NoiseHypothesis]:
    return [replace(noise, fgs1=drift) for drift in drifts]


def _airs(noise: NoiseHypothesis, drifts: Iterable[DriftPrior]) -> list[NoiseHypothesis]:
    return [replace(noise, airs=drift) for drift in drifts]


def _degrees(drift: DriftPrior) -> list[DriftPrior]:
    degrees = DRIFT_DEGREES if drift.slow.kernel is Kernel.SMOOTH else (NO_POLYNOMIALS, *DRIFT_DEGREES)
    return [replace(drift, degree=degree) for degree in degrees]


def _sigmas(drift: DriftPrior) -> list[DriftPrior]:
    return [replace(drift, sigma=sigma) for sigma in DRIFT_SIGMAS]


def _processes(sigmas: Sequence[float]) -> list[SlowProcess]:
    """Return no process, and smooth ones of all sizes and times."""
    return [NO_PROCESS, *(SlowProcess(sigma=sigma, time_h=time_h) for sigma, time_h in product(sigmas, SLOW_TIMES_H))]


def _kinds(process: SlowProcess, sigma: float) -> list[SlowProcess]:
    """Return a process, and those of other kinds and of a given size."""
    rough = [SlowProcess(kernel=Kernel.ROUGH, sigma=sigma, time_h=time_h) for time_h in ROUGH_TIMES_H]
    return [process, *rough, *(SlowProcess(kernel=Kernel.CYCLE, sigma=sigma, time_h=period_h) for period_h in CYCLE_PERIODS_H)]


def _drift_kinds(drift: DriftPrior, sigmas: Sequence[float]) -> list[DriftPrior]:
    """Return a drift with processes of every kind: small ones beside its polynomials, full ones in their place."""
    small, full = sigmas
    beside = [replace(drift, slow=slow) for slow in _kinds(drift.slow, drift.slow.sigma or small)]
    smooth, *special = _kinds(drift.slow, max(drift.slow.sigma, full))
    return [
        *beside,
        replace(drift, slow=smooth, degree=DRIFT_DEGREES[0]),
        *(replace(drift, slow=slow, degree=NO_POLYNOMIALS) for slow in special),
    ]


def _sizes(process: SlowProcess, sigmas: Sequence[float]) -> list[SlowProcess]:
    """Return a process in other sizes, where it is of a special kind."""
    return [process] if process.kernel is Kernel.SMOOTH else [replace(process, sigma=sigma) for sigma in sigmas]


def _periods(process: SlowProcess) -> list[SlowProcess]:
    """Return steady cycles with the period of a cycle and some near it; any other process as it is."""
    if process.kernel not in COHERENCE_VISITS:
        return [process]
    periods_h = 1.0 / (1.0 / process.time_h + STEADY_STEPS)
    return [replace(process, kernel=Kernel.STEADY_CYCLE, time_h=float(period_h)) for period_h in periods_h]


def _fgs1_degree(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return _fgs1(noise, _degrees(noise.fgs1))


def _fgs1_sigma(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return _fgs1(noise, _sigmas(noise.fgs1))


def _fgs1_slow(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return _fgs1(noise, [replace(noise.fgs1, slow=slow) for slow in _processes(SLOW_SIGMAS)])


def _fgs1_kind(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return _fgs1(noise, _drift_kinds(noise.fgs1, USUAL_SIGMAS))


def _fgs1_size(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return _fgs1(noise, [replace(noise.fgs1, slow=slow) for slow in _sizes(noise.fgs1.slow, SLOW_SIGMAS)])


def _fgs1_period(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return _fgs1(noise, [replace(noise.fgs1, slow=slow) for slow in _periods(noise.fgs1.slow)])


def _airs_degree(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return _airs(noise, _degrees(noise.airs))


def _airs_sigma(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return _airs(noise, _sigmas(noise.airs))


def _airs_coloured(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return _airs(noise, [replace(noise.airs, slow=slow) for slow in _processes(COLOURED_SIGMAS)])


def _airs_coloured_kind(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return _airs(noise, _drift_kinds(noise.airs, USUAL_COLOURED_SIGMAS))


def _airs_coloured_size(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return _airs(noise, [replace(noise.airs, slow=slow) for slow in _sizes(noise.airs.slow, COLOURED_SIGMAS)])


def _airs_coloured_period(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return _airs(noise, [replace(noise.airs, slow=slow) for slow in _periods(noise.airs.slow)])


def _airs_rest(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return _airs(noise, [replace(noise.airs, separable_rest=rest) for rest in SEPARABLE_RESTS])


def _airs_grey(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return [replace(noise, slow=slow) for slow in _processes(SLOW_SIGMAS)]


def _airs_grey_kind(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return [replace(noise, slow=slow) for slow in _kinds(noise.slow, noise.slow.sigma or USUAL_SIGMAS[0])]


def _airs_grey_size(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return [replace(noise, slow=slow) for slow in _sizes(noise.slow, SLOW_SIGMAS)]


def _airs_white(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    return [replace(noise, white_sigma=sigma) for sigma in WHITE_SIGMAS]


_GREY_ASPECTS: tuple[Aspect, ...] = (_airs_grey, _airs_grey_kind, _airs_grey_size, _airs_white)
_COLOURED_ASPECTS: tuple[Aspect, ...] = (_airs_rest, _airs_coloured, _airs_coloured_kind, _airs_coloured_size, _airs_coloured_period)
FGS1_SLOW_ASPECTS: tuple[Aspect, ...] = (_fgs1_slow, _fgs1_kind, _fgs1_size, _fgs1_period)
FGS1_ASPECTS: tuple[Aspect, ...] = (_fgs1_degree, _fgs1_sigma, *FGS1_SLOW_ASPECTS, _fgs1_degree)
AIRS_ASPECTS: tuple[Aspect, ...] = (_airs_degree, _airs_sigma, *_GREY_ASPECTS, _airs_degree)
SEPARABLE_ASPECTS: tuple[Aspect, ...] = (_airs_degree, _airs_sigma, *_COLOURED_ASPECTS, *_GREY_ASPECTS, _airs_degree)


def airs_aspects(noise: NoiseHypothesis) -> tuple[Aspect, ...]:
    """Return the aspects of AIRS that a hypothesis has, but for degree and size of its polynomials."""
    return (*_COLOURED_ASPECTS, *_GREY_ASPECTS) if noise.airs.separable_rest is not None else _GREY_ASPECTS


def fgs1_polynomials(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    """Return a hypothesis with polynomials of every size and degree for FGS1."""
    return [candidate for sized in _fgs1_sigma(noise) for candidate in _fgs1_degree(sized)]


def airs_polynomials(noise: NoiseHypothesis) -> list[NoiseHypothesis]:
    """Return a hypothesis with polynomials of every size and degree for AIRS."""
    return [candidate for sized in _airs_sigma(noise) for candidate in _airs_degree(sized)]
