"""The physical model for many data at once: depths that share one precision share its factorisations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from scipy.special import logsumexp

from spectramind.features.planet.spectrum import DILUTION_SIGMA, SMALLEST_DEPTH
from spectramind.features.spectrum.prior import NEGLIGIBLE_WEIGHT, SpectrumPrior

Array = NDArray[np.float64]


class DepthSolver:
    """Posterior of the depths under a prior, as ``features.planet.spectrum.predict_spectrum`` has it, for many data of one precision.

    With d the depths that the data alone give, P their precision, and m, R mean and root of a member of the prior, the posterior is
    ``m + B B^T P (d - m)`` with covariance ``B B^T`` and ``B = R L^-T``, ``L L^T = 1 + R^T P R``; up to a constant its log evidence is
    ``|B^T P (d - m)|^2 / 2 + d P m - m P m / 2 - log det L``. Only d changes from call to call.

    Args:
        precision: (bin, bin).
        sigma_min: Floor of every standard deviation.
    """

    def __init__(self, precision: Array, prior: SpectrumPrior, sigma_min: float) -> None:
        self._precision, self._prior, self._sigma_min = precision, prior, sigma_min
        self._roots, self._log_determinants = [], []
        for member in prior.members:
            whitened = member.root.T @ precision @ member.root
            whitened[np.diag_indices_from(whitened)] += 1.0
            factor = cholesky(whitened, lower=True)
            self._roots.append(solve_triangular(factor, member.root.T, lower=True).T)
            self._log_determinants.append(float(np.log(np.diag(factor)).sum()))

    def __call__(self, depth: Array) -> tuple[Array, Array]:
        """Return the (case, bin) reported depths and standard deviations for (case, bin) depths of the data alone."""
        right = depth @ self._precision
        log_weight = np.empty((len(depth), len(self._roots)))
        halves = []
        for place, (member, root) in enumerate(zip(self._prior.members, self._roots, strict=True)):
            towards = self._precision @ member.mean
            half = (right - towards) @ root
            constant = right @ member.mean - 0.5 * float(member.mean @ towards) - self._log_determinants[place]
            log_weight[:, place] = self._prior.log_odds[place] + constant + 0.5 * np.einsum("ij,ij->i", half, half)
            halves.append(half)
        weights = np.exp(log_weight - logsumexp(log_weight, axis=1, keepdims=True))
        weights[weights <= NEGLIGIBLE_WEIGHT] = 0.0
        weights /= weights.sum(axis=1, keepdims=True)
        mean, variance = self._mixture(halves, weights)
        sigma = np.sqrt(np.maximum(variance + (DILUTION_SIGMA * mean) ** 2, self._sigma_min**2))
        return np.maximum(mean, SMALLEST_DEPTH), sigma

    def _mixture(self, halves: list[Array], weights: Array) -> tuple[Array, Array]:
        """Return the moments of the mixture of the members; one that no case gives weight is passed over."""
        mean, square = np.zeros_like(halves[0]), np.zeros_like(halves[0])
        for place, (member, root) in enumerate(zip(self._prior.members, self._roots, strict=True)):
            cases = np.flatnonzero(weights[:, place])
            if cases.size:
                weight = weights[cases, place, None]
                centre = member.mean + halves[place][cases] @ root.T
                mean[cases] += weight * centre
                square[cases] += weight * (centre**2 + np.einsum("ij,ij->i", root, root))
        return mean, square - mean**2
