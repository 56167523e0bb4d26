"""What one visit says of the limb darkening once the depths are known, and of the depths under another prior of the limb."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectramind.features.joint_system import DepthLikelihood
from spectramind.features.transit_state import LIMB_SIGMA

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class LimbPrior:
    """Gaussian prior of the limb darkening of one star.

    Attributes:
        mean: (limb,) relative to the law of ``limb_darkening`` for its temperature, in the order of ``transit_state.LIMB``.
        covariance: (limb, limb).
    """

    mean: Array
    covariance: Array

    @classmethod
    def of_fit(cls) -> LimbPrior:
        """Return the prior under which light curves are fitted."""
        return cls(mean=np.zeros(len(LIMB_SIGMA)), covariance=np.diag(np.square(LIMB_SIGMA)))


@dataclass(frozen=True, kw_only=True)
class LimbEvidence:
    """Posterior of the limb darkening at given depths, under the prior of the fit.

    Attributes:
        mean: (limb,) where all depths are zero.
        slope: (limb, bin) by which the mean goes with the depths.
        covariance: (limb, limb) whatever the depths.
    """

    mean: Array
    slope: Array
    covariance: Array

    @classmethod
    def split(cls, joint: DepthLikelihood) -> tuple[DepthLikelihood, LimbEvidence]:
        """Split a likelihood of depths and limb, the limb last, into that of the depths and the rest."""
        limb = len(LIMB_SIGMA)
        covariance = np.asarray(np.linalg.inv(joint.precision[-limb:, -limb:]), dtype=np.float64)
        cross, right = joint.precision[-limb:, :-limb], joint.right[-limb:]
        mean, slope = covariance @ right, -covariance @ cross
        depths = DepthLikelihood(
            precision=joint.precision[:-limb, :-limb] + cross.T @ slope,
            right=joint.right[:-limb] - cross.T @ mean,
            log_evidence=float(joint.log_evidence + 0.5 * right @ mean + 0.5 * np.linalg.slogdet(covariance)[1]),
        )
        return depths, cls(mean=mean, slope=slope, covariance=covariance)

    def likelihood_at(self, depth: Array) -> tuple[Array, Array]:
        """Return precision (limb, limb) and right-hand side (limb,) of the limb where the depths are known; no prior is left in them."""
        inverse = np.linalg.inv(self.covariance)
        values, vectors = np.linalg.eigh(inverse - np.linalg.inv(LimbPrior.of_fit().covariance))
        # What was averaged over hypotheses may seem to know less of the limb than its prior does: it knows nothing.
        right = np.where(values > 0.0, vectors.T @ inverse @ (self.mean + self.slope @ depth), 0.0)
        return (vectors * np.maximum(values, 0.0)) @ vectors.T, vectors @ right

    def depths_under(self, likelihood: DepthLikelihood, prior: LimbPrior) -> DepthLikelihood:
        """Return what the visit says of the depths had it been fitted with another prior of the limb.

        Args:
            likelihood: What it says under the prior of the fit, around zero depth.
        """
        fitted = LimbPrior.of_fit()
        inverse = np.linalg.inv(self.covariance)
        wanted = np.linalg.inv(prior.covariance)
        added = wanted - np.linalg.inv(fitted.covariance)
        kept = np.linalg.inv(inverse + added)
        precision = inverse - inverse @ kept @ inverse
        right = inverse @ kept @ (wanted @ prior.mean)
        return DepthLikelihood(
            precision=likelihood.precision + self.slope.T @ precision @ self.slope,
            right=likelihood.right + self.slope.T @ (right - precision @ self.mean),
            log_evidence=likelihood.log_evidence,
        )
