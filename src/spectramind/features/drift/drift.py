"""Slow gain drift: what the light curves are allowed to follow besides the transit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky

from spectramind.features.drift.slow_process import SlowProcess, slow_modes
from spectramind.features.drift.terms import DriftTerms
from spectramind.features.series import SensorSeries
from spectramind.utils.errors import InputDataError

Array = NDArray[np.float64]

TIME_DEGREE = 8
WAVELENGTH_DEGREE = 3
# Size of what is held where it is, in units of what is not.
HELD = 1e-9


def legendre(values: Array, low: float, high: float, degree: int) -> Array:
    """Return (degree + 1, value) Legendre polynomials on the interval [low, high]."""
    if not high > low:
        raise InputDataError("a series has no extent in time or wavelength", where="drift", received=f"[{low}, {high}]")
    scaled = 2.0 * (values - low) / (high - low) - 1.0
    return np.ascontiguousarray(np.polynomial.legendre.legvander(scaled, degree).T)


@dataclass(frozen=True, kw_only=True)
class DriftBasis:
    """What a sensor's gain may follow: polynomials in time and wavelength, and smooth functions of time that are no polynomials.

    Attributes:
        in_time: (time function, time): Legendre polynomials of degree 1 and up, then slow modes; the constant belongs to each bin's scale.
        in_wavelength: (wavelength degree, bin).
        degree: (time degree,) of the polynomials, which come first.
        time_h: (time,).
    """

    in_time: Array
    in_wavelength: Array
    degree: NDArray[np.int64]
    time_h: Array

    @classmethod
    def of(cls, series: SensorSeries) -> DriftBasis:
        """Set up the functions over the time and wavelength that a sensor covers."""
        polynomials = legendre(series.time_h, float(series.time_h[0]), float(series.time_h[-1]), TIME_DEGREE)[1:]
        if series.wavelength_um.size == 1:
            in_wavelength = np.ones((1, 1))
        else:
            low, high = float(series.wavelength_um.min()), float(series.wavelength_um.max())
            in_wavelength = legendre(series.wavelength_um, low, high, WAVELENGTH_DEGREE)
        return cls(
            in_time=np.concatenate([polynomials, slow_modes(series.time_h)]),
            in_wavelength=in_wavelength,
            degree=np.arange(1, TIME_DEGREE + 1),
            time_h=series.time_h,
        )

    def gain(self, drift: Drift) -> Array:
        """Return the (bin, time) relative gain of a drift."""
        colours = drift.free @ self.in_time[: self.degree.size] + np.outer(drift.colour, drift.shape @ self.in_time)
        gain: Array = self.in_wavelength.T @ colours
        return gain

    def terms(self, drift: Drift) -> DriftTerms:
        """Return the derivatives of the gain in free, shape and colour, in this order."""
        colours, degrees, functions = len(self.in_wavelength), self.degree.size, len(self.in_time)
        own_colour, own_shape = colours, functions
        return DriftTerms(
            profiles=np.concatenate([self.in_wavelength, (drift.colour @ self.in_wavelength)[None]]),
            functions=np.concatenate([self.in_time, (drift.shape @ self.in_time)[None]]),
            profile=np.concatenate([np.repeat(np.arange(colours), degrees), np.full(functions, own_colour), np.arange(colours)]),
            function=np.concatenate([np.tile(np.arange(degrees), colours), np.arange(functions), np.full(colours, own_shape)]),
        )

    def process_covariance(self, process: SlowProcess) -> Array:
        """Return the (time, time) covariance of a process."""
        if process.sigma <= 0.0:
            return np.zeros((self.time_h.size, self.time_h.size))
        unit = replace(process, sigma=1.0)
        if unit not in self._correlations:
            self._correlations[unit] = unit.covariance(self.time_h)
        return process.sigma**2 * self._correlations[unit]

    def slow_root(self, process: SlowProcess) -> Array:
        """Return the (mode, mode) lower Cholesky factor of the prior covariance of the slow modes, or (mode,) of a diagonal one."""
        modes = self.in_time[self.degree.size :]
        if process.sigma <= 0.0:
            return np.full(len(modes), HELD)
        unit = replace(process, sigma=1.0)
        if unit not in self._roots:
            covariance = modes @ self.process_covariance(unit) @ modes.T
            covariance[np.diag_indices(len(modes))] += 1e-9
            self._roots[unit] = cholesky(covariance, lower=True)
        return process.sigma * self._roots[unit]

    def beyond_modes(self, process: SlowProcess) -> Array:
        """Return the (time, time) covariance of what of a process is too fast for the slow modes."""
        unit = replace(process, sigma=1.0)
        if unit not in self._beyond:
            modes = self.in_time[self.degree.size :]
            left = np.eye(self.time_h.size) - modes.T @ modes
            self._beyond[unit] = left @ self.process_covariance(unit) @ left
        return process.sigma**2 * self._beyond[unit]

    @cached_property
    def _correlations(self) -> dict[SlowProcess, Array]:
        """Covariances of the processes of unit size asked for so far."""
        return {}

    @cached_property
    def _beyond(self) -> dict[SlowProcess, Array]:
        """What the modes leave of them."""
        return {}

    @cached_property
    def _roots(self) -> dict[SlowProcess, Array]:
        """Factors made so far: every hypothesis about other things asks for the same ones."""
        return {}


@dataclass(frozen=True, kw_only=True)
class Drift:
    """A gain drift: free coefficients plus one separable term, colour in wavelength times shape in time.

    A detector whose gain drifts as a whole, more in some columns than in others, is separable. Then the differences between
    colours, which no grey transit can imitate, say what the drift common to all colours does under the transit.

    Attributes:
        free: (wavelength degree, time degree).
        shape: (time function,).
        colour: (wavelength degree,).
    """

    free: Array
    shape: Array
    colour: Array

    @classmethod
    def none(cls, basis: DriftBasis) -> Drift:
        """Return no drift at all; a sensor of one colour has that colour from the start."""
        colours = len(basis.in_wavelength)
        colour = np.ones(1) if colours == 1 else np.zeros(colours)
        return cls(free=np.zeros((colours, basis.degree.size)), shape=np.zeros(len(basis.in_time)), colour=colour)

    @property
    def vector(self) -> Array:
        """All terms in one vector: free, shape, colour."""
        return np.concatenate([self.free.ravel(), self.shape, self.colour])

    def moved(self, step: Array) -> Drift:
        """Return the drift after a step of its vector."""
        edges = np.cumsum([self.free.size, self.shape.size])
        free, shape, colour = np.split(self.vector + step, edges)
        return Drift(free=free.reshape(self.free.shape), shape=shape, colour=colour)

    def separated(self, basis: DriftBasis, left_over: Array) -> Drift:
        """Return one colour and one shape, the strongest that this drift and what it left over have; the rest stays free.

        Args:
            left_over: (wavelength degree, slow mode) what the data still show in functions of time that are no polynomials.
        """
        degrees = self.free.shape[1]
        total = np.concatenate([self.free, left_over], axis=1) + np.outer(self.colour, self.shape)
        # Colours are compared by the light they move: polynomials and modes have different norms.
        norm = np.linalg.norm(basis.in_time, axis=1)
        left, size, right = np.linalg.svd(total * norm, full_matrices=False)
        root = np.sqrt(basis.time_h.size)
        colour, shape = left[:, 0] * size[0] / root, right[0] / norm * root
        return Drift(free=total[:, :degrees] - np.outer(colour, shape[:degrees]), shape=shape, colour=colour)
