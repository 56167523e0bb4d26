"""The two detectors in numbers: geometry, cadence, conversion, and the light they saw of one reference star.

The values describe the published frames of the Ariel Data Challenge 2025 and were measured on them (one visit, one 4798 K star).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectramind.data.sensors import Sensor

ROWS = 32
ADC_GAIN_ADU_PER_ELECTRON = 0.4369
ADC_OFFSET_ELECTRON = -1000.0
FULL_WELL_ELECTRON = 1.0e5
OBSERVATION_S = 27_000.0
POINTING_STEP_S = 0.1

FIRST_BIN_COLUMN, LAST_BIN_COLUMN = 39, 320  # the AIRS columns that are spectral bins
FGS1_WAVELENGTH_UM = 0.7
FGS1_BAND_UM = (0.60, 0.80)
REFERENCE_TEMPERATURE_K = 4798.0

# Electrons of the reference star in the whole detector column per 4.5 s, and in the whole FGS1 frame per 0.1 s.
_AIRS_COLUMN = (*(0, 8, 15, 21, 27, 33, 39), *range(40, 341, 20), *(344, 347, 350, 353, 355))
_AIRS_ELECTRON = (
    *(60.0, 90.0, 240.0, 700.0, 1900.0, 3500.0, 5500.0, 5864.0, 15393.0, 20472.0, 23559.0, 26841.0, 30275.0, 35534.0, 37947.0),
    *(48244.0, 66658.0, 74184.0, 86667.0, 113074.0, 146363.0, 101927.0, 36308.0, 32000.0, 19600.0, 9200.0, 2950.0, 1600.0),
)
FGS1_ELECTRON_PER_S = 2.20e6


@dataclass(frozen=True, kw_only=True)
class Cadence:
    """One ramp of a real detector: reset, a short read, a long read, and the time until the next ramp begins.

    Attributes:
        pairs: Ramps in one visit of 7.5 h.
        short_s, long_s: Integration before the first read and between the two reads.
    """

    columns: int
    pairs: int
    period_s: float
    reset_s: float
    short_s: float
    long_s: float


CADENCES = {
    Sensor.AIRS: Cadence(columns=356, pairs=5625, period_s=4.8, reset_s=0.1, short_s=0.1, long_s=4.5),
    Sensor.FGS1: Cadence(columns=32, pairs=67500, period_s=0.4, reset_s=0.1, short_s=0.1, long_s=0.1),
}


def airs_wavelength_um() -> NDArray[np.float64]:
    """Return (356,) wavelengths of the AIRS columns in um; they descend."""
    column = np.arange(CADENCES[Sensor.AIRS].columns, dtype=np.float64)
    return 4.07846314 - 4.43363407e-3 * column - 6.91347214e-6 * column**2


def bin_wavelength_um() -> NDArray[np.float64]:
    """Return (283,) wavelengths of the spectrum in um: FGS1, then the AIRS bins ascending."""
    return np.concatenate([[FGS1_WAVELENGTH_UM], airs_wavelength_um()[FIRST_BIN_COLUMN : LAST_BIN_COLUMN + 1][::-1]])


def reference_airs_electron_per_s() -> NDArray[np.float64]:
    """Return (356,) electrons per second and column of the reference star."""
    column = np.arange(CADENCES[Sensor.AIRS].columns)
    return np.exp(np.interp(column, _AIRS_COLUMN, np.log(_AIRS_ELECTRON))) / 4.5
