"""Hits of energetic particles; undone by outlier rejection in time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MEDIAN_ELECTRON = 2000.0
SPREAD = 0.8  # of ln(electrons)


def add_cosmic_rays(collected: NDArray[np.float32], generator: np.random.Generator, hits_per_sample: float) -> NDArray[np.float32]:
    """Return (pixel, pair) electrons with log-normal charges added to samples hit at random."""
    hits = int(generator.poisson(hits_per_sample * collected.size))
    struck = generator.integers(0, collected.size, size=hits)
    charge = MEDIAN_ELECTRON * np.exp(generator.normal(0.0, SPREAD, size=hits))
    result = collected.copy() if hits else collected
    np.add.at(result.reshape(-1), struck, charge.astype(np.float32))
    return result
