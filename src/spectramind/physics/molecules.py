"""Absorption bands of the molecules that show in the spectra of hot giant planets between 0.6 and 4.1 um.

Band centres follow the fundamental and overtone assignments of the HITRAN2020 line lists (Gordon et al. 2022, JQSRT 277, 107949); widths
and strengths are rounded by eye to cross sections near 1000 K, and are good for making spectra look right, not for retrieving abundances.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Band:
    """One band: centre and full width at half maximum in um, strength relative to the molecule's strongest band.

    Attributes:
        split_um: Distance between the P and R branch; 0 is a single peak.
    """

    centre_um: float
    width_um: float
    strength: float
    split_um: float = 0.0


MOLECULES: dict[str, tuple[Band, ...]] = {
    "H2O": (
        *(Band(0.72, 0.03, 0.004), Band(1.87, 0.16, 0.22, 0.06), Band(1.97, 0.06, 0.08)),
        *(Band(2.55, 0.07, 0.45), Band(2.68, 0.13, 1.0, 0.07), Band(2.80, 0.14, 0.75), Band(3.00, 0.20, 0.22), Band(3.17, 0.10, 0.16)),
    ),
    "CO2": (
        *(Band(1.96, 0.018, 0.05), Band(2.01, 0.022, 0.10, 0.016), Band(2.06, 0.020, 0.06)),
        *(Band(2.69, 0.030, 0.80, 0.024), Band(2.77, 0.032, 1.0, 0.024), Band(4.25, 0.17, 30.0)),
    ),
    "CH4": (
        *(Band(2.20, 0.06, 0.10), Band(2.32, 0.07, 0.28, 0.03), Band(2.40, 0.06, 0.20), Band(3.18, 0.11, 0.45)),
        *(Band(3.33, 0.03, 1.0), Band(3.32, 0.26, 0.65, 0.10), Band(3.43, 0.08, 0.50), Band(3.60, 0.25, 0.08)),
    ),
    "CO": (Band(2.34, 0.05, 1.0, 0.03), Band(2.38, 0.06, 0.5), Band(4.67, 0.30, 60.0, 0.12)),
    "NH3": (Band(1.99, 0.07, 0.40, 0.03), Band(2.24, 0.11, 0.45, 0.05), Band(2.97, 0.16, 1.0, 0.07)),
    "HCN": (Band(3.01, 0.035, 1.0, 0.03), Band(2.53, 0.03, 0.08), Band(3.55, 0.08, 0.05)),
    "C2H2": (Band(3.03, 0.035, 1.0, 0.03), Band(2.45, 0.04, 0.08)),
    "H2CO": (Band(3.55, 0.16, 1.0, 0.07),),
    "H2S": (Band(2.62, 0.10, 0.5, 0.05), Band(3.75, 0.30, 1.0, 0.12)),
    "SO2": (Band(4.00, 0.10, 1.0, 0.04), Band(2.46, 0.04, 0.1)),
}


def band_opacity(molecule: str, wavelength_um: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the opacity of a molecule, about 1 at its strongest band, at wavelengths of any shape in um.

    A band is one Gaussian, or two for its P and R branch; a weak Lorentzian wing keeps the windows between bands from being empty.
    """
    opacity = np.zeros_like(wavelength_um)
    for band in MOLECULES[molecule]:
        branches = (-0.5, 0.5) if band.split_um else (0.0,)
        for side in branches:
            distance = (wavelength_um - band.centre_um - side * band.split_um) / (0.5 * band.width_um)
            shape = np.exp(-np.log(2.0) * distance**2) + 2.0e-3 / (1.0 + 0.1 * distance**2)
            opacity += band.strength / len(branches) * shape
    return opacity
