"""What pointing does to the flux."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectramind.features.series import SensorSeries

Array = NDArray[np.float64]


def pointing_regressors(series: SensorSeries) -> Array:
    """Return (regressor, time): what pointing does to the flux to second order, each with mean zero.

    For the photometer both coordinates, and the mean of their squares within a sample. For the spectrometer only the row:
    the column of a spectrum's centroid moves when the depth of the transit depends on wavelength, which is the signal.
    """
    x, y, jitter_x, jitter_y = series.pointing_px
    x, y = x - x.mean(), y - y.mean()
    rows = [x, y, x**2 + jitter_x**2, y**2 + jitter_y**2] if series.wavelength_um.size == 1 and series.wavelength_um[0] < 1.0 else [y]
    regressors: Array = np.stack(rows)
    regressors -= regressors.mean(axis=1, keepdims=True)
    return regressors
