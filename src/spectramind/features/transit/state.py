"""The unknowns of one visit: a point in parameter space around which the transit model is linearised."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spectramind.features.drift.drift import Drift
from spectramind.features.transit.limb_darkening import (
    BEND_IN_U1,
    BEND_IN_U2,
    BEND_SHARE,
    BEND_SHARE_SIGMA,
    INFRARED_SIGMA,
    INFRARED_SLOPE_SIGMA,
    OPTICAL_BEND,
    OPTICAL_SIGMA,
    infrared_bend,
    infrared_law,
    optical_law,
)
from spectramind.features.transit.star import StarPrior

Array = NDArray[np.float64]

# Order of the shared geometry: AIRS mid-time (h), FGS1 minus AIRS mid-time (h), ln(a / Rs), b^2,
# FGS1 u1, u2, AIRS u1 (level, slope), AIRS u2 (level, slope), relative to the law; then the bend of either sensor's limb.
GEOMETRY = ("mid_time_h", "fgs1_offset_h", "log_semimajor_axis", "impact_squared")
LIMB = ("fgs1_u1", "fgs1_u2", "airs_u1", "airs_u1_slope", "airs_u2", "airs_u2_slope", "fgs1_bend", "airs_bend")
SHARED = len(GEOMETRY) + len(LIMB)
LIMB_PLACES = slice(len(GEOMETRY), SHARED)
BENDS = slice(SHARED - 2, SHARED)
# The catalogue's a/Rs scatters by 6.5 % against Kepler's law and its inclinations by several sigma.
GEOMETRY_SIGMA = (0.5, 0.008, 0.12, 0.25)
LIMB_SIGMA = (
    *OPTICAL_SIGMA,
    INFRARED_SIGMA[0],
    INFRARED_SLOPE_SIGMA[0],
    INFRARED_SIGMA[1],
    INFRARED_SLOPE_SIGMA[1],
    *(BEND_SHARE_SIGMA, BEND_SHARE_SIGMA),
)
MAXIMUM_IMPACT_SQUARED = 0.95
LOWEST_INFRARED_U1 = -0.3
# Far beyond model atmospheres (0 to 1.2) the intensity is no intensity any more, and a fit that got there does not find back.
BEND_SHARES = (-0.5, 2.0)


@dataclass(frozen=True, kw_only=True)
class TransitState:
    """Current estimate of everything.

    Attributes:
        shared: (SHARED,) geometry and limb darkening, in the order of GEOMETRY + LIMB.
        depth: (bin,) squared radius ratio; bin 0 is FGS1.
        scale: (bin,) electrons out of transit.
        pointing: Per sensor (bin, regressor) relative flux per pixel (per squared pixel).
        drift: Per sensor.
        common: (AIRS time,) relative flux common to all AIRS bins that no polynomial follows.
    """

    shared: Array
    depth: Array
    scale: Array
    pointing: tuple[Array, Array]
    drift: tuple[Drift, Drift]
    common: Array

    def moved(self, *, shared: Array, depth: Array, drift: tuple[Array, Array], common: Array) -> TransitState:
        """Return the state after a step, kept inside what a transit allows."""
        new_shared = self.shared + shared
        new_shared[3] = np.clip(new_shared[3], 1e-4, MAXIMUM_IMPACT_SQUARED)
        new_shared[BENDS] = np.clip(new_shared[BENDS], *BEND_SHARES)
        return replace(
            self,
            shared=new_shared,
            depth=np.clip(self.depth + depth, 1e-6, 0.2),
            drift=(self.drift[0].moved(drift[0]), self.drift[1].moved(drift[1])),
            common=self.common + common,
        )


# How far a step of the shared unknowns may lead before the linearised model is no guide any more.
LARGEST_STEP = np.array([0.15, 0.03, 0.15, 0.15, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 1.5, 1.5])


@dataclass(frozen=True, kw_only=True)
class SharedPrior:
    """Gaussian prior of the shared unknowns, and the limb-darkening law they are relative to.

    Attributes:
        mean, sigma: (SHARED,).
        airs_law: (2, AIRS bin) u1 and u2 of the law.
        airs_slope: (AIRS bin,) wavelength scaled to about -0.5..0.5.
    """

    mean: Array
    sigma: Array
    fgs1_law: tuple[float, float]
    airs_law: Array
    airs_slope: Array
    bend: tuple[Array, Array]
    period_h: float

    @classmethod
    def from_star(cls, star: StarPrior, airs_wavelength_um: Array, mid_time_h: float) -> SharedPrior:
        """Build the prior from the catalogue and the time the search found."""
        impact_squared = min(star.impact_parameter, 0.5) ** 2
        geometry = (mid_time_h, 0.0, float(np.log(star.semimajor_axis)), impact_squared)
        u1, u2 = infrared_law(airs_wavelength_um)
        return cls(
            mean=np.array([*geometry, *([0.0] * (len(LIMB) - 2)), *([BEND_SHARE] * 2)]),
            sigma=np.array([*GEOMETRY_SIGMA, *LIMB_SIGMA]),
            fgs1_law=optical_law(star.temperature_k),
            airs_law=np.stack([u1, u2]),
            bend=(np.array([OPTICAL_BEND]), infrared_bend(airs_wavelength_um)),
            airs_slope=(airs_wavelength_um - 2.92) / 1.95,
            period_h=24.0 * star.period_d,
        )

    def limb_darkening(self, shared: Array) -> tuple[Array, Array]:
        """Return u1, u2 and bend of a state, (3, 1) for FGS1 and (3, AIRS bin), kept physical (I >= 0 to the limb).

        In the infrared u1 may be negative: it is so for the best quadratic law of a star whose own law is another one, and a
        bound at zero, so near the law itself, would hold the fit off its optimum.
        """
        optical, infrared = shared[10] * self.bend[0], shared[11] * self.bend[1]
        fgs1_u1 = np.maximum(self.fgs1_law[0] + shared[4] + BEND_IN_U1 * optical, 0.0)
        fgs1_u2 = self.fgs1_law[1] + shared[5] + BEND_IN_U2 * optical
        u1 = np.maximum(self.airs_law[0] + shared[6] + shared[7] * self.airs_slope + BEND_IN_U1 * infrared, LOWEST_INFRARED_U1)
        u2 = self.airs_law[1] + shared[8] + shared[9] * self.airs_slope + BEND_IN_U2 * infrared
        return np.stack([fgs1_u1, fgs1_u2, optical]), np.stack([u1, np.clip(u2, -u1 / 2.0, 1.0 - u1), infrared])
