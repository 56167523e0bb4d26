"""Noise of the read-out electronics, an independent draw a read; the first entry of the kill chain's variance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def add_read_noise(measured: NDArray[np.float32], read: NDArray[np.float64], generator: np.random.Generator) -> NDArray[np.float32]:
    """Return (pixel, read) electrons plus normal noise with (pixel,) standard deviations."""
    noise = generator.standard_normal(measured.shape, dtype=np.float32)
    noise *= read.astype(np.float32)[:, None]
    noise += measured
    return noise
