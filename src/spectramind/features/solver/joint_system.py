"""Both sensors in one linear Gaussian system of the depths and the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular

from spectramind.features.solver.gaussian_likelihood import GaussianLikelihood
from spectramind.features.solver.normal_equations import NormalEquations
from spectramind.features.solver.panel import Panels
from spectramind.features.solver.rest import RestPrior
from spectramind.features.solver.rest_given_depths import RestGivenDepths
from spectramind.features.spectrum.depth_likelihood import DepthLikelihood, DepthPrior
from spectramind.features.transit.state import SHARED, TransitState

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class JointSystem:
    """Normal equations of depths (bin,) and everything they share (rest,), around a state.

    Rest in order: shared unknowns, FGS1 drift, AIRS drift, common flux per AIRS time.
    """

    depth_depth: Array
    depth_rest: Array
    rest_rest: Array
    depth_right: Array
    rest_right: Array
    square: float
    rest_columns: tuple[NDArray[np.int64], NDArray[np.int64]]

    @classmethod
    def assemble(cls, equations: tuple[NormalEquations, NormalEquations], panels: Panels, state: TransitState) -> JointSystem:
        """Put the equations of FGS1 and AIRS together."""
        sizes = [drift.vector.size for drift in state.drift]
        times = state.common.size
        rest = SHARED + sum(sizes) + times
        columns = (
            np.concatenate([panels[0].shared_columns, SHARED + np.arange(sizes[0])]),
            np.concatenate([panels[1].shared_columns, SHARED + sizes[0] + np.arange(sizes[1] + times)]),
        )
        rest_rest, rest_right = np.zeros((rest, rest)), np.zeros(rest)
        depth_rest = np.zeros((state.depth.size, rest))
        rows = (slice(0, 1), slice(1, None))
        for part, index, own in zip(equations, columns, rows, strict=True):
            rest_rest[np.ix_(index, index)] += part.rest_rest
            rest_right[index] += part.rest_right
            depth_rest[own, index] += part.depth_rest
        return cls(
            depth_depth=np.concatenate([part.depth_depth for part in equations]),
            depth_rest=depth_rest,
            rest_rest=rest_rest,
            depth_right=np.concatenate([part.depth_right for part in equations]),
            rest_right=rest_right,
            square=sum(part.square for part in equations),
            rest_columns=columns,
        )

    def without_rest(self, rest: RestPrior) -> RestGivenDepths:
        """Integrate over the rest under a prior."""
        # Unknowns are counted from the prior mean of the rest, in units of their prior: no scale is ever divided by.
        square = self.square + 2.0 * self.rest_right @ rest.offset + rest.offset @ self.rest_rest @ rest.offset
        factor = rest.whitened_factor(self.rest_rest)
        right = solve_triangular(factor, rest.whiten(self.rest_right + self.rest_rest @ rest.offset), lower=True)
        cross = solve_triangular(factor, rest.whiten(self.depth_rest.T), lower=True)
        depths = DepthLikelihood(
            precision=np.diag(self.depth_depth) - cross.T @ cross,
            right=self.depth_right + self.depth_rest @ rest.offset - right @ cross,
            log_evidence=float(-0.5 * (square - right @ right) - np.log(np.diag(factor)).sum()),
        )
        return RestGivenDepths(depths=depths, prior=rest, factor=factor, right=right, cross=cross)

    def marginal_rest(self, prior: DepthPrior, depth: Array) -> GaussianLikelihood:
        """Integrate over the depths instead: what remains tells hypotheses about the rest apart, at a fraction of the cost.

        Args:
            prior: Gaussian prior of the depths.
            depth: (bin,) depths around which this system is written.
        """
        ahead = prior.mean - depth
        whitened = prior.root.T @ (self.depth_depth[:, None] * prior.root)
        whitened[np.diag_indices(whitened.shape[0])] += 1.0
        factor = cholesky(whitened, lower=True)
        right = solve_triangular(factor, prior.root.T @ (self.depth_right - self.depth_depth * ahead), lower=True)
        cross = solve_triangular(factor, prior.root.T @ self.depth_rest, lower=True)
        square = self.square - 2.0 * self.depth_right @ ahead + ahead @ (self.depth_depth * ahead)
        return GaussianLikelihood(
            precision=self.rest_rest - cross.T @ cross,
            right=self.rest_right - ahead @ self.depth_rest - right @ cross,
            log_evidence=float(-0.5 * (square - right @ right) - np.log(np.diag(factor)).sum()),
        )

    def likelihood(self) -> GaussianLikelihood:
        """Return the likelihood of depths and rest together."""
        return GaussianLikelihood(
            precision=np.block([[np.diag(self.depth_depth), self.depth_rest], [self.depth_rest.T, self.rest_rest]]),
            right=np.concatenate([self.depth_right, self.rest_right]),
            log_evidence=-0.5 * self.square,
        )
