"""The transit light curve against direct quadrature of the limb-darkening profile, and its derivatives against differences."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from numpy.polynomial.legendre import leggauss

from spectramind.physics.transit import quadratic_transit, quadratic_transit_gradient

LAWS = [(0.0, 0.0), (0.4, 0.15), (0.12, 0.1), (0.9, -0.2), (0.0, 0.6)]
RATIOS = [0.01, 0.06, 0.12, 0.28, 0.499]


def separations(k: float) -> list[float]:
    """Every regime, and both sides of every contact."""
    contacts = [k, 1.0 - k, 1.0 + k]
    beside = [c * (1.0 + sign * step) for c in contacts for step in (1e-3, 1e-7, 1e-11, 2e-16) for sign in (-1.0, 1.0)]
    return [0.0, 1e-12, 0.3 * k, *contacts, 0.5, 1.0, 1.0 + 0.5 * k, *beside]


def half_angle(radius: np.ndarray, b: float, k: float) -> np.ndarray:
    """Half of the angle of a stellar annulus that lies behind the planet."""
    if b == 0.0:
        return np.where(radius < k, math.pi, 0.0)
    return np.asarray(np.arccos(np.clip(((radius - k) * (radius + k) + b * b) / (2.0 * radius * b), -1.0, 1.0)))


def integrate(lower: float, upper: float, b: float, k: float, u1: float, u2: float, order: int) -> float:
    """Gauss-Legendre in s with r = middle + half * sin(pi s / 2): the square-root ends of the integrand turn smooth."""
    nodes, weights = leggauss(order)
    half, angle = 0.5 * (upper - lower), 0.5 * math.pi * nodes
    radius = 0.5 * (upper + lower) + half * np.sin(angle)
    mu = np.sqrt(np.clip((1.0 - radius) * (1.0 + radius), 0.0, None))
    intensity = 1.0 - u1 * (1.0 - mu) - u2 * (1.0 - mu) ** 2
    values = 2.0 * radius * intensity * half_angle(radius, b, k) * half * 0.5 * math.pi * np.cos(angle)
    return float(values @ weights)


def adaptive(lower: float, upper: float, b: float, k: float, u1: float, u2: float, depth: int = 0) -> float:
    """Bisect until two orders agree."""
    coarse, fine = (integrate(lower, upper, b, k, u1, u2, order) for order in (24, 48))
    if abs(fine - coarse) < 1e-12 or depth == 30:
        return fine
    middle = 0.5 * (lower + upper)
    return adaptive(lower, middle, b, k, u1, u2, depth + 1) + adaptive(middle, upper, b, k, u1, u2, depth + 1)


def oracle(b: float, k: float, u1: float, u2: float) -> float:
    """Flux from  1 - int 2 r I(r) kappa(r) dr / (pi (1 - u1/3 - u2/6)),  without any closed form."""
    edges = sorted({0.0 if b < k else min(b - k, 1.0), min(abs(b - k), 1.0), min(b + k, 1.0)})
    hidden = sum(adaptive(lower, upper, b, k, u1, u2) for lower, upper in pairwise(edges))
    return 1.0 - hidden / (math.pi * (1.0 - u1 / 3.0 - u2 / 6.0))


@pytest.mark.parametrize("k", RATIOS)
@pytest.mark.parametrize(("u1", "u2"), LAWS)
def test_flux_agrees_with_quadrature(k: float, u1: float, u2: float) -> None:
    points = separations(k)
    expected = [oracle(b, k, u1, u2) for b in points]
    np.testing.assert_allclose(quadratic_transit(points, k, u1, u2), expected, rtol=0.0, atol=1e-10)


@pytest.mark.parametrize("k", RATIOS)
@pytest.mark.parametrize(("u1", "u2"), LAWS)
def test_gradient_agrees_with_differences_away_from_the_contacts(k: float, u1: float, u2: float) -> None:
    points = np.array([b for b in (0.3 * k, 0.5, 0.97 - 1.5 * k, 1.0, 1.0 + 0.5 * k) if min(abs(b - c) for c in (k, 1 - k, 1 + k)) > 2e-3])
    gradient = quadratic_transit_gradient(points, k, u1, u2)[1:]
    arguments = [points, np.asarray(k), np.asarray(u1), np.asarray(u2)]
    for place, analytic in enumerate(gradient):
        np.testing.assert_allclose(analytic, five_point_difference(arguments, place, 2e-4 if place < 2 else 1e-2), rtol=1e-6, atol=1e-7)


def five_point_difference(arguments: list[np.ndarray], place: int, step: float) -> np.ndarray:
    def shifted(multiple: int) -> np.ndarray:
        return quadratic_transit(*(x + multiple * step * (i == place) for i, x in enumerate(arguments)))

    return np.asarray((8.0 * (shifted(1) - shifted(-1)) - (shifted(2) - shifted(-2))) / (12.0 * step))


@pytest.mark.parametrize("k", RATIOS)
def test_gradient_is_finite_and_continuous_through_the_contacts(k: float) -> None:
    for contact in (0.0, k, 1.0 - k, 1.0 + k):
        steps = np.array([0.0, 1e-15, 1e-13, 1e-11, 1e-9])
        around = np.concatenate([np.abs(contact - steps), contact + steps])
        flux, *gradient = quadratic_transit_gradient(around, k, 0.4, 0.15)
        assert np.all(np.isfinite(flux))
        for derivative in gradient:
            assert np.all(np.isfinite(derivative))
            np.testing.assert_allclose(derivative, derivative[0], rtol=0.0, atol=1e-3 * max(1.0, float(np.abs(derivative[0]))))


def test_flux_of_the_gradient_is_the_flux() -> None:
    b = np.linspace(0.0, 1.3, 400)
    np.testing.assert_array_equal(quadratic_transit(b, 0.13, 0.3, 0.2), quadratic_transit_gradient(b, 0.13, 0.3, 0.2)[0])


def test_separation_derivative_vanishes_at_the_centre_and_out_of_transit() -> None:
    assert quadratic_transit_gradient(0.0, 0.1, 0.4, 0.1)[1] == 0.0
    out = quadratic_transit_gradient([1.1, 5.0, np.inf], 0.1, 0.4, 0.1)
    np.testing.assert_array_equal(out[0], 1.0)
    assert all(np.all(derivative == 0.0) for derivative in out[1:])


def test_arguments_broadcast() -> None:
    flux, *gradient = quadratic_transit_gradient(np.linspace(0, 1.2, 7), np.full((5, 1), 0.1), np.full((2, 1, 1), 0.3), 0.1)
    assert flux.shape == (2, 5, 7)
    assert all(derivative.shape == (2, 5, 7) for derivative in gradient)


def test_nan_passes_through() -> None:
    assert np.isnan(quadratic_transit(np.nan, 0.1, 0.3, 0.1))
    assert np.isnan(quadratic_transit(0.5, np.nan, 0.3, 0.1))
    assert np.isnan(quadratic_transit(0.95, 0.1, np.nan, 0.1))


@pytest.mark.parametrize(("b", "k"), [(-0.1, 0.1), (0.5, -0.01), (0.5, 1.0)])
def test_arguments_out_of_range_are_refused(b: float, k: float) -> None:
    with pytest.raises(ValueError, match="must"):
        quadratic_transit(b, k, 0.3, 0.1)
    with pytest.raises(ValueError, match="must"):
        quadratic_transit_gradient(b, k, 0.3, 0.1)
