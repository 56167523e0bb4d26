"""Transit inference of one visit: search, white light (``white_light``), spectrum."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spectramind.features.noise.candidates import SEPARABLE_ASPECTS
from spectramind.features.noise.choice import averaged_likelihood, choose_noise, separable_branch
from spectramind.features.noise.judge import NoiseJudge
from spectramind.features.noise.limb_evidence import LimbEvidence
from spectramind.features.series import VisitSeries
from spectramind.features.solver.gauss_newton import converge, step
from spectramind.features.solver.linearisation import Linearisation
from spectramind.features.solver.panel import Panels, initial_state, panels_of
from spectramind.features.solver.rest import NoiseHypothesis
from spectramind.features.solver.robust_weights import noise_excess, reweighted, with_suspicion
from spectramind.features.spectrum.depth_likelihood import DepthLikelihood, DepthPosterior
from spectramind.features.spectrum.prior import SpectrumPrior, infer_spectrum
from spectramind.features.transit.search import TransitGuess, search_transit
from spectramind.features.transit.star import StarPrior
from spectramind.features.transit.state import SHARED, SharedPrior, TransitState
from spectramind.features.white_light import WhiteLight, fit_white_light
from spectramind.physics.orbit import HOURS_PER_DAY, total_duration_hours
from spectramind.utils.errors import InputDataError

Array = NDArray[np.float64]

# How often colour and noise of a separable drift are settled in turns.
COLOUR_ROUNDS = 2
# Variances that fall by this factor are worth another round.
QUIETER = 0.85
MINIMUM_SIGNAL_TO_NOISE = 5.0
# A drift that took the transit leaves next to nothing; the depth of the search is good to some ten percent.
SMALLEST_SHARE_OF_GUESS = 0.5


@dataclass(frozen=True, kw_only=True)
class TransitFit:
    """Result of one visit.

    Attributes:
        converged: Whether the iteration came to a standstill.
        likelihood: What this visit's light curves say of the depths, marginalised over everything else, around zero depth.
        limb: What they say of the limb darkening once the depths are known.
        posterior: Depths with their full covariance under the prior over spectra.
        shared_covariance: (shared, shared) of the shared unknowns, the depths' uncertainty included.
        depth_shared_covariance: (bin, shared) between depths and shared unknowns.
        model: Per sensor (bin, time) relative flux.
        gain: Per sensor (bin, time) what the model divides out: drift, pointing and common flux.
        noise_scale: (bin,) factor by which the scatter exceeds the propagated noise.
        data_sigma: (bin,) error of each depth from the light curves alone, without any prior over spectra.
    """

    guess: TransitGuess
    converged: bool
    period_h: float
    state: TransitState
    likelihood: DepthLikelihood
    limb: LimbEvidence
    posterior: DepthPosterior
    shared_covariance: Array
    depth_shared_covariance: Array
    noise: NoiseHypothesis
    spectrum_scales: dict[str, float]
    model: tuple[Array, Array]
    gain: tuple[Array, Array]
    residual: tuple[Array, Array]
    noise_scale: Array
    data_sigma: Array

    def in_transit(self, time_h: Array) -> NDArray[np.bool_]:
        """Return (time,) True between first and last contact."""
        inside: NDArray[np.bool_] = np.abs(time_h - self.state.shared[0]) < self.total_duration_h / 2.0
        return inside

    @property
    def total_duration_h(self) -> float:
        """Time from first to last contact, in hours."""
        ratio = np.sqrt(float(np.median(self.state.depth)))
        axis, impact = np.exp(self.state.shared[2]), np.sqrt(self.state.shared[3])
        return float(total_duration_hours(self.period_h / HOURS_PER_DAY, axis, impact, ratio))


def fit_transit(visit: VisitSeries, star: StarPrior) -> TransitFit:
    """Infer the spectrum of one visit.

    Args:
        visit: Light curves of both sensors.
        star: Catalogue values, used as a loose prior.

    Raises:
        InputDataError: If no transit is seen, or the fit ends far below the depth that the search saw.
    """
    white = visit.white()
    guess = search_transit((white.fgs1, white.airs), star.duration_h)
    if guess.signal_to_noise < MINIMUM_SIGNAL_TO_NOISE:
        raise InputDataError(
            "no transit is seen in the white light", where="transit search", received=f"signal-to-noise {guess.signal_to_noise:.1f}"
        )
    return _fit_spectrum(visit, star, guess, fit_white_light(white, star, guess))


def _fit_spectrum(visit: VisitSeries, star: StarPrior, guess: TransitGuess, white: WhiteLight) -> TransitFit:
    """Fit every bin, starting from the white-light geometry."""
    panels, noise = with_suspicion(panels_of(visit), white.suspicion), white.noise
    prior = SharedPrior.from_star(star, visit.airs.wavelength_um, guess.mid_time_h)
    state = initial_state(visit, panels, prior, float(white.state.depth[1]))
    state = replace(state, shared=white.state.shared.copy())
    for _ in range(2):
        state = step(panels, state, prior, noise).state
        panels = reweighted(panels, state, prior)
    branches, converged = _follow_branches(panels, state, prior, noise)
    likelihood, limb, best = averaged_likelihood(branches)
    refreshed = reweighted(panels, branches[best][0].around.state, prior)
    if _much_quieter(panels, refreshed):
        # Around a poor first fit the residuals were taken for noise; now that the drift is understood, they are weighed again.
        branches, converged = _follow_branches(refreshed, state, prior, noise)
        likelihood, limb, best = averaged_likelihood(branches)
    judge, noise = branches[best]
    state, linear = judge.around.state, judge.around.linear
    wavelength_um = np.concatenate([visit.fgs1.wavelength_um, visit.airs.wavelength_um])
    posterior, scales = infer_spectrum(likelihood, SpectrumPrior.generic(wavelength_um))
    depth = float(np.median(posterior.mean))
    if depth < SMALLEST_SHARE_OF_GUESS * guess.depth:
        raise InputDataError(
            "the fit lost the transit", where="transit fit", received=f"depth {depth:.5f}, where the search saw {guess.depth:.5f}"
        )
    shared_covariance, depth_shared_covariance = _shared_moments(judge.around, noise, posterior.covariance)
    return TransitFit(
        guess=guess,
        converged=converged[best],
        period_h=prior.period_h,
        state=state,
        likelihood=likelihood,
        limb=limb,
        posterior=posterior,
        shared_covariance=shared_covariance,
        depth_shared_covariance=depth_shared_covariance,
        noise=noise,
        spectrum_scales=scales,
        model=(linear[0].model, linear[1].model),
        gain=(linear[0].gain, linear[1].gain),
        residual=(linear[0].residual, linear[1].residual),
        noise_scale=np.concatenate([noise_excess(part) for part in linear]),
        data_sigma=np.sqrt(np.diag(np.linalg.inv(likelihood.precision))),
    )


def _much_quieter(before: Panels, after: Panels) -> bool:
    """Return whether the variance of either sensor turned out to be much smaller."""
    ratios = [float(np.median(new.variance / old.variance)) for old, new in zip(before, after, strict=True)]
    return min(ratios) < QUIETER


def _follow_branches(
    panels: Panels, state: TransitState, prior: SharedPrior, noise: NoiseHypothesis
) -> tuple[list[tuple[NoiseJudge, NoiseHypothesis]], list[bool]]:
    """Choose the noise; converge under a drift of free coefficients and, from there, a separable one; say which came to a standstill."""
    noise = choose_noise(panels, state, prior, noise)
    state, free_stands = converge(panels, state, prior, noise)
    free = NoiseJudge.at(panels, state, prior)
    state, separable_noise = separable_branch(panels, state, prior, noise)
    for _ in range(COLOUR_ROUNDS):
        # The colour is better known after every round, and with it what the rest of the noise is like.
        state, separable_stands = converge(panels, state, prior, separable_noise)
        separable, assumed = NoiseJudge.at(panels, state, prior), separable_noise
        separable_noise = separable.climb(assumed, SEPARABLE_ASPECTS)
        if separable_noise == assumed:
            break
    return [(free, noise), (separable, separable_noise)], [free_stands, separable_stands]


def _shared_moments(around: Linearisation, noise: NoiseHypothesis, depth_covariance: Array) -> tuple[Array, Array]:
    """Return (shared, shared) and (bin, shared) covariances: at fixed depths, plus what the depths' own uncertainty adds.

    The mode of the rest follows the depths as minus the covariance of the rest times its coupling to them.
    """
    depth_rest = around.system.depth_rest
    at_depth = around.without_rest(noise).covariance_times(np.eye(depth_rest.shape[1], SHARED))
    gain = -at_depth.T @ depth_rest.T
    depth_shared = depth_covariance @ gain.T
    return at_depth[:SHARED] + gain @ depth_shared, depth_shared
