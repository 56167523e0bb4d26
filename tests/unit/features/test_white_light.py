"""What the white light settles: where the transit is, and which moments are not to be trusted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny_transit as tiny

from spectramind.features.series import VisitSeries
from spectramind.features.transit.search import search_transit
from spectramind.features.white_light import LONGEST_EPISODES, WhiteLight, fit_white_light

MID_TIME_H = 4.05


def white_light_of(visit: VisitSeries) -> WhiteLight:
    white = visit.white()
    return fit_white_light(white, tiny.STAR, search_transit((white.fgs1, white.airs), tiny.STAR.duration_h))


def usual() -> VisitSeries:
    return tiny.make_visit(np.full(9, 0.01), times=100, noise=1e-4, mid_time_h=MID_TIME_H)


def test_the_geometry_is_that_of_the_transit() -> None:
    found = white_light_of(usual())
    assert found.state.shared[0] == pytest.approx(MID_TIME_H, abs=0.01)
    assert found.state.shared[2] == pytest.approx(np.log(tiny.STAR.semimajor_axis), abs=0.1)
    np.testing.assert_allclose(found.state.depth, 0.01, rtol=0.05)
    assert max((factor > 1.0).mean() for factor in found.suspicion) < LONGEST_EPISODES


def test_a_bump_that_both_sensors_see_is_suspect_and_moves_nothing() -> None:
    visit = usual()
    bump = 1.0 + 1.5e-3 * np.exp(-0.5 * ((np.arange(100) - 33) / 1.5) ** 2)
    disturbed = VisitSeries(fgs1=replace(visit.fgs1, flux=visit.fgs1.flux * bump), airs=replace(visit.airs, flux=visit.airs.flux * bump))
    found, calm = white_light_of(disturbed), white_light_of(visit)
    assert all(factor[33] > 10.0 for factor in found.suspicion)
    assert found.state.shared[0] == pytest.approx(calm.state.shared[0], abs=0.01)
    np.testing.assert_allclose(found.state.depth, calm.state.depth, rtol=0.02)


def test_a_drift_that_goes_on_all_the_time_is_no_episode() -> None:
    visit = usual()
    drift = 1.0 + 8e-4 * np.sin(2.0 * np.pi * visit.airs.time_h / 2.2 + 0.3)
    found = white_light_of(replace(visit, airs=replace(visit.airs, flux=visit.airs.flux * drift)))
    assert max((factor > 1.0).mean() for factor in found.suspicion) < LONGEST_EPISODES
    assert found.noise.airs.slow.sigma + found.noise.slow.sigma > 0.0
    assert found.state.shared[0] == pytest.approx(MID_TIME_H, abs=0.03)
