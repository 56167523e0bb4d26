"""Electrons per second that a star makes in every AIRS column and in FGS1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectramind.data.simulator.instrument import (
    FGS1_BAND_UM,
    FGS1_ELECTRON_PER_S,
    REFERENCE_TEMPERATURE_K,
    airs_wavelength_um,
    reference_airs_electron_per_s,
)
from spectramind.physics.blackbody import photon_radiance


@dataclass(frozen=True, kw_only=True)
class Starlight:
    """Electrons per second: airs (356,) a column, fgs1 in the whole frame."""

    airs: NDArray[np.float64]
    fgs1: float


def starlight(temperature_k: float, airs_electron_per_s: float) -> Starlight:
    """Scale the reference star's counts by the ratio of Planck spectra, and its brightness to the total wanted in AIRS.

    The throughput is in the reference counts: it was measured on a 4798 K star and reproduces stars of other temperatures within 5 %.
    """
    wavelength_um = airs_wavelength_um()
    shape = reference_airs_electron_per_s() * _ratio(wavelength_um, temperature_k)
    scale = airs_electron_per_s / shape.sum()
    band_um = np.linspace(*FGS1_BAND_UM, 41)
    band_ratio = photon_radiance(band_um, temperature_k).mean() / photon_radiance(band_um, REFERENCE_TEMPERATURE_K).mean()
    return Starlight(airs=shape * scale, fgs1=float(FGS1_ELECTRON_PER_S * band_ratio * scale))


def _ratio(wavelength_um: NDArray[np.float64], temperature_k: float) -> NDArray[np.float64]:
    return photon_radiance(wavelength_um, temperature_k) / photon_radiance(wavelength_um, REFERENCE_TEMPERATURE_K)
