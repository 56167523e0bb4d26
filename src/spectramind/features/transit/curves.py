"""Transit light curves of all bins of a sensor and their derivatives in the shared unknowns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectramind.physics.exposure import exposure_nodes
from spectramind.physics.limb_bend import BEND_LIGHT, bend_transit
from spectramind.physics.orbit import sky_separation_gradient
from spectramind.physics.transit import quadratic_transit_gradient

Array = NDArray[np.float64]

# (longest exposure in hours, Gauss-Legendre nodes): errors stay below 1 ppm of a deep transit's ingress.
EXPOSURE_NODES = ((0.004, 1), (0.06, 3))
LONG_EXPOSURE_NODES = 7
RATIO_SPANS = (0.01, 0.15)


@dataclass(frozen=True, kw_only=True)
class TransitCurves:
    """Transit light curves and derivatives.

    Attributes:
        flux: (bin, time) relative to 1 out of transit.
        by_depth: (bin, time) derivative in the squared radius ratio.
        by_geometry: (3, bin, time) derivatives in mid-time (h), ln(a / Rs) and b^2.
        by_limb: (3, bin, time) derivatives in u1, u2 and the bend.
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
        limb: (3, bin) quadratic coefficients and bend.
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
        by_limb=np.zeros((3, bins, time_h.size)),
    )
    if near.size == 0:
        return curves
    inside = (near[:, None] * count + np.arange(count)).ravel()
    flux, by_separation, by_ratio, by_limb = limb_darkened_transit(separation[inside], ratio, limb)

    def average(values: Array) -> Array:
        return values.reshape(*values.shape[:-1], near.size, count) @ weights

    curves.flux[:, near] = average(flux)
    curves.by_depth[:, near] = average(by_ratio) / (2.0 * ratio[:, None])
    curves.by_geometry[:, :, near] = average(by_separation * gradient[:, None, inside])
    curves.by_limb[:, :, near] = average(by_limb)
    return curves


def limb_darkened_transit(separation: Array, ratio: Array, limb: Array) -> tuple[Array, Array, Array, Array]:
    """Return the flux of a quadratic law with a bend, and its derivatives in separation, radius ratio and limb darkening.

    Args:
        separation: (point,) in stellar radii.
        ratio: (bin,) radius ratios.
        limb: (3, bin) u1, u2 and the weight of sqrt(mu) - mu.

    Returns:
        (bin, point) three times, and (3, bin, point). Fluxes of two laws mix in proportion to the light of either.
    """
    u1, u2, bend = limb[:, :, None]
    flux, by_separation, by_ratio, by_u1, by_u2 = quadratic_transit_gradient(separation, ratio[:, None], u1, u2)
    bent, bent_by_separation, bent_by_ratio = _bend_of_bins(separation, ratio)
    light = np.pi * (1.0 - u1 / 3.0 - u2 / 6.0)
    total = light + bend * BEND_LIGHT
    share, excess = bend * BEND_LIGHT / total, bent - flux
    by_limb = np.stack(
        [
            (1.0 - share) * by_u1 + share / total * np.pi / 3.0 * excess,
            (1.0 - share) * by_u2 + share / total * np.pi / 6.0 * excess,
            BEND_LIGHT * light / total**2 * excess,
        ]
    )
    mixed = ((1.0 - share) * one + share * other for one, other in ((by_separation, bent_by_separation), (by_ratio, bent_by_ratio)))
    return flux + share * excess, *mixed, by_limb


def _bend_of_bins(separation: Array, ratio: Array) -> tuple[Array, Array, Array]:
    """Return `bend_transit` of every bin with both derivatives, from the parabola through three radius ratios around the median.

    Ratios of one planet differ by a few percent; one that an unfinished fit has further off is taken at the edge.
    """
    centre = float(np.median(ratio))
    half = centre * float(np.clip(np.abs(ratio / centre - 1.0).max(), *RATIO_SPANS))
    nodes = centre + half * np.array([-1.0, 0.0, 1.0])
    flux, by_separation = bend_transit(separation, nodes[:, None])
    x = np.clip((ratio[:, None] - centre) / half, -1.0, 1.0)
    weights = np.concatenate([x * (x - 1.0) / 2.0, 1.0 - x**2, x * (x + 1.0) / 2.0], axis=1)
    slopes = np.concatenate([x - 0.5, -2.0 * x, x + 0.5], axis=1) / half
    return weights @ flux, weights @ by_separation, slopes @ flux
