"""Prior over transmission spectra: a wide mean, correlated structure of unknown size and scale, and a free FGS1 offset."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from spectramind.features.joint_system import DepthLikelihood, DepthPosterior, DepthPrior

Array = NDArray[np.float64]

MEAN_DEPTH = 0.0146
MEAN_DEPTH_SIGMA = 0.03
NUGGET = 1e-7
NEGLIGIBLE_WEIGHT = 1e-4
# Sizes of structure within a spectrum run from nothing to well above the richest published one (500 ppm), widths
# from a sharp Q branch (0.03 um) to a slope over the whole band.
AMPLITUDES = (3e-6, 1.5e-5, 3e-5, 6e-5, 1.2e-4, 2.4e-4, 5e-4, 1e-3)
LENGTHS_UM = (0.03, 0.08, 0.2, 0.6)
# FGS1 minus AIRS: the slope of haze and clouds, proportional to the structure elsewhere but not bound to it.
FGS1_OFFSETS = (3e-5, 1.5e-4, 5e-4)


@dataclass(frozen=True, kw_only=True)
class SpectrumHypothesis:
    """One set of scales of the prior."""

    amplitude: float
    length_um: float
    fgs1_offset: float


HYPOTHESES = tuple(
    SpectrumHypothesis(amplitude=amplitude, length_um=length, fgs1_offset=offset)
    for amplitude, length, offset in product(AMPLITUDES, LENGTHS_UM, FGS1_OFFSETS)
)


def spectrum_covariance(wavelength_um: Array, hypothesis: SpectrumHypothesis) -> Array:
    """Return the (bin, bin) prior covariance of a spectrum; bin 0 is FGS1."""
    scaled = np.sqrt(3.0) * np.abs(wavelength_um[1:, None] - wavelength_um[1:]) / hypothesis.length_um
    covariance = np.full((wavelength_um.size, wavelength_um.size), MEAN_DEPTH_SIGMA**2)
    covariance[1:, 1:] += hypothesis.amplitude**2 * (1.0 + scaled) * np.exp(-scaled)
    covariance[0, 0] += hypothesis.fgs1_offset**2
    covariance[np.diag_indices(wavelength_um.size)] += NUGGET**2
    return covariance


def infer_spectrum(likelihood: DepthLikelihood, wavelength_um: Array) -> tuple[DepthPosterior, dict[str, float]]:
    """Average over the hypotheses by their evidence (equal prior odds).

    Args:
        likelihood: What the data say, around zero depth.
        wavelength_um: (bin,).

    Returns:
        The moments of the mixture, and the posterior means of amplitude (log mean), length and FGS1 offset.
    """
    mean, origin = np.full(wavelength_um.size, MEAN_DEPTH), np.zeros(wavelength_um.size)
    priors = [DepthPrior.of(mean, spectrum_covariance(wavelength_um, hypothesis)) for hypothesis in HYPOTHESES]
    log_evidence = np.array([likelihood.log_evidence_under(prior, origin) for prior in priors])
    weights = np.exp(log_evidence - logsumexp(log_evidence))
    kept = np.flatnonzero(weights > NEGLIGIBLE_WEIGHT)
    posteriors = [likelihood.posterior(priors[index], origin) for index in kept]
    return mixture(posteriors, weights[kept] / weights[kept].sum()), {
        "amplitude": float(np.exp(weights @ np.log([h.amplitude for h in HYPOTHESES]))),
        "length_um": float(np.exp(weights @ np.log([h.length_um for h in HYPOTHESES]))),
        "fgs1_offset": float(np.exp(weights @ np.log([h.fgs1_offset for h in HYPOTHESES]))),
    }


def mixture(posteriors: list[DepthPosterior], weights: Array) -> DepthPosterior:
    """Return the mean and covariance of a mixture of Gaussians; weights sum to 1."""
    mean = sum((weight * posterior.mean for weight, posterior in zip(weights, posteriors, strict=True)), np.zeros_like(posteriors[0].mean))
    covariance = np.zeros_like(posteriors[0].covariance)
    for weight, posterior in zip(weights, posteriors, strict=True):
        shift = posterior.mean - mean
        covariance += weight * (posterior.covariance + np.outer(shift, shift))
    return DepthPosterior(mean=mean, covariance=covariance, log_evidence=float(logsumexp([p.log_evidence for p in posteriors])))
