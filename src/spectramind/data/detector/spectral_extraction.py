"""AIRS: optimal extraction along the trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter, uniform_filter1d

from spectramind.data.detector.foreground import fit_foreground, shrink_foreground
from spectramind.data.detector.light_curve import LightCurve
from spectramind.data.frames import Frames, measured_pixels
from spectramind.utils.errors import InputDataError

SLIT_WING_EXPONENT = 2.0
CORE_ROWS = 5.0
WING_ROWS = 8.0
PROFILE_COLUMNS = 9
FOREGROUND_COLUMNS = 31


@dataclass(frozen=True, kw_only=True)
class OptimalExtraction:
    """Weighted sum over rows, column by column, with weights that minimise the variance.

    Equation:  F = sum_r w_r (f_r - b) / sum_r w_r P_r, w_r = P_r / V_r ;  var_F = sum_r w_r^2 v_r / (sum_r w_r P_r)^2
               (Horne 1986, PASP 98, 609). P is the time-averaged cross-section, smoothed along the dispersion, V the
               time-averaged variance: constant weights, so that no weight follows the noise of its own sample.
    Shapes:    flux (pixel, time), shape = (rows, columns) -> flux (bin, time), bins in ascending wavelength
    Flags:     pixels bad for the whole visit have no weight; seam bins are marked in ``trace_meta``.
    Assumes:   one spectrum along the columns.
    """

    shape: tuple[int, int]
    bin_column: NDArray[np.int64]
    column_wavelength_um: NDArray[np.float64]
    seam_bins: tuple[int, ...]

    def __call__(self, frames: Frames) -> LightCurve:
        cube = frames.flux.reshape(*self.shape, -1)
        good = measured_pixels(frames.quality).reshape(self.shape)
        mean = cube.mean(axis=2, dtype=np.float64)
        trace_row = self._trace(mean)
        foreground, foreground_sigma = self._foreground(mean, good, trace_row)
        weights = self._weights(mean - foreground, frames.variance.mean(axis=1, dtype=np.float64).reshape(self.shape), good)
        flux = np.einsum("rc,rct->ct", weights.astype(np.float32), cube, dtype=np.float32).astype(np.float64)
        flux -= (weights.sum(axis=0) * foreground)[:, None]
        variance = np.einsum("rc,rct->ct", (weights**2).astype(np.float32), frames.variance.reshape(cube.shape), dtype=np.float32)
        return LightCurve(
            flux=flux[self.bin_column],
            variance=variance[self.bin_column].astype(np.float64),
            centroid_px=self._centroid(cube, trace_row, foreground),
            foreground=(weights.sum(axis=0) * foreground)[self.bin_column],
            foreground_sigma=(weights.sum(axis=0) * foreground_sigma)[self.bin_column],
            trace_meta=self._trace_meta(trace_row, foreground),
        )

    def _trace(self, mean: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the (column,) row of the light's centre, a straight line fitted to per-column centroids."""
        light = np.maximum(mean - np.median(mean, axis=0), 0.0)
        total = light.sum(axis=0)
        if not (total > 0).any():
            raise InputDataError("no spectrum is seen in the mean image", where="extraction", received=f"peak {mean.max():.3g} electron")
        rows, columns = np.arange(self.shape[0]), np.arange(self.shape[1])
        lit = total > 0
        centroid = (light[:, lit] * rows[:, None]).sum(axis=0) / total[lit]
        if lit.sum() < 3:
            return np.full(self.shape[1], float(np.median(centroid)))
        intercept, slope = np.polynomial.polynomial.polyfit(columns[lit], centroid, 1, w=np.sqrt(total[lit]))
        line: NDArray[np.float64] = intercept + slope * columns.astype(np.float64)
        return line

    def _foreground(
        self, mean: NDArray[np.float64], good: NDArray[np.bool_], trace_row: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return (column,) electrons per pixel that are not the star's, smooth along the dispersion, and their sigma."""
        offset_px = np.arange(self.shape[0])[:, None] - trace_row
        usable = good & (np.abs(offset_px) >= WING_ROWS)
        fits = [fit_foreground(mean[:, c], offset_px[:, c], usable[:, c], wing_exponent=SLIT_WING_EXPONENT) for c in range(self.shape[1])]
        level, sigma = (median_filter(np.array(values), FOREGROUND_COLUMNS, mode="nearest") for values in zip(*fits, strict=True))
        return uniform_filter1d(shrink_foreground(level, sigma), FOREGROUND_COLUMNS, mode="nearest"), sigma

    def _weights(self, light: NDArray[np.float64], variance: NDArray[np.float64], good: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return (row, column) weights that turn flux into the whole column's electrons."""
        column_light = light.sum(axis=0)
        share = light / np.where(column_light > 0, column_light, np.inf)
        profile = np.maximum(uniform_filter1d(share, PROFILE_COLUMNS, axis=1, mode="nearest"), 0.0)
        profile /= np.maximum(profile.sum(axis=0), 1e-12)
        weights = np.where(good, profile / variance, 0.0)
        norm = (weights * profile).sum(axis=0)
        if not (norm > 0).all():
            column = int(np.argmin(norm > 0))
            raise InputDataError(
                "a wavelength bin has no usable pixel", where=f"kept column {column}", received="every row is masked or dark", section="5"
            )
        scaled: NDArray[np.float64] = weights / norm
        return scaled

    def _centroid(self, cube: NDArray[np.float32], trace_row: NDArray[np.float64], foreground: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (2, time): x is the flux-weighted column of the spectrum, y its row relative to row 0."""
        centre = float(np.median(trace_row))
        rows = np.flatnonzero(np.abs(np.arange(self.shape[0]) - centre) <= CORE_ROWS)
        core = cube[rows]
        by_row = core.sum(axis=1, dtype=np.float64) - foreground.sum()
        by_column = core.sum(axis=0, dtype=np.float64) - rows.size * foreground[:, None]
        total = by_row.sum(axis=0)
        total = np.where(total > 0, total, np.nan)
        return np.stack([np.arange(self.shape[1]) @ by_column, rows @ by_row]) / total

    def _trace_meta(self, trace_row: NDArray[np.float64], foreground: NDArray[np.float64]) -> dict[str, Any]:
        return {
            "seam": list(self.seam_bins),
            "dispersion_wavelength_um": self.column_wavelength_um.tolist(),
            "bin_column": self.bin_column.tolist(),
            "slit": {"rows": self.shape[0], "trace_row_first": float(trace_row[0]), "trace_row_last": float(trace_row[-1])},
            "foreground_electron_per_pixel": foreground.tolist(),
        }
