"""Jacobians against finite differences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import tiny_transit as tiny
from numpy.typing import NDArray

from spectramind.features.solver.linearised import Linearised, linearise
from spectramind.features.solver.panel import panels_of
from spectramind.features.transit.state import SHARED, SharedPrior, TransitState

Array = NDArray[np.float64]

BINS = 5
VISIT = tiny.make_visit(np.linspace(0.009, 0.011, BINS + 1), times=50, noise=1e-4, seed=2)
PANELS = panels_of(VISIT)
PRIOR = SharedPrior.from_star(tiny.STAR, VISIT.airs.wavelength_um, 4.0)
STATE = tiny.away_from_limits(VISIT, PANELS, PRIOR)
OWN = (slice(0, 1), slice(1, None))


def at(sensor: int, state: TransitState = STATE) -> Linearised:
    return linearise(PANELS[sensor], sensor, state, PRIOR)


def difference(sensor: int, change: Callable[[float], TransitState], step: float) -> Array:
    slope: Array = (at(sensor, change(step)).model - at(sensor, change(-step)).model) / (2.0 * step)
    return slope


def with_shared(index: int, step: float) -> TransitState:
    shared = STATE.shared.copy()
    shared[index] += step
    return replace(STATE, shared=shared)


def with_drift(sensor: int, term: int, step: float) -> TransitState:
    drifts = list(STATE.drift)
    change = np.zeros(drifts[sensor].vector.size)
    change[term] = step
    drifts[sensor] = drifts[sensor].moved(change)
    return replace(STATE, drift=(drifts[0], drifts[1]))


def with_pointing(sensor: int, regressor: int, step: float) -> TransitState:
    pointing = [values.copy() for values in STATE.pointing]
    pointing[sensor][:, regressor] += step
    return replace(STATE, pointing=(pointing[0], pointing[1]))


@pytest.mark.parametrize("sensor", [0, 1])
@pytest.mark.parametrize("unknown", range(SHARED))
def test_shared_unknowns(sensor: int, unknown: int) -> None:
    expected = difference(sensor, lambda step: with_shared(unknown, step), 1e-6)
    columns = PANELS[sensor].shared_columns.tolist()
    if unknown in columns:
        np.testing.assert_allclose(at(sensor).shared[:, columns.index(unknown)], expected, atol=1e-3 * np.abs(expected).max())
    else:
        assert not expected.any()


@pytest.mark.parametrize("sensor", [0, 1])
def test_drift_terms(sensor: int) -> None:
    linear = at(sensor)
    terms = linear.drift.profiles[linear.drift.profile][:, :, None] * linear.drift.functions[linear.drift.function][:, None, :]
    assert len(terms) == STATE.drift[sensor].vector.size
    for term in range(STATE.drift[sensor].vector.size):
        expected = difference(sensor, lambda step, term=term: with_drift(sensor, term, step), 1e-5)  # type: ignore[misc]
        np.testing.assert_allclose(linear.light * terms[term], expected, atol=1e-10)


@pytest.mark.parametrize("sensor", [0, 1])
def test_depth(sensor: int) -> None:
    expected = difference(sensor, lambda step: replace(STATE, depth=STATE.depth + step), 1e-7)
    np.testing.assert_allclose(at(sensor).depth, expected, atol=1e-3)


@pytest.mark.parametrize("sensor", [0, 1])
def test_scale_and_pointing(sensor: int) -> None:
    linear = at(sensor)
    np.testing.assert_array_equal(linear.local[:, 0], linear.model)
    for regressor in range(PANELS[sensor].regressors.shape[0]):
        expected = difference(sensor, lambda step, regressor=regressor: with_pointing(sensor, regressor, step), 1e-4)  # type: ignore[misc]
        np.testing.assert_allclose(linear.local[:, 1 + regressor], expected, atol=1e-10)


def test_common_flux_is_felt_by_airs_alone() -> None:
    assert not at(0).feels_common
    assert at(1).feels_common
    expected = difference(1, lambda step: replace(STATE, common=STATE.common + step), 1e-4)
    np.testing.assert_allclose(at(1).light, expected, atol=1e-10)


@pytest.mark.parametrize("sensor", [0, 1])
def test_residual_and_weight_are_relative_to_the_scale(sensor: int) -> None:
    linear, series = at(sensor), (VISIT.fgs1, VISIT.airs)[sensor]
    scale = STATE.scale[OWN[sensor]][:, None]
    np.testing.assert_allclose(linear.residual + linear.model, series.flux / scale)
    np.testing.assert_allclose(linear.weight, scale**2 / series.variance)
