"""Replacement of bad samples by estimates, never without a flag and a noise floor."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spectramind.data.detector.cosmic_rays import common_mode
from spectramind.data.frames import Frames, References, StepRecord
from spectramind.data.quality import STATIC, TRANSIENT, Quality
from spectramind.utils.errors import InputDataError


@dataclass(frozen=True, kw_only=True)
class Interpolate:
    """Fill bad samples in time and bad pixels in space.

    Equation:  in time: linear between the nearest good samples of the pixel, after division by the white light s(t);
               in space: mean of the good neighbours within (row_reach, column_reach), which grow until there is one.
               v' = mean(v of the sources) + noise_floor^2
    Shapes:    flux, variance, quality (pixel, time) ; shape = (rows, columns), pixels row by row
    Flags:     INTERPOLATED on every replaced sample; the reason stays.
    Assumes:   flat-fielded flux. A pixel without a single good sample in time is treated as bad in space.
    Raises:    InputDataError where no good pixel is left.
    """

    shape: tuple[int, int]
    row_reach: int
    column_reach: int
    noise_floor_electron: float

    def __call__(self, frames: Frames, references: References) -> Frames:
        flux, variance, quality = frames.flux.copy(), frames.variance.copy(), frames.quality.copy()
        transient = (quality & np.uint16(TRANSIENT)) != 0
        bad_in_space = ((quality[:, 0] & np.uint16(STATIC)) != 0) | transient.all(axis=1)
        if bad_in_space.all():
            raise InputDataError("no good pixel is left on the detector", where="interpolation", received=f"{bad_in_space.size} bad pixels")
        affected = np.flatnonzero(transient.any(axis=1) & ~bad_in_space)
        self._fill_in_time(flux, variance, transient, affected, common_mode(flux, ~bad_in_space))
        self._fill_in_space(flux, variance, bad_in_space)
        quality[affected] |= np.where(transient[affected], np.uint16(Quality.INTERPOLATED), np.uint16(0))
        quality[bad_in_space] |= np.uint16(Quality.INTERPOLATED)
        record = StepRecord(
            name="interpolation",
            parameters={**asdict(self), "shape": list(self.shape)},
            counts={
                "pixels": int(bad_in_space.size),
                "pixels_in_space": int(bad_in_space.sum()),
                "samples_in_time": int(transient[affected].sum()),
            },
        )
        return replace(frames, flux=flux, variance=variance, quality=quality, history=(*frames.history, record))

    def _fill_in_time(
        self,
        flux: NDArray[np.float32],
        variance: NDArray[np.float32],
        transient: NDArray[np.bool_],
        affected: NDArray[np.int64],
        shape_in_time: NDArray[np.float32],
    ) -> None:
        for pixel in affected:
            bad = np.flatnonzero(transient[pixel])
            good = np.flatnonzero(~transient[pixel])
            flux[pixel, bad] = np.interp(bad, good, flux[pixel, good] / shape_in_time[good]) * shape_in_time[bad]
            variance[pixel, bad] = np.interp(bad, good, variance[pixel, good]) + self.noise_floor_electron**2

    def _fill_in_space(self, flux: NDArray[np.float32], variance: NDArray[np.float32], bad: NDArray[np.bool_]) -> None:
        usable = ~bad.reshape(self.shape)
        sources = {pixel: self._neighbours(pixel, usable) for pixel in np.flatnonzero(bad).tolist()}
        for pixel, neighbours in sources.items():
            flux[pixel] = flux[neighbours].mean(axis=0)
            variance[pixel] = variance[neighbours].mean(axis=0) + self.noise_floor_electron**2

    def _neighbours(self, pixel: int, usable: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the flat indices of the nearest good pixels around one pixel."""
        row, column = divmod(pixel, self.shape[1])
        row_reach, column_reach = self.row_reach, self.column_reach
        while True:
            low_row, low_column = max(row - row_reach, 0), max(column - column_reach, 0)
            near = usable[low_row : row + row_reach + 1, low_column : column + column_reach + 1]
            rows, columns = np.nonzero(near)
            if rows.size:
                return (rows + low_row) * self.shape[1] + columns + low_column
            column_reach += 1
            row_reach += self.row_reach > 0 or column_reach > self.shape[1]
