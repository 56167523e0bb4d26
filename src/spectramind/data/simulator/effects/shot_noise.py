"""Counting statistics of the electrons of one sub-exposure; the variance enters the kill chain with the double sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NORMAL_ABOVE_ELECTRON = 30.0


def collect(expected: NDArray[np.float32], generator: np.random.Generator, scale: float) -> NDArray[np.float32]:
    """Return (pixel, pair) collected electrons.

    Poisson counts where a pixel expects few electrons, normal ones where the difference drowns in the read noise.

    Args:
        scale: Factor on the deviation from the expectation; 1 is nature, 0 switches the noise off.
    """
    if scale == 0.0:
        return expected.copy()
    faint = expected.mean(axis=1) < NORMAL_ABOVE_ELECTRON
    deviation = np.empty_like(expected)
    deviation[faint] = generator.poisson(expected[faint]) - expected[faint]
    bright = expected[~faint]
    deviation[~faint] = np.sqrt(bright) * generator.standard_normal(bright.shape, dtype=np.float32)
    deviation *= np.float32(scale)
    deviation += expected
    return deviation
