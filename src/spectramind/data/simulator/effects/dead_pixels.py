"""Pixels that collect nothing; masked by the bad-pixel step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def silence(charge: NDArray[np.float32], dead: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return (pixel, read) charge with 0 electrons in (pixel,) dead pixels."""
    return np.where(dead[:, None], np.float32(0.0), charge)
