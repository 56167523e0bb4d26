"""Transit inference of one visit: search, white light, spectrum. The order of what happens is the order of this file."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from spectramind.features.joint_system import DepthLikelihood, DepthPosterior, JointSystem, NoiseHypothesis
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
from spectramind.utils.errors import InputDataError

Array = NDArray[np.float64]
Panels = tuple[Panel, Panel]

STARTING_IMPACTS = (0.15, 0.5, 0.75)
WHITE_STEPS = 8
SPECTRAL_STEPS = 3
WORKING_PRIOR = SpectrumHypothesis(amplitude=3e-4, length_um=0.1, fgs1_offset=5e-4)
OUTLIER_SIGMA = 4.5
MINIMUM_SIGNAL_TO_NOISE = 5.0
DRIFT_RATIOS = (0.03, 0.1, 0.25, 0.5)
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
        """Time from first to last contact, in hours (Winn 2010, eq. 14 with e = 0)."""
        log_a, impact_squared = self.state.shared[2:4]
        chord = np.sqrt(max((1.0 + np.sqrt(float(np.median(self.state.depth)))) ** 2 - impact_squared, 0.0))
        return float(self.period_h / np.pi * np.arcsin(min(chord / np.exp(log_a), 1.0)))


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
    for _ in range(SPECTRAL_STEPS):
        state, _ = _step(panels, state, prior, noise)
    linear, system, root = _system(panels, state, prior, noise)
    likelihood = system.marginal_depths(root)
    wavelength_um = np.concatenate([visit.fgs1.wavelength_um, visit.airs.wavelength_um])
    likelihood = likelihood.around_zero(state.depth)
    posterior, scales = infer_spectrum(likelihood, wavelength_um)
    _, rest_covariance = system.rest_given_depth(root, posterior.mean - state.depth)
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


def _system(
    panels: Panels, state: TransitState, prior: SharedPrior, noise: NoiseHypothesis
) -> tuple[tuple[Linearised, Linearised], JointSystem, Array]:
    linear = (linearise(panels[0], 0, state, prior), linearise(panels[1], 1, state, prior))
    equations = tuple(reduce_normal_equations(part, pointing) for part, pointing in zip(linear, state.pointing, strict=True))
    system = JointSystem.assemble((equations[0], equations[1]), panels, state, prior)
    return linear, system, system.rest_root(panels, prior, noise)


def _step(panels: Panels, state: TransitState, prior: SharedPrior, noise: NoiseHypothesis) -> tuple[TransitState, float]:
    """Move to the posterior mode of the linearised problem; return the evidence at the point left."""
    linear = (linearise(panels[0], 0, state, prior), linearise(panels[1], 1, state, prior))
    first, second = (reduce_normal_equations(part, pointing) for part, pointing in zip(linear, state.pointing, strict=True))
    system = JointSystem.assemble((first, second), panels, state, prior)
    root = system.rest_root(panels, prior, noise)
    wavelength_um = np.concatenate([panel.series.wavelength_um for panel in panels])
    mean = np.full(state.depth.size, float(np.median(state.depth)))
    posterior = system.marginal_depths(root).posterior(spectrum_covariance(wavelength_um, WORKING_PRIOR), mean, state.depth)
    depth = posterior.mean - state.depth
    rest, _ = system.rest_given_depth(root, depth)
    local = [
        local_step(part, depth[own], rest[columns])
        for part, own, columns in zip((first, second), (slice(0, 1), slice(1, None)), system.rest_columns, strict=True)
    ]
    state = with_local(state, local[0], local[1])
    shared, sizes = state.shared.size, [drift.size for drift in state.drift]
    edges = np.cumsum([shared, *sizes])
    moved = state.moved(
        shared=rest[:shared], depth=depth, drift=(rest[edges[0] : edges[1]], rest[edges[1] : edges[2]]), common=rest[edges[2] :]
    )
    return moved, posterior.log_evidence


def _choose_noise(panels: Panels, state: TransitState, prior: SharedPrior, noise: NoiseHypothesis) -> NoiseHypothesis:
    """Choose drift order, white and slow common noise by evidence, one after the other."""
    _, system, _ = _system(panels, state, prior, noise)
    wavelength_um = np.concatenate([panel.series.wavelength_um for panel in panels])
    covariance, mean = spectrum_covariance(wavelength_um, WORKING_PRIOR), np.full(state.depth.size, float(np.median(state.depth)))

    def evidence(candidate: NoiseHypothesis) -> float:
        likelihood = system.marginal_depths(system.rest_root(panels, prior, candidate))
        return likelihood.posterior(covariance, mean, state.depth).log_evidence

    noise = max((replace(noise, drift_ratio=ratio) for ratio in DRIFT_RATIOS), key=evidence)
    noise = max((replace(noise, slow_sigma=sigma, slow_time_h=scale) for sigma, scale in SLOW_PROCESSES), key=evidence)
    noise = max((replace(noise, white_sigma=sigma) for sigma in WHITE_SIGMAS), key=evidence)
    return max((replace(noise, drift_ratio=ratio) for ratio in DRIFT_RATIOS), key=evidence)


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
