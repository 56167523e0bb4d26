"""Both sensors in one linear Gaussian system: solution, evidence, and what the data alone say about the spectrum."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky, solve_triangular

from spectramind.features.normal_equations import NormalEquations
from spectramind.features.panel import Panel
from spectramind.features.rest import RestLikelihood, RestPrior
from spectramind.features.transit_state import LIMB_PLACES, SHARED, TransitState

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
    def assemble(cls, equations: tuple[NormalEquations, NormalEquations], panels: tuple[Panel, Panel], state: TransitState) -> JointSystem:
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

    def marginal_depths(self, rest: RestPrior) -> DepthLikelihood:
        """Integrate over the rest; what remains is a Gaussian likelihood of the depths."""
        return self._without_rest(rest)[0]

    def marginal_depths_and_limb(self, rest: RestPrior) -> DepthLikelihood:
        """Integrate over all of the rest but the limb darkening; what remains is a likelihood of the depths and, behind them, the limb.

        Its prior is in it. The limb is counted from the mean of that prior.
        """
        depths, factor, right, cross = self._without_rest(rest)
        half = solve_triangular(factor, rest.whiten(np.eye(rest.offset.size)[:, LIMB_PLACES]), lower=True)
        root = cholesky(np.linalg.inv(half.T @ half), lower=True)
        # Mean and slope of the limb at given depths, in units of its own covariance there.
        mean, slope = root.T @ (half.T @ right), -root.T @ (half.T @ cross)
        return DepthLikelihood(
            precision=np.block([[depths.precision + slope.T @ slope, -slope.T @ root.T], [-root @ slope, root @ root.T]]),
            right=np.concatenate([depths.right - slope.T @ mean, root @ mean]),
            log_evidence=float(depths.log_evidence - 0.5 * mean @ mean + np.log(np.diag(root)).sum()),
        )

    def _without_rest(self, rest: RestPrior) -> tuple[DepthLikelihood, Array, Array, Array]:
        """Integrate over the rest.

        Returns:
            The likelihood of the depths; the factor of the rest's posterior precision, and what it leaves of right-hand side and depths.
        """
        # Unknowns are counted from the prior mean of the rest, in units of their prior: no scale is ever divided by.
        shifted_depth = self.depth_right + self.depth_rest @ rest.offset
        square = self.square + 2.0 * self.rest_right @ rest.offset + rest.offset @ self.rest_rest @ rest.offset
        factor = rest.whitened_factor(self.rest_rest)
        right = solve_triangular(factor, rest.whiten(self.rest_right + self.rest_rest @ rest.offset), lower=True)
        cross = solve_triangular(factor, rest.whiten(self.depth_rest.T), lower=True)
        depths = DepthLikelihood(
            precision=np.diag(self.depth_depth) - cross.T @ cross,
            right=shifted_depth - right @ cross,
            log_evidence=float(-0.5 * (square - right @ right) - np.log(np.diag(factor)).sum()),
        )
        return depths, factor, right, cross

    def marginal_rest(self, prior: DepthPrior, depth: Array) -> RestLikelihood:
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
        return RestLikelihood(
            precision=self.rest_rest - cross.T @ cross,
            right=self.rest_right - ahead @ self.depth_rest - right @ cross,
            log_evidence=float(-0.5 * (square - right @ right) - np.log(np.diag(factor)).sum()),
        )

    def rest_given_depth(self, rest: RestPrior, depth_step: Array) -> tuple[Array, Array]:
        """Return the step of the rest that goes with a step of depths, and the rest's covariance at fixed depths."""
        half = solve_triangular(rest.whitened_factor(self.rest_rest), rest.root.T, lower=True)
        right = self.rest_right + self.rest_rest @ rest.offset - self.depth_rest.T @ depth_step
        return half.T @ (half @ right) - rest.offset, half.T @ half


@dataclass(frozen=True, kw_only=True)
class DepthLikelihood:
    """Gaussian likelihood of a step of the depths from the current state.

    ``log L(step) = log_evidence + right . step - step . precision . step / 2``
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

    @classmethod
    def average(cls, parts: list[DepthLikelihood], weights: Array) -> DepthLikelihood:
        """Return the Gaussian with mean and covariance of a mixture of likelihoods, all around the same depths.

        Args:
            weights: (part,) probabilities, such as those the evidence gives to what each part assumes.
        """
        covariances = [np.linalg.inv(part.precision) for part in parts]
        means = [covariance @ part.right for covariance, part in zip(covariances, parts, strict=True)]
        mean = sum((weight * centre for weight, centre in zip(weights, means, strict=True)), np.zeros_like(means[0]))
        total = np.zeros_like(covariances[0])
        for weight, centre, covariance in zip(weights, means, covariances, strict=True):
            total += weight * (covariance + np.outer(centre - mean, centre - mean))
        precision = np.linalg.inv(total)
        precision = (precision + precision.T) / 2.0
        log_evidence = float(weights @ [part.log_evidence for part in parts])
        return cls(precision=precision, right=precision @ mean, log_evidence=log_evidence)


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
