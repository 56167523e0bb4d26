"""Light curve of a dark planet in front of a star with quadratic limb darkening, exact, with analytic derivatives.

Stellar intensity (Kopal 1950; Mandel & Agol 2002, ApJ 580, L171, section 4), mu = sqrt(1 - r^2):
    I(mu) = 1 - u1 (1 - mu) - u2 (1 - mu)^2 = (1 - u1 - 2 u2) + (u1 + 2 u2) mu + u2 r^2
so the hidden fraction is linear in the three moments of `physics.occultation`:
    F = 1 - [(1 - u1 - 2 u2) M0 + (u1 + 2 u2) M1 + u2 M2] / [pi (1 - u1/3 - u2/6)]

Both functions broadcast like NumPy ufuncs; with 283 radius ratios and 187 separations pass shapes (283, 1) and (187,).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectramind.physics.occultation import fill_transit_flux, fill_transit_gradient

Array = NDArray[np.float64]
Gradient = tuple[Array, Array, Array, Array, Array]


def quadratic_transit(separation: ArrayLike, radius_ratio: ArrayLike, u1: ArrayLike, u2: ArrayLike) -> Array:
    """Return the flux relative to that out of transit.

    Args:
        separation: Distance of the centres on the sky in stellar radii, >= 0.
        radius_ratio: Planet radius over stellar radius, 0 <= k < 1.
        u1: Linear limb-darkening coefficient.
        u2: Quadratic limb-darkening coefficient; the disc's mean brightness 1 - u1/3 - u2/6 must be positive.

    Returns:
        Flux with the broadcast shape of the arguments; 1 out of transit, NaN where an argument is NaN.

    Raises:
        ValueError: A separation is negative, or a radius ratio outside [0, 1).
    """
    _check(separation, radius_ratio)
    shape, (b, k, first, second) = _points(separation, radius_ratio, u1, u2)
    flux = np.empty(b.size)
    fill_transit_flux(b, k, first, second, flux)
    return flux.reshape(shape)


def quadratic_transit_gradient(separation: ArrayLike, radius_ratio: ArrayLike, u1: ArrayLike, u2: ArrayLike) -> Gradient:
    """Return the flux and its derivatives in separation, radius ratio, u1 and u2.

    Arguments, shapes and errors are those of `quadratic_transit`. Every derivative is finite everywhere, the four contacts and the
    centre included. From the last contact outwards they are zero.
    """
    _check(separation, radius_ratio)
    shape, (b, k, first, second) = _points(separation, radius_ratio, u1, u2)
    filled = np.empty((5, b.size))
    fill_transit_gradient(b, k, first, second, filled)
    flux, by_separation, by_ratio, by_u1, by_u2 = filled.reshape(5, *shape)
    return flux, by_separation, by_ratio, by_u1, by_u2


def _points(*arguments: ArrayLike) -> tuple[tuple[int, ...], list[Array]]:
    """Return the common shape, and every argument broadcast to it as one flat array of its own."""
    broadcast = np.broadcast_arrays(*(np.asarray(argument, dtype=np.float64) for argument in arguments))
    return broadcast[0].shape, [np.array(array, order="C").ravel() for array in broadcast]


def _check(separation: ArrayLike, radius_ratio: ArrayLike) -> None:
    ratio = np.asarray(radius_ratio, dtype=np.float64)
    if np.any(np.asarray(separation) < 0.0):
        raise ValueError("separation must not be negative")
    if np.any((ratio < 0.0) | (ratio >= 1.0)):
        raise ValueError("radius_ratio must lie in [0, 1)")
