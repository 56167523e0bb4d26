"""What the features of many planets say of their light curves, as arrays over planets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.latents.embeddings import TINY, principal_components, standardised
from spectramind.features.tensors import FFT_BANDS
from spectramind.features.transit.state import GEOMETRY
from spectramind.training.load import VisitFeatures

Array = NDArray[np.float64]
Arrays = Mapping[str, NDArray[Any]]

# Directions of the spectral shape that a planet's physical vector keeps.
SHAPES = 5
# Names of what `LightCurveFacts.vector` holds, in its order.
LIGHT_CURVE_FEATURES = (
    *("log_noise_scale_airs", "log_noise_scale_fgs1", *(f"log_power_band_{band}" for band in range(FFT_BANDS))),
    *("third_moment", "fourth_moment", "fgs1_drift_degree", "airs_drift_degree", "log_duration_h", "impact", "log_semimajor_axis"),
)
# Residual power is white as long as no band holds this many times the power of another.
WHITE_RATIO = 1.3


@dataclass(frozen=True, kw_only=True)
class LightCurveFacts:
    """What the most precise visit of a planet says of its light curves.

    Attributes:
        vector: (feature,) in the order of LIGHT_CURVE_FEATURES.
        fft_power: (bin, band) mean power of the residuals in units of their noise, low frequencies first; 1 is white noise as propagated.
    """

    vector: Array
    fft_power: Array


def light_curve_facts(measured: Sequence[VisitFeatures]) -> LightCurveFacts:
    """Summarise the visits of a planet by the one whose depths are the most precise.

    Args:
        measured: At least one visit, with the kinds ``airs_bins`` and ``transit``.
    """
    best = min(measured, key=lambda visit: float(np.median(visit.arrays["transit"]["data_sigma"])))
    bins, transit = best.arrays["airs_bins"], best.arrays["transit"]
    power: Array = bins["fft_power"]
    return LightCurveFacts(vector=_vector(bins, transit), fft_power=power)


def physical_vectors(mu: Array, light_curves: Array) -> Array:
    """Return (planet, SHAPES + feature) what tells planets apart without a network; NaN for planets without light curves.

    First the principal components of the spectral shape, ``mu / white - 1`` with white the mean depth of AIRS, in units of the first
    one's standard deviation, so that they keep their relative weight; then the features of the light curve, each standardised.

    Args:
        mu: (planet, bin) transit depths, FGS1 first.
        light_curves: (planet, feature), NaN where a planet has none.
    """
    known = np.asarray(np.isfinite(light_curves).all(axis=1))
    shape = principal_components(mu[known] / mu[known, 1:].mean(axis=1, keepdims=True) - 1.0, SHAPES)
    vectors = np.full((len(mu), SHAPES + light_curves.shape[1]), np.nan)
    vectors[known] = np.concatenate([shape / max(float(shape[:, 0].std()), TINY), standardised(light_curves[known])], axis=1)
    return vectors


def fft_class(fft_power: Array) -> list[str]:
    """Return where the residual power of every planet lies: white, red, middle or blue.

    White is a spectrum of the residuals whose bands, medians over bins, differ by less than a factor of WHITE_RATIO; else the band with the
    most power decides: red is the lowest band, blue the highest, middle any other. Planets without features are unknown.

    Args:
        fft_power: (planet, bin, band), NaN where unknown.
    """
    median = np.median(fft_power, axis=1)
    words = np.array(["red", *["middle"] * (median.shape[1] - 2), "blue"])
    known = np.asarray(np.isfinite(median).all(axis=1))
    seen = np.where(known[:, None], median, 1.0)
    named = np.where(seen.max(axis=1) < WHITE_RATIO * seen.min(axis=1), "white", words[seen.argmax(axis=1)])
    return [str(name) for name in np.where(known, named, "unknown")]


def _vector(bins: Arrays, transit: Arrays) -> Array:
    log_power = np.log(np.maximum(np.median(bins["fft_power"], axis=0), TINY))
    # about zero, which the fit leaves as the mean; 0 and 3 for Gaussian noise
    _, variance, third, fourth = np.maximum(bins["moments"].T, [[-np.inf], [TINY], [-np.inf], [0.0]])
    moments = np.median(third / variance**1.5), np.median(fourth / variance**2)
    noise = np.log(np.maximum(transit["noise_scale"], TINY))
    geometry = dict(zip(GEOMETRY, transit["shared"], strict=False))
    duration_h, impact = float(transit["search"][1]), np.sqrt(max(geometry["impact_squared"], 0.0))
    return np.array(
        [
            *(np.median(noise[1:]), noise[0], *log_power, *moments, *transit["noise"][:2]),
            *(np.log(max(duration_h, TINY)), impact, geometry["log_semimajor_axis"]),
        ]
    )
