"""Analogue-to-digital conversion; undone by the first step of the kill chain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FULL_SCALE = float(np.iinfo(np.uint16).max)


def digitise(electron: NDArray[np.float32], gain: float, offset_electron: float) -> NDArray[np.uint16]:
    """Return ADU = floor((e - offset) * gain), clipped to what 16 bits hold."""
    adu = electron - np.float32(offset_electron)
    adu *= np.float32(gain)
    np.clip(adu, np.float32(0.0), np.float32(FULL_SCALE), out=adu)
    return adu.astype(np.uint16)  # truncation is floor: nothing is negative
