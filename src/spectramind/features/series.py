"""Light curves of one visit, as the transit inference wants them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class SensorSeries:
    """Light curves of one sensor.

    Attributes:
        time_h: (time,) middle of each sample.
        exposure_h: Duration one sample averages over.
        flux: (bin, time) electrons.
        variance: (bin, time) electrons^2.
        wavelength_um: (bin,).
        pointing_px: (4, time) centroid x, y and its scatter x, y within a sample.
        foreground_sigma: (bin,) uncertainty of the constant under the flux, electrons.
    """

    time_h: Array
    exposure_h: float
    flux: Array
    variance: Array
    wavelength_um: Array
    pointing_px: Array
    foreground_sigma: Array

    def white(self) -> SensorSeries:
        """Return the one light curve that weighs the bins by their precision, each relative to its median."""
        level = np.median(self.flux, axis=1)
        lit = level > 0
        relative, variance = self.flux[lit] / level[lit, None], self.variance[lit] / level[lit, None] ** 2
        weight = 1.0 / variance.mean(axis=1)
        weight /= weight.sum()
        return replace(
            self,
            flux=(weight @ relative)[None, :],
            variance=(weight**2 @ variance)[None, :],
            wavelength_um=np.array([weight @ self.wavelength_um[lit]]),
            foreground_sigma=np.array([weight @ (self.foreground_sigma[lit] / level[lit])]),
        )


@dataclass(frozen=True, kw_only=True)
class VisitSeries:
    """Light curves of both sensors in one visit; bin 0 of a spectrum is FGS1, the AIRS bins follow.

    Attributes:
        seam_bins: Bins at a seam of the detector.
    """

    fgs1: SensorSeries
    airs: SensorSeries
    seam_bins: tuple[int, ...] = ()

    def white(self) -> VisitSeries:
        """Return the visit with the AIRS bins merged into one light curve."""
        return VisitSeries(fgs1=self.fgs1, airs=self.airs.white())
