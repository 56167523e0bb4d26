"""A planet as inputs of the network: the named columns, of about unit size, and finite."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny_example as tiny

from spectramind.features.spectrum.depth_likelihood import DepthPosterior
from spectramind.models.batch import LIGHT_CHANNELS, NODE_FEATURES
from spectramind.training.examples import make_example


def light(name: str) -> int:
    return LIGHT_CHANNELS.index(name)


def node(name: str) -> int:
    return NODE_FEATURES.index(name)


def test_shapes_and_sizes() -> None:
    planet = tiny.make_planet()
    assert planet.light.shape == (tiny.TIMES, len(LIGHT_CHANNELS))
    assert planet.nodes.shape == (tiny.BINS, len(NODE_FEATURES))
    for inputs in (planet.light, planet.nodes):
        assert inputs.dtype == np.float32
        assert np.isfinite(inputs).all()
        assert np.abs(inputs).max() < 5.0


def test_the_light_curve_is_free_of_drift_and_compressed() -> None:
    planet = tiny.make_planet()
    flux, residual, inside = (planet.light[:, light(name)] for name in ("flux", "residual", "in_transit"))
    np.testing.assert_array_equal(inside, planet.in_transit)
    # 1.2 % at 50 ppm are 240 times the noise
    np.testing.assert_allclose(flux[planet.in_transit], -np.arcsinh(240.0) / 3.0, atol=0.1)
    assert np.abs(flux[~planet.in_transit]).max() < 1.0
    np.testing.assert_allclose(np.sinh(residual), planet.residual, rtol=1e-5)
    assert 0.7 < planet.residual.std() < 1.3
    for name in ("centroid_x", "centroid_y", "jitter_x", "jitter_y"):
        assert 0.1 < np.abs(planet.light[:, light(name)]).mean() < 2.0
    np.testing.assert_allclose(np.median(planet.light[:, [light("centroid_x"), light("centroid_y")]], axis=0), 0.0, atol=0.1)


def test_node_features_say_what_they_are_named() -> None:
    planet = tiny.make_planet()
    nodes = planet.nodes
    white = planet.depth[1:].mean()
    np.testing.assert_allclose(np.sinh(nodes[:, node("depth_contrast")]) * 1e-4, planet.depth - white, atol=1e-9)
    np.testing.assert_allclose(np.exp(nodes[:, node("log_sigma")]) * 7e-5, planet.depth_sigma, rtol=1e-5)
    np.testing.assert_allclose(np.exp(nodes[:, node("log_data_sigma")]) * 2e-4, planet.data_sigma, rtol=1e-5)
    np.testing.assert_allclose(np.exp(nodes[:, node("noise_scale")]), planet.noise_scale, rtol=1e-5)
    np.testing.assert_allclose(np.exp(nodes[:, node("fft_low")]), planet.fft_power[:, 0], rtol=1e-5)
    np.testing.assert_allclose(np.exp(nodes[:, node("fft_high")]), planet.fft_power[:, -1], rtol=1e-5)
    np.testing.assert_allclose(np.exp(nodes[:, node("white_depth")]) * 0.0146, white, rtol=1e-5)
    np.testing.assert_allclose(nodes[:, node("wavelength")], planet.wavelength_um - 2.9, rtol=1e-5)


def test_skewness_and_kurtosis_are_those_of_the_residuals() -> None:
    z = np.random.default_rng(2).exponential(size=(3, 500)) + 0.4
    moments = np.stack([z.mean(axis=1), z.var(axis=1), (z**3).mean(axis=1), (z**4).mean(axis=1)], axis=1)
    features = tiny.features(bins=3, times=500)
    features["airs_bins"] = {**features["airs_bins"], "moments": moments}
    posterior = DepthPosterior(mean=np.full(3, 0.01), covariance=tiny.covariance(bins=3), log_evidence=0.0)
    unit = (z - z.mean(axis=1, keepdims=True)) / z.std(axis=1, keepdims=True)
    shape = make_example("1", posterior, 1e-6, features).shape
    np.testing.assert_allclose(shape[:, 0] * np.sqrt(6.0 / 500), (unit**3).mean(axis=1))
    np.testing.assert_allclose(shape[:, 1] * np.sqrt(24.0 / 500), (unit**4).mean(axis=1) - 3.0)


@pytest.mark.parametrize("sigma_min", [1e-6, 1e-3])
def test_the_covariance_belongs_to_the_errors(sigma_min: float) -> None:
    posterior = DepthPosterior(mean=np.full(tiny.BINS, 0.01), covariance=tiny.covariance(), log_evidence=0.0)
    planet = make_example("1", posterior, sigma_min, tiny.features())
    assert (planet.depth_sigma >= sigma_min).all()
    root = planet.depth_root.astype(np.float64)
    np.testing.assert_allclose(np.linalg.norm(root, axis=1), planet.depth_sigma, rtol=1e-6)
    off_diagonal = ~np.eye(tiny.BINS, dtype=np.bool_)
    np.testing.assert_allclose((root @ root.T)[off_diagonal], posterior.covariance[off_diagonal], rtol=1e-4)


def test_the_baseline_is_the_posterior_or_the_naive_spectrum() -> None:
    planet, naive = tiny.make_planet(), tiny.make_planet(naive=True)
    assert planet.baseline_mean is planet.depth
    assert planet.baseline_sigma is planet.depth_sigma
    np.testing.assert_array_equal(naive.baseline_mean, 0.0146)
    np.testing.assert_array_equal(naive.baseline_sigma, 0.0105)
    np.testing.assert_array_equal(naive.nodes, planet.nodes)


def test_another_depth_is_seen_in_the_light_curve_too() -> None:
    planet = tiny.make_planet()
    deeper = planet.with_depth(planet.depth * 2.0, widened=1.5)
    np.testing.assert_allclose(deeper.transit, planet.transit * 2.0)
    np.testing.assert_array_equal(deeper.residual, planet.residual)
    np.testing.assert_allclose(deeper.depth_sigma, planet.depth_sigma * 1.5)
    np.testing.assert_allclose(np.linalg.norm(deeper.depth_root, axis=1), deeper.depth_sigma, rtol=1e-6)
    same = planet.with_depth(planet.depth, widened=1.0)
    np.testing.assert_array_equal(same.light, planet.light)
    np.testing.assert_array_equal(replace(same, truth=planet.depth).nodes, planet.nodes)
