"""The prior over spectra: scales follow the evidence, shapes may be learned."""

from __future__ import annotations

import numpy as np
import pytest
import tiny_transit as tiny
from numpy.typing import NDArray

from spectramind.features.spectrum.depth_likelihood import DepthLikelihood, DepthPosterior
from spectramind.features.spectrum.prior import (
    FEWEST_LABELS,
    SpectrumHypothesis,
    SpectrumPrior,
    infer_spectrum,
    mixture,
    spectrum_covariance,
)

Array = NDArray[np.float64]

BINS = 60
WAVELENGTH_UM = tiny.wavelengths(BINS)
X = np.linspace(0.0, 1.0, BINS)
SHAPE = np.exp(-0.5 * ((X - 0.4) / 0.06) ** 2) + 0.6 * np.exp(-0.5 * ((X - 0.8) / 0.1) ** 2)
NOISE = 3e-5


def spectrum(amplitude: float, mean: float = 0.012, offset: float = 0.0) -> Array:
    airs = mean + amplitude * (SHAPE - SHAPE.mean())
    return np.concatenate([[mean + offset], airs])


def measured(truth: Array, sigma: float | Array = NOISE, seed: int = 0) -> DepthLikelihood:
    spread = np.broadcast_to(sigma, truth.shape)
    data = truth + spread * np.random.default_rng(seed).standard_normal(truth.size)
    return DepthLikelihood(precision=np.diag(spread**-2.0), right=data / spread**2, log_evidence=0.0)


def generic() -> SpectrumPrior:
    return SpectrumPrior.generic(WAVELENGTH_UM)


@pytest.mark.parametrize("bins", [1, 12, 282])
def test_every_member_is_a_proper_gaussian(bins: int) -> None:
    prior = SpectrumPrior.generic(tiny.wavelengths(bins))
    np.testing.assert_allclose(np.exp(prior.log_odds).sum(), 1.0)
    assert len(prior.members) == len(prior.hypotheses) == prior.log_odds.size
    for member in prior.members:
        assert (np.diag(member.root) > 0.0).all()


def test_covariance_has_the_scales_it_is_asked_for() -> None:
    covariance = spectrum_covariance(WAVELENGTH_UM, SpectrumHypothesis(amplitude=2e-4, length_um=0.2, fgs1_offset=1e-3))
    common = covariance[0, 1]
    np.testing.assert_allclose(np.diag(covariance)[1:] - common, 4e-8, rtol=1e-4)
    np.testing.assert_allclose(covariance[0, 0] - common, 1e-6, rtol=1e-4)
    assert (np.diff(covariance[1, 1:]) < 0.0).all()


def test_evidence_of_offsets_worked_out_together_is_that_of_each() -> None:
    prior, likelihood = SpectrumPrior.learned(WAVELENGTH_UM, varied(30)), measured(spectrum(2e-4, offset=3e-4))
    each = [likelihood.posterior(member, np.zeros(BINS + 1)).log_evidence for member in prior.members]
    np.testing.assert_allclose(prior.log_evidence(likelihood), each, rtol=1e-9)


def test_outside_its_region_a_spectrum_is_calm() -> None:
    region = SpectrumHypothesis(amplitude=2e-4, length_um=0.08, fgs1_offset=1e-3, region_um=3.0)
    covariance = spectrum_covariance(WAVELENGTH_UM, region)
    size = np.sqrt(np.diag(covariance)[1:] - covariance[0, 1])
    np.testing.assert_allclose(size[np.argmin(np.abs(WAVELENGTH_UM[1:] - 3.0))], 2e-4, rtol=0.02)
    np.testing.assert_allclose(size[[0, -1]], 0.3 * 2e-4, rtol=0.02)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_flat_spectrum_comes_out_flat(seed: int) -> None:
    truth = spectrum(0.0)
    posterior, scales = infer_spectrum(measured(truth, seed=seed), generic())
    assert posterior.mean[1:].std() < 0.4 * NOISE
    assert scales["amplitude"] < 3e-5
    sigma = np.sqrt(np.diag(posterior.covariance))
    assert sigma[1:].max() < NOISE
    assert (np.abs(posterior.mean - truth) < 4.0 * sigma).all()


@pytest.mark.parametrize("amplitude", [1.5e-4, 5e-4, 1.5e-3])
def test_a_rich_spectrum_is_not_smoothed_away(amplitude: float) -> None:
    truth = spectrum(amplitude)
    posterior, scales = infer_spectrum(measured(truth), generic())
    sigma = np.sqrt(np.diag(posterior.covariance))
    assert np.corrcoef(posterior.mean[1:], truth[1:])[0, 1] > 0.94
    assert (posterior.mean - truth).std() < NOISE
    assert ((posterior.mean - truth) / sigma).std() < 1.5
    assert 0.1 * amplitude < scales["amplitude"] < 3.0 * amplitude


@pytest.mark.parametrize("width_um", [0.03, 0.06])
def test_one_band_in_a_calm_spectrum_is_not_denied(width_um: float) -> None:
    band = 3e-4 * np.exp(-0.5 * ((WAVELENGTH_UM - 2.98) / width_um) ** 2)
    band[0] = 0.0
    truth, worst, calm = 0.012 + band, [], []
    for seed in range(4):
        posterior, _ = infer_spectrum(measured(truth, 1e-4, seed=seed), generic())
        error = posterior.mean - truth
        worst.append(np.abs(error / np.sqrt(np.diag(posterior.covariance))).max())
        calm.append(error[1:][band[1:] < 1e-6].std())
    assert np.mean(worst) < 3.2
    assert np.mean(calm) < 2.5e-5


@pytest.mark.parametrize("offset", [0.0, 3e-4, -8e-4])
def test_the_photometer_may_differ_from_the_spectrometer(offset: float) -> None:
    truth = spectrum(1e-4, offset=offset)
    posterior, _ = infer_spectrum(measured(truth), generic())
    assert abs(posterior.mean[0] - truth[0]) < 3.5 * NOISE


def test_bins_without_data_are_interpolated_and_honestly_wide() -> None:
    truth = spectrum(3e-4)
    sigma = np.full(BINS + 1, NOISE)
    sigma[20:26] = 1.0
    posterior, _ = infer_spectrum(measured(truth, sigma), generic())
    wide, usual = np.sqrt(np.diag(posterior.covariance))[20:26], np.sqrt(np.diag(posterior.covariance))[40]
    assert (wide > 1.5 * usual).all()
    assert (np.abs(posterior.mean[20:26] - truth[20:26]) < 4.0 * wide).all()


def test_without_any_data_the_prior_comes_back() -> None:
    nothing = DepthLikelihood(precision=1e-6 * np.eye(BINS + 1), right=np.zeros(BINS + 1), log_evidence=0.0)
    posterior, _ = infer_spectrum(nothing, generic())
    np.testing.assert_allclose(posterior.mean, 0.0146, atol=1e-6)
    np.testing.assert_allclose(np.sqrt(np.diag(posterior.covariance)), 0.03, rtol=0.02)


def test_mixture_has_the_moments_of_its_parts() -> None:
    parts = [
        DepthPosterior(mean=np.array([0.0, 1.0]), covariance=np.eye(2), log_evidence=0.0),
        DepthPosterior(mean=np.array([4.0, 1.0]), covariance=2.0 * np.eye(2), log_evidence=0.0),
    ]
    mixed = mixture(parts, np.array([0.75, 0.25]), 0.0)
    np.testing.assert_allclose(mixed.mean, [1.0, 1.0])
    np.testing.assert_allclose(mixed.covariance, [[1.25 + 3.0, 0.0], [0.0, 1.25]])


def labels(planets: int, seed: int = 0) -> Array:
    """Spectra that all have the same shape, in different sizes and depths."""
    rng = np.random.default_rng(seed)
    sizes, means = np.exp(rng.normal(np.log(2e-4), 0.5, planets)), rng.uniform(0.005, 0.03, planets)
    return np.stack([spectrum(size, mean) + 1e-6 * rng.standard_normal(BINS + 1) for size, mean in zip(sizes, means, strict=True)])


def varied(planets: int, seed: int = 0) -> Array:
    """Spectra with a bump of either sign at one place and a slope of either sign."""
    rng = np.random.default_rng(seed)
    bump = np.exp(-0.5 * ((X - 0.4) / 0.04) ** 2)
    parts = rng.normal(0.0, 2e-4, (planets, 2)) @ np.stack([bump - bump.mean(), X - 0.5])
    return np.concatenate([np.full((planets, 1), 0.012), 0.012 + parts], axis=1)


def test_shapes_are_learned_and_help() -> None:
    prior, own = SpectrumPrior.learned(WAVELENGTH_UM, varied(80)), len(generic().members)
    np.testing.assert_allclose(np.exp(prior.log_odds[own:]).sum(), np.exp(prior.log_odds[:own]).sum())
    errors = []
    for number, truth in enumerate(varied(6, seed=1)):
        noisy = measured(truth, 1e-4, number)
        errors.append([(infer_spectrum(noisy, one)[0].mean - truth)[1:].std() for one in (prior, generic())])
    learned, generic_error = np.mean(errors, axis=0)
    assert learned < generic_error


def test_what_all_labels_have_in_common_is_learned() -> None:
    truth, prior = spectrum(2e-4), SpectrumPrior.learned(WAVELENGTH_UM, labels(200))
    errors = []
    for seed in range(4):
        noisy = measured(truth, 1e-4, seed)
        errors.append([(infer_spectrum(noisy, one)[0].mean - truth)[1:].std() for one in (prior, generic())])
    learned, generic_error = np.mean(errors, axis=0)
    assert learned < 0.7 * generic_error


def test_a_spectrum_unlike_all_labels_is_still_seen() -> None:
    prior = SpectrumPrior.learned(WAVELENGTH_UM, labels(80))
    truth = spectrum(0.0) + np.concatenate([[0.0], 4e-4 * np.sin(25.0 * X)])
    posterior, scales = infer_spectrum(measured(truth), prior)
    assert scales["learned"] < 0.5
    assert np.corrcoef(posterior.mean[1:], truth[1:])[0, 1] > 0.97


def test_too_few_labels_teach_nothing() -> None:
    prior = SpectrumPrior.learned(WAVELENGTH_UM, labels(FEWEST_LABELS - 1))
    assert prior.hypotheses == generic().hypotheses


def test_flat_labels_do_not_break_anything() -> None:
    flat = np.tile(np.linspace(0.01, 0.02, 30)[:, None], BINS + 1)
    posterior, _ = infer_spectrum(measured(spectrum(1e-4)), SpectrumPrior.learned(WAVELENGTH_UM, flat))
    assert np.isfinite(posterior.mean).all()
    assert np.linalg.eigvalsh(posterior.covariance).min() > 0.0
