"""What holds for every linear Gaussian inference of depths, whatever the data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import tiny_transit as tiny
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from spectramind.features.drift.drift import Drift, DriftBasis
from spectramind.features.planet.spectrum import combine_visits
from spectramind.features.series import VisitSeries
from spectramind.features.solver.linearisation import Linearisation
from spectramind.features.solver.panel import initial_state, panels_of
from spectramind.features.solver.rest import NoiseHypothesis, RestPrior
from spectramind.features.spectrum.depth_likelihood import DepthLikelihood
from spectramind.features.spectrum.prior import SpectrumPrior, infer_spectrum
from spectramind.features.transit.search import search_transit
from spectramind.features.transit.state import SharedPrior

Array = NDArray[np.float64]

BINS = 10
PRIOR = SpectrumPrior.generic(tiny.wavelengths(BINS))
seeds = st.integers(0, 2**31)
few = settings(max_examples=12, deadline=None)


def likelihood(seed: int, sigma: float = 1e-4) -> DepthLikelihood:
    """A likelihood with correlated errors of about this size."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(BINS + 1, BINS + 1)) / np.sqrt(BINS + 1)
    precision = (root @ root.T + 0.1 * np.eye(BINS + 1)) / sigma**2
    data = 0.012 + 2e-4 * rng.normal(size=BINS + 1)
    return DepthLikelihood(precision=precision, right=precision @ data, log_evidence=0.0)


def visit_likelihood(visit: VisitSeries) -> DepthLikelihood:
    """What a visit says around a fixed state: no iteration, so that the model is linear."""
    panels = panels_of(visit)
    prior = SharedPrior.from_star(tiny.STAR, visit.airs.wavelength_um, 4.0)
    state = initial_state(visit, panels, prior, 0.01)
    system = Linearisation.at(panels, state, prior).system
    return system.without_rest(RestPrior.of(panels, state, prior, NoiseHypothesis())).depths.around_zero(state.depth)


def spread(likelihood: DepthLikelihood) -> Array:
    covariance: Array = np.asarray(np.linalg.inv(likelihood.precision), dtype=np.float64)
    return covariance


@few
@given(seed=seeds, sigma=st.floats(1e-6, 1e-2))
def test_a_posterior_is_positive_definite_and_no_wider_than_the_data(seed: int, sigma: float) -> None:
    said = likelihood(seed, sigma)
    for member in PRIOR.members[::9]:
        posterior = said.posterior(member, np.zeros(BINS + 1))
        size = np.sqrt(np.diag(posterior.covariance))
        assert np.linalg.eigvalsh(posterior.covariance / np.outer(size, size)).min() > 0.0
        assert (size <= 1.0000001 * np.sqrt(np.diag(spread(said)))).all()


@few
@given(seed=seeds, sigma=st.floats(1e-6, 1e-3))
def test_the_mixture_is_positive_definite(seed: int, sigma: float) -> None:
    posterior, scales = infer_spectrum(likelihood(seed, sigma), PRIOR)
    size = np.sqrt(np.diag(posterior.covariance))
    assert np.linalg.eigvalsh(posterior.covariance / np.outer(size, size)).min() > 0.0
    assert all(np.isfinite(value) for value in scales.values())


@few
@given(one=seeds, other=seeds)
def test_more_data_never_widen_a_gaussian_posterior(one: int, other: int) -> None:
    first, second = likelihood(one), likelihood(other, 5e-4)
    both = replace(first, precision=first.precision + second.precision, right=first.right + second.right)
    for member in PRIOR.members[::13]:
        alone = first.posterior(member, np.zeros(BINS + 1)).covariance
        together = both.posterior(member, np.zeros(BINS + 1)).covariance
        assert np.linalg.eigvalsh(alone - together).min() > -1e-12 * np.trace(alone)


@few
@given(seed=seeds, count=st.integers(2, 4))
def test_equal_visits_narrow_the_spectrum(seed: int, count: int) -> None:
    said = likelihood(seed)
    together = combine_visits([said] * count)
    assert (np.diag(spread(together)) < np.diag(spread(said))).all()
    np.testing.assert_allclose(spread(together) @ together.right, spread(said) @ said.right, rtol=1e-6)


@few
@given(seed=seeds, kept=st.integers(25, 59))
def test_more_samples_never_widen_the_depths(seed: int, kept: int) -> None:
    visit = tiny.make_visit(np.full(5, 0.01), times=60, noise=1e-4, seed=seed % 1000)
    ignored = np.arange(60) >= kept
    weighed = [replace(s, variance=np.where(ignored, 1e12 * s.variance, s.variance)) for s in (visit.fgs1, visit.airs)]
    fewer = visit_likelihood(VisitSeries(fgs1=weighed[0], airs=weighed[1]))
    difference = visit_likelihood(visit).precision - fewer.precision
    assert np.linalg.eigvalsh(difference).min() > -1e-6 * np.trace(difference)


@few
@given(seed=seeds, factor=st.floats(1e-6, 1e6))
def test_the_unit_of_the_flux_does_not_matter(seed: int, factor: float) -> None:
    visit = tiny.make_visit(np.full(5, 0.01), times=60, noise=1e-4, seed=seed % 1000)
    scaled = [replace(s, flux=factor * s.flux, variance=factor**2 * s.variance) for s in (visit.fgs1, visit.airs)]
    first, second = visit_likelihood(visit), visit_likelihood(VisitSeries(fgs1=scaled[0], airs=scaled[1]))
    np.testing.assert_allclose(spread(second), spread(first), rtol=1e-5, atol=1e-14)
    np.testing.assert_allclose(spread(second) @ second.right, spread(first) @ first.right, rtol=1e-6)


@few
@given(order=st.permutations(range(5)))
def test_the_order_of_the_bins_does_not_matter(order: list[int]) -> None:
    visit = tiny.make_visit(np.linspace(0.009, 0.011, 6), times=60, noise=1e-4, seed=3)
    airs = visit.airs
    shuffled = replace(
        airs,
        flux=airs.flux[order],
        variance=airs.variance[order],
        wavelength_um=airs.wavelength_um[order],
        foreground_sigma=airs.foreground_sigma[order],
    )
    first, second = visit_likelihood(visit), visit_likelihood(replace(visit, airs=shuffled))
    places = np.array([0, *(1 + place for place in order)])
    np.testing.assert_allclose(second.precision, first.precision[np.ix_(places, places)], rtol=1e-6, atol=1e-3)
    np.testing.assert_allclose(second.right, first.right[places], rtol=1e-6)


@few
@given(shift=st.floats(-1e4, 1e4))
def test_when_a_visit_begins_does_not_matter(shift: float) -> None:
    white = tiny.make_visit(np.full(5, 0.01), times=60, noise=1e-4, seed=3).white()
    later = [replace(sensor, time_h=sensor.time_h + shift) for sensor in (white.fgs1, white.airs)]
    first = search_transit((white.fgs1, white.airs), tiny.STAR.duration_h)
    second = search_transit((later[0], later[1]), tiny.STAR.duration_h)
    assert abs(second.mid_time_h - shift - first.mid_time_h) < 0.05
    assert abs(second.depth - first.depth) < 2e-5


@few
@given(seed=seeds, size=st.floats(1e-8, 1.0))
def test_separating_polynomials_never_changes_them(seed: int, size: float) -> None:
    basis = DriftBasis.of(tiny.make_visit(np.full(7, 0.01)).airs)
    drift = Drift.none(basis)
    drift = drift.moved(np.random.default_rng(seed).normal(0.0, size, drift.vector.size))
    drift = replace(drift, shape=np.where(np.arange(drift.shape.size) < basis.degree.size, drift.shape, 0.0))
    gain = basis.gain(drift)
    nothing = np.zeros((len(basis.in_wavelength), len(basis.in_time) - basis.degree.size))
    np.testing.assert_allclose(basis.gain(drift.separated(basis, nothing)), gain, atol=1e-12 * np.abs(gain).max())
