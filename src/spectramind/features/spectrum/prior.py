"""Prior over transmission spectra: a wide mean, correlated structure of unknown size and scale, and a free FGS1 offset."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from spectramind.features.drift.slow_process import matern
from spectramind.features.spectrum.depth_likelihood import DepthLikelihood, DepthPosterior, DepthPrior
from spectramind.features.spectrum.moments import Moments

Array = NDArray[np.float64]

MEAN_DEPTH = 0.0146
MEAN_DEPTH_SIGMA = 0.03
NUGGET = 1e-7
NEGLIGIBLE_WEIGHT = 1e-4
# Sizes of structure within a spectrum run from nothing to well above the richest published one (500 ppm), widths
# from a sharp Q branch (0.03 um) to a slope over the whole band.
AMPLITUDES = (3e-6, 1.5e-5, 3e-5, 6e-5, 1.2e-4, 2.4e-4, 5e-4, 1e-3)
LENGTHS_UM = (0.03, 0.08, 0.2, 0.6)
# Share of the variance that is as sharp as the narrowest band, however smooth the rest: a peak in a smooth spectrum must not be denied.
SHARP_SHARE = 0.03
# Or a spectrum is calm but for one region, as that of one strong band above clouds: a stationary process must take all of it for
# rough or nothing. The centre may lie anywhere; the calm part still moves by a share of the region's size.
REGION_CENTRES_UM = tuple(np.linspace(2.0, 3.9, 9).tolist())
REGION_SIGMA_UM = 0.15
CALM_SHARE = 0.3
REGION_AMPLITUDES = (1.2e-4, 2.4e-4, 5e-4, 1e-3)
REGION_LENGTH_UM = 0.08
REGION_ODDS = 0.3
# FGS1 minus AIRS: haze and clouds between the two bands, known only by order of magnitude.
FGS1_OFFSETS = (6e-5, 4e-4)
# Offsets beyond what the learned covariance of FGS1 and AIRS explains.
LEARNED_FGS1_OFFSETS = (1e-5, 1.5e-4)
FEWEST_LABELS = 20
# Share of a generic process in a covariance learned from this many spectra; it shrinks with their number.
GENERIC_SHARE_LABELS = 15.0
LARGEST_SHAPE = 6.0


@dataclass(frozen=True, kw_only=True)
class SpectrumHypothesis:
    """One set of scales of the prior; a learned one has no length of its own, one that is rough everywhere no region."""

    amplitude: float
    fgs1_offset: float
    length_um: float | None = None
    region_um: float | None = None


@dataclass(frozen=True, kw_only=True)
class SpectrumPrior:
    """A family of Gaussian priors over spectra, to be averaged by their evidence.

    Attributes:
        hypotheses: Scales of each member.
        members: The Gaussians themselves.
        log_odds: (member,) logarithm of the prior probabilities.
    """

    hypotheses: tuple[SpectrumHypothesis, ...]
    members: tuple[DepthPrior, ...]
    log_odds: Array

    def log_evidence(self, likelihood: DepthLikelihood) -> Array:
        """Return the (member,) log evidence; that of members which differ only in their FGS1 offset is worked out together.

        Args:
            likelihood: What the data say, around zero depth.
        """
        found = np.empty(len(self.members))
        origin = np.zeros(likelihood.right.size)
        for places in self._twins:
            variances = np.array([self.hypotheses[place].fgs1_offset ** 2 for place in places])
            tightest = self.members[places[int(np.argmin(variances))]]
            found[places] = likelihood.log_evidence_loosened(tightest, origin, 0, variances - variances.min())
        return found

    @cached_property
    def _twins(self) -> list[list[int]]:
        """Places of the members that differ only in their FGS1 offset."""
        groups: dict[SpectrumHypothesis, list[int]] = {}
        for place, hypothesis in enumerate(self.hypotheses):
            groups.setdefault(replace(hypothesis, fgs1_offset=0.0), []).append(place)
        return list(groups.values())

    @classmethod
    def generic(cls, wavelength_um: Array) -> SpectrumPrior:
        """Return the prior that needs no training labels: Matern processes of every size and width, everywhere or in one region."""
        return _generic(tuple(wavelength_um.tolist()))

    @classmethod
    def learned(cls, wavelength_um: Array, labels: Array) -> SpectrumPrior:
        """Return the generic prior joined, at equal odds, by one whose shapes and sizes are learned from true spectra.

        Args:
            wavelength_um: (bin,).
            labels: (planet, bin) spectra; none of them may be that of a planet to be predicted.
        """
        generic = cls.generic(wavelength_um)
        shapes, sizes = _shapes(labels)
        if len(shapes) < FEWEST_LABELS:
            return generic
        share = GENERIC_SHARE_LABELS / (GENERIC_SHARE_LABELS + len(shapes))
        # The second moment, not the covariance: the members have a flat mean, so what all shapes share must stay in.
        unit = (1.0 - share) * (shapes.T @ shapes) / len(shapes) + share * _matern(wavelength_um, LENGTHS_UM[1])
        hypotheses = tuple(SpectrumHypothesis(amplitude=a, fgs1_offset=o) for a, o in product(AMPLITUDES, LEARNED_FGS1_OFFSETS))
        members = tuple(_member(_covariance(h.amplitude**2 * unit, h.fgs1_offset)) for h in hypotheses)
        spread = max(float(np.std(np.log(sizes))), 0.3)
        log_size = -0.5 * ((np.log([h.amplitude for h in hypotheses]) - np.log(sizes).mean()) / spread) ** 2
        log_size -= logsumexp(log_size)
        return cls(
            hypotheses=(*generic.hypotheses, *hypotheses),
            members=(*generic.members, *members),
            log_odds=np.concatenate([generic.log_odds, log_size]),
        )


def spectrum_covariance(wavelength_um: Array, hypothesis: SpectrumHypothesis) -> Array:
    """Return the (bin, bin) prior covariance of a spectrum under a generic hypothesis; bin 0 is FGS1.

    Raises:
        ValueError: For a learned hypothesis, whose shape is not in its scales.
    """
    if hypothesis.length_um is None:
        raise ValueError("a learned hypothesis has no length")
    size = np.full(wavelength_um.size, hypothesis.amplitude)
    if hypothesis.region_um is not None:
        inside = np.exp(-0.5 * ((wavelength_um - hypothesis.region_um) / REGION_SIGMA_UM) ** 2)
        size *= CALM_SHARE + (1.0 - CALM_SHARE) * inside
    return _covariance(np.outer(size, size) * _matern(wavelength_um, hypothesis.length_um), hypothesis.fgs1_offset)


def infer_spectrum(likelihood: DepthLikelihood, prior: SpectrumPrior) -> tuple[DepthPosterior, dict[str, float]]:
    """Average over the members of a prior by their evidence.

    Args:
        likelihood: What the data say, around zero depth.

    Returns:
        The moments of the mixture; and the posterior log mean of amplitude and FGS1 offset, with the probability of the
        learned members.
    """
    origin = np.zeros(likelihood.right.size)
    log_weight = prior.log_odds + prior.log_evidence(likelihood)
    weights = np.exp(log_weight - logsumexp(log_weight))
    kept = np.flatnonzero(weights > NEGLIGIBLE_WEIGHT)
    posteriors = [likelihood.posterior(prior.members[index], origin) for index in kept]
    learned = np.array([hypothesis.length_um is None for hypothesis in prior.hypotheses])
    return mixture(posteriors, weights[kept] / weights[kept].sum(), float(logsumexp(log_weight))), {
        "amplitude": float(np.exp(weights @ np.log([h.amplitude for h in prior.hypotheses]))),
        "fgs1_offset": float(np.exp(weights @ np.log([h.fgs1_offset for h in prior.hypotheses]))),
        "learned": float(weights[learned].sum()),
    }


@lru_cache(maxsize=2)
def _generic(wavelengths_um: tuple[float, ...]) -> SpectrumPrior:
    wavelength_um = np.array(wavelengths_um)
    everywhere = [
        SpectrumHypothesis(amplitude=amplitude, length_um=length, fgs1_offset=offset)
        for amplitude, length, offset in product(AMPLITUDES, LENGTHS_UM, FGS1_OFFSETS)
    ]
    regions = [
        SpectrumHypothesis(amplitude=amplitude, length_um=REGION_LENGTH_UM, fgs1_offset=offset, region_um=centre_um)
        for amplitude, offset, centre_um in product(REGION_AMPLITUDES, FGS1_OFFSETS, REGION_CENTRES_UM)
    ]
    hypotheses = (*everywhere, *regions)
    odds = np.repeat([(1.0 - REGION_ODDS) / len(everywhere), REGION_ODDS / len(regions)], [len(everywhere), len(regions)])
    members = tuple(_member(spectrum_covariance(wavelength_um, hypothesis)) for hypothesis in hypotheses)
    return SpectrumPrior(hypotheses=hypotheses, members=members, log_odds=np.log(odds))


def _shapes(labels: Array) -> tuple[Array, Array]:
    """Return (planet, bin) spectra about their AIRS mean in units of their AIRS scatter, and the (planet,) scatter."""
    centred = labels - labels[:, 1:].mean(axis=1, keepdims=True)
    sizes = centred[:, 1:].std(axis=1)
    rich = sizes > 1e-7
    shapes = centred[rich] / sizes[rich, None]
    return np.clip(shapes, -LARGEST_SHAPE, LARGEST_SHAPE), sizes[rich]


def _matern(wavelength_um: Array, length_um: float) -> Array:
    """Return the (bin, bin) Matern-3/2 correlation of the AIRS bins, a sharp part included; FGS1 has none."""
    correlation = np.zeros((wavelength_um.size, wavelength_um.size))
    smooth, sharp = matern(wavelength_um[1:], length_um), matern(wavelength_um[1:], LENGTHS_UM[0])
    correlation[1:, 1:] = (1.0 - SHARP_SHARE) * smooth + SHARP_SHARE * sharp
    return correlation


def _covariance(structure: Array, fgs1_offset: float) -> Array:
    covariance = structure + MEAN_DEPTH_SIGMA**2
    covariance[0, 0] += fgs1_offset**2
    covariance[np.diag_indices(len(covariance))] += NUGGET**2
    return covariance


def _member(covariance: Array) -> DepthPrior:
    return DepthPrior.of(np.full(len(covariance), MEAN_DEPTH), covariance)


def mixture(posteriors: list[DepthPosterior], weights: Array, log_evidence: float) -> DepthPosterior:
    """Return the mean and covariance of a mixture of Gaussians; weights sum to 1."""
    average = Moments.average([Moments(mean=part.mean, covariance=part.covariance) for part in posteriors], weights)
    return DepthPosterior(mean=average.mean, covariance=average.covariance, log_evidence=log_evidence)
