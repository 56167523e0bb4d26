"""FGS1: aperture photometry with an annulus for the foreground."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectramind.data.detector.foreground import fit_foreground, shrink_foreground
from spectramind.data.detector.light_curve import LightCurve
from spectramind.data.frames import Frames, measured_pixels
from spectramind.utils.errors import InputDataError

IMAGE_WING_EXPONENT = 3.0
CENTROID_RADIUS_PX = 5.0


@dataclass(frozen=True, kw_only=True)
class AperturePhotometry:
    """Sum the star's light inside a circle.

    Equation:  F = sum_aperture (f - b) ;  var_F = sum_aperture v ;  b from the annulus, constant over the visit
    Shapes:    flux (pixel, time), shape = (rows, columns) -> flux (1, time)
    Flags:     pixels bad for the whole visit are left out: only relative flux matters, and the variance stays exact.
    Assumes:   one star; its centre is the centroid of the mean image around the brightest 3 x 3 pixels.
    """

    shape: tuple[int, int]
    aperture_radius_px: float
    annulus_inner_px: float
    annulus_outer_px: float

    def __call__(self, frames: Frames) -> LightCurve:
        good = measured_pixels(frames.quality)
        mean = frames.flux.mean(axis=1, dtype=np.float64)
        rows, columns = (axis.ravel().astype(np.float64) for axis in np.indices(self.shape))
        centre = self._centre(mean, rows, columns)
        distance_px = np.hypot(rows - centre[0], columns - centre[1])
        annulus = good & (distance_px >= self.annulus_inner_px) & (distance_px <= self.annulus_outer_px)
        level, sigma = fit_foreground(mean, distance_px, annulus, wing_exponent=IMAGE_WING_EXPONENT)
        foreground = float(shrink_foreground(np.array(level), np.array(sigma)))
        aperture = (good & (distance_px <= self.aperture_radius_px)).astype(np.float32)
        core = distance_px <= CENTROID_RADIUS_PX
        return LightCurve(
            flux=(aperture @ frames.flux - foreground * aperture.sum())[None, :].astype(np.float64),
            variance=(aperture @ frames.variance)[None, :].astype(np.float64),
            centroid_px=_centroid(frames.flux[core] - np.float32(foreground), rows[core], columns[core]),
            foreground=np.array([foreground * aperture.sum()]),
            foreground_sigma=np.array([sigma * aperture.sum()]),
            trace_meta=self._trace_meta(centre, foreground, int(aperture.sum())),
        )

    def _centre(self, mean: NDArray[np.float64], rows: NDArray[np.float64], columns: NDArray[np.float64]) -> tuple[float, float]:
        image = np.pad(mean.reshape(self.shape), 1, mode="edge")
        smooth = sum(image[r : r + self.shape[0], c : c + self.shape[1]] for r in range(3) for c in range(3))
        peak_row, peak_column = np.unravel_index(int(np.argmax(smooth)), self.shape)
        near = np.hypot(rows - peak_row, columns - peak_column) <= CENTROID_RADIUS_PX
        weight = np.maximum(mean[near] - np.median(mean), 0.0)
        if weight.sum() <= 0:
            raise InputDataError(
                "no star is seen in the photometer's mean image", where="photometry", received=f"peak {mean.max():.3g} electron"
            )
        return float((weight * rows[near]).sum() / weight.sum()), float((weight * columns[near]).sum() / weight.sum())

    def _trace_meta(self, centre: tuple[float, float], foreground: float, pixels: int) -> dict[str, Any]:
        return {
            "centre_row_px": centre[0],
            "centre_column_px": centre[1],
            "aperture_pixels": pixels,
            "foreground_electron_per_pixel": foreground,
        }


def _centroid(core: NDArray[np.float32], rows: NDArray[np.float64], columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (2, time): flux-weighted column (x) and row (y) of the star's core."""
    total = core.sum(axis=0, dtype=np.float64)
    total = np.where(total > 0, total, np.nan)
    return np.stack([columns.astype(np.float32) @ core, rows.astype(np.float32) @ core]) / total
