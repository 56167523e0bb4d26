"""From likelihoods of visits to a spectrum, and what is said where there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tiny_limb
import tiny_transit as tiny
from numpy.typing import NDArray

from spectramind.features.noise.limb_evidence import LimbPrior
from spectramind.features.planet.spectrum import (
    DILUTION_SIGMA,
    NAIVE_SIGMA,
    UNCONVERGED_VARIANCE,
    VISIT_CORRELATION,
    PlanetPrior,
    VisitEvidence,
    combine_visits,
    naive_spectrum,
    predict_spectrum,
    read_visit,
    reported_spectrum,
    spectrum_posterior,
)
from spectramind.features.spectrum.depth_likelihood import DepthLikelihood
from spectramind.features.spectrum.prior import SpectrumPrior
from spectramind.utils.artifacts import write_npz

Array = NDArray[np.float64]

BINS = 24
WAVELENGTH_UM = tiny.wavelengths(BINS)
PRIOR = PlanetPrior(spectrum=SpectrumPrior.generic(WAVELENGTH_UM), limb=LimbPrior.of_fit())
TRUTH = 0.012 + 2e-4 * np.sin(np.linspace(0.0, 6.0, BINS + 1))


def measured(sigma: float, seed: int = 0, truth: Array = TRUTH) -> DepthLikelihood:
    data = truth + sigma * np.random.default_rng(seed).standard_normal(truth.size)
    return DepthLikelihood(precision=np.eye(truth.size) / sigma**2, right=data / sigma**2, log_evidence=0.0)


def visit(likelihood: DepthLikelihood) -> VisitEvidence:
    return VisitEvidence(likelihood=likelihood, limb=tiny_limb.silent(likelihood.right.size), converged=True)


@pytest.mark.parametrize("converged", [True, False])
def test_what_is_stored_is_read_and_widened_where_the_fit_did_not_converge(tmp_path: Path, converged: bool) -> None:
    likelihood = measured(1e-4)
    arrays = {"likelihood_precision": likelihood.precision, "likelihood_right": likelihood.right, "converged": np.array(converged)}
    arrays |= tiny_limb.arrays(likelihood.right.size)
    write_npz(tmp_path / "a.npz", arrays)
    read, factor = read_visit(tmp_path / "a.npz"), 1.0 if converged else UNCONVERGED_VARIANCE
    assert read.converged is converged
    found = read.under(LimbPrior.of_fit())
    np.testing.assert_array_equal(found.precision * factor, likelihood.precision)
    np.testing.assert_array_equal(found.right * factor, likelihood.right)


def test_one_visit_stays_as_it_is() -> None:
    likelihood = measured(1e-4)
    np.testing.assert_array_equal(combine_visits([likelihood]).precision, likelihood.precision)


def test_two_equal_visits_are_better_than_one_but_not_as_good_as_independent_ones() -> None:
    one, other = measured(1e-4, 1), measured(1e-4, 2)
    both = combine_visits([one, other])
    sigma = np.sqrt(np.diag(np.linalg.inv(both.precision)))
    np.testing.assert_allclose(sigma, 1e-4 * np.sqrt((1.0 + VISIT_CORRELATION) / 2.0))
    mean = np.linalg.solve(both.precision, both.right)
    np.testing.assert_allclose(mean, (one.right + other.right) / 2.0 * 1e-8)


def test_the_order_of_visits_does_not_matter() -> None:
    one, other = measured(1e-4, 1), measured(3e-4, 2)
    first, second = combine_visits([one, other]), combine_visits([other, one])
    np.testing.assert_allclose(first.precision, second.precision)
    np.testing.assert_allclose(first.right, second.right)


@pytest.mark.parametrize("share", [3.0, 10.0])
def test_a_poor_second_visit_takes_nothing_away(share: float) -> None:
    both = combine_visits([measured(1e-4, 1), measured(share * 1e-4, 2)])
    assert (np.sqrt(np.diag(np.linalg.inv(both.precision))) <= 1.0001e-4).all()


def test_a_spectrum_with_errors() -> None:
    spectrum = predict_spectrum([visit(measured(5e-5))], PRIOR, 1e-6)
    z = (spectrum.mu - TRUTH) / spectrum.sigma
    assert np.abs(z).max() < 4.0
    assert (spectrum.sigma < 6e-5).all()
    two = predict_spectrum([visit(measured(5e-5, seed)) for seed in (1, 2)], PRIOR, 1e-6)
    assert (two.sigma < spectrum.sigma).all()


def test_no_sigma_is_below_its_floor_nor_below_what_stray_light_leaves_unknown() -> None:
    precise = visit(measured(1e-9))
    assert (predict_spectrum([precise], PRIOR, 5e-5).sigma >= 5e-5).all()
    assert (predict_spectrum([precise], PRIOR, 1e-9).sigma >= 0.99 * DILUTION_SIGMA * TRUTH).all()


def test_the_spectrum_is_what_its_posterior_says() -> None:
    visits = [visit(measured(5e-5))]
    posterior, spectrum = spectrum_posterior(visits, PRIOR), predict_spectrum(visits, PRIOR, 1e-6)
    np.testing.assert_array_equal(spectrum.mu, posterior.mean)
    np.testing.assert_array_equal(spectrum.sigma, np.sqrt(np.diag(posterior.covariance)))
    assert (np.linalg.eigvalsh(posterior.covariance) > 0.0).all()
    np.testing.assert_array_equal(reported_spectrum(posterior, 1e-3).sigma, 1e-3)


def test_stray_light_is_an_error_common_to_all_bins() -> None:
    covariance = spectrum_posterior([visit(measured(1e-9))], PRIOR).covariance
    np.testing.assert_allclose(covariance, DILUTION_SIGMA**2 * np.outer(TRUTH, TRUTH), rtol=1e-3)


def test_no_depth_is_negative() -> None:
    spectrum = predict_spectrum([visit(measured(1e-4, truth=np.full(BINS + 1, -0.01)))], PRIOR, 1e-6)
    assert (spectrum.mu > 0.0).all()


def test_a_likelihood_without_sense_is_an_error_not_a_spectrum() -> None:
    broken = DepthLikelihood(precision=np.full((BINS + 1, BINS + 1), np.nan), right=np.zeros(BINS + 1), log_evidence=0.0)
    with pytest.raises((ValueError, np.linalg.LinAlgError)):
        predict_spectrum([visit(broken)], PRIOR, 1e-6)


def test_the_naive_spectrum_is_the_mean_and_scatter_of_all_planets() -> None:
    labels = np.random.default_rng(0).uniform(0.005, 0.03, (50, BINS + 1))
    naive = naive_spectrum(BINS + 1, labels)
    np.testing.assert_allclose(naive.mu, labels.mean(axis=0))
    np.testing.assert_allclose(naive.sigma, labels.std(axis=0))


@pytest.mark.parametrize("labels", [None, np.full((1, BINS + 1), 0.02)])
def test_without_labels_the_published_scatter_is_taken(labels: Array | None) -> None:
    naive = naive_spectrum(BINS + 1, labels)
    assert naive.mu.shape == naive.sigma.shape == (BINS + 1,)
    assert (naive.sigma == NAIVE_SIGMA).all()


@pytest.mark.parametrize("difference", [0.0, 1e-6])
def test_a_few_like_planets_do_not_make_the_naive_spectrum_certain(difference: float) -> None:
    labels = np.stack([np.full(BINS + 1, 0.02), np.full(BINS + 1, 0.02 + difference)])
    assert (naive_spectrum(BINS + 1, labels).sigma > 1e-3).all()
