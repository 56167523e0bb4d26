"""Transit light curves of all bins of a sensor and their derivatives in the shared unknowns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectramind.physics.transit import quadratic_transit_gradient

Array = NDArray[np.float64]

# Below this cadence a transit's curvature within one sample is lost in the noise (< 1 ppm for the steepest ingress).
INSTANT_EXPOSURE_H = 0.004
EXPOSURE_NODES = 3


@dataclass(frozen=True, kw_only=True)
class TransitCurves:
    """Transit light curves and derivatives.

    Attributes:
        flux: (bin, time) relative to 1 out of transit.
        by_depth: (bin, time) derivative in the squared radius ratio.
        by_geometry: (3, bin, time) derivatives in mid-time (h), ln(a / Rs) and b^2.
        by_limb: (2, bin, time) derivatives in u1 and u2.
    """

    flux: Array
    by_depth: Array
    by_geometry: Array
    by_limb: Array


def separation_gradient(time_h: Array, mid_time_h: float, period_h: float, log_a: float, impact_squared: float) -> tuple[Array, Array]:
    """Return the sky-projected separation and its derivatives on a circular orbit, near conjunction.

    Equation: z^2 = a^2 sin^2 p + b^2 cos^2 p, p = 2 pi (t - t0) / P (Winn 2010, arXiv:1001.2010, eq. 5 with e = 0).

    Args:
        time_h: (time,).
        impact_squared: b^2 rather than b: the light curve is smooth in it at b = 0.

    Returns:
        (time,) separation in stellar radii, large where the planet is behind the star, and (3, time) derivatives in
        mid-time, ln(a) and b^2.
    """
    phase = 2.0 * np.pi * (time_h - mid_time_h) / period_h
    sine, cosine, a_squared = np.sin(phase), np.cos(phase), np.exp(2.0 * log_a)
    separation = np.sqrt(a_squared * sine**2 + impact_squared * cosine**2)
    by_mid_time = -(a_squared - impact_squared) * sine * cosine * 2.0 * np.pi / period_h
    gradient = np.stack([by_mid_time, a_squared * sine**2, 0.5 * cosine**2]) / np.maximum(separation, 1e-9)
    return np.where(cosine > 0, separation, 1e3), gradient


def transit_curves(
    time_h: Array, exposure_h: float, depth: Array, limb: Array, *, mid_time_h: float, period_h: float, log_a: float, impact_squared: float
) -> TransitCurves:
    """Evaluate the transit of every bin, averaged over the exposure.

    Args:
        time_h: (time,).
        depth: (bin,) squared radius ratio.
        limb: (2, bin) quadratic coefficients.
    """
    nodes, weights = _exposure_nodes(exposure_h)
    separation, gradient = separation_gradient((time_h[:, None] + nodes).ravel(), mid_time_h, period_h, log_a, impact_squared)
    ratio = np.sqrt(depth)
    near = np.flatnonzero((separation < 1.0 + ratio.max()).reshape(time_h.size, -1).any(axis=1))
    bins, count = depth.size, nodes.size
    curves = TransitCurves(
        flux=np.ones((bins, time_h.size)),
        by_depth=np.zeros((bins, time_h.size)),
        by_geometry=np.zeros((3, bins, time_h.size)),
        by_limb=np.zeros((2, bins, time_h.size)),
    )
    if near.size == 0:
        return curves
    inside = (near[:, None] * count + np.arange(count)).ravel()
    flux, by_separation, by_ratio, by_u1, by_u2 = quadratic_transit_gradient(
        separation[inside], ratio[:, None], limb[0][:, None], limb[1][:, None]
    )

    def average(values: Array) -> Array:
        return values.reshape(*values.shape[:-1], near.size, count) @ weights

    curves.flux[:, near] = average(flux)
    curves.by_depth[:, near] = average(by_ratio) / (2.0 * ratio[:, None])
    curves.by_geometry[:, :, near] = average(by_separation * gradient[:, None, inside])
    curves.by_limb[:, :, near] = average(np.stack([by_u1, by_u2]))
    return curves


def _exposure_nodes(exposure_h: float) -> tuple[Array, Array]:
    """Return Gauss-Legendre offsets and weights over an exposure; one node where it is short."""
    if exposure_h <= INSTANT_EXPOSURE_H:
        return np.zeros(1), np.ones(1)
    nodes, weights = np.polynomial.legendre.leggauss(EXPOSURE_NODES)
    return nodes * exposure_h / 2.0, weights / 2.0
