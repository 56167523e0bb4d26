"""The detector's response bends with charge and ends at the full well; undone by the linearity step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NEWTON_STEPS = 2


def compress(charge: NDArray[np.float32], linearity: NDArray[np.float64], full_well_electron: float) -> NDArray[np.float32]:
    """Return the electrons that a read measures for the charge that is there.

    The published polynomial maps measured onto true electrons, t = f(m) = sum_k c_k m^k; here f is inverted by Newton's method. The first
    step, with slope 1, leaves less than 1e-3 of the charge, and each of the next squares the relative error.

    Args:
        charge: (pixel, read) true electrons; more than the full well is lost.
        linearity: (6, pixel) ascending coefficients.
    """
    true = np.minimum(charge, np.float32(full_well_electron))
    coefficients = linearity.astype(np.float32)[:, :, None]
    measured = true + true - _polynomial(coefficients, true)
    for _ in range(NEWTON_STEPS):
        excess = _polynomial(coefficients, measured)
        excess -= true
        excess /= _slope(coefficients, measured)
        measured -= excess
    return np.asarray(measured)


def _polynomial(coefficients: NDArray[np.float32], electron: NDArray[np.float32]) -> NDArray[np.float32]:
    value = coefficients[-1] * electron
    for coefficient in coefficients[-2:0:-1]:
        value += coefficient
        value *= electron
    value += coefficients[0]
    return np.asarray(value)


def _slope(coefficients: NDArray[np.float32], electron: NDArray[np.float32]) -> NDArray[np.float32]:
    order = np.arange(1, coefficients.shape[0], dtype=np.float32)[:, None, None]
    return _polynomial(coefficients[1:] * order, electron)
