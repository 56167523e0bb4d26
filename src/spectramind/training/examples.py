"""One planet as the network sees it: physical quantities first, and from them inputs scaled to about unit size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectramind.features.planet.spectrum import Spectrum, reported_spectrum
from spectramind.features.spectrum.depth_likelihood import DepthPosterior
from spectramind.features.spectrum.prior import MEAN_DEPTH

Array = NDArray[np.float64]
Inputs = NDArray[np.float32]
Arrays = Mapping[str, NDArray[Any]]

# What is divided by, so that inputs are about 1: scatter of the pointing, contrasts within a spectrum, errors of a depth.
CENTROID_PX, JITTER_PX = 0.005, 0.01
CONTRAST = 1e-4
SIGMA, DATA_SIGMA = 7e-5, 2e-4
MIDDLE_UM = 2.9
# asinh(200) is 6: a transit of 1 % at 50 ppm of noise comes out as 2.
FLUX_COMPRESSION = 3.0
TINY = 1e-12


@dataclass(frozen=True, kw_only=True)
class PlanetExample:
    """A planet's transit inference, the light curve of its most precise visit, and the truth where it is known.

    Attributes:
        transit: (time,) FGS1's transit alone, ``(model - gain) / noise``: 0 out of transit, -200 for 1 % at 50 ppm.
        residual: (time,) what the fit leaves, in units of the noise.
        pointing: (time, 4) centroid x, y less their medians and jitter x, y, px.
        in_transit: (time,) bool.
        depth: (bin,) posterior mean of the depths from all visits.
        depth_sigma: (bin,) its standard deviations: the lengths of the rows of `depth_root`.
        depth_root: (bin, bin) lower Cholesky factor of the posterior covariance; single precision, since thousands are held.
        data_sigma: (bin,) errors of the depths without any prior over spectra.
        noise_scale: (bin,) factor by which the scatter exceeds the propagated noise.
        fft_power: (bin, band) mean power of the residuals in units of their noise, low frequencies first.
        shape: (bin, 2) skewness and excess kurtosis of the residuals, in units of their scatter for Gaussian noise.
        wavelength_um: (bin,).
        naive: What the network corrects instead of the posterior, where ``model.baseline=naive``.
        truth: (bin,) true depths.
    """

    planet_id: str
    transit: Array
    residual: Array
    pointing: Array
    in_transit: NDArray[np.bool_]
    depth: Array
    depth_sigma: Array
    depth_root: Inputs
    data_sigma: Array
    noise_scale: Array
    fft_power: Array
    shape: Array
    wavelength_um: Array
    naive: Spectrum | None = None
    truth: Array | None = None

    @property
    def baseline_mean(self) -> Array:
        """(bin,) depths that the network corrects."""
        return self.depth if self.naive is None else self.naive.mu

    @property
    def baseline_sigma(self) -> Array:
        """(bin,) their standard deviations."""
        return self.depth_sigma if self.naive is None else self.naive.sigma

    @property
    def light(self) -> Inputs:
        """(time, LIGHT_CHANNELS): flux freed of drift and residual in units of noise and compressed, pointing in units of its scatter."""
        centroid, jitter = np.arcsinh(self.pointing[:, :2] / CENTROID_PX), np.arcsinh(self.pointing[:, 2:] / JITTER_PX)
        flux = np.arcsinh(self.transit + self.residual) / FLUX_COMPRESSION
        columns = [flux[:, None], np.arcsinh(self.residual)[:, None], centroid, jitter, self.in_transit[:, None]]
        return np.concatenate(columns, axis=1).astype(np.float32)

    @property
    def nodes(self) -> Inputs:
        """(bin, NODE_FEATURES).

        Contrast with the mean of AIRS in units of 100 ppm, compressed; logarithms of errors, noise and power relative to usual
        values; compressed skewness and kurtosis; logarithm of the mean depth of AIRS relative to that of all planets; wavelength
        from the middle of AIRS in um.
        """
        white = float(self.depth[1:].mean())
        columns = (
            np.arcsinh((self.depth - white) / CONTRAST),
            np.log(self.depth_sigma / SIGMA),
            np.log(self.data_sigma / DATA_SIGMA),
            np.log(np.maximum(self.noise_scale, TINY)),
            np.log(np.maximum(self.fft_power[:, 0], TINY)),
            np.log(np.maximum(self.fft_power[:, -1], TINY)),
            np.arcsinh(self.shape[:, 0]),
            np.arcsinh(self.shape[:, 1]),
            np.full(self.depth.size, np.log(white / MEAN_DEPTH)),
            self.wavelength_um - MIDDLE_UM,
        )
        return np.stack(columns, axis=1).astype(np.float32)

    def with_depth(self, depth: Array, *, widened: float) -> PlanetExample:
        """Return the planet as if this posterior mean had been inferred, from data whose errors are so many times as large.

        The light curve's transit becomes as deep as FGS1 now says: else the network could tell the change from it.
        """
        return replace(
            self,
            transit=self.transit * (depth[0] / self.depth[0]),
            depth=depth,
            depth_sigma=self.depth_sigma * widened,
            depth_root=self.depth_root * np.float32(widened),
            data_sigma=self.data_sigma * widened,
        )


def make_example(
    planet_id: str,
    posterior: DepthPosterior,
    sigma_min: float,
    features: Mapping[str, Arrays],
    *,
    naive: Spectrum | None = None,
) -> PlanetExample:
    """Put a planet together from its posterior and the features of one visit.

    Args:
        posterior: Of the depths, all visits together.
        sigma_min: Floor of every standard deviation.
        features: fgs1_white, airs_bins and transit, as in ``features.tensors``.

    Raises:
        numpy.linalg.LinAlgError: If the posterior covariance is not positive definite.
    """
    white, bins, transit = features["fgs1_white"], features["airs_bins"], features["transit"]
    spectrum = reported_spectrum(posterior, sigma_min)
    covariance = posterior.covariance.copy()
    covariance[np.diag_indices_from(covariance)] = spectrum.sigma**2
    noise = np.sqrt(white["variance"])
    centroid = white["centroid"] - np.median(white["centroid"], axis=0)
    return PlanetExample(
        planet_id=planet_id,
        transit=(white["model"] - white["gain"]) / noise,
        residual=white["residual"] / noise,
        pointing=np.concatenate([centroid, white["jitter"]], axis=1),
        in_transit=white["in_transit"],
        depth=spectrum.mu,
        depth_sigma=spectrum.sigma,
        depth_root=np.linalg.cholesky(covariance).astype(np.float32),
        data_sigma=transit["data_sigma"],
        noise_scale=transit["noise_scale"],
        fft_power=bins["fft_power"],
        shape=_shape(bins["moments"], bins["time"].size),
        wavelength_um=transit["wavelength_um"],
        naive=naive,
    )


def _shape(moments: Array, samples: int) -> Array:
    """Return (bin, 2) skewness and excess kurtosis from mean, variance and raw third and fourth moments.

    Of Gaussian noise their standard deviations are sqrt(6 / n) and sqrt(24 / n), which they are divided by.
    """
    mean, variance, third, fourth = moments.T
    spread = np.maximum(variance, TINY)
    skewness = (third - 3.0 * mean * variance - mean**3) / spread**1.5
    kurtosis = (fourth - 4.0 * mean * third + 6.0 * mean**2 * (variance + mean**2) - 3.0 * mean**4) / spread**2 - 3.0
    return np.stack([skewness / np.sqrt(6.0 / samples), kurtosis / np.sqrt(24.0 / samples)], axis=1)
