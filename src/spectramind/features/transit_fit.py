"""Transit inference of one visit: search, white light, spectrum. The order of what happens is the order of this file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from spectramind.features.joint_system import DepthLikelihood, DepthPosterior, JointSystem, NoiseHypothesis, RestPrior
from spectramind.features.linearisation import (
    Linearised,
    Panel,
    initial_state,
    linearise,
    local_step,
    panels_of,
    reduce_normal_equations,
    with_local,
)
from spectramind.features.series import VisitSeries
from spectramind.features.spectrum_prior import SpectrumHypothesis, infer_spectrum, spectrum_covariance
from spectramind.features.star import StarPrior
from spectramind.features.transit_search import TransitGuess, search_transit
from spectramind.features.transit_state import SharedPrior, TransitState
from spectramind.physics.orbit import HOURS_PER_DAY, total_duration_hours
from spectramind.utils.errors import InputDataError

Array = NDArray[np.float64]
Panels = tuple[Panel, Panel]

STARTING_IMPACTS = (0.15, 0.5, 0.75)
WHITE_STEPS = 8
SPECTRAL_STEPS = 3
WORKING_PRIOR = SpectrumHypothesis(amplitude=3e-4, length_um=0.1, fgs1_offset=5e-4)
OUTLIER_SIGMA = 4.5
MINIMUM_SIGNAL_TO_NOISE = 5.0
DRIFT_DEGREES = (1, 2, 3, 4, 6)
DRIFT_SIGMAS = (2e-4, 6e-4, 2e-3)
SEPARABLE_RESTS = (None, 0.1, 0.01)
WHITE_SIGMAS = (1e-6, 1e-5, 2e-5, 4e-5, 8e-5)
SLOW_PROCESSES = ((1e-6, 1.0), (2e-5, 0.4), (6e-5, 0.4), (2e-5, 1.5), (6e-5, 1.5), (2e-4, 1.5))


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
        for step in range(WHITE_STEPS):
            state, evidence = _step(tried, state, prior, NoiseHypothesis())
            if step in (2, 5):
                tried = _reweighted(tried, state, prior)
        if best is None or evidence > best[0]:
            best = (evidence, state, tried)
    assert best is not None
    _, state, panels = best
    noise = _choose_noise(panels, state, prior, NoiseHypothesis())
    for _ in range(2):
        state, _ = _step(panels, state, prior, noise)
    return state, noise


def _fit_spectrum(visit: VisitSeries, star: StarPrior, guess: TransitGuess, white: TransitState, noise: NoiseHypothesis) -> TransitFit:
    """Fit every bin, starting from the white-light geometry."""
    panels = panels_of(visit)
    prior = SharedPrior.from_star(star, visit.airs.wavelength_um, guess.mid_time_h)
    state = initial_state(visit, panels, prior, float(white.depth[1]))
    state = replace(state, shared=white.shared.copy())
    for _ in range(2):
        state, _ = _step(panels, state, prior, noise)
        panels = _reweighted(panels, state, prior)
    noise = _choose_noise(panels, state, prior, noise)
    state, _ = _step(panels, state, prior, noise)
    state, noise = _try_separable(panels, state, prior, noise)
    for _ in range(SPECTRAL_STEPS):
        state, _ = _step(panels, state, prior, noise)
    linear, system = _system(panels, state, prior)
    rest = RestPrior.of(panels, state, prior, noise)
    likelihood = system.marginal_depths(rest).around_zero(state.depth)
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
        noise_scale=np.concatenate([_excess(part) for part in linear]),
        data_sigma=1.0 / np.sqrt(np.maximum(np.diag(likelihood.precision), 1e-12)),
    )


def _system(panels: Panels, state: TransitState, prior: SharedPrior) -> tuple[tuple[Linearised, Linearised], JointSystem]:
    linear = (linearise(panels[0], 0, state, prior), linearise(panels[1], 1, state, prior))
    first, second = (reduce_normal_equations(part, pointing) for part, pointing in zip(linear, state.pointing, strict=True))
    return linear, JointSystem.assemble((first, second), panels, state)


def _step(panels: Panels, state: TransitState, prior: SharedPrior, noise: NoiseHypothesis) -> tuple[TransitState, float]:
    """Move to the posterior mode of the linearised problem; return the evidence at the point left."""
    linear = (linearise(panels[0], 0, state, prior), linearise(panels[1], 1, state, prior))
    first, second = (reduce_normal_equations(part, pointing) for part, pointing in zip(linear, state.pointing, strict=True))
    system = JointSystem.assemble((first, second), panels, state)
    rest_prior = RestPrior.of(panels, state, prior, noise)
    posterior = system.marginal_depths(rest_prior).posterior(*_working_prior(panels, state), state.depth)
    depth = posterior.mean - state.depth
    rest, _ = system.rest_given_depth(rest_prior, depth)
    local = [
        local_step(part, depth[own], rest[columns])
        for part, own, columns in zip((first, second), (slice(0, 1), slice(1, None)), system.rest_columns, strict=True)
    ]
    shared, fgs1, airs, common = np.split(rest, np.cumsum([state.shared.size, *(drift.vector.size for drift in state.drift)]))
    moved = with_local(state, local[0], local[1]).moved(shared=shared, depth=depth, drift=(fgs1, airs), common=common)
    return moved, posterior.log_evidence


def _working_prior(panels: Panels, state: TransitState) -> tuple[Array, Array]:
    """Return covariance and mean of a broad prior over spectra, good enough to move and to compare noise by."""
    wavelength_um = np.concatenate([panel.series.wavelength_um for panel in panels])
    return spectrum_covariance(wavelength_um, WORKING_PRIOR), np.full(state.depth.size, float(np.median(state.depth)))


def _evidence_of(panels: Panels, state: TransitState, prior: SharedPrior) -> Callable[[NoiseHypothesis], float]:
    """Return the log evidence of noise hypotheses, all around one state."""
    _, system = _system(panels, state, prior)
    covariance, mean = _working_prior(panels, state)

    def evidence(candidate: NoiseHypothesis) -> float:
        likelihood = system.marginal_depths(RestPrior.of(panels, state, prior, candidate))
        return likelihood.posterior(covariance, mean, state.depth).log_evidence

    return evidence


def _choose_noise(panels: Panels, state: TransitState, prior: SharedPrior, noise: NoiseHypothesis) -> NoiseHypothesis:
    """Choose drift orders and sizes, slow and white common noise by evidence, one after the other."""
    evidence = _evidence_of(panels, state, prior)

    def drifts(current: NoiseHypothesis) -> NoiseHypothesis:
        current = max((replace(current, airs=replace(current.airs, degree=degree)) for degree in DRIFT_DEGREES), key=evidence)
        current = max((replace(current, airs=replace(current.airs, sigma=sigma)) for sigma in DRIFT_SIGMAS), key=evidence)
        current = max((replace(current, fgs1=replace(current.fgs1, degree=degree)) for degree in DRIFT_DEGREES), key=evidence)
        return max((replace(current, fgs1=replace(current.fgs1, sigma=sigma)) for sigma in DRIFT_SIGMAS), key=evidence)

    noise = drifts(noise)
    noise = max((replace(noise, slow_sigma=sigma, slow_time_h=scale) for sigma, scale in SLOW_PROCESSES), key=evidence)
    noise = max((replace(noise, white_sigma=sigma) for sigma in WHITE_SIGMAS), key=evidence)
    return drifts(noise)


def _try_separable(panels: Panels, state: TransitState, prior: SharedPrior, noise: NoiseHypothesis) -> tuple[TransitState, NoiseHypothesis]:
    """Ask the evidence whether the AIRS drift is one colour times one shape, and take it from there if so."""
    split = replace(state, drift=(state.drift[0], state.drift[1].separated()))
    trial = replace(noise, airs=replace(noise.airs, separable_rest=SEPARABLE_RESTS[1]))
    for _ in range(2):
        split, _ = _step(panels, split, prior, trial)
    evidence = _evidence_of(panels, split, prior)
    candidates = (
        replace(noise, airs=replace(noise.airs, degree=degree, separable_rest=rest)) for rest in SEPARABLE_RESTS for degree in DRIFT_DEGREES
    )
    return split, max(candidates, key=evidence)


def _reweighted(panels: Panels, state: TransitState, prior: SharedPrior) -> Panels:
    """Inflate variances where the residuals show them to be too small: per bin, and per outlying sample or moment."""
    updated = []
    for sensor, panel in enumerate(panels):
        linear = linearise(panel, sensor, state, prior)
        scale = state.scale[:1] if sensor == 0 else state.scale[1:]
        base = panel.series.variance / scale[:, None] ** 2
        z = linear.residual / np.sqrt(base)
        excess = np.maximum(_smooth(1.4826 * np.median(np.abs(z), axis=1)), 0.7)
        z = z / excess[:, None]
        moment = np.sqrt((z**2).mean(axis=0)) if z.shape[0] > 1 else np.abs(z[0]) / OUTLIER_SIGMA * 2.0
        usual = max(float(np.median(moment)), 1.0)
        inflation = np.where(np.abs(z) > OUTLIER_SIGMA, (z / 2.0) ** 2, 1.0) * np.maximum(moment / (2.0 * usual), 1.0) ** 2
        updated.append(replace(panel, variance=panel.series.variance * excess[:, None] ** 2 * inflation))
    return updated[0], updated[1]


def _smooth(excess: Array) -> Array:
    """Share what is known of the noise between neighbouring bins; one bin's own scatter is uncertain by 6 %."""
    return excess if excess.size < 21 else median_filter(excess, 21, mode="nearest")


def _excess(linear: Linearised) -> Array:
    spread: Array = 1.4826 * np.median(np.abs(linear.residual) * np.sqrt(linear.weight), axis=1)
    return spread


def _log_semimajor_axis(duration_h: float, period_h: float, impact: float) -> float:
    half_chord = np.sqrt(1.0 - impact**2)
    return float(np.log(max(half_chord / np.sin(min(np.pi * duration_h / period_h, 1.2)), 1.5)))
