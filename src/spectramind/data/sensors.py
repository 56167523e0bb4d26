"""The two sensors and what the dataset's own metadata says about each of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

SECONDS_PER_HOUR = 3600.0


class Sensor(StrEnum):
    """A detector, by the name it has in file names and metadata columns."""

    FGS1 = "FGS1"
    AIRS = "AIRS-CH0"

    @property
    def folder(self) -> str:
        """Name of the sensor's folder below data/calibrated."""
        return "fgs1" if self is Sensor.FGS1 else "airs"


@dataclass(frozen=True, kw_only=True)
class SensorProfile:
    """Timing, digitisation and pixel selection of one sensor.

    Attributes:
        adc_gain: ADU per electron: ``electron = ADU / adc_gain + adc_offset_electron``.
        adc_offset_electron: Offset in electrons.
        read_start_h: (read,) start of every sub-exposure in hours.
        integration_time_s: (read,) duration of every sub-exposure in seconds.
        columns: (column,) detector columns to keep, in ascending detector order; None keeps all.
        column_wavelength_um: (column,) wavelength of each kept column; None for the photometer.
    """

    sensor: Sensor
    adc_gain: float
    adc_offset_electron: float
    read_start_h: NDArray[np.float64]
    integration_time_s: NDArray[np.float64]
    columns: NDArray[np.int64] | None
    column_wavelength_um: NDArray[np.float64] | None

    @property
    def read_count(self) -> int:
        """Number of reads; reads alternate just after reset, end of ramp."""
        return int(self.read_start_h.size)

    @property
    def time_since_reset_s(self) -> NDArray[np.float64]:
        """(read,) seconds of charge collected when each read ends: the ramp restarts at every even read."""
        pairs = self.integration_time_s.reshape(-1, 2)
        return np.cumsum(pairs, axis=1).ravel()

    @property
    def pair_mid_time_h(self) -> NDArray[np.float64]:
        """(pair,) middle of the time between the two reads of each ramp, in hours."""
        start_h, duration_s = self.read_start_h[1::2], self.integration_time_s[1::2]
        return start_h + duration_s / (2.0 * SECONDS_PER_HOUR)

    @property
    def pair_period_s(self) -> float:
        """Median time from one ramp to the next, in seconds."""
        return float(np.median(np.diff(self.read_start_h[::2]))) * SECONDS_PER_HOUR

    def head(self, reads: int) -> SensorProfile:
        """Return the profile of the first ``reads`` reads (an even number)."""
        return SensorProfile(
            sensor=self.sensor,
            adc_gain=self.adc_gain,
            adc_offset_electron=self.adc_offset_electron,
            read_start_h=self.read_start_h[:reads],
            integration_time_s=self.integration_time_s[:reads],
            columns=self.columns,
            column_wavelength_um=self.column_wavelength_um,
        )
