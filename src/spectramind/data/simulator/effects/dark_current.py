"""Thermal electrons; undone by the dark step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def add_dark(light: NDArray[np.float32], dark: NDArray[np.float64], exposure_s: float) -> NDArray[np.float32]:
    """Return expected electrons: (pixel, pair) light plus (pixel,) electron / s times seconds; the sum is never negative."""
    expected: NDArray[np.float32] = light + (dark * exposure_s).astype(np.float32)[:, None]
    return np.maximum(expected, np.float32(0.0), out=expected)
