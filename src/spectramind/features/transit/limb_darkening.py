"""Prior of the limb darkening: a quadratic law smooth in wavelength and temperature, free to be wrong, and a bend beside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Published light curves of the instrument give u1 of about 0.40 near 4800 K and 0.33 for a G star; stellar models put the
# same values some 500 K higher. The reference stands between, and the sigmas hold both. Infrared coefficients scatter by
# about 0.05; the sigmas are wider because the best quadratic law for a star that follows another law lies further off.
_REFERENCE_TEMPERATURE_K = 5200.0
OPTICAL_SIGMA = (0.10, 0.12)
INFRARED_SIGMA = (0.08, 0.10)
INFRARED_SLOPE_SIGMA = (0.03, 0.04)
# Model atmospheres darken faster at the very limb than any quadratic law: u1, u2 and a weight of sqrt(mu) - mu, fitted over the disc to
# the published four-term laws of dwarfs of 5000 to 5900 K (Claret & Bloemen 2011, A&A 529, A75 for R and I; Claret, Hauschildt & Torres
# 2025, A&A 699, A97 at 2.1 and 3.6 um), give these weights, 0.1 more or less for cooler and hotter stars. The published challenge was
# simulated without any, so how much of it a star has is free between none at all and more than all.
OPTICAL_BEND = 0.42
INFRARED_BEND = (0.65, 0.38)
BEND_SHARE, BEND_SHARE_SIGMA = 0.25, 0.35
# The quadratic law nearest to sqrt(mu) - mu over the disc: taken from u1 and u2, it leaves the best quadratic law as it was.
BEND_IN_U1, BEND_IN_U2 = 4.0 / 7.0, -1.0 / 3.0


def optical_law(temperature_k: float) -> tuple[float, float]:
    """Return the prior mean of (u1, u2) of the photometer, 0.6-0.8 um; what u1 loses with temperature u2 gains by half."""
    u1 = float(np.clip(0.40 - 0.04 * (temperature_k - _REFERENCE_TEMPERATURE_K) / 500.0, 0.15, 0.55))
    return u1, 0.20 + 0.5 * (0.40 - u1)


def infrared_law(wavelength_um: Array) -> tuple[Array, Array]:
    """Return the prior mean of (u1, u2) at each wavelength between 1.9 and 4 um; both fall towards the red."""
    x = np.clip((wavelength_um - 1.95) / 1.95, 0.0, 1.0)
    return 0.11 - 0.05 * x, 0.20 - 0.05 * x


def infrared_bend(wavelength_um: Array) -> Array:
    """Return the weight of sqrt(mu) - mu in model atmospheres at each wavelength between 1.9 and 4 um."""
    return np.interp(wavelength_um, (2.15, 3.6), INFRARED_BEND)
