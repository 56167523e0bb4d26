"""Where a fit starts."""

from __future__ import annotations

import numpy as np
import tiny_transit as tiny

from spectramind.features.solver.panel import initial_state, panels_of
from spectramind.features.transit.state import SharedPrior

BINS = 5


def test_the_first_state_is_a_grey_transit_without_drift() -> None:
    visit = tiny.make_visit(np.linspace(0.009, 0.011, BINS + 1), times=50, noise=1e-4, seed=2)
    panels, prior = panels_of(visit), SharedPrior.from_star(tiny.STAR, visit.airs.wavelength_um, 4.0)
    state = initial_state(visit, panels, prior, 0.012)
    assert (state.depth == 0.012).all()
    assert not any(panel.drift.gain(drift).any() for panel, drift in zip(panels, state.drift, strict=True))
    np.testing.assert_allclose(state.scale, [tiny.FGS1_LEVEL, *[tiny.AIRS_LEVEL] * BINS], rtol=0.02)
    assert initial_state(visit, panels, prior, -1.0).depth.min() > 0.0
