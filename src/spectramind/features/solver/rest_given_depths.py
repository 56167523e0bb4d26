"""The rest integrated over: what is left for the depths, and what the rest is once the depths are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, solve_triangular

from spectramind.features.solver.rest import RestPrior
from spectramind.features.spectrum.depth_likelihood import DepthLikelihood

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class RestGivenDepths:
    """Gaussian posterior of the rest at given depths, under one prior.

    Attributes:
        depths: Likelihood of a step of the depths, the rest integrated over.
        prior: Of the rest.
        factor: (rest, rest) lower Cholesky factor of the posterior precision, in units of the prior.
        right, cross: (rest,) and (rest, bin) right-hand side and coupling to the depths, solved by the factor.
    """

    depths: DepthLikelihood
    prior: RestPrior
    factor: Array
    right: Array
    cross: Array

    def step(self, depth_step: Array) -> Array:
        """Return the (rest,) step that goes with a step of the depths."""
        whitened = solve_triangular(self.factor, self.right - self.cross @ depth_step, lower=True, trans="T")
        return self.prior.unwhiten(whitened) - self.prior.offset

    def covariance_times(self, values: Array) -> Array:
        """Return the covariance of the rest times (rest, column) values."""
        return self.prior.unwhiten(np.asarray(cho_solve((self.factor, True), self.prior.whiten(values))))
