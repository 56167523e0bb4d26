"""What one visit says of the limb darkening once the depths are known, and of the depths under another prior of the limb."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectramind.features.spectrum.depth_likelihood import DepthLikelihood
from spectramind.features.spectrum.moments import Moments
from spectramind.features.transit.state import LIMB_SIGMA

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class LimbPrior:
    """Gaussian prior of the limb darkening of one star.

    Attributes:
        mean: (limb,) relative to the law of ``transit.limb_darkening`` for its temperature, in the order of ``transit.state.LIMB``.
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
    def split(cls, joint: Moments) -> tuple[DepthLikelihood, LimbEvidence]:
        """Split what is known of depths and limb (``depths_and_limb``) into the likelihood of the depths, around zero, and the rest.

        Only spectra are compared by such a likelihood, so that its evidence is counted from zero.
        """
        depth, limb = slice(0, -len(LIMB_SIGMA)), slice(-len(LIMB_SIGMA), None)
        precision = np.linalg.inv(joint.covariance[depth, depth])
        precision = (precision + precision.T) / 2.0
        cross = joint.covariance[limb, depth]
        slope = cross @ precision
        evidence = cls(
            mean=joint.mean[limb] - slope @ joint.mean[depth], slope=slope, covariance=joint.covariance[limb, limb] - slope @ cross.T
        )
        return DepthLikelihood(precision=precision, right=precision @ joint.mean[depth], log_evidence=0.0), evidence

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
