"""Changes of a training planet that physics allows, each of which keeps errors honest: z-scores keep their variance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from spectramind.features.planet.spectrum import SMALLEST_DEPTH, Spectrum
from spectramind.training.examples import Array, PlanetExample
from spectramind.utils.config.learning import AugmentConfig


def augment(example: PlanetExample, settings: AugmentConfig, generator: np.random.Generator) -> PlanetExample:
    """Return the planet at another depth, measured with other noise, its residuals perhaps backwards.

    The same state of the generator gives the same planet; as many numbers are drawn whatever the settings.
    """
    log_factor, backwards, share = generator.standard_normal(), generator.random(), generator.random()
    draw = generator.standard_normal(example.depth.size)
    changed = scale_depths(example, float(np.exp(settings.depth_scale * log_factor)))
    changed = redraw_noise(changed, settings.noise * share, draw)
    return reverse_residuals(changed) if backwards < settings.flip else changed


def redraw_noise(example: PlanetExample, share: float, draw: Array) -> PlanetExample:
    """Move the posterior mean by `share` times a draw from the posterior, and widen the posterior accordingly.

    The truth is distributed as y ~ N(m, C) with C = L L^T. For m' = m + a L e with e ~ N(0, 1) independent of y,
    y - m' ~ N(0, (1 + a^2) C): every standard deviation grows by sqrt(1 + a^2), those of the data too.
    A naive baseline, which no data have moved, stays.

    Args:
        share: a above.
        draw: (bin,) e above.
    """
    if share == 0.0:
        return example
    moved = example.depth + share * (example.depth_root.astype(np.float64) @ draw)
    return example.with_depth(np.maximum(moved, SMALLEST_DEPTH), widened=float(np.sqrt(1.0 + share**2)))


def scale_depths(example: PlanetExample, factor: float) -> PlanetExample:
    """Return the planet with all depths, their errors, the baseline and the truth times one factor."""
    naive = example.naive
    return replace(
        example.with_depth(example.depth * factor, widened=factor),
        naive=None if naive is None else Spectrum(mu=naive.mu * factor, sigma=naive.sigma * factor),
        truth=None if example.truth is None else example.truth * factor,
    )


def reverse_residuals(example: PlanetExample) -> PlanetExample:
    """Let what is no transit, residuals and pointing, run backwards in time under the same transit.

    They go together, so that what pointing leaves in the residuals stays beside it. Noise has no direction of time.
    """
    return replace(example, residual=example.residual[::-1].copy(), pointing=example.pointing[::-1].copy())
