"""Pixel-to-pixel response; undone by the flat-field step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def apply_flat(light: NDArray[np.float32], flat: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return detected light: (pixel, pair) electrons times (pixel,) response; a dead pixel's negative response counts as 0."""
    return light * np.maximum(flat, 0.0).astype(np.float32)[:, None]
