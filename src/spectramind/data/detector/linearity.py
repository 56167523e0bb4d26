"""Detector non-linearity, corrected."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spectramind.data.frames import Frames, References, StepRecord
from spectramind.data.quality import STATIC


def evaluate_polynomial(
    coefficients: NDArray[np.float64], electron: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a per-pixel polynomial and its derivative by Horner's rule.

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


@dataclass(frozen=True, kw_only=True)
class Linearise:
    """Map measured electrons of one read onto the electrons that were there.

    Equation:  e' = f(e) = sum_k c_k e^k ;  v' = f'(e)^2 v
    Shapes:    flux (pixel, time) electron ; coefficients (6, pixel), ascending
    Flags:     none; pixels flagged NO_LINEARITY pass unchanged.
    Assumes:   single reads, before the difference: the polynomial is defined on what one read holds.
    """

    def __call__(self, frames: Frames, references: References) -> Frames:
        usable = np.isfinite(references.linearity).all(axis=0)
        identity = np.zeros_like(references.linearity)
        identity[1] = 1.0
        flux, slope = evaluate_polynomial(np.where(usable, references.linearity, identity), frames.flux)
        slope *= slope
        slope *= frames.variance
        good = (frames.quality[:, 0] & np.uint16(STATIC)) == 0
        record = StepRecord(
            name="linearity",
            counts={"pixels_without_polynomial": int((~usable).sum())},
            ranges=_median_correction_ppm(frames.flux[good], flux[good]),
        )
        return replace(frames, flux=flux, variance=slope, history=(*frames.history, record))


def _median_correction_ppm(before: NDArray[np.float64], after: NDArray[np.float64]) -> dict[str, tuple[float, float]]:
    """Median correction of end-of-ramp reads relative to their charge; a pixel with almost no charge has no ratio."""
    charge = np.median(before[:, 1::2], axis=1) if before.size else np.empty(0)
    lit = charge > 1000.0
    if not lit.any():
        return {}
    correction = 1e6 * (np.median(after[lit, 1::2], axis=1) / charge[lit] - 1.0)
    return {"linearity_correction_ppm": (float(correction.min()), float(correction.max()))}
