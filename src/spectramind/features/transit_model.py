"""Transit light curves of all bins of a sensor and their derivatives in the shared unknowns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectramind.physics.exposure import exposure_nodes
from spectramind.physics.orbit import sky_separation_gradient
from spectramind.physics.transit import quadratic_transit_gradient

Array = NDArray[np.float64]

# (longest exposure in hours, Gauss-Legendre nodes): errors stay below 1 ppm of a deep transit's ingress.
EXPOSURE_NODES = ((0.004, 1), (0.06, 3))
LONG_EXPOSURE_NODES = 7


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
    """Return the separation of the centres and its derivatives in mid-time, ln(a) and b^2.

    Args:
        time_h: (time,).
        impact_squared: b^2 > 0 rather than b: the light curve is smooth in it where b is small.

    Returns:
        (time,) in stellar radii, and (3, time).
    """
    axis, impact = np.exp(log_a), np.sqrt(impact_squared)
    separation, by_mid_time, by_axis, by_impact = sky_separation_gradient(time_h, mid_time_h, period_h, axis, impact)
    return separation, np.stack([by_mid_time, axis * by_axis, by_impact / (2.0 * impact)])


def transit_curves(
    time_h: Array, exposure_h: float, depth: Array, limb: Array, *, mid_time_h: float, period_h: float, log_a: float, impact_squared: float
) -> TransitCurves:
    """Evaluate the transit of every bin, averaged over the exposure.

    Args:
        time_h: (time,).
        depth: (bin,) squared radius ratio.
        limb: (2, bin) quadratic coefficients.
    """
    order = next((nodes for longest_h, nodes in EXPOSURE_NODES if exposure_h <= longest_h), LONG_EXPOSURE_NODES)
    times_h, weights = exposure_nodes(time_h, exposure_h, order)
    separation, gradient = separation_gradient(times_h.ravel(), mid_time_h, period_h, log_a, impact_squared)
    ratio = np.sqrt(depth)
    near = np.flatnonzero((separation < 1.0 + ratio.max()).reshape(time_h.size, -1).any(axis=1))
    bins, count = depth.size, order
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
