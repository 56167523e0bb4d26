"""Stars, spectra, transits, drift and pointing against the numbers they are meant to resemble."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import pytest
from numpy.polynomial.legendre import leggauss

from spectramind.data.sensors import Sensor
from spectramind.data.simulator.drift import draw_drift
from spectramind.data.simulator.eclipse import airs_transit, draw_limb_darkening, fgs1_transit, limb_darkened_flux
from spectramind.data.simulator.instrument import FGS1_ELECTRON_PER_S, reference_airs_electron_per_s
from spectramind.data.simulator.maps import STATISTICS, draw_maps
from spectramind.data.simulator.pointing import draw_episode, draw_pointing
from spectramind.data.simulator.profile import PROFILES
from spectramind.data.simulator.psf import airs_response, fgs1_response
from spectramind.data.simulator.scenario import DriftKind, Scenario, SpectraKind
from spectramind.data.simulator.seeds import Stream
from spectramind.data.simulator.spectra import draw_spectrum
from spectramind.data.simulator.starlight import starlight
from spectramind.data.simulator.stars import catalogue_row, draw_system
from spectramind.data.simulator.visit import draw_planet, ingress_bump


def stream(planet: int) -> Stream:
    return Stream(seed=2, split="train", planet=planet)


def test_systems_resemble_the_published_table() -> None:
    systems = [draw_system(stream(number).generator("planet"), Scenario()) for number in range(400)]
    depth = np.array([system.depth for system in systems])
    assert depth.mean() == pytest.approx(0.0147, rel=0.12)
    assert depth.std() == pytest.approx(0.0107, rel=0.25)
    assert 0.0037 <= depth.min() <= depth.max() <= 0.080
    assert np.median([system.duration_h for system in systems]) == pytest.approx(3.9, rel=0.1)
    assert np.median([system.semimajor_axis for system in systems]) == pytest.approx(10.5, rel=0.1)


def test_catalogue_errors_have_their_size_and_no_orbit_is_beyond_edge_on() -> None:
    system = draw_system(stream(0).generator("planet"), Scenario())
    rows = np.array([catalogue_row(system, stream(number).generator("catalogue")) for number in range(400)])
    assert rows[:, 6].std() / system.semimajor_axis == pytest.approx(0.065, rel=0.15)
    assert rows[:, 7].max() <= 90.0
    assert rows[:, 7].std() > 0.1


@pytest.mark.parametrize("kind", get_args(SpectraKind))
def test_spectra_have_the_mean_depth_and_contrast_asked_for(kind: SpectraKind) -> None:
    scenario = Scenario(spectra=kind, contrast_ppm_range=(90.0, 110.0))
    for number in range(20):
        spectrum = draw_spectrum(stream(number).generator("spectrum"), 0.01, scenario)
        bins = spectrum.bins
        assert bins.shape == (283,)
        assert bins[1:].mean() == pytest.approx(0.01, abs=1e-9)
        low, high = np.percentile(bins[1:], [5.0, 95.0])
        assert high - low == pytest.approx(0.0 if kind == "flat" else 1.0e-4, abs=0.0 if kind == "flat" else 8.0e-5)
        assert bins[0] == spectrum.fgs1
        assert bins[1] == spectrum.airs[320]
        assert bins[-1] == spectrum.airs[39]


def test_starlight_reproduces_the_reference_star_and_scales_with_temperature() -> None:
    total = float(reference_airs_electron_per_s().sum())
    same, hotter = starlight(4798.0, total), starlight(6000.0, total)
    np.testing.assert_allclose(same.airs, reference_airs_electron_per_s())
    assert same.fgs1 == pytest.approx(FGS1_ELECTRON_PER_S)
    assert 4.5 * total == pytest.approx(17.3e6, rel=0.05)
    assert hotter.fgs1 > 1.3 * same.fgs1


def test_images_hold_all_the_light_and_derivatives_conserve_it() -> None:
    airs = airs_response(reference_airs_electron_per_s())
    np.testing.assert_allclose(airs.fraction.sum(axis=0), 1.0)
    assert np.abs((airs.fraction * airs.y).sum(axis=0)).max() < 2.0e-3
    fgs1 = fgs1_response((0.0, 0.0))
    assert fgs1.fraction.sum() == pytest.approx(1.0)
    assert fgs1.fraction.max() == pytest.approx(0.099, rel=0.05)
    for term in (fgs1.x, fgs1.y, fgs1.xx, fgs1.yy, fgs1.xy):
        assert abs((fgs1.fraction * term).sum()) < 5.0e-3


def brute_force_flux(separation: float, ratio: float, u1: float, u2: float, bend: float) -> float:
    """Integrate the intensity over the star with and without the planet, in rings of equal steps of angle on the star."""
    nodes, weights = leggauss(800)
    angle = 0.25 * np.pi * (nodes + 1.0)
    radius, mu = np.sin(angle), np.cos(angle)
    cosine = (separation**2 + radius**2 - ratio**2) / np.maximum(2.0 * separation * radius, 1e-15)
    visible = 1.0 - np.arccos(np.clip(cosine, -1.0, 1.0)) / np.pi
    intensity = 1.0 - u1 * (1.0 - mu) - u2 * (1.0 - mu) ** 2 + bend * (np.sqrt(mu) - mu)
    ring = weights * radius * mu * intensity
    return float((ring * visible).sum() / ring.sum())


@pytest.mark.parametrize("separation", [0.05, 0.5, 0.85, 0.95, 1.05])
@pytest.mark.parametrize("bend", [0.0, 0.2, 0.6])
def test_limb_darkened_flux_agrees_with_brute_force(separation: float, bend: float) -> None:
    flux = limb_darkened_flux(np.array([separation]), np.array([0.12]), np.array([0.3]), np.array([0.2]), np.array([bend]))
    assert flux[0] == pytest.approx(brute_force_flux(separation, 0.12, 0.3, 0.2, bend), abs=2.0e-5)


def test_model_atmospheres_follow_the_square_root_law() -> None:
    limb = draw_limb_darkening(stream(3).generator("spectrum"), 5500.0, "square_root")
    u1, u2, bend = limb.airs(np.array([1.95, 2.9, 3.9]))
    mu = np.linspace(0.0, 1.0, 11)[:, None]
    intensity = 1.0 - u1 * (1.0 - mu) - u2 * (1.0 - mu) ** 2 + bend * (np.sqrt(mu) - mu)
    np.testing.assert_allclose(intensity, 1.0 - (u1 - bend) * (1.0 - mu) - bend * (1.0 - np.sqrt(mu)), atol=1e-12)
    assert (np.diff(intensity, axis=0) > 0.0).all()
    assert (np.diff(intensity[0]) > 0.0).all()


def test_transit_is_chromatic_averaged_and_one_outside() -> None:
    system = draw_system(stream(3).generator("planet"), Scenario(depth_range=(0.01, 0.0101)))
    limb = draw_limb_darkening(stream(3).generator("spectrum"), 5800.0, "quadratic")
    depth = np.full(356, 0.01)
    depth[100] = 0.02
    airs = airs_transit(PROFILES["smoke"].airs, system, 3.75, depth, limb)
    assert airs.shape == (356, 62)
    assert airs[100].min() < airs[200].min() < 1.0
    np.testing.assert_array_equal(airs[:, 0], 1.0)
    np.testing.assert_array_equal(airs[10], airs[39])
    fgs1 = fgs1_transit(PROFILES["smoke"].fgs1, system, 3.75, 0.01, limb)
    assert fgs1.shape == (1, 360)


def test_average_over_a_long_ramp_is_the_mean_of_short_ones() -> None:
    system = draw_system(stream(4).generator("planet"), Scenario(depth_range=(0.01, 0.0101)))
    limb = draw_limb_darkening(stream(4).generator("spectrum"), 5800.0, "quadratic")
    stored, real = PROFILES["smoke"].airs, PROFILES["kaggle"].airs
    depth = np.full(356, 0.01)
    long = airs_transit(stored, system, 3.75, depth, limb)[200]
    short = airs_transit(real, system, 3.75, depth, limb)[200]
    inside = [
        (real.time_h(0.5) >= start) & (real.time_h(0.5) < end) for start, end in zip(stored.time_h(0.0), stored.time_h(1.0), strict=True)
    ]
    np.testing.assert_allclose(long, [short[chosen].mean() for chosen in inside], atol=2.0e-5)


@pytest.mark.parametrize("kind", get_args(DriftKind))
@pytest.mark.parametrize("sensor", list(Sensor))
def test_drift_has_the_recorded_rms(kind: DriftKind, sensor: Sensor) -> None:
    drift = draw_drift(stream(1).generator("drift"), sensor, kind, 1.0)
    gain = drift.gain(np.linspace(0.0, 7.5, 500), 356 if sensor is Sensor.AIRS else 1)
    assert np.sqrt(np.mean((gain - 1.0) ** 2)) == pytest.approx(drift.rms, rel=0.05)
    assert 5.0e-5 < drift.rms < 5.0e-4
    assert drift.as_dict()["kind"] == kind


def test_polynomial_drift_is_one_and_the_others_are_not() -> None:
    time_h = np.linspace(0.0, 7.5, 400)
    for kind, is_cubic in (("polynomial", True), ("random_walk", False)):
        curve = draw_drift(stream(1).generator("drift"), Sensor.FGS1, kind, 1.0).gain(time_h, 1)[0] - 1.0  # type: ignore[arg-type]
        rest = curve - np.polynomial.Polynomial.fit(time_h, curve, 3)(time_h)
        assert (rest.std() < 0.01 * curve.std()) == is_cubic


def test_episode_makes_the_pointing_worse_for_minutes() -> None:
    episode = draw_episode(stream(1).generator("visit"))
    series = draw_pointing(stream(1).generator("pointing"), episode, 1.0)
    first = int(episode.start_s * 10)
    inside = series[:, first : first + int(episode.duration_s * 10)]
    assert inside.std() > 1.5
    assert np.delete(series, np.arange(first, first + inside.shape[1]), axis=1).std() == pytest.approx(1.0, abs=0.01)


def test_egress_is_cut_where_asked() -> None:
    planets = [draw_planet(stream(number), 1, Scenario(egress_cut_fraction=1.0)) for number in range(5)]
    assert all(planet.visits[0].incomplete for planet in planets)
    assert all(planet.visits[0].mid_time_h + 0.5 * planet.system.duration_h > 7.5 for planet in planets)


def test_bump_sits_on_the_ingress() -> None:
    time_h = np.linspace(0.0, 7.5, 751)
    bump = ingress_bump(time_h, 3.75, 4.0, 1e-3)
    assert bump.max() == pytest.approx(1.001)
    assert time_h[bump.argmax()] == pytest.approx(3.75 - 1.8, abs=0.01)


@pytest.mark.parametrize("sensor", list(Sensor))
@pytest.mark.parametrize("quality", ["good", "bad"])
def test_maps_have_the_measured_statistics(sensor: Sensor, quality: Literal["good", "bad"]) -> None:
    statistics = STATISTICS[sensor]
    maps = [draw_maps(stream(number).generator("maps"), sensor, bad=quality == "bad") for number in range(12)]
    dead = float(np.mean([one.dead.mean() for one in maps]))
    flats = np.concatenate([one.flat[~one.dead] for one in maps])
    assert np.median([np.median(one.read) for one in maps]) == pytest.approx(statistics.read[0], rel=0.02)
    assert np.median([np.median(one.dark) for one in maps]) == pytest.approx(statistics.dark[0], rel=0.03)
    assert np.median(flats) == pytest.approx(statistics.flat[0], abs=0.002)
    if quality == "good":
        assert dead == pytest.approx(statistics.dead_fraction, rel=0.6)
        assert flats.min() > 0.9
    else:
        assert 2.0 * statistics.dead_fraction < dead < 0.011 or sensor is Sensor.FGS1
        assert 0.55 < flats.min() < 0.8


@pytest.mark.parametrize("fold", [1, 30])
def test_stored_linearity_of_a_sum_maps_the_sum(fold: int) -> None:
    maps = draw_maps(stream(0).generator("maps"), Sensor.FGS1, bad=False)
    stored = maps.stored(fold, 1.0)["linear_corr"].reshape(6, 32, 32)
    one, powers = 2.0e4, np.arange(6)[:, None, None]
    single = np.sum(maps.linearity * one**powers, axis=0)
    np.testing.assert_allclose(np.sum(stored * (fold * one) ** powers, axis=0), fold * single, rtol=1e-12)
