"""From the features of a planet's visits to one spectrum with uncertainties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectramind.features.noise.limb_evidence import LimbEvidence, LimbPrior
from spectramind.features.spectrum.depth_likelihood import DepthLikelihood, DepthPosterior
from spectramind.features.spectrum.prior import MEAN_DEPTH, SpectrumPrior, infer_spectrum

Array = NDArray[np.float64]

# Errors of two visits of one planet are correlated (same star, same limb darkening, same catalogue): the variance of
# their mean was seen to be 1.2 to 1.4 times that of independent errors.
VISIT_CORRELATION = 0.3
FEWEST_LABELS = 20
NAIVE_SIGMA = 0.0105
# Light that does not dim (zodiacal, thermal) and is too faint to tell from the wings: this share of the star's, more or less.
DILUTION_SIGMA = 5e-4
SMALLEST_DEPTH = 1e-6
# A fit that did not come to a standstill is believed half as precisely as it claims.
UNCONVERGED_VARIANCE = 4.0


@dataclass(frozen=True, kw_only=True)
class Spectrum:
    """A predicted spectrum: (bin,) depths and standard deviations."""

    mu: Array
    sigma: Array


def combine_visits(parts: Sequence[DepthLikelihood]) -> DepthLikelihood:
    """Return the likelihood of all visits together, around zero depth.

    Independent likelihoods would multiply; the product is tempered by ``1 + 0.3 (n - 1)``. n is the effective number of
    visits, ``(sum t)^2 / sum t^2`` with t the typical precision of each, so that a poor visit never takes away from a good one.
    """
    typical = np.array([float(np.median(np.diag(part.precision))) for part in parts])
    effective = float(typical.sum() ** 2 / (typical**2).sum())
    factor = 1.0 + VISIT_CORRELATION * (effective - 1.0)
    return DepthLikelihood(
        precision=sum((part.precision for part in parts), np.zeros_like(parts[0].precision)) / factor,
        right=sum((part.right for part in parts), np.zeros_like(parts[0].right)) / factor,
        log_evidence=sum(part.log_evidence for part in parts),
    )


@dataclass(frozen=True, kw_only=True)
class VisitEvidence:
    """What one visit says of the depths, and of the limb darkening once they are known; and whether its fit converged."""

    likelihood: DepthLikelihood
    limb: LimbEvidence
    converged: bool

    def under(self, limb: LimbPrior) -> DepthLikelihood:
        """Return what the visit says of the depths under a prior of the limb; that of a fit that did not converge is widened."""
        found = self.limb.depths_under(self.likelihood, limb)
        factor = 1.0 if self.converged else UNCONVERGED_VARIANCE
        return replace(found, precision=found.precision / factor, right=found.right / factor)


@dataclass(frozen=True, kw_only=True)
class PlanetPrior:
    """What is known of a planet before its light curves are seen."""

    spectrum: SpectrumPrior
    limb: LimbPrior


def read_visit(path: Path) -> VisitEvidence:
    """Read what a visit says of the depths."""
    with np.load(path, allow_pickle=False) as stored:
        likelihood = DepthLikelihood(precision=stored["likelihood_precision"], right=stored["likelihood_right"], log_evidence=0.0)
        return VisitEvidence(likelihood=likelihood, limb=limb_evidence_in(stored), converged=bool(stored["converged"]))


def limb_evidence_in(arrays: Mapping[str, Array]) -> LimbEvidence:
    """Return what the transit features of a visit say of the limb darkening."""
    return LimbEvidence(mean=arrays["limb_mean"], slope=arrays["limb_slope"], covariance=arrays["limb_covariance"])


def spectrum_posterior(visits: Sequence[VisitEvidence], prior: PlanetPrior) -> DepthPosterior:
    """Infer the depths of one planet from what its visits say; the covariance holds what stray light leaves unknown.

    Light that does not dim lessens all depths by one factor, so its error is common to the bins.
    """
    posterior, _ = infer_spectrum(combine_visits([visit.under(prior.limb) for visit in visits]), prior.spectrum)
    dilution = DILUTION_SIGMA * posterior.mean
    return replace(posterior, covariance=posterior.covariance + np.outer(dilution, dilution))


def reported_spectrum(posterior: DepthPosterior, sigma_min: float) -> Spectrum:
    """Return depths and standard deviations of a posterior, neither below its floor."""
    sigma = np.sqrt(np.maximum(np.diag(posterior.covariance), sigma_min**2))
    return Spectrum(mu=np.maximum(posterior.mean, SMALLEST_DEPTH), sigma=sigma)


def predict_spectrum(visits: Sequence[VisitEvidence], prior: PlanetPrior, sigma_min: float) -> Spectrum:
    """Infer the spectrum of one planet from what its visits say."""
    return reported_spectrum(spectrum_posterior(visits, prior), sigma_min)


def naive_spectrum(bins: int, labels: Array | None) -> Spectrum:
    """Return what is known of a planet whose frames cannot be used: the mean and scatter of all planets.

    Args:
        labels: (planet, bin) training spectra where there are any; else the published mean and scatter.
    """
    if labels is None or len(labels) < FEWEST_LABELS:
        return Spectrum(mu=np.full(bins, MEAN_DEPTH), sigma=np.full(bins, NAIVE_SIGMA))
    return Spectrum(mu=labels.mean(axis=0), sigma=np.maximum(labels.std(axis=0), NAIVE_SIGMA / 10.0))
