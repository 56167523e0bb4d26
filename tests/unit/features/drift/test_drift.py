"""Drifts and their bases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny_transit as tiny
from numpy.typing import NDArray

from spectramind.features.drift.drift import TIME_DEGREE, WAVELENGTH_DEGREE, Drift, DriftBasis, legendre
from spectramind.features.drift.slow_process import NO_PROCESS, SHORTEST_SLOW_TIME_H, SLOW_MODES, Kernel, SlowProcess, matern
from spectramind.utils.errors import InputDataError

Array = NDArray[np.float64]

VISIT = tiny.make_visit(np.full(13, 0.01), times=200)
BASIS = DriftBasis.of(VISIT.airs)


def drawn(seed: int = 0) -> Drift:
    drift = Drift.none(BASIS)
    return drift.moved(np.random.default_rng(seed).normal(0.0, 1e-3, drift.vector.size))


def test_shapes() -> None:
    assert BASIS.in_time.shape == (TIME_DEGREE + SLOW_MODES, 200)
    assert BASIS.degree.shape == (TIME_DEGREE,)
    assert BASIS.in_wavelength.shape == (WAVELENGTH_DEGREE + 1, 12)
    assert DriftBasis.of(VISIT.fgs1).in_wavelength.shape == (1, 1)
    assert DriftBasis.of(VISIT.white().airs).in_wavelength.shape == (1, 1)


def test_polynomials_in_time_are_almost_orthogonal_to_each_other_and_to_the_constant() -> None:
    rows = np.concatenate([np.ones((1, 200)), BASIS.in_time[:TIME_DEGREE]])
    norm = np.sqrt((rows**2).mean(axis=1))
    product = rows @ rows.T / 200 / np.outer(norm, norm)
    assert np.abs(product - np.eye(TIME_DEGREE + 1)).max() < 0.1
    assert np.linalg.cond(product) < 2.0


def test_polynomials_are_those_of_legendre() -> None:
    x = np.linspace(2.0, 6.0, 9)
    scaled = (x - 4.0) / 2.0
    np.testing.assert_allclose(legendre(x, 2.0, 6.0, 2), [np.ones(9), scaled, 1.5 * scaled**2 - 0.5], atol=1e-15)


def test_a_series_without_extent_is_refused() -> None:
    with pytest.raises(InputDataError, match="no extent"):
        DriftBasis.of(replace(VISIT.airs, time_h=np.full(200, 3.0)))


def test_the_gain_is_the_sum_of_its_terms() -> None:
    drift = drawn()
    expected = np.zeros((12, 200))
    for colour in range(WAVELENGTH_DEGREE + 1):
        for time in range(TIME_DEGREE):
            expected += drift.free[colour, time] * BASIS.in_wavelength[colour][:, None] * BASIS.in_time[time]
        for time in range(TIME_DEGREE + SLOW_MODES):
            expected += drift.colour[colour] * drift.shape[time] * BASIS.in_wavelength[colour][:, None] * BASIS.in_time[time]
    np.testing.assert_allclose(BASIS.gain(drift), expected, atol=1e-17)


def test_every_derivative_of_the_gain_agrees_with_finite_differences() -> None:
    drift, step = drawn(), 1e-5
    terms = BASIS.terms(drift)
    derivatives = terms.profiles[terms.profile][:, :, None] * terms.functions[terms.function][:, None, :]
    assert derivatives.shape == (drift.vector.size, 12, 200)
    for term, derivative in enumerate(derivatives):
        change = np.zeros(drift.vector.size)
        change[term] = step
        expected = (BASIS.gain(drift.moved(change)) - BASIS.gain(drift.moved(-change))) / (2.0 * step)
        np.testing.assert_allclose(derivative, expected, atol=1e-11)


def test_moving_there_and_back_changes_nothing() -> None:
    drift, step = drawn(), np.random.default_rng(1).normal(0.0, 1e-3, drawn().vector.size)
    np.testing.assert_allclose(drift.moved(step).moved(-step).vector, drift.vector, atol=1e-18)


def polynomial() -> Drift:
    """A drift without slow modes."""
    drift = drawn()
    return replace(drift, shape=np.where(np.arange(drift.shape.size) < TIME_DEGREE, drift.shape, 0.0))


NOTHING_LEFT = np.zeros((WAVELENGTH_DEGREE + 1, SLOW_MODES))


def test_separating_keeps_the_drift_and_leaves_no_larger_rest() -> None:
    drift = polynomial()
    split = drift.separated(BASIS, NOTHING_LEFT)
    np.testing.assert_allclose(BASIS.gain(split), BASIS.gain(drift), atol=1e-16)
    rest = Drift(free=split.free, shape=np.zeros_like(split.shape), colour=split.colour)
    assert np.linalg.norm(BASIS.gain(rest)) <= np.linalg.norm(BASIS.gain(drift))
    np.testing.assert_allclose(np.linalg.norm(split.shape @ np.diag(np.linalg.norm(BASIS.in_time, axis=1))), np.sqrt(200.0))


def test_slow_modes_keep_their_size_where_the_colour_stays() -> None:
    drift = replace(drawn(), free=np.zeros((WAVELENGTH_DEGREE + 1, TIME_DEGREE)))
    np.testing.assert_allclose(BASIS.gain(drift.separated(BASIS, NOTHING_LEFT)), BASIS.gain(drift), atol=1e-16)


def test_what_no_polynomial_follows_gives_colour_and_shape_where_it_is_the_larger_part() -> None:
    colour, shape = np.array([1e-3, 4e-4, 0.0, -2e-4]), np.sin(np.arange(SLOW_MODES))
    split = Drift.none(BASIS).separated(BASIS, np.outer(colour, shape))
    np.testing.assert_allclose(BASIS.gain(split), np.outer(BASIS.in_wavelength.T @ colour, shape @ BASIS.in_time[TIME_DEGREE:]), atol=1e-15)
    np.testing.assert_allclose(np.abs(split.colour @ colour), np.linalg.norm(split.colour) * np.linalg.norm(colour))
    assert np.abs(split.free).max() < 1e-15


def test_a_sensor_of_one_colour_has_it_from_the_start() -> None:
    assert Drift.none(DriftBasis.of(VISIT.fgs1)).colour == [1.0]
    assert not Drift.none(BASIS).colour.any()


def test_slow_modes_hold_almost_all_of_the_fastest_process() -> None:
    modes = BASIS.in_time[TIME_DEGREE:]
    np.testing.assert_allclose(modes @ modes.T, np.eye(SLOW_MODES), atol=1e-12)
    covariance = matern(VISIT.airs.time_h, SHORTEST_SLOW_TIME_H)
    kept = np.trace(modes @ covariance @ modes.T) / np.trace(covariance)
    assert kept > 0.98


def test_the_prior_of_slow_modes_is_that_of_the_process() -> None:
    root, modes = BASIS.slow_root(SlowProcess(sigma=3e-4, time_h=1.5)), BASIS.in_time[TIME_DEGREE:]
    np.testing.assert_allclose(modes.T @ root @ root.T @ modes, 9e-8 * matern(VISIT.airs.time_h, 1.5), atol=6e-9)


def test_a_cycle_lies_in_the_slow_modes() -> None:
    cycle = SlowProcess(sigma=3e-4, time_h=1.7, kernel=Kernel.CYCLE)
    root, modes = BASIS.slow_root(cycle), BASIS.in_time[TIME_DEGREE:]
    np.testing.assert_allclose(modes.T @ root @ root.T @ modes, cycle.covariance(VISIT.airs.time_h), atol=6e-9)


@pytest.mark.parametrize("kernel", Kernel)
def test_a_process_is_what_its_modes_hold_and_what_is_beyond_them(kernel: Kernel) -> None:
    process = SlowProcess(sigma=3e-4, time_h=0.7, kernel=kernel)
    root, beyond = BASIS.slow_root(process), BASIS.beyond_modes(process)
    assert (root**2).sum() + np.trace(beyond) == pytest.approx(200 * 9e-8, rel=1e-6)
    assert np.abs(beyond @ BASIS.in_time[TIME_DEGREE:].T).max() < 1e-16


def test_only_a_rough_process_goes_beyond_the_modes() -> None:
    share = {kernel: BASIS.beyond_modes(SlowProcess(sigma=1.0, time_h=1.5, kernel=kernel)).diagonal().mean() for kernel in Kernel}
    assert share[Kernel.ROUGH] > 0.02
    assert max(share[Kernel.SMOOTH], share[Kernel.CYCLE]) < 0.002
    assert not BASIS.beyond_modes(NO_PROCESS).any()


def test_a_separable_drift_leaves_no_rest() -> None:
    drift = Drift.none(BASIS)
    product = replace(drift, free=np.outer([1e-3, 3e-4, 0.0, -1e-4], np.linspace(1.0, -0.2, TIME_DEGREE)))
    assert np.abs(product.separated(BASIS, NOTHING_LEFT).free).max() < 1e-17


def test_no_drift_can_be_separated() -> None:
    split = Drift.none(BASIS).separated(BASIS, NOTHING_LEFT)
    assert np.isfinite(split.vector).all()
    assert not BASIS.gain(split).any()
