"""Steps towards the posterior mode end there."""

from __future__ import annotations

import numpy as np
import tiny_transit as tiny

from spectramind.features.gauss_newton import step
from spectramind.features.joint_system import NoiseHypothesis
from spectramind.features.linearisation import initial_state, panels_of
from spectramind.features.transit_state import SharedPrior


def test_steps_converge_to_the_truth_where_there_is_no_noise() -> None:
    depth = np.full(7, 0.012)
    visit = tiny.make_visit(depth, assumed_noise=2e-5)
    panels, prior = panels_of(visit), SharedPrior.from_star(tiny.STAR, visit.airs.wavelength_um, 4.1)
    state = initial_state(visit, panels, prior, 0.009)
    sizes = []
    for _ in range(10):
        moved, evidence = step(panels, state, prior, NoiseHypothesis())
        sizes.append(float(np.abs(moved.depth - state.depth).max()))
        state = moved
        assert np.isfinite(evidence)
    assert sizes[-1] < 1e-8
    assert sizes[-1] < 1e-3 * sizes[0]
    np.testing.assert_allclose(state.depth, depth, atol=6e-6)
    np.testing.assert_allclose(state.shared[[0, 3]], [4.0, 0.35**2], atol=2e-3)
    np.testing.assert_allclose(state.scale[1:], tiny.AIRS_LEVEL, rtol=2e-4)
