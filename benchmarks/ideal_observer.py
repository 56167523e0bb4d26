"""The ideal observer: what is the best that anybody could do with these light curves.

It knows what nobody knows of real data: what kind of drift there is (the order of a polynomial; the period of a sinusoid, the
memory of a random walk, and their colour), whether the limb darkening is quadratic, that nothing else disturbs the light, and the
covariance of the spectra that were drawn, scaled to the planet's own contrast. It does not know the spectrum, the geometry, the
coefficients of limb darkening and drift. The score that it expects is the limit; its score on the same planets has their luck in it, and
falls short where spectra are less Gaussian than their covariance says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray
from scipy.linalg import cholesky

from spectramind.data.sensors import SECONDS_PER_HOUR, Sensor
from spectramind.data.simulator import Scenario
from spectramind.data.simulator.instrument import airs_wavelength_um
from spectramind.data.simulator.spectra import draw_spectrum
from spectramind.evaluation.metric import AIRS_PERFECT_SIGMA, FGS1_PERFECT_SIGMA, bin_weights
from spectramind.features.drift.drift import Drift, DriftBasis
from spectramind.features.drift.prior import DriftPrior
from spectramind.features.drift.slow_process import SlowProcess
from spectramind.features.series import VisitSeries
from spectramind.features.solver.gauss_newton import step
from spectramind.features.solver.linearisation import Linearisation
from spectramind.features.solver.panel import Panel, panels_of
from spectramind.features.solver.rest import NoiseHypothesis
from spectramind.features.solver.robust_weights import reweighted
from spectramind.features.spectrum.depth_likelihood import DepthLikelihood, DepthPrior
from spectramind.features.spectrum.prior import MEAN_DEPTH, MEAN_DEPTH_SIGMA, NUGGET
from spectramind.features.transit.star import StarPrior
from spectramind.features.transit.state import GEOMETRY, LIMB, SharedPrior
from spectramind.features.transit_fit import TransitFit

Array = NDArray[np.float64]

CUBIC = NoiseHypothesis(
    fgs1=DriftPrior(degree=3, sigma=3e-4),
    airs=DriftPrior(degree=3, sigma=6e-4, separable_rest=1e-4),
    white_sigma=1e-7,
)
# A drift known to have unit amplitude in units of its true colour; nothing else moves.
KNOWN = NoiseHypothesis(fgs1=DriftPrior(degree=0, sigma=1e-9), airs=DriftPrior(degree=0, sigma=1e-9), white_sigma=1e-7)
NO_BEND = 1e-6
STEPS = 8
SHAPES_DRAWN = 2000


@dataclass(frozen=True, kw_only=True)
class TrueBasis(DriftBasis):
    """The functions of time a drift was made of, and their true covariance."""

    covariance: Array

    def slow_root(self, process: SlowProcess) -> Array:
        """Return the Cholesky factor of the true covariance, whatever is asked for."""
        return cholesky(self.covariance, lower=True)


def true_drift(panel: Panel, fact: dict[str, Any]) -> tuple[Panel, Drift]:
    """Return the panel with the true functions of time, and the true colour with no drift yet.

    Args:
        fact: What the simulator recorded of the drift: kind, rms, column and what the kind needs.
    """
    time_h, basis = panel.series.time_h, panel.drift
    if fact["kind"] == "sinusoid":
        phase = 2.0 * np.pi * time_h / fact["period_h"]
        modes, covariance = np.stack([np.sin(phase), np.cos(phase)]), np.eye(2)
    else:
        modes = np.eye(time_h.size)
        covariance = np.exp(-np.abs(time_h[:, None] - time_h) * SECONDS_PER_HOUR / fact["memory_s"]) + 1e-9 * modes
    if len(basis.in_wavelength) == 1:
        colour = np.array([fact["rms"]])
    else:
        columns = airs_wavelength_um()
        over_columns = fact["rms"] * chebyshev.chebval(np.linspace(-1.0, 1.0, columns.size), fact["column"])
        wanted = np.interp(panel.series.wavelength_um, columns[::-1], over_columns[::-1])
        colour = np.linalg.lstsq(basis.in_wavelength.T, wanted, rcond=None)[0]
    polynomials = basis.in_time[: basis.degree.size]
    known = TrueBasis(
        in_time=np.concatenate([polynomials, modes]),
        in_wavelength=basis.in_wavelength,
        degree=basis.degree,
        time_h=time_h,
        covariance=covariance,
    )
    return replace(panel, drift=known), replace(Drift.none(known), colour=colour)


def shape_covariance(scenario: Scenario) -> Array:
    """Return the covariance of the scenario's spectra about their AIRS mean, for a contrast (AIRS standard deviation) of 1."""
    generator = np.random.default_rng(12345)
    shapes = []
    for _ in range(SHAPES_DRAWN):
        spectrum = draw_spectrum(generator, MEAN_DEPTH, scenario).bins
        centred = spectrum - spectrum[1:].mean()
        spread = centred[1:].std()
        if spread > 0:
            shapes.append(centred / spread)
    return np.cov(np.array(shapes).T) if shapes else np.zeros((283, 283))


@dataclass(frozen=True, kw_only=True)
class Ideal:
    """What the ideal observer says of one planet: (bin,) depths and standard deviations, and that of its white AIRS depth."""

    mu: Array
    sigma: Array
    white_sigma: float


def ideal_spectrum(likelihoods: list[DepthLikelihood], truth: Array, covariance: Array) -> Ideal:
    """Return the ideal observer's posterior from what each visit says, around zero depth."""
    total = covariance * truth[1:].std() ** 2 + MEAN_DEPTH_SIGMA**2 + np.eye(truth.size) * NUGGET**2
    prior = DepthPrior.of(np.full(truth.size, MEAN_DEPTH), total)
    summed = DepthLikelihood(
        precision=sum((part.precision for part in likelihoods), np.zeros_like(total)),
        right=sum((part.right for part in likelihoods), np.zeros(truth.size)),
        log_evidence=0.0,
    )
    posterior = summed.posterior(prior, np.zeros(truth.size))
    white = np.full(truth.size, 1.0 / (truth.size - 1))
    white[0] = 0.0
    return Ideal(
        mu=posterior.mean,
        sigma=np.sqrt(np.diag(posterior.covariance)),
        white_sigma=float(np.sqrt(white @ posterior.covariance @ white)),
    )


def expected_score(truth: Array, sigma: Array, naive_mean: float, naive_sigma: float) -> float:
    """Return the expected official score where errors are Gaussian with exactly these standard deviations."""
    perfect = np.full(truth.shape[1], AIRS_PERFECT_SIGMA)
    perfect[0] = FGS1_PERFECT_SIGMA
    naive = -np.log(naive_sigma) - 0.5 * ((truth - naive_mean) / naive_sigma) ** 2
    ratio = (-np.log(sigma) - 0.5 - naive) / (-np.log(perfect) - naive)
    return float((ratio @ bin_weights(truth.shape[1])).mean())


def ideal_likelihood(series: VisitSeries, star: StarPrior, fit: TransitFit, planet: dict[str, Any], visit: int) -> DepthLikelihood:
    """Return what the visit says of the depths, around zero, under the true structure of the nuisances.

    Args:
        fit: Our own, from whose end the ideal observer starts.
        planet: What the simulator recorded of the planet.
        visit: Number of the visit.
    """
    facts = next(entry["drift"] for entry in planet["visits"] if entry["visit"] == visit)
    prior = SharedPrior.from_star(star, series.airs.wavelength_um, fit.guess.mid_time_h)
    if planet["limb_darkening"]["law"] == "quadratic":
        bends = np.array(["bend" in name for name in GEOMETRY + LIMB])
        prior = replace(prior, mean=np.where(bends, 0.0, prior.mean), sigma=np.where(bends, NO_BEND, prior.sigma))
    # How much noisier the samples are than propagated is not a secret of the simulator: it is measured, as we do.
    panels, state = reweighted(panels_of(series), fit.state, prior), fit.state
    if facts[str(Sensor.AIRS)]["kind"] == "polynomial":
        noise, drift, basis = CUBIC, state.drift[1], panels[1].drift
        if not drift.colour.any():
            drift = drift.separated(basis, np.zeros((len(basis.in_wavelength), len(basis.in_time) - basis.degree.size)))
        state = replace(state, drift=(state.drift[0], drift))
    else:
        noise = KNOWN
        fgs1, airs = (true_drift(panel, facts[str(sensor)]) for panel, sensor in zip(panels, (Sensor.FGS1, Sensor.AIRS), strict=True))
        panels = (fgs1[0], airs[0])
        state = replace(state, drift=(fgs1[1], airs[1]), common=np.zeros_like(state.common))
    for _ in range(STEPS):
        state = step(panels, state, prior, noise).state
    return Linearisation.at(panels, state, prior).without_rest(noise).depths.around_zero(state.depth)
