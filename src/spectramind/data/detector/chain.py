"""The kill chain, in order. This file is meant to be read like prose."""

from __future__ import annotations

from spectramind.data.detector.adc import DecodeAdc
from spectramind.data.detector.bad_pixels import FlagBadPixels
from spectramind.data.detector.cosmic_rays import FlagCosmicRays
from spectramind.data.detector.dark import SubtractDark
from spectramind.data.detector.flat import DivideFlat
from spectramind.data.detector.interpolation import Interpolate
from spectramind.data.detector.linearity import Linearise
from spectramind.data.detector.sampling import CorrelatedDoubleSample
from spectramind.data.frames import Step
from spectramind.data.sensors import Sensor
from spectramind.utils.config.schema import DetectorConfig

# Rows and columns within which a bad pixel is first looked for a good neighbour: along a spectrum the light changes
# slowly from column to column but steeply from row to row; in an image no direction is better than the other.
NEIGHBOUR_REACH: dict[Sensor, tuple[int, int]] = {Sensor.AIRS: (0, 1), Sensor.FGS1: (1, 1)}


def pixel_chain(detector: DetectorConfig) -> tuple[Step, ...]:
    """Steps that need one pixel at a time: from ADU of single reads to flat-fielded electrons of read pairs."""
    return (
        DecodeAdc(saturation_fraction=detector.saturation_fraction),
        FlagBadPixels(minimum_flat=detector.minimum_flat, persistence_reads=detector.persistence_reads),
        Linearise(),
        SubtractDark(relative_uncertainty=detector.dark_relative_uncertainty),
        CorrelatedDoubleSample(),
        DivideFlat(),
    )


def image_chain(detector: DetectorConfig, sensor: Sensor, shape: tuple[int, int]) -> tuple[Step, ...]:
    """Steps that need the whole detector: what neighbours in time and space say about a sample."""
    row_reach, column_reach = NEIGHBOUR_REACH[sensor]
    return (
        FlagCosmicRays(sigma_threshold=detector.cosmic_ray_sigma, window=detector.cosmic_ray_window),
        Interpolate(shape=shape, row_reach=row_reach, column_reach=column_reach, noise_floor_electron=detector.noise_floor_electron),
    )
