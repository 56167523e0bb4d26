"""Training examples of a few bins, drawn with plain numpy."""

from __future__ import annotations

import numpy as np
import tiny_limb
from numpy.typing import NDArray

from spectramind.features.planet.spectrum import Spectrum
from spectramind.features.spectrum.depth_likelihood import DepthPosterior
from spectramind.training.examples import Arrays, PlanetExample, make_example

Array = NDArray[np.float64]

BINS, TIMES = 9, 40


def covariance(seed: int = 0, sigma: float = 5e-5, bins: int = BINS) -> Array:
    """Errors of about `sigma`, strongly correlated and of unlike size."""
    root = np.random.default_rng(seed).normal(size=(bins, bins)) / np.sqrt(bins)
    scale = sigma * np.linspace(0.7, 1.5, bins)
    joint: Array = (root @ root.T + 1.0 + 0.1 * np.eye(bins)) * scale * scale[:, None]
    return joint


def features(seed: int = 0, *, bins: int = BINS, times: int = TIMES, depth: float = 0.01, noise: float = 5e-5) -> dict[str, Arrays]:
    """Feature arrays of a visit, as ``features.tensors`` names them, with a box for a transit."""
    rng = np.random.default_rng(seed)
    inside = np.abs(np.arange(times) - times / 2) < times / 4
    gain = 1.0 + 1e-3 * np.linspace(-1.0, 1.0, times)
    model, residual = gain * (1.0 - depth * inside), noise * rng.standard_normal(times)
    z = rng.standard_normal((bins, times))
    return {
        "fgs1_white": {
            "flux": model + residual,
            "variance": np.full(times, noise**2),
            "model": model,
            "gain": gain,
            "residual": residual,
            "time": np.linspace(0.0, 7.5, times),
            "centroid": 15.6 + 0.005 * rng.standard_normal((times, 2)),
            "jitter": 0.01 + 0.003 * rng.standard_normal((times, 2)),
            "in_transit": inside,
        },
        "airs_bins": {
            "time": np.linspace(0.0, 7.5, times),
            "fft_power": rng.uniform(0.8, 1.2, (bins, 4)),
            "moments": np.stack([z.mean(axis=1), z.var(axis=1), (z**3).mean(axis=1), (z**4).mean(axis=1)], axis=1),
        },
        "transit": {
            **tiny_limb.arrays(bins),
            "data_sigma": rng.uniform(1e-4, 3e-4, bins),
            "noise_scale": rng.uniform(0.9, 1.1, bins),
            "wavelength_um": np.concatenate([[0.7], np.linspace(1.95, 3.9, bins - 1)]),
        },
    }


def make_planet(seed: int = 0, *, planet_id: str = "1", times: int = TIMES, bins: int = BINS, naive: bool = False) -> PlanetExample:
    """A planet without truth."""
    depth = np.random.default_rng([seed, 1]).normal(0.012, 1e-4, bins)
    posterior = DepthPosterior(mean=depth, covariance=covariance(seed, bins=bins), log_evidence=0.0)
    baseline = Spectrum(mu=np.full(bins, 0.0146), sigma=np.full(bins, 0.0105)) if naive else None
    return make_example(planet_id, posterior, 1e-6, features(seed, bins=bins, times=times, depth=float(depth[0])), naive=baseline)
