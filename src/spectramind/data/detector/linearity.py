"""Detector non-linearity, corrected."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from numpy.typing import NDArray

from spectramind.data.frames import Frames, References, StepRecord
from spectramind.data.quality import STATIC

Array = NDArray[np.float64]


def evaluate_polynomial(coefficients: Array, electron: Array) -> tuple[Array, Array]:
    """Return a per-pixel polynomial and its derivative by Horner's rule.

    The readable twin of the compiled ``linearise``; tests hold the two together.

    Args:
        coefficients: (degree + 1, pixel), ascending powers.
        electron: (pixel, time).

    Returns:
        Two (pixel, time) arrays: f(e) and f'(e).
    """
    value = np.empty_like(electron)
    value[:] = coefficients[-1][:, None]
    slope = np.zeros_like(electron)
    for coefficient in coefficients[-2::-1]:
        slope *= electron
        slope += value
        value *= electron
        value += coefficient[:, None]
    return value, slope


@njit("void(float64[:, ::1], float64[:, ::1], float64[::1], float64[:, ::1], float64[:, ::1])", cache=True)
def linearise(coefficients: Array, electron: Array, variance: Array, value: Array, scaled: Array) -> None:
    """Fill f(e) and f'(e)^2 v in one pass over the reads: twenty passes through memory become one.

    Args:
        coefficients: (6, pixel), ascending powers; written out so that the compiler works on several reads at once.
        electron: (pixel, time).
        variance: (pixel,).
        value, scaled: (pixel, time), filled here.
    """
    for pixel in range(electron.shape[0]):
        c0, c1, c2 = coefficients[0, pixel], coefficients[1, pixel], coefficients[2, pixel]
        c3, c4, c5 = coefficients[3, pixel], coefficients[4, pixel], coefficients[5, pixel]
        pixel_variance = variance[pixel]
        for time in range(electron.shape[1]):
            e = electron[pixel, time]
            slope = (((5.0 * c5 * e + 4.0 * c4) * e + 3.0 * c3) * e + 2.0 * c2) * e + c1
            value[pixel, time] = ((((c5 * e + c4) * e + c3) * e + c2) * e + c1) * e + c0
            scaled[pixel, time] = slope * slope * pixel_variance


@dataclass(frozen=True, kw_only=True)
class Linearise:
    """Map measured electrons of one read onto the electrons that were there.

    Equation:  e' = f(e) = sum_k c_k e^k ;  v' = f'(e)^2 v
    Shapes:    flux (pixel, time) electron ; coefficients (6, pixel), ascending
    Flags:     none; pixels flagged NO_LINEARITY pass unchanged.
    Assumes:   single reads, before the difference: the polynomial is defined on what one read holds. The variance of a
               pixel is still the same at all times.
    """

    def __call__(self, frames: Frames, references: References) -> Frames:
        usable = np.isfinite(references.linearity).all(axis=0)
        identity = np.zeros_like(references.linearity)
        identity[1] = 1.0
        coefficients = np.ascontiguousarray(np.where(usable, references.linearity, identity))
        electron = np.ascontiguousarray(frames.flux)
        flux, variance = np.empty_like(electron), np.empty_like(electron)
        linearise(coefficients, electron, np.ascontiguousarray(frames.variance[:, 0]), flux, variance)
        good = (frames.quality[:, 0] & np.uint16(STATIC)) == 0
        record = StepRecord(
            name="linearity",
            counts={"pixels_without_polynomial": int((~usable).sum())},
            ranges=_mean_correction_ppm(frames.flux[good], flux[good]),
        )
        return replace(frames, flux=flux, variance=variance, history=(*frames.history, record))


def _mean_correction_ppm(before: NDArray[np.float64], after: NDArray[np.float64]) -> dict[str, tuple[float, float]]:
    """Correction of end-of-ramp reads relative to their mean charge; a pixel with almost no charge has no ratio."""
    charge = before[:, 1::2].mean(axis=1) if before.size else np.empty(0)
    lit = charge > 1000.0
    if not lit.any():
        return {}
    correction = 1e6 * (after[lit, 1::2].mean(axis=1) / charge[lit] - 1.0)
    return {"linearity_correction_ppm": (float(correction.min()), float(correction.max()))}
