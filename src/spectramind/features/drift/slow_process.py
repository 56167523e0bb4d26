"""Slow processes in time that are no polynomials: how a value at one moment goes with that at another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Functions of time beyond the polynomials; over a visit of 7.5 h the fastest of 48 has a period of 0.3 h.
SLOW_MODES = 48
SHORTEST_SLOW_TIME_H = 0.3


class Kernel(StrEnum):
    """How a slow process moves.

    SMOOTH is Matern-3/2, ROUGH the Ornstein-Uhlenbeck process (Matern-1/2), CYCLE a damped cosine and STEADY_CYCLE one that is hardly
    damped within a visit, as heaters and orbits make (Rasmussen & Williams 2006, equations 4.17, 4.18; MacKay 1998 for products of
    periodic and local kernels).
    """

    SMOOTH = "smooth"
    ROUGH = "rough"
    CYCLE = "cycle"
    STEADY_CYCLE = "steady cycle"


# For how many visits a cycle keeps its phase: a damped one bridges the periods between two coarse candidates, a steady one is told from
# the transit as well as its period is known.
COHERENCE_VISITS = {Kernel.CYCLE: 4.0, Kernel.STEADY_CYCLE: 16.0}


@dataclass(frozen=True, kw_only=True)
class SlowProcess:
    """A stationary Gaussian process in time.

    Attributes:
        sigma: Standard deviation; 0 for no process at all.
        time_h: Correlation time, of a cycle its period.
    """

    sigma: float = 0.0
    time_h: float = 1.0
    kernel: Kernel = Kernel.SMOOTH

    def covariance(self, time_h: Array) -> Array:
        """Return the (time, time) covariance."""
        return np.asarray(self.sigma**2 * self._correlation(time_h))

    def _correlation(self, time_h: Array) -> Array:
        if self.kernel is Kernel.SMOOTH:
            return matern(time_h, self.time_h)
        apart_h = np.abs(time_h[:, None] - time_h)
        if self.kernel is Kernel.ROUGH:
            return np.asarray(np.exp(-apart_h / self.time_h))
        coherence_h = COHERENCE_VISITS[self.kernel] * float(np.ptp(time_h))
        return np.asarray(np.cos(2.0 * np.pi * apart_h / self.time_h) * np.exp(-0.5 * (apart_h / coherence_h) ** 2))


NO_PROCESS = SlowProcess()


def matern(places: Array, scale: float) -> Array:
    """Return the (place, place) Matern-3/2 correlation of places in time or wavelength (Rasmussen & Williams 2006, eq. 4.17)."""
    scaled = np.sqrt(3.0) * np.abs(places[:, None] - places) / scale
    correlation: Array = (1.0 + scaled) * np.exp(-scaled)
    return correlation


def slow_modes(time_h: Array) -> Array:
    """Return (mode, time) orthonormal functions, those in which the fastest slow process has most of its variance."""
    _, vectors = np.linalg.eigh(matern(time_h, SHORTEST_SLOW_TIME_H))
    return np.ascontiguousarray(vectors.T[::-1][: min(SLOW_MODES, time_h.size // 3)])
