"""Average a light curve over finite exposures (Kipping 2010, MNRAS 408, 1758) with Gauss-Legendre nodes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def exposure_nodes(mid_exposure: ArrayLike, exposure: ArrayLike, order: int = 3) -> tuple[Array, Array]:
    """Return the times at which to evaluate a model, and the weights of their mean.

    Args:
        mid_exposure: Middle of every exposure, any shape.
        exposure: Length of every exposure in the same unit; broadcasts against `mid_exposure`.
        order: Number of nodes; exact for polynomials up to degree 2 order - 1.

    Returns:
        times of shape (..., order) and weights of shape (order,) that sum to 1:  mean = model(times) @ weights.

    Raises:
        ValueError: The order is below 1.
    """
    nodes, weights = np.polynomial.legendre.leggauss(order)
    middle, length = np.broadcast_arrays(np.asarray(mid_exposure, dtype=np.float64), np.asarray(exposure, dtype=np.float64))
    return middle[..., None] + 0.5 * length[..., None] * nodes, 0.5 * weights
