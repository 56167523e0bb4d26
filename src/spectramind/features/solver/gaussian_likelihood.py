"""Gaussian likelihood of unknowns, some of which are integrated over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from spectramind.features.solver.rest import RestPrior

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class GaussianLikelihood:
    """Gaussian likelihood of a step of unknowns from the current state.

    ``log L(step) = log_evidence + right . step - step . precision . step / 2``, with a (unknown, unknown) precision.
    """

    precision: Array
    right: Array
    log_evidence: float

    def log_evidence_under(self, prior: RestPrior) -> float:
        """Return the log evidence of a prior of all unknowns."""
        return self.without(slice(None), prior).log_evidence

    def without(self, columns: slice, prior: RestPrior) -> GaussianLikelihood:
        """Integrate over some unknowns; what remains is the likelihood of the others.

        Args:
            columns: Which ones, next to each other.
            prior: Prior of these.
        """
        start, stop, _ = columns.indices(self.right.size)
        own, gone = self.precision[columns, columns], self.right[columns]
        cross = np.delete(self.precision[columns], columns, axis=1)
        moved = own @ prior.offset
        factor = prior.whitened_factor(own)
        right = solve_triangular(factor, prior.whiten(gone + moved), lower=True, check_finite=False)
        constant = 0.5 * right @ right - (gone + 0.5 * moved) @ prior.offset - np.log(np.diag(factor)).sum()
        log_evidence = float(self.log_evidence + constant)
        if stop - start == self.right.size:
            return GaussianLikelihood(precision=self.precision[:0, :0], right=self.right[:0], log_evidence=log_evidence)
        half = solve_triangular(factor, prior.whiten(cross), lower=True, check_finite=False)
        kept = np.delete(np.arange(self.right.size), columns)
        return GaussianLikelihood(
            precision=self.precision[np.ix_(kept, kept)] - half.T @ half,
            right=self.right[kept] + prior.offset @ cross - right @ half,
            log_evidence=log_evidence,
        )
