"""Constant foreground under the star's light."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# The wings of a real detector ripple around the power law and differ between sides; on real frames with no visible
# foreground the fitted level scatters by about this share of the wings at the edge of the detector.
WING_MODEL_ERROR = 0.3
ROBUST_ITERATIONS = 5


def fit_foreground(
    image: NDArray[np.float64], offset_px: NDArray[np.float64], usable: NDArray[np.bool_], *, wing_exponent: float
) -> tuple[float, float]:
    """Return the level of an image far from the star that is not the star's own wings, and its uncertainty.

    Far from the core the diffraction pattern of a circular aperture falls as d^-3, and as d^-2 once it is summed along the
    dispersion. That light dims in transit; a foreground does not. Subtracting the mean of the outer pixels would take
    wings for foreground and overstate every depth, so both are fitted, the wings of either side apart:
    ``image = level + amplitude_side * |offset|^-exponent``, with Huber weights.

    Args:
        image: (pixel,) mean electrons per sample.
        offset_px: (pixel,) distance from the star; a sign tells the sides apart.
        usable: (pixel,) pixels to fit.
        wing_exponent: Exponent of the wings, 2 for a spectrum's cross-section and 3 for an image.

    Returns:
        (level, sigma) in electrons per pixel and sample; (0, 0) where fewer than six pixels can be fitted.
    """
    if usable.sum() < 6:
        return 0.0, 0.0
    offset, values = offset_px[usable], image[usable]
    wing = np.abs(offset) ** -wing_exponent
    sides = [wing * (offset < 0), wing * (offset >= 0)]
    design = np.stack([np.ones_like(wing), *(side for side in sides if side.any())], axis=1)
    weights = np.ones_like(values)
    for _ in range(ROBUST_ITERATIONS):
        solution = np.linalg.lstsq(design * weights[:, None], values * weights, rcond=None)[0]
        residual = np.abs(values - design @ solution)
        # A neighbouring star or an unflagged hot pixel must not set the level.
        scale = 1.4826 * float(np.median(residual)) + 1e-12
        weights = np.sqrt(np.minimum(1.0, 2.0 * scale / np.maximum(residual, 1e-12)))
    edge_wing = float(np.abs(solution[1:]).mean() * wing.min())
    return float(solution[0]), float(np.hypot(WING_MODEL_ERROR * edge_wing, scale / np.sqrt(values.size)))


def shrink_foreground(level: NDArray[np.float64], sigma: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the foreground to subtract: none where it is negative, less than fitted where it is not significant.

    Equation: ``b = max(level, 0) level^2 / (level^2 + sigma^2)``, the shrinkage towards a dark sky.
    """
    return np.maximum(level, 0.0) * level**2 / np.maximum(level**2 + sigma**2, 1e-30)
