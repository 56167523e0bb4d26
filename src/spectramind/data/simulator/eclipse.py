"""The transit as the two sensors see it: limb-darkened, chromatic, averaged over every stored ramp."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectramind.data.sensors import SECONDS_PER_HOUR
from spectramind.data.simulator.instrument import FIRST_BIN_COLUMN, LAST_BIN_COLUMN, airs_wavelength_um
from spectramind.data.simulator.profile import Sampling
from spectramind.data.simulator.scenario import LimbDarkeningLaw
from spectramind.data.simulator.stars import System
from spectramind.physics.exposure import exposure_nodes
from spectramind.physics.orbit import HOURS_PER_DAY, sky_separation
from spectramind.physics.transit import quadratic_transit

SUBSAMPLE_S = 45.0
ANNULI = 48


Law = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class LimbDarkening:
    """Coefficients (u1, u2, bend) of ``limb_darkened_flux``: of FGS1, and of AIRS at 1.95 and at 3.9 um, linear in wavelength between."""

    law: LimbDarkeningLaw
    fgs1: Law
    airs_blue: Law
    airs_red: Law

    def airs(self, wavelength_um: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (3, wavelength) coefficients at AIRS wavelengths."""
        red = np.clip((wavelength_um - 1.95) / (3.9 - 1.95), -0.2, 1.2)
        blue_law, red_law = np.array(self.airs_blue), np.array(self.airs_red)
        return np.asarray(blue_law[:, None] + red * (red_law - blue_law)[:, None])

    def as_dict(self) -> dict[str, Any]:
        """Return the coefficients as a JSON-ready mapping."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def draw_limb_darkening(generator: np.random.Generator, temperature_k: float, law: LimbDarkeningLaw) -> LimbDarkening:
    """Draw coefficients.

    ``quadratic``: FGS1 about .40/.20 at 5800 K, u1 falling .04 per 500 K; AIRS u1 .11 to .06, u2 .20 to .15; scatter .05.
    ``nonlinear``: the same with a bend. ``square_root``: the square-root law of model atmospheres (Claret & Bloemen 2011, A&A 529, A75;
    Claret, Hauschildt & Torres 2025, A&A 699, A97 for the infrared), c (1 - mu) + d (1 - sqrt(mu)).
    """
    if law == "square_root":
        return _draw_square_root(generator, temperature_k)
    fgs1_u1 = 0.40 - 0.04 * (temperature_k - 5800.0) / 500.0 + generator.normal(0.0, 0.05)
    fgs1_u2 = 0.20 + generator.normal(0.0, 0.05)
    shift_u1, shift_u2 = generator.normal(0.0, 0.04, size=2)
    bend = float(generator.uniform(0.10, 0.25)) if law == "nonlinear" else 0.0
    return LimbDarkening(
        law=law,
        fgs1=(float(np.clip(fgs1_u1, 0.1, 0.7)), float(np.clip(fgs1_u2, 0.0, 0.3)), bend),
        airs_blue=(max(float(0.11 + shift_u1), 0.0), max(float(0.20 + shift_u2), 0.0), bend),
        airs_red=(max(float(0.06 + shift_u1), 0.0), max(float(0.15 + shift_u2), 0.0), bend),
    )


def _draw_square_root(generator: np.random.Generator, temperature_k: float) -> LimbDarkening:
    hotter = (temperature_k - 5500.0) / 1000.0

    def law(linear: float, root: float, scatter: float) -> Law:
        d = root + float(generator.normal(0.0, scatter))
        c = linear + float(generator.normal(0.0, 0.03))
        return c + d, 0.0, d

    return LimbDarkening(
        law="square_root",
        fgs1=law(0.23 - 0.07 * hotter, 0.41, 0.08),
        airs_blue=law(-0.14, 0.63 - 0.12 * hotter, 0.04),
        airs_red=law(-0.06, 0.36 - 0.08 * hotter, 0.03),
    )


def airs_transit(
    sampling: Sampling, system: System, mid_time_h: float, depth: NDArray[np.float64], limb: LimbDarkening
) -> NDArray[np.float64]:
    """Return (356, pair) relative flux; columns outside the spectral bins, almost dark, take the nearest bin's light curve."""
    bins = slice(FIRST_BIN_COLUMN, LAST_BIN_COLUMN + 1)
    flux = _averaged_transit(sampling, system, mid_time_h, np.sqrt(depth[bins]), limb.airs(airs_wavelength_um()[bins]))
    column = np.clip(np.arange(depth.size), FIRST_BIN_COLUMN, LAST_BIN_COLUMN) - FIRST_BIN_COLUMN
    return flux[column]


def fgs1_transit(sampling: Sampling, system: System, mid_time_h: float, depth: float, limb: LimbDarkening) -> NDArray[np.float64]:
    """Return (1, pair) relative flux."""
    return _averaged_transit(sampling, system, mid_time_h, np.sqrt(np.array([depth])), np.array(limb.fgs1)[:, None])


def _averaged_transit(
    sampling: Sampling,
    system: System,
    mid_time_h: float,
    radius_ratio: NDArray[np.float64],
    limb: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Average the light curve over the integration between the two reads, with a node at least every 45 s."""
    order = max(1, math.ceil(sampling.long_s / SUBSAMPLE_S))
    time_d, weights = exposure_nodes(sampling.time_h(0.5) / HOURS_PER_DAY, sampling.long_s / SECONDS_PER_HOUR / HOURS_PER_DAY, order)
    separation = sky_separation(time_d, mid_time_h / HOURS_PER_DAY, system.period_d, system.semimajor_axis, system.impact_parameter)
    near = separation < 1.0 + radius_ratio.max()
    flux = np.ones((radius_ratio.size, *separation.shape))
    flux[:, near] = limb_darkened_flux(separation[near], radius_ratio[:, None], *limb[:, :, None])
    return np.asarray(np.sum(flux * weights, axis=-1))


def limb_darkened_flux(
    separation: NDArray[np.float64],
    radius_ratio: NDArray[np.float64],
    u1: NDArray[np.float64],
    u2: NDArray[np.float64],
    bend: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the relative flux for the intensity  1 - u1 (1 - mu) - u2 (1 - mu)^2 + bend (sqrt(mu) - mu).

    The last term is a superposition of uniform discs, the best annuli of its profile: it is not quadratic in mu, and it is zero both at the
    centre and at the limb. Weights of the two parts are their fluxes.
    """
    quadratic = quadratic_transit(separation, radius_ratio, u1, u2)
    if not np.any(bend):
        return quadratic
    quadratic_light = np.pi * (1.0 - u1 / 3.0 - u2 / 6.0)
    radii, heights = bend_discs()
    bend_light = bend * np.pi * float(np.sum(heights * radii**2))
    hidden = np.zeros_like(quadratic)
    for radius, height in zip(radii, heights, strict=True):
        hidden += bend * height * overlap_area(separation, radius, radius_ratio)
    return (quadratic_light * quadratic + bend_light - hidden) / (quadratic_light + bend_light)


def bend_discs() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return radii and heights of the uniform discs whose sum is sqrt(mu) - mu, a staircase at equal steps of angle on the star."""
    angle = np.linspace(0.0, 0.5 * np.pi, ANNULI + 1)
    mu = np.cos(0.5 * (angle[1:] + angle[:-1]))
    level = np.sqrt(mu) - mu
    return np.sin(angle[1:]), level - np.append(level[1:], 0.0)


def overlap_area(separation: NDArray[np.float64], first: float, second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the area common to two discs with radii ``first`` and ``second`` at a distance of their centres; arguments broadcast."""
    distance = np.maximum(separation, 1.0e-12)
    toward_first = np.clip((distance**2 + first**2 - second**2) / (2.0 * distance * first), -1.0, 1.0)
    toward_second = np.clip((distance**2 + second**2 - first**2) / (2.0 * distance * second), -1.0, 1.0)
    kite = (first + second - distance) * (distance + first - second) * (distance - first + second) * (distance + first + second)
    lens = first**2 * np.arccos(toward_first) + second**2 * np.arccos(toward_second)
    area: NDArray[np.float64] = lens - 0.5 * np.sqrt(np.maximum(kite, 0.0))
    return area
