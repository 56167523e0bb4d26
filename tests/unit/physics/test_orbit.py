"""Separation on the sky, its derivatives, and the contact durations."""

from __future__ import annotations

import numpy as np
import pytest

from spectramind.physics.orbit import (
    full_duration_hours,
    impact_parameter,
    sky_separation,
    sky_separation_gradient,
    total_duration_hours,
)


def test_separation_agrees_with_the_orbit_in_space() -> None:
    a, inclination, period = 9.0, np.deg2rad(87.0), 4.0
    time = np.linspace(-0.9, 0.9, 51)
    phase = 2.0 * np.pi * (time - 0.01) / period
    across, depth = a * np.sin(phase), a * np.cos(phase)
    expected = np.hypot(across, depth * np.cos(inclination))
    np.testing.assert_allclose(sky_separation(time, 0.01, period, a, impact_parameter(a, 87.0)), expected, rtol=1e-13)


def test_planet_behind_the_star_is_far_away() -> None:
    separation = sky_separation(np.linspace(1.0, 3.0, 101), 0.0, 4.0, 5.0, 0.2)
    assert np.all(separation >= 5.0 - 1e-12)
    assert separation[50] == pytest.approx(9.8)


def test_central_passage_is_the_impact_parameter() -> None:
    assert sky_separation(2.5, 2.5, 3.0, 8.0, 0.37) == pytest.approx(0.37)
    assert impact_parameter(8.0, 90.0) == 0.0
    assert impact_parameter(10.0, 88.0) == pytest.approx(0.3489949670250097)


@pytest.mark.parametrize("time", [-1.7, -0.3, 0.02, 0.4, 1.3])
def test_gradient_agrees_with_differences(time: float) -> None:
    arguments = (0.01, 3.6, 7.0, 0.4)
    _, by_time, by_axis, by_impact = sky_separation_gradient(time, *arguments)
    for analytic, place in ((by_time, 0), (by_axis, 2), (by_impact, 3)):
        high, low = list(arguments), list(arguments)
        high[place] += 1e-6
        low[place] -= 1e-6
        assert analytic == pytest.approx((sky_separation(time, *high) - sky_separation(time, *low)) / 2e-6, rel=1e-7, abs=1e-8)


def test_coinciding_centres_have_a_finite_gradient() -> None:
    values = sky_separation_gradient([0.0, 0.1], 0.0, 3.0, 8.0, 0.0)
    assert all(np.all(np.isfinite(value)) for value in values)
    assert [float(value[0]) for value in values] == [0.0, 0.0, 0.0, 0.0]


def test_nearly_coinciding_centres_have_a_finite_gradient() -> None:
    with np.errstate(all="raise", under="ignore"):
        values = sky_separation_gradient([0.0, 1e-300, 1e-310], 0.0, 3.0, 8.0, [5e-324, 0.0, 1e-309])
    assert all(np.all(np.isfinite(value)) for value in values)


@pytest.mark.parametrize(("b", "k"), [(0.0, 0.1), (0.5, 0.12), (0.8, 0.05)])
def test_durations_end_at_the_contacts(b: float, k: float) -> None:
    for duration, contact in ((total_duration_hours, 1.0 + k), (full_duration_hours, 1.0 - k)):
        half_d = 0.5 * duration(4.1, 9.0, b, k) / 24.0
        assert sky_separation(half_d, 0.0, 4.1, 9.0, b) == pytest.approx(contact, rel=1e-12)


def test_grazing_and_missing_transits_have_no_duration() -> None:
    assert full_duration_hours(4.0, 9.0, 0.95, 0.1) == 0.0
    assert total_duration_hours(4.0, 9.0, 0.95, 0.1) > 0.0
    assert total_duration_hours(4.0, 9.0, 1.2, 0.1) == 0.0
