"""What the page of one planet shows: light curves, drift, posterior and truth, read from the products of a run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.planet.submitted import SubmittedSpectrum
from spectramind.features.planet.spectrum import Spectrum
from spectramind.features.transit.curves import transit_curves
from spectramind.features.transit.star import StarPrior
from spectramind.features.transit.state import SharedPrior

Array = NDArray[np.float64]
Arrays = dict[str, NDArray[Any]]

MINIMUM_VARIANCE = 1e-18
"""Smallest variance of a relative flux that is divided by."""


@dataclass(frozen=True, kw_only=True)
class WhiteCurve:
    """White light curve of one sensor relative to the level out of transit; all arrays (time,).

    Attributes:
        sigma: Propagated noise of one sample.
        transit: The fitted transit alone.
        gain: What the fit divides out: drift, pointing and common noise.
    """

    sensor: str
    time_h: Array
    flux: Array
    sigma: Array
    transit: Array
    gain: Array
    in_transit: NDArray[np.bool_]

    @property
    def model(self) -> Array:
        """Transit times gain."""
        return self.transit * self.gain

    @property
    def residual(self) -> Array:
        """Measured minus fitted."""
        return self.flux - self.model

    @property
    def detrended(self) -> Array:
        """Measured, with what is not transit divided out."""
        return self.flux / self.gain


@dataclass(frozen=True, kw_only=True)
class VisitView:
    """One visit as its feature arrays tell it.

    Attributes:
        fgs1, airs, transit: Arrays of the three feature products.
        star: Catalogue values, of which the limb-darkening law and the period are needed.
    """

    visit: int
    fgs1: Arrays
    airs: Arrays
    transit: Arrays
    star: StarPrior

    @cached_property
    def prior(self) -> SharedPrior:
        """Prior of geometry and limb darkening that the fit started from."""
        return SharedPrior.from_star(self.star, self.transit["wavelength_um"][1:], float(self.transit["search"][0]))

    @cached_property
    def white(self) -> tuple[WhiteCurve, WhiteCurve]:
        """White light curves of FGS1 and AIRS; the AIRS bins are weighted as the fit's first stage weights them."""
        own, weight = self.fgs1, self.white_weight
        fgs1_transit, airs_transit = self.transit_flux(0)[0], weight @ self.transit_flux(1)
        fgs1 = WhiteCurve(
            sensor="FGS1",
            time_h=own["time"],
            flux=own["flux"],
            sigma=np.sqrt(own["variance"]),
            transit=fgs1_transit,
            gain=own["model"] / fgs1_transit,
            in_transit=own["in_transit"],
        )
        airs = WhiteCurve(
            sensor="AIRS-CH0",
            time_h=self.airs["time"],
            flux=self.airs["flux"][:, 1:] @ weight,
            sigma=np.sqrt(self.airs["variance"][:, 1:] @ weight**2),
            transit=airs_transit,
            gain=self.airs["model"][:, 1:] @ weight / airs_transit,
            in_transit=self.airs["in_transit"],
        )
        return fgs1, airs

    @cached_property
    def white_weight(self) -> Array:
        """(AIRS bin,) inverse variances, adding up to one."""
        weight = 1.0 / np.maximum(self.airs["variance"][:, 1:].mean(axis=0), MINIMUM_VARIANCE)
        normalised: Array = weight / weight.sum()
        return normalised

    def transit_flux(self, sensor: int) -> Array:
        """Return the (bin, time) fitted transit without anything else; 0 is FGS1, 1 is AIRS."""
        shared, time_h = self.transit["shared"], (self.fgs1, self.airs)[sensor]["time"]
        curves = transit_curves(
            time_h,
            float(np.median(np.diff(time_h))),
            self.transit["depth"][:1] if sensor == 0 else self.transit["depth"][1:],
            self.prior.limb_darkening(shared)[sensor],
            mid_time_h=float(shared[0] + (shared[1] if sensor == 0 else 0.0)),
            period_h=self.prior.period_h,
            log_a=float(shared[2]),
            impact_squared=float(shared[3]),
        )
        return curves.flux

    @cached_property
    def colour_gain(self) -> Array:
        """(3, time) gain of the blue, middle and red third of AIRS."""
        gain = self.airs["model"][:, 1:].T / self.transit_flux(1)
        parts = zip(np.array_split(gain, 3), np.array_split(self.white_weight, 3), strict=True)
        return np.stack([weight @ part / weight.sum() for part, weight in parts])

    @cached_property
    def airs_z(self) -> Array:
        """(AIRS bin, time) residuals in units of the propagated noise."""
        variance = np.maximum(self.airs["variance"][:, 1:], MINIMUM_VARIANCE)
        z: Array = ((self.airs["flux"] - self.airs["model"])[:, 1:] / np.sqrt(variance)).T
        return z

    @property
    def white_depth(self) -> tuple[float, float]:
        """White AIRS depth and its standard deviation."""
        covariance = self.transit["covariance"][1:, 1:]
        return float(self.white_weight @ self.transit["depth"][1:]), float(np.sqrt(self.white_weight @ covariance @ self.white_weight))

    @property
    def sigma(self) -> Array:
        """(bin,) standard deviations of this visit's depths."""
        sigma: Array = np.sqrt(np.maximum(np.diag(self.transit["covariance"]), 0.0))
        return sigma

    def joint_moments(self) -> tuple[Array, Array]:
        """Return mean and covariance of the shared unknowns followed by the white depth."""
        depth, sigma = self.white_depth
        cross = self.white_weight @ self.transit["depth_shared_covariance"][1:]
        covariance: Array = np.block([[self.transit["shared_covariance"], cross[:, None]], [cross[None, :], np.array([[sigma**2]])]])
        return np.append(self.transit["shared"], depth), covariance


@dataclass(frozen=True, kw_only=True)
class PlanetView:
    """A planet: its visits, and what is predicted from all of them.

    Attributes:
        mu, sigma: (bin,) prediction: as submitted, else of the physical model, else mean and scatter of all planets.
        physics: Spectrum of the physical model from the visits; None without any.
        submitted: What was submitted; None where nothing was.
        not_submitted: Why nothing was; empty where something was.
        truth: (bin,) true depths where they are known.
        set_aside: Visit -> why it could not be used.
        missing: What is gone or was never made -> the command that makes it.
        gates, steps: Per visit and sensor, as calibration recorded them.
    """

    planet_id: str
    split: str
    catalogue: dict[str, float]
    wavelength_um: Array
    visits: tuple[VisitView, ...]
    mu: Array
    sigma: Array
    physics: Spectrum | None
    submitted: SubmittedSpectrum | None
    not_submitted: str
    truth: Array | None
    set_aside: dict[str, str]
    missing: dict[str, str]
    gates: dict[str, list[dict[str, Any]]]
    steps: dict[str, list[dict[str, Any]]]

    @property
    def beside(self) -> Spectrum | None:
        """What the physical model gives, where something else was submitted; a submission keeps ten digits."""
        if self.submitted is None or self.physics is None:
            return None
        own, other = np.stack([self.mu, self.sigma]), np.stack([self.physics.mu, self.physics.sigma])
        return None if np.allclose(own, other, rtol=1e-6, atol=0.0) else self.physics
