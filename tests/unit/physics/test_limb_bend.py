"""The bend of the limb against a superposition of uniform discs, and its derivative against differences."""

from __future__ import annotations

import numpy as np
import pytest

from spectramind.data.simulator.eclipse import overlap_area
from spectramind.physics.limb_bend import BEND_LIGHT, bend_transit

SEPARATIONS = np.array([0.0, 0.05, 0.1, 0.3, 0.72, 0.9, 0.95, 1.0, 1.05, 1.09, 1.1, 1.3])


def by_discs(separation: float, ratio: float, annuli: int = 40_000) -> float:
    """The same light as a staircase of uniform discs."""
    angle = np.linspace(0.0, np.pi / 2.0, annuli + 1)
    mu = np.cos(0.5 * (angle[1:] + angle[:-1]))
    level = np.sqrt(mu) - mu
    heights, radii = level - np.append(level[1:], 0.0), np.sin(angle[1:])
    areas = overlap_area(np.full(annuli, separation), radii, np.full(annuli, ratio))  # type: ignore[arg-type]
    return 1.0 - float(heights @ areas) / BEND_LIGHT


@pytest.mark.parametrize("ratio", [0.06, 0.1, 0.28])
def test_parity_with_a_superposition_of_discs(ratio: float) -> None:
    flux, _ = bend_transit(SEPARATIONS, np.array(ratio))
    np.testing.assert_allclose(flux, [by_discs(float(b), ratio) for b in SEPARATIONS], atol=1e-8)


@pytest.mark.parametrize("ratio", [0.06, 0.1, 0.28])
def test_the_derivative_is_that_of_the_flux(ratio: float) -> None:
    _, by_separation = bend_transit(SEPARATIONS[1:], np.array(ratio))
    step = 1e-5
    above, below = (bend_transit(SEPARATIONS[1:] + sign * step, np.array(ratio))[0] for sign in (1.0, -1.0))
    np.testing.assert_allclose(by_separation, (above - below) / (2.0 * step), atol=2e-3)


def test_out_of_transit_nothing_is_hidden_and_arguments_broadcast() -> None:
    flux, by_separation = bend_transit(np.array([1.2, 5.0]), np.array([[0.1], [0.19]]))
    assert flux.shape == (2, 2)
    np.testing.assert_array_equal(flux, 1.0)
    np.testing.assert_array_equal(by_separation, 0.0)
