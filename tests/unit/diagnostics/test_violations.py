"""Violations: in the planet and the bin where they were planted, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from spectramind.diagnostics.violations import violation_maps, violations
from spectramind.utils.config import load_config
from spectramind.utils.config.schema import Config

WAVELENGTH_UM = np.concatenate([[0.7], np.linspace(1.95, 3.9, 60)])
KINK = 33


@pytest.fixture
def config() -> Config:
    return load_config([])


def flat(planets: int = 3) -> np.ndarray:
    return np.full((planets, WAVELENGTH_UM.size), 0.01)


def test_a_kink_is_seen_where_it_is(config: Config) -> None:
    mu = flat()
    mu[1, KINK] += 5e-3
    excess = violation_maps(mu, WAVELENGTH_UM, config)["smoothness"]
    assert excess.shape == mu.shape
    assert np.argwhere(excess > 1e-9).tolist() == [[1, KINK - 1], [1, KINK], [1, KINK + 1]]
    assert excess[1].argmax() == KINK
    assert violations(mu, WAVELENGTH_UM, config)["smoothness"].tolist() == [False, True, False]


def test_a_negative_depth_is_seen_in_units_of_what_is_tolerated(config: Config) -> None:
    mu = flat()
    mu[2, 5] = -3e-4
    excess = violation_maps(mu, WAVELENGTH_UM, config)["nonnegativity"]
    assert excess[2, 5] == pytest.approx(3e-4 / 1e-9)
    assert np.count_nonzero(excess) == 1


def test_a_flat_spectrum_breaks_nothing(config: Config) -> None:
    assert not any(flags.any() for flags in violations(flat(), WAVELENGTH_UM, config).values())


def test_the_seam_counts_only_where_there_is_one(config: Config) -> None:
    seamed = load_config(["data.extraction.seam_bins=[20]"])
    mu = flat()
    mu[0, 20:] += 2e-3
    assert "seam" not in violation_maps(mu, WAVELENGTH_UM, config)
    assert np.argwhere(violation_maps(mu, WAVELENGTH_UM, seamed)["seam"]).tolist() == [[0, 20]]
    assert violations(mu, WAVELENGTH_UM, seamed)["seam"].tolist() == [True, False, False]


def test_flags_say_what_maps_say(config: Config) -> None:
    rng = np.random.default_rng(3)
    mu = flat(40) + 10.0 ** rng.uniform(-5, -3, (40, 1)) * rng.normal(size=(40, WAVELENGTH_UM.size))
    flags = violations(mu, WAVELENGTH_UM, config)
    assert set(flags) == {"smoothness", "nonnegativity", "coherence", "ratio"}
    smooth = (violation_maps(mu, WAVELENGTH_UM, config)["smoothness"] > 1.0).any(axis=1)
    np.testing.assert_array_equal(flags["smoothness"], smooth)
    assert 0 < smooth.sum() < 40
