"""What extraction makes of calibrated frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class LightCurve:
    """Extracted time series of one sensor.

    Attributes:
        flux: (bin, time) electrons per sample, foreground subtracted.
        variance: (bin, time) electron^2.
        centroid_px: (2, time) column (x) and row (y) of the light; NaN where no light was seen.
        foreground: (bin,) electrons per sample that were subtracted.
        foreground_sigma: (bin,) uncertainty of that constant.
        trace_meta: JSON-ready description of the extraction (centre, dispersion, seam, slit geometry).
    """

    flux: NDArray[np.float64]
    variance: NDArray[np.float64]
    centroid_px: NDArray[np.float64]
    foreground: NDArray[np.float64]
    foreground_sigma: NDArray[np.float64]
    trace_meta: dict[str, Any]
