"""Transit inference of one visit: search, white light, spectrum. The order of what happens is the order of this file."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spectramind.features.gauss_newton import Panels, build_system, step
from spectramind.features.joint_system import DepthLikelihood, DepthPosterior, NoiseHypothesis, RestPrior
from spectramind.features.linearisation import initial_state, panels_of
from spectramind.features.noise_choice import averaged_likelihood, choose_noise, try_separable
from spectramind.features.robust_weights import noise_excess, reweighted
from spectramind.features.series import VisitSeries
from spectramind.features.spectrum_prior import infer_spectrum
from spectramind.features.star import StarPrior
from spectramind.features.transit_search import TransitGuess, search_transit
from spectramind.features.transit_state import SharedPrior, TransitState
from spectramind.physics.orbit import HOURS_PER_DAY, total_duration_hours
from spectramind.utils.errors import InputDataError

Array = NDArray[np.float64]

STARTING_IMPACTS = (0.15, 0.5, 0.75)
WHITE_STEPS = 8
SPECTRAL_STEPS = 3
MINIMUM_SIGNAL_TO_NOISE = 5.0


@dataclass(frozen=True, kw_only=True)
class TransitFit:
    """Result of one visit.

    Attributes:
        likelihood: What this visit's light curves say of the depths, marginalised over everything else, around zero depth.
        posterior: Depths with their full covariance under the prior over spectra.
        shared_sigma: Standard deviations of the shared unknowns.
        model: Per sensor (bin, time) relative flux.
        noise_scale: (bin,) factor by which the scatter exceeds the propagated noise.
        data_sigma: (bin,) error of each depth from its own light curve alone, without any prior over spectra.
    """

    guess: TransitGuess
    period_h: float
    state: TransitState
    likelihood: DepthLikelihood
    posterior: DepthPosterior
    shared_sigma: Array
    noise: NoiseHypothesis
    spectrum_scales: dict[str, float]
    model: tuple[Array, Array]
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
        InputDataError: If no transit is seen.
    """
    white = visit.white()
    guess = search_transit((white.fgs1, white.airs), star.duration_h)
    if guess.signal_to_noise < MINIMUM_SIGNAL_TO_NOISE:
        raise InputDataError(
            "no transit is seen in the white light", where="transit search", received=f"signal-to-noise {guess.signal_to_noise:.1f}"
        )
    state, noise = _fit_white(white, star, guess)
    return _fit_spectrum(visit, star, guess, state, noise)


def _fit_white(white: VisitSeries, star: StarPrior, guess: TransitGuess) -> tuple[TransitState, NoiseHypothesis]:
    """Fit the two white light curves from several impact parameters and keep the most probable solution."""
    panels = panels_of(white)
    prior = SharedPrior.from_star(star, white.airs.wavelength_um, guess.mid_time_h)
    best: tuple[float, TransitState, Panels] | None = None
    for impact in STARTING_IMPACTS:
        state = initial_state(white, panels, prior, guess.depth)
        state.shared[2] = _log_semimajor_axis(guess.duration_h, prior.period_h, impact)
        state.shared[3] = impact**2
        tried = panels
        for count in range(WHITE_STEPS):
            state, evidence = step(tried, state, prior, NoiseHypothesis())
            if count in (2, 5):
                tried = reweighted(tried, state, prior)
        if best is None or evidence > best[0]:
            best = (evidence, state, tried)
    assert best is not None
    _, state, panels = best
    noise = choose_noise(panels, state, prior, NoiseHypothesis())
    for _ in range(2):
        state, _ = step(panels, state, prior, noise)
    return state, noise


def _fit_spectrum(visit: VisitSeries, star: StarPrior, guess: TransitGuess, white: TransitState, noise: NoiseHypothesis) -> TransitFit:
    """Fit every bin, starting from the white-light geometry."""
    panels = panels_of(visit)
    prior = SharedPrior.from_star(star, visit.airs.wavelength_um, guess.mid_time_h)
    state = initial_state(visit, panels, prior, float(white.depth[1]))
    state = replace(state, shared=white.shared.copy())
    for _ in range(2):
        state, _ = step(panels, state, prior, noise)
        panels = reweighted(panels, state, prior)
    noise = choose_noise(panels, state, prior, noise)
    state, _ = step(panels, state, prior, noise)
    state, noise = try_separable(panels, state, prior, noise)
    for _ in range(SPECTRAL_STEPS):
        state, _ = step(panels, state, prior, noise)
    linear, system = build_system(panels, state, prior)
    rest = RestPrior.of(panels, state, prior, noise)
    likelihood = averaged_likelihood(panels, state, prior, noise).around_zero(state.depth)
    posterior, scales = infer_spectrum(likelihood, np.concatenate([visit.fgs1.wavelength_um, visit.airs.wavelength_um]))
    _, rest_covariance = system.rest_given_depth(rest, posterior.mean - state.depth)
    return TransitFit(
        guess=guess,
        period_h=prior.period_h,
        state=state,
        likelihood=likelihood,
        posterior=posterior,
        shared_sigma=np.sqrt(np.diag(rest_covariance))[: state.shared.size],
        noise=noise,
        spectrum_scales=scales,
        model=(linear[0].model, linear[1].model),
        residual=(linear[0].residual, linear[1].residual),
        noise_scale=np.concatenate([noise_excess(part) for part in linear]),
        data_sigma=1.0 / np.sqrt(np.maximum(np.diag(likelihood.precision), 1e-12)),
    )


def _log_semimajor_axis(duration_h: float, period_h: float, impact: float) -> float:
    half_chord = np.sqrt(1.0 - impact**2)
    return float(np.log(max(half_chord / np.sin(min(np.pi * duration_h / period_h, 1.2)), 1.5)))
