"""The search finds a transit among drift, spikes and bumps, whole or cut, and none where there is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny_transit as tiny

from spectramind.features.series import SensorSeries
from spectramind.features.transit.search import TransitGuess, search_transit

DEPTH = np.full(7, 0.01)


def pair(**options: float) -> tuple[SensorSeries, SensorSeries]:
    white = tiny.make_visit(DEPTH, noise=1e-4, seed=3, **options).white()  # type: ignore[arg-type]
    return white.fgs1, white.airs


def assert_found(guess: TransitGuess, mid_time_h: float) -> None:
    assert guess.mid_time_h == pytest.approx(mid_time_h, abs=0.12)
    assert guess.duration_h == pytest.approx(tiny.STAR.duration_h, rel=0.25)
    assert guess.depth == pytest.approx(0.01, rel=0.2)
    assert guess.signal_to_noise > 30.0


@pytest.mark.parametrize("mid_time_h", [3.0, 4.0, 5.2])
@pytest.mark.parametrize("drift", [0.0, 1e-3])
def test_a_whole_transit(mid_time_h: float, drift: float) -> None:
    assert_found(search_transit(pair(mid_time_h=mid_time_h, drift=drift), tiny.STAR.duration_h), mid_time_h)


@pytest.mark.parametrize("factor", [0.6, 1.0, 1.5])
def test_a_wrong_catalogue_does_not_matter(factor: float) -> None:
    assert_found(search_transit(pair(), factor * tiny.STAR.duration_h), 4.0)


@pytest.mark.parametrize("mid_time_h", [0.5, 1.0, 7.2])
def test_a_transit_cut_by_the_end_of_the_visit(mid_time_h: float) -> None:
    guess = search_transit(pair(mid_time_h=mid_time_h, drift=0.0), tiny.STAR.duration_h)
    assert guess.mid_time_h == pytest.approx(mid_time_h, abs=0.4)
    assert guess.signal_to_noise > 15.0


def test_spikes_are_passed_over() -> None:
    fgs1, airs = pair()
    spiky = airs.flux.copy()
    spiky[0, [10, 40, 41, 65]] *= [1.05, 0.9, 1.08, 0.93]
    assert_found(search_transit((fgs1, replace(airs, flux=spiky)), tiny.STAR.duration_h), 4.0)


def test_a_bump_in_the_ingress_does_not_move_the_transit_far() -> None:
    bumped = []
    for sensor in pair():
        bump = 0.004 * np.exp(-0.5 * ((sensor.time_h - 2.75) / 0.15) ** 2)
        bumped.append(replace(sensor, flux=sensor.flux * (1.0 + bump)))
    guess = search_transit((bumped[0], bumped[1]), tiny.STAR.duration_h)
    assert guess.mid_time_h == pytest.approx(4.0, abs=0.25)


@pytest.mark.parametrize("seed", range(8))
def test_noise_alone_is_no_transit(seed: int) -> None:
    white = tiny.make_visit(np.full(7, 1e-12), noise=1e-4, seed=seed).white()
    assert search_transit((white.fgs1, white.airs), tiny.STAR.duration_h).signal_to_noise < 5.0


def test_a_brightening_is_no_transit() -> None:
    upside_down = tuple(replace(sensor, flux=2.0 * np.median(sensor.flux) - sensor.flux) for sensor in pair(drift=0.0))
    guess = search_transit(upside_down, tiny.STAR.duration_h)
    assert guess.depth >= 0.0
    assert abs(guess.mid_time_h - 4.0) > 0.5


def test_the_scale_of_the_flux_does_not_matter() -> None:
    sensors = pair()
    scaled = tuple(replace(sensor, flux=1e-6 * sensor.flux, variance=1e-12 * sensor.variance) for sensor in sensors)
    first, second = search_transit(sensors, tiny.STAR.duration_h), search_transit(scaled, tiny.STAR.duration_h)
    assert (first.mid_time_h, first.duration_h) == (second.mid_time_h, second.duration_h)
    assert first.depth == pytest.approx(second.depth, rel=1e-9)
