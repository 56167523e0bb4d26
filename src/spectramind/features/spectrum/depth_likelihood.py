"""What light curves say of a spectrum of depths, and what follows from it under a prior."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky, solve_triangular

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class DepthLikelihood:
    """Gaussian likelihood of a step of the depths from the current state.

    ``log L(step) = log_evidence + right . step - step . precision . step / 2``, with a (bin, bin) precision.
    """

    precision: Array
    right: Array
    log_evidence: float

    def around_zero(self, depth: Array) -> DepthLikelihood:
        """Return the same likelihood as a function of the depths themselves rather than of steps from ``depth``."""
        return replace(
            self,
            right=self.right + self.precision @ depth,
            log_evidence=self.log_evidence - float(self.right @ depth + 0.5 * depth @ self.precision @ depth),
        )

    def log_evidence_loosened(self, prior: DepthPrior, depth: Array, place: int, variances: Array) -> Array:
        """Return the log evidence of priors that are less certain of one bin than a given one, at little more than the cost of one.

        The log evidence is a parabola in the prior mean of that bin; an uncertain mean is integrated over in closed form.

        Args:
            depth: (bin,) depths around which this likelihood is written.
            variances: What each of them adds to the prior variance of that bin.
        """
        factor, solved, log_evidence = self._solve(prior, depth)
        column = self.precision[:, place]
        half = solve_triangular(factor, prior.root.T @ column, lower=True)
        slope = self.right[place] - column @ (prior.mean - depth + prior.root @ solved)
        spread = 1.0 + (column[place] - half @ half) * variances
        return np.asarray(log_evidence + 0.5 * slope**2 * variances / spread - 0.5 * np.log(spread))

    def posterior(self, prior: DepthPrior, depth: Array) -> DepthPosterior:
        """Combine with a Gaussian prior of the depths; arguments as for ``log_evidence_loosened``."""
        factor, solved, log_evidence = self._solve(prior, depth)
        half = solve_triangular(factor, prior.root.T, lower=True)
        return DepthPosterior(mean=prior.mean + prior.root @ solved, covariance=half.T @ half, log_evidence=log_evidence)

    def _solve(self, prior: DepthPrior, depth: Array) -> tuple[Array, Array, float]:
        ahead = prior.mean - depth
        right = prior.root.T @ (self.right - self.precision @ ahead)
        whitened = prior.root.T @ self.precision @ prior.root
        whitened[np.diag_indices(whitened.shape[0])] += 1.0
        factor = cholesky(whitened, lower=True)
        solved = cho_solve((factor, True), right)
        constant = self.right @ ahead - 0.5 * ahead @ self.precision @ ahead
        return factor, solved, float(self.log_evidence + constant + 0.5 * right @ solved - np.log(np.diag(factor)).sum())


@dataclass(frozen=True, kw_only=True)
class DepthPrior:
    """Gaussian prior of the depths: (bin,) mean and (bin, bin) lower Cholesky factor of the covariance."""

    mean: Array
    root: Array

    @classmethod
    def of(cls, mean: Array, covariance: Array) -> DepthPrior:
        """Factorise a covariance."""
        return cls(mean=mean, root=cholesky(covariance, lower=True))


@dataclass(frozen=True, kw_only=True)
class DepthPosterior:
    """Gaussian posterior of the depths: (bin,) mean, (bin, bin) covariance, and the evidence of what was assumed."""

    mean: Array
    covariance: Array
    log_evidence: float
