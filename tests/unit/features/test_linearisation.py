"""Jacobians against finite differences; reduced normal equations against the whole problem written out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import tiny_transit as tiny
from numpy.typing import NDArray

from spectramind.features.linearisation import (
    POINTING_SIGMA,
    SCALE_PRECISION,
    Linearised,
    initial_state,
    linearise,
    local_step,
    panels_of,
    reduce_normal_equations,
    with_local,
)
from spectramind.features.transit_state import SHARED, SharedPrior, TransitState

Array = NDArray[np.float64]

BINS = 5
VISIT = tiny.make_visit(np.linspace(0.009, 0.011, BINS + 1), times=50, noise=1e-4, seed=2)
PANELS = panels_of(VISIT)
PRIOR = SharedPrior.from_star(tiny.STAR, VISIT.airs.wavelength_um, 4.0)


def somewhere() -> TransitState:
    """A state with everything switched on, away from every limit."""
    rng = np.random.default_rng(4)
    state = initial_state(VISIT, PANELS, PRIOR, 0.01)
    shared = state.shared + np.array([0.03, 0.002, 0.05, 0.06, 0.03, -0.04, 0.03, 0.01, 0.02, -0.01, 0.05, 0.08])
    first, second = (drift.moved(rng.normal(0.0, 1e-3, drift.vector.size)) for drift in state.drift)
    pointing = (rng.normal(0.0, 0.02, state.pointing[0].shape), rng.normal(0.0, 0.02, state.pointing[1].shape))
    common = rng.normal(0.0, 1e-4, state.common.size)
    depth = state.depth * rng.uniform(0.9, 1.1, BINS + 1)
    return replace(state, shared=shared, depth=depth, drift=(first, second), pointing=pointing, common=common)


STATE = somewhere()
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
        np.testing.assert_allclose(at(sensor).outer[:, columns.index(unknown)], expected, atol=1e-3 * np.abs(expected).max())
    else:
        assert not expected.any()


@pytest.mark.parametrize("sensor", [0, 1])
def test_drift_terms(sensor: int) -> None:
    linear, first = at(sensor), PANELS[sensor].shared_columns.size
    assert linear.outer.shape[1] == first + STATE.drift[sensor].vector.size
    for term in range(STATE.drift[sensor].vector.size):
        expected = difference(sensor, lambda step, term=term: with_drift(sensor, term, step), 1e-5)  # type: ignore[misc]
        np.testing.assert_allclose(linear.outer[:, first + term], expected, atol=1e-10)


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
    assert at(0).common.shape == (1, 0)
    expected = difference(1, lambda step: replace(STATE, common=STATE.common + step), 1e-4)
    np.testing.assert_allclose(at(1).common, expected, atol=1e-10)


@pytest.mark.parametrize("sensor", [0, 1])
def test_residual_and_weight_are_relative_to_the_scale(sensor: int) -> None:
    linear, series = at(sensor), (VISIT.fgs1, VISIT.airs)[sensor]
    scale = STATE.scale[OWN[sensor]][:, None]
    np.testing.assert_allclose(linear.residual + linear.model, series.flux / scale)
    np.testing.assert_allclose(linear.weight, scale**2 / series.variance)


def written_out(sensor: int, depth: Array, rest: Array) -> tuple[float, Array]:
    """Return the smallest sum of squares over scale and pointing, and where it is: one dense least squares a bin."""
    linear, pointing = at(sensor), STATE.pointing[sensor]
    outer = linear.outer.shape[1]
    total, best = 0.0, []
    for b in range(linear.residual.shape[0]):
        root = np.sqrt(linear.weight[b])
        left = linear.residual[b] - linear.depth[b] * depth[b] - rest[:outer] @ linear.outer[b]
        if linear.common.shape[1]:
            left = left - linear.common[b] * rest[outer:]
        prior = np.sqrt(np.concatenate([[SCALE_PRECISION], np.full(pointing.shape[1], POINTING_SIGMA**-2.0)]))
        design = np.concatenate([(linear.local[b] * root).T, np.diag(prior)])
        values = np.concatenate([left * root, [0.0], -prior[1:] * pointing[b]])
        solution = np.linalg.lstsq(design, values, rcond=None)[0]
        total += float(((values - design @ solution) ** 2).sum())
        best.append(solution)
    return total, np.array(best)


@pytest.mark.parametrize("sensor", [0, 1])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_reduced_equations_are_the_dense_least_squares(sensor: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    equations = reduce_normal_equations(at(sensor), STATE.pointing[sensor])
    depth = rng.normal(0.0, 3e-4, equations.depth_right.size)
    rest = rng.normal(0.0, 1e-4, equations.rest_right.size)
    square = (
        equations.square
        - 2.0 * (equations.depth_right @ depth + equations.rest_right @ rest)
        + equations.depth_depth @ depth**2
        + 2.0 * depth @ equations.depth_rest @ rest
        + rest @ equations.rest_rest @ rest
    )
    expected, best = written_out(sensor, depth, rest)
    assert square == pytest.approx(expected, rel=1e-8)
    np.testing.assert_allclose(local_step(equations, depth, rest), best, rtol=1e-6, atol=1e-12)
    np.testing.assert_array_equal(equations.rest_rest, equations.rest_rest.T)


def test_local_steps_move_scale_and_pointing() -> None:
    fgs1, airs = np.zeros((1, 5)), np.zeros((BINS, 2))
    airs[:, 0], airs[:, 1], fgs1[0, 0] = 0.01, 0.002, -0.9
    moved = with_local(STATE, fgs1, airs)
    np.testing.assert_allclose(moved.scale[1:], 1.01 * STATE.scale[1:])
    np.testing.assert_allclose(moved.scale[0], 0.5 * STATE.scale[0])
    np.testing.assert_allclose(moved.pointing[1], STATE.pointing[1] + 0.002)


def test_the_first_state_is_a_grey_transit_without_drift() -> None:
    state = initial_state(VISIT, PANELS, PRIOR, 0.012)
    assert (state.depth == 0.012).all()
    assert not any(panel.drift.gain(drift).any() for panel, drift in zip(PANELS, state.drift, strict=True))
    np.testing.assert_allclose(state.scale, [tiny.FGS1_LEVEL, *[tiny.AIRS_LEVEL] * BINS], rtol=0.02)
    assert initial_state(VISIT, PANELS, PRIOR, -1.0).depth.min() > 0.0
