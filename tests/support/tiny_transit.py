"""Light curves of a small visit: plain numpy and the exact transit, finely averaged; only the limb darkening is the prior's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from spectramind.features.series import SensorSeries, VisitSeries
from spectramind.features.solver.panel import Panel, initial_state
from spectramind.features.transit.star import StarPrior
from spectramind.features.transit.state import SharedPrior, TransitState
from spectramind.physics.orbit import sky_separation
from spectramind.physics.transit import quadratic_transit

Array = NDArray[np.float64]

STAR = StarPrior(temperature_k=5000.0, period_d=4.0, semimajor_axis=10.0, impact_parameter=0.3)
FGS1_LEVEL, AIRS_LEVEL = 1e9, 1e8
SUBSAMPLES = 25


def wavelengths(bins: int = 12) -> Array:
    """FGS1, then AIRS bins from the blue to the red end."""
    return np.concatenate([[0.7], np.linspace(1.95, 3.9, bins)])


def relative_transit(time_h: Array, depth: Array, limb: Array, mid_time_h: float, impact: float = 0.35) -> Array:
    """Return (bin, time) light curves averaged over the cadence by brute force."""
    exposure_h = float(np.median(np.diff(time_h)))
    offsets = (np.arange(SUBSAMPLES) + 0.5) / SUBSAMPLES - 0.5
    fine_h = time_h[:, None] + exposure_h * offsets
    separation = sky_separation(fine_h / 24.0, mid_time_h / 24.0, STAR.period_d, STAR.semimajor_axis, impact)
    shape = (slice(None), None, None)
    average: Array = quadratic_transit(separation, np.sqrt(depth)[shape], limb[0][shape], limb[1][shape]).mean(axis=-1)
    return average


def make_visit(
    depth: Array,
    *,
    times: int = 80,
    span_h: float = 8.0,
    mid_time_h: float | None = None,
    drift: float = 5e-4,
    noise: float = 0.0,
    assumed_noise: float = 1e-4,
    seed: int = 0,
) -> VisitSeries:
    """Return a visit with these depths (FGS1 first), a smooth drift with colour, and white noise.

    Args:
        noise: Relative noise of an AIRS sample; FGS1 has a third of it.
        assumed_noise: What the variance says where ``noise`` is zero.
    """
    rng = np.random.default_rng(seed)
    time_h = (np.arange(times) + 0.5) * span_h / times
    mid_h = span_h / 2.0 if mid_time_h is None else mid_time_h
    wavelength_um = wavelengths(depth.size - 1)
    law = SharedPrior.from_star(STAR, wavelength_um[1:], mid_h)
    limbs = (np.array(law.fgs1_law)[:, None], law.airs_law)
    bins = (slice(0, 1), slice(1, None))
    phase = 2.0 * time_h / span_h - 1.0
    sensors = []
    for own, limb, level, share in zip(bins, limbs, (FGS1_LEVEL, AIRS_LEVEL), (1.0 / 3.0, 1.0), strict=True):
        colour = (wavelength_um[own, None] - 2.9) / 2.0
        pointing = 0.02 * rng.standard_normal((4, times))
        pointing[2:] = 0.01 + 0.001 * rng.standard_normal((2, times))
        gain = 1.0 + drift * (1.0 + 0.3 * colour) * phase + 0.3 * drift * phase**2
        flux = level * gain * relative_transit(time_h, depth[own], limb, mid_h)
        sigma = level * share * (noise or assumed_noise)
        sensors.append(
            SensorSeries(
                time_h=time_h,
                exposure_h=span_h / times,
                flux=flux + level * share * noise * rng.standard_normal(flux.shape),
                variance=np.full(flux.shape, sigma**2),
                wavelength_um=wavelength_um[own],
                pointing_px=pointing,
                foreground_sigma=np.zeros(flux.shape[0]),
            )
        )
    return VisitSeries(fgs1=sensors[0], airs=sensors[1])


def away_from_limits(visit: VisitSeries, panels: tuple[Panel, Panel], prior: SharedPrior) -> TransitState:
    """A state with everything switched on, away from every limit."""
    rng = np.random.default_rng(4)
    state = initial_state(visit, panels, prior, 0.01)
    shared = state.shared + np.array([0.03, 0.002, 0.05, 0.06, 0.03, -0.04, 0.03, 0.01, 0.02, -0.01, 0.05, 0.08])
    first, second = (drift.moved(rng.normal(0.0, 1e-3, drift.vector.size)) for drift in state.drift)
    pointing = (rng.normal(0.0, 0.02, state.pointing[0].shape), rng.normal(0.0, 0.02, state.pointing[1].shape))
    common = rng.normal(0.0, 1e-4, state.common.size)
    depth = state.depth * rng.uniform(0.9, 1.1, state.depth.size)
    return replace(state, shared=shared, depth=depth, drift=(first, second), pointing=pointing, common=common)
