"""True transmission spectra: molecular bands seen above clouds, or shapes without chemistry for benchmarks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectramind.data.simulator.instrument import FGS1_WAVELENGTH_UM, FIRST_BIN_COLUMN, LAST_BIN_COLUMN, airs_wavelength_um
from spectramind.data.simulator.scenario import Scenario
from spectramind.physics.molecules import band_opacity

# How often a molecule is there at all.
PRESENCE = {
    **{"H2O": 0.85, "CO2": 0.55, "CH4": 0.50, "CO": 0.40, "NH3": 0.30},
    **{"HCN": 0.20, "C2H2": 0.10, "H2CO": 0.08, "H2S": 0.20, "SO2": 0.20},
}
BINS = slice(FIRST_BIN_COLUMN, LAST_BIN_COLUMN + 1)
FGS1_OFFSET_LIMIT_PPM = 600.0


@dataclass(frozen=True, kw_only=True)
class Spectrum:
    """Transit depths (Rp/Rs)^2.

    Attributes:
        airs: (356,) depth at every AIRS column, in detector order (wavelength descends).
        fgs1: Depth in the FGS1 band.
        molecules: Abundances drawn, in arbitrary units.
    """

    airs: NDArray[np.float64]
    fgs1: float
    molecules: dict[str, float]

    @property
    def bins(self) -> NDArray[np.float64]:
        """(283,) depths in submission order: FGS1, then AIRS by ascending wavelength."""
        return np.concatenate([[self.fgs1], self.airs[BINS][::-1]])


def draw_spectrum(generator: np.random.Generator, depth: float, scenario: Scenario) -> Spectrum:
    """Draw a spectrum with mean depth ``depth`` over the AIRS bins."""
    if scenario.spectra == "flat":
        return Spectrum(airs=np.full(airs_wavelength_um().size, depth), fgs1=depth, molecules={})
    wavelength_um = airs_wavelength_um()
    contrast = 1.0e-6 * _draw_contrast_ppm(generator, scenario)
    if scenario.spectra == "bands":
        shape, molecules = _band_shape(generator, wavelength_um)
    else:
        shape, molecules = _gaussian_process_shape(generator, wavelength_um), {}
    low, high = np.percentile(shape[BINS], [5.0, 95.0])
    airs = depth + (shape - shape[BINS].mean()) * (contrast / max(high - low, 1.0e-9))
    offset_ppm = generator.normal(0.0, 60.0 + 0.9e6 * contrast)
    offset = 1.0e-6 * float(np.clip(offset_ppm, -FGS1_OFFSET_LIMIT_PPM, FGS1_OFFSET_LIMIT_PPM))
    airs += _haze_slope(wavelength_um, max(offset, 0.0))
    airs += depth - airs[BINS].mean()
    floor = 0.2 * depth
    return Spectrum(airs=np.maximum(airs, floor), fgs1=max(depth + offset, floor), molecules=molecules)


def _draw_contrast_ppm(generator: np.random.Generator, scenario: Scenario) -> float:
    """Log-normal about 100 ppm, as of the published truths; log-uniform where the scenario's range misses it."""
    low, high = np.log(scenario.contrast_ppm_range[0]), np.log(scenario.contrast_ppm_range[1])
    for _ in range(100):
        value = generator.normal(np.log(100.0), 1.0)
        if low <= value <= high:
            return float(np.exp(value))
    return float(np.exp(generator.uniform(low, high)))


def _band_shape(generator: np.random.Generator, wavelength_um: NDArray[np.float64]) -> tuple[NDArray[np.float64], dict[str, float]]:
    """Transit radius grows as the logarithm of the opacity (Lecavelier des Etangs et al. 2008, eq. 1) above a grey cloud deck."""
    molecules: dict[str, float] = {}
    for name, probability in PRESENCE.items():
        present, abundance = generator.random() < probability, 10.0 ** generator.uniform(-1.5, 0.5)
        if present:
            molecules[name] = float(abundance)
    if not molecules:
        molecules["H2O"] = 1.0
    cloud = 10.0 ** generator.uniform(-2.5, -0.3)
    opacity = sum((abundance * band_opacity(name, wavelength_um) for name, abundance in molecules.items()), np.zeros_like(wavelength_um))
    return np.log(opacity + cloud), molecules


def _gaussian_process_shape(generator: np.random.Generator, wavelength_um: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared-exponential process with a length of 0.12 um, made from random Fourier features (Rahimi & Recht 2007)."""
    frequency, phase = generator.normal(0.0, 1.0 / 0.12, size=96), generator.uniform(0.0, 2.0 * np.pi, size=96)
    return np.asarray(np.cos(np.outer(wavelength_um, frequency) + phase).mean(axis=1) * np.sqrt(2.0 * 96.0))


def _haze_slope(wavelength_um: NDArray[np.float64], rise: float) -> NDArray[np.float64]:
    """Rayleigh-like slope, linear in ln(wavelength), that would rise by ``rise`` from 3 um to the FGS1 band."""
    slope: NDArray[np.float64] = rise * np.log(3.0 / wavelength_um) / np.log(3.0 / FGS1_WAVELENGTH_UM)
    return slope
