"""How large a gain drift may be, and of what kind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectramind.features.drift.drift import HELD, Drift, DriftBasis
from spectramind.features.drift.slow_process import NO_PROCESS, SlowProcess

Array = NDArray[np.float64]

BEYOND_DEGREE = 0.1


@dataclass(frozen=True, kw_only=True)
class DriftPrior:
    """How large a drift may be, up to which degree in time it is free, and what it does besides.

    Attributes:
        degree: Degrees up to this are free; every one above is ten times smaller than the one below.
        sigma: Size of the free coefficients.
        separable_rest: Where not None, the drift is separable, but for a rest of this share of ``sigma``.
        slow: Process of the shape; its sigma is relative to the colour.
        known_colour: Whether a separable drift has exactly the colour that it has.
    """

    degree: int = 3
    sigma: float = 6e-4
    separable_rest: float | None = None
    slow: SlowProcess = NO_PROCESS
    known_colour: bool = False

    def moments(self, drift: Drift, basis: DriftBasis) -> tuple[Array, tuple[Array, ...]]:
        """Return the prior mean (term,) of a drift's vector, and Cholesky factors along the diagonal of its covariance.

        A one-dimensional factor stands for a diagonal one.

        Colour and shape share a scale that only the prior could fix; the largest coefficient of the colour is held instead.
        """
        degrees = basis.degree.size
        profile = np.where(basis.degree <= self.degree, 1.0, np.power(BEYOND_DEGREE, basis.degree - self.degree))
        rest = 1.0 if self.separable_rest is None else self.separable_rest
        free = np.tile(self.sigma * rest * profile, len(drift.colour))
        shape_mean, colour_mean = np.zeros(drift.shape.size), np.zeros(drift.colour.size)
        if self.separable_rest is None:
            shape_sigma, colour_sigma = np.full(degrees, HELD), np.full(drift.colour.size, HELD * self.sigma)
            shape_mean[:degrees], colour_mean = drift.shape[:degrees], drift.colour
        else:
            pivot = int(np.argmax(np.abs(drift.colour)))
            shape_sigma, colour_sigma = 3.0 * profile, np.full(drift.colour.size, self.sigma * 2.0)
            colour_mean[pivot], colour_sigma[pivot] = drift.colour[pivot], HELD * self.sigma
            if self.known_colour:
                colour_mean, colour_sigma = drift.colour, np.full(drift.colour.size, HELD * self.sigma)
        slow = basis.slow_root(self.slow)
        mean = np.concatenate([np.zeros(free.size), shape_mean, colour_mean])
        return mean, (np.concatenate([free, shape_sigma]), slow, colour_sigma)
