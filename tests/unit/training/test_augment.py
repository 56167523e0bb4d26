"""Augmentation: errors stay honest, equal seeds give equal planets, the network cannot see through it."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
import tiny_example as tiny
from numpy.typing import NDArray

from spectramind.training.augment import augment, redraw_noise, reverse_residuals, scale_depths
from spectramind.training.collate import collate
from spectramind.training.examples import PlanetExample
from spectramind.utils.config.learning import AugmentConfig

ALL = AugmentConfig(noise=0.8, depth_scale=0.3, flip=0.5)
DRAWS = 4000


def z_scores(settings: AugmentConfig, *, naive: bool = False) -> NDArray[np.float64]:
    """(draw, bin) whitened or naive z-scores of truths drawn from a planet's baseline, each augmented anew."""
    planet, rng = tiny.make_planet(naive=naive), np.random.default_rng(3)
    root = planet.depth_root.astype(np.float64)
    scores = []
    for _ in range(DRAWS):
        draw = rng.standard_normal(tiny.BINS)
        truth = planet.baseline_mean + (planet.baseline_sigma * draw if naive else root @ draw)
        changed = augment(replace(planet, truth=truth), settings, rng)
        assert changed.truth is not None
        error = changed.truth - changed.baseline_mean
        scores.append(error / changed.baseline_sigma if naive else np.linalg.solve(changed.depth_root.astype(np.float64), error))
    return np.array(scores)


@pytest.mark.parametrize("settings", [ALL, replace(ALL, depth_scale=0.0, flip=0.0), replace(ALL, noise=0.0)])
def test_z_scores_keep_their_variance_and_correlations(settings: AugmentConfig) -> None:
    scores = z_scores(settings)
    np.testing.assert_allclose(scores.mean(axis=0), 0.0, atol=5.0 / np.sqrt(DRAWS))
    np.testing.assert_allclose(np.cov(scores.T), np.eye(tiny.BINS), atol=5.0 * np.sqrt(2.0 / DRAWS))


def test_a_naive_baseline_stays_honest_too() -> None:
    assert abs(z_scores(ALL, naive=True).var() - 1.0) < 0.05


def test_a_redraw_moves_by_the_posterior_and_widens_all_errors() -> None:
    planet, draw = tiny.make_planet(), np.random.default_rng(1).standard_normal(tiny.BINS)
    moved = redraw_noise(planet, 0.5, draw)
    np.testing.assert_allclose(moved.depth, planet.depth + 0.5 * planet.depth_root.astype(np.float64) @ draw)
    for name in ("depth_sigma", "data_sigma", "depth_root"):
        np.testing.assert_allclose(getattr(moved, name), getattr(planet, name) * np.sqrt(1.25), rtol=1e-6)
    np.testing.assert_allclose(moved.transit, planet.transit * moved.depth[0] / planet.depth[0])
    assert redraw_noise(planet, 0.0, draw) is planet


def test_a_naive_baseline_is_not_moved_by_noise_but_by_scale() -> None:
    planet, draw = tiny.make_planet(naive=True), np.ones(tiny.BINS)
    np.testing.assert_array_equal(redraw_noise(planet, 0.5, draw).baseline_mean, planet.baseline_mean)
    np.testing.assert_allclose(scale_depths(planet, 1.5).baseline_mean, planet.baseline_mean * 1.5)
    np.testing.assert_allclose(scale_depths(planet, 1.5).baseline_sigma, planet.baseline_sigma * 1.5)


def test_a_common_factor_leaves_z_scores_as_they_are() -> None:
    planet = replace(tiny.make_planet(), truth=np.full(tiny.BINS, 0.0121))
    scaled = scale_depths(planet, 0.7)
    assert planet.truth is not None
    assert scaled.truth is not None
    np.testing.assert_allclose(
        (scaled.truth - scaled.baseline_mean) / scaled.baseline_sigma, (planet.truth - planet.baseline_mean) / planet.baseline_sigma
    )
    np.testing.assert_allclose(scaled.transit, planet.transit * 0.7)
    np.testing.assert_allclose(np.diff(scaled.nodes[:, 8] - planet.nodes[:, 8]), 0.0)
    np.testing.assert_allclose(scaled.nodes[0, 8] - planet.nodes[0, 8], np.log(0.7), rtol=1e-5)


def test_residuals_run_backwards_under_the_same_transit() -> None:
    planet = tiny.make_planet()
    back = reverse_residuals(planet)
    np.testing.assert_array_equal(back.residual, planet.residual[::-1])
    np.testing.assert_array_equal(back.pointing, planet.pointing[::-1])
    for name in ("transit", "in_transit", "depth"):
        np.testing.assert_array_equal(getattr(back, name), getattr(planet, name))
    np.testing.assert_array_equal(reverse_residuals(back).light, planet.light)


def test_the_share_of_reversed_planets() -> None:
    planet, rng = tiny.make_planet(), np.random.default_rng(0)
    quiet = AugmentConfig(noise=0.0, depth_scale=0.0, flip=0.25)
    reversed_ = [not np.array_equal(augment(planet, quiet, rng).residual, planet.residual) for _ in range(400)]
    assert 0.15 < np.mean(reversed_) < 0.35


def same(one: PlanetExample, other: PlanetExample) -> bool:
    return all(np.array_equal(getattr(one, each.name), getattr(other, each.name)) for each in fields(one) if each.name != "naive")


def test_equal_seeds_give_equal_batches_and_nothing_is_changed_in_place() -> None:
    planets = [replace(tiny.make_planet(seed), truth=np.full(tiny.BINS, 0.01)) for seed in range(3)]
    before = collate(planets)
    one, other = (collate([augment(planet, ALL, rng) for planet in planets]) for rng in map(np.random.default_rng, (7, 7)))
    third = collate([augment(planet, ALL, np.random.default_rng(8)) for planet in planets])
    for name, values in vars(one).items():
        if values is None:
            continue
        assert values.equal(getattr(other, name))
        assert getattr(before, name).equal(getattr(collate(planets), name))
    assert not one.baseline_mean.equal(third.baseline_mean)


def test_nothing_asked_for_is_nothing_done() -> None:
    planet = tiny.make_planet()
    assert same(augment(planet, AugmentConfig(noise=0.0, depth_scale=0.0, flip=0.0), np.random.default_rng(0)), planet)
