"""Reduced normal equations against the whole problem written out."""

from __future__ import annotations

import numpy as np
import pytest
import tiny_transit as tiny
from numpy.typing import NDArray

from spectramind.features.solver.linearised import linearise
from spectramind.features.solver.normal_equations import POINTING_SIGMA, SCALE_PRECISION, local_step, reduce_normal_equations, with_local
from spectramind.features.solver.panel import panels_of
from spectramind.features.transit.state import SharedPrior

Array = NDArray[np.float64]

BINS = 5
VISIT = tiny.make_visit(np.linspace(0.009, 0.011, BINS + 1), times=50, noise=1e-4, seed=2)
PANELS = panels_of(VISIT)
PRIOR = SharedPrior.from_star(tiny.STAR, VISIT.airs.wavelength_um, 4.0)
STATE = tiny.away_from_limits(VISIT, PANELS, PRIOR)


def written_out(sensor: int, depth: Array, rest: Array) -> tuple[float, Array]:
    """Return the smallest sum of squares over scale and pointing, and where it is: one dense least squares a bin."""
    linear, pointing = linearise(PANELS[sensor], sensor, STATE, PRIOR), STATE.pointing[sensor]
    terms = linear.drift.profiles[linear.drift.profile][:, :, None] * linear.drift.functions[linear.drift.function][:, None, :]
    outer = np.concatenate([linear.shared, linear.light[:, None] * terms.transpose(1, 0, 2)], axis=1)
    shared = outer.shape[1]
    total, best = 0.0, []
    for b in range(linear.residual.shape[0]):
        root = np.sqrt(linear.weight[b])
        left = linear.residual[b] - linear.depth[b] * depth[b] - rest[:shared] @ outer[b]
        if linear.feels_common:
            left = left - linear.light[b] * rest[shared:]
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
    equations = reduce_normal_equations(linearise(PANELS[sensor], sensor, STATE, PRIOR), STATE.pointing[sensor])
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
