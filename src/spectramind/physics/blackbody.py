"""Thermal emission of a star."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

PLANCK_J_S = 6.62607015e-34
LIGHT_SPEED_M_S = 2.99792458e8
BOLTZMANN_J_K = 1.380649e-23

_METRES_PER_MICRON = 1e-6
_EXPONENT_UM_K = PLANCK_J_S * LIGHT_SPEED_M_S / (BOLTZMANN_J_K * _METRES_PER_MICRON)


def photon_radiance(wavelength_um: ArrayLike, temperature_k: ArrayLike) -> NDArray[np.float64]:
    """Return Planck's law counted in photons.

    Equation:  B = 2 c / lambda^4 / (exp(h c / (lambda k T)) - 1)
    Units:     photon / (s m^2 sr um).   Arguments broadcast.
    Written with exp(-x), so that a cold body or a short wavelength gives a tiny number or 0, never an overflow.

    Raises:
        ValueError: A wavelength or temperature is not positive.
    """
    wavelength = np.asarray(wavelength_um, dtype=np.float64)
    temperature = np.asarray(temperature_k, dtype=np.float64)
    if not (np.all(wavelength > 0.0) and np.all(temperature > 0.0)):
        raise ValueError("wavelength and temperature must be positive")
    exponent = _EXPONENT_UM_K / (wavelength * temperature)
    density = 2.0 * LIGHT_SPEED_M_S / (wavelength * _METRES_PER_MICRON) ** 4 * _METRES_PER_MICRON
    return np.asarray(density * np.exp(-exponent) / -np.expm1(-exponent))
