"""Circular orbits: distance of planet and star on the sky, contact durations, impact parameter.

With phase p = 2 pi (t - t0) / P, semi-major axis a and impact parameter b = a cos(i), all lengths in stellar radii (Winn 2010,
arXiv:1001.2010, equation 5 for e = 0):  s^2 = a^2 sin^2 p + b^2 cos^2 p.
All arguments broadcast.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

HOURS_PER_DAY = 24.0


def impact_parameter(semimajor_axis_in_stellar_radii: ArrayLike, inclination_deg: ArrayLike) -> Array:
    """Return b = a cos(i), in stellar radii; 90 degrees is a central transit, and exactly 0."""
    tilt_rad = np.deg2rad(90.0 - np.asarray(inclination_deg, dtype=np.float64))
    return np.asarray(np.asarray(semimajor_axis_in_stellar_radii, dtype=np.float64) * np.sin(tilt_rad))


def sky_separation(
    time_d: ArrayLike,
    mid_time_d: ArrayLike,
    period_d: ArrayLike,
    semimajor_axis_in_stellar_radii: ArrayLike,
    impact_parameter: ArrayLike,
) -> Array:
    """Return the distance of the two centres on the sky, in stellar radii.

    On the far half of the orbit, where the star hides the planet, the value continues smoothly as 2a - s, which never falls below a:
    a light curve drawn from it has no second dip. Times and period share one unit (day).
    """
    return sky_separation_gradient(time_d, mid_time_d, period_d, semimajor_axis_in_stellar_radii, impact_parameter)[0]


def sky_separation_gradient(
    time_d: ArrayLike,
    mid_time_d: ArrayLike,
    period_d: ArrayLike,
    semimajor_axis_in_stellar_radii: ArrayLike,
    impact_parameter: ArrayLike,
) -> tuple[Array, Array, Array, Array]:
    """Return the separation and its derivatives in mid time (1 / day), semi-major axis and impact parameter.

    Where the centres coincide the separation has a cusp: its derivatives are given as 0 there, which makes the chain rule exact since
    the flux is flat in the separation at that point.
    """
    a = np.asarray(semimajor_axis_in_stellar_radii, dtype=np.float64)
    b = np.asarray(impact_parameter, dtype=np.float64)
    rate = 2.0 * np.pi / np.asarray(period_d, dtype=np.float64)
    phase = rate * (np.asarray(time_d, dtype=np.float64) - np.asarray(mid_time_d, dtype=np.float64))
    sine, cosine = np.sin(phase), np.cos(phase)
    near = np.hypot(a * sine, b * cosine)
    along = np.divide(a * sine, near, out=np.zeros_like(near), where=near > 0.0)
    across = np.divide(b * cosine, near, out=np.zeros_like(near), where=near > 0.0)
    by_time = -rate * (a * cosine * along - b * sine * across)
    by_axis = sine * along
    by_impact = cosine * across
    far = cosine < 0.0
    separation = np.where(far, 2.0 * a - near, near)
    return separation, np.where(far, -by_time, by_time), np.where(far, 2.0 - by_axis, by_axis), np.where(far, -by_impact, by_impact)


def total_duration_hours(
    period_d: ArrayLike, semimajor_axis_in_stellar_radii: ArrayLike, impact_parameter: ArrayLike, radius_ratio: ArrayLike
) -> Array:
    """Return T14, first to last contact, in hours; 0 where the planet misses the star."""
    return _time_within_hours(1.0 + np.asarray(radius_ratio), period_d, semimajor_axis_in_stellar_radii, impact_parameter)


def full_duration_hours(
    period_d: ArrayLike, semimajor_axis_in_stellar_radii: ArrayLike, impact_parameter: ArrayLike, radius_ratio: ArrayLike
) -> Array:
    """Return T23, second to third contact, in hours; 0 where the transit is grazing."""
    return _time_within_hours(1.0 - np.asarray(radius_ratio), period_d, semimajor_axis_in_stellar_radii, impact_parameter)


def _time_within_hours(contact: Array, period_d: ArrayLike, axis: ArrayLike, impact: ArrayLike) -> Array:
    """Return how long the separation stays below `contact`: (P / pi) asin sqrt((contact^2 - b^2) / (a^2 - b^2))."""
    b = np.asarray(impact, dtype=np.float64)
    a = np.asarray(axis, dtype=np.float64)
    sine_squared = (contact - b) * (contact + b) / ((a - b) * (a + b))
    half_phase = np.arcsin(np.sqrt(np.clip(sine_squared, 0.0, 1.0)))
    return np.asarray(HOURS_PER_DAY * np.asarray(period_d, dtype=np.float64) / np.pi * half_phase)
