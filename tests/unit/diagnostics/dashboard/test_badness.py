"""Badness: each part says why, none hides the others, and what is normal costs nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from tiny_dashboard import TinyRun

from spectramind.diagnostics.dashboard.badness import badness, largest_z
from spectramind.diagnostics.run_data import RunData


def flat(run: TinyRun) -> RunData:
    """Return the run with one sigma for all and a prediction without an error."""
    loaded = run.load()
    assert loaded.truth is not None
    outcomes = {planet_id: {"status": "COMPLETE", "quality": "GOOD"} for planet_id in loaded.planet_ids}
    return replace(loaded, mu=loaded.truth.copy(), sigma=np.full_like(loaded.sigma, 1e-4), manifest={"planets": outcomes})


def test_a_planet_without_a_flaw_has_none(run: TinyRun) -> None:
    assert badness(flat(run), {}).total.tolist() == [0.0] * 4


def test_status_and_quality_count(run: TinyRun) -> None:
    normal = flat(run)
    outcomes = dict(normal.manifest["planets"])
    outcomes["11"] = {"status": "FALLBACK", "quality": "POOR"}
    outcomes["222"] = {"status": "DEGRADED", "quality": "FAINT"}
    assert badness(replace(normal, manifest={"planets": outcomes}), {}).total.tolist() == [4.0, 0.0, 1.5, 0.0]


def test_errors_count_beyond_four_sigma_and_are_cut(run: TinyRun) -> None:
    normal = flat(run)
    mu = normal.mu.copy()
    mu[0, 3] += 4e-4
    mu[1, 3] -= 8e-4
    mu[2, 0] += 1.0
    bad = badness(replace(normal, mu=mu), {})
    assert np.allclose(bad.total, [0.0, 1.0, 10.0, 0.0])
    assert np.allclose(largest_z(replace(normal, mu=mu))[:2], [4.0, 8.0])


def test_sigma_counts_either_way(run: TinyRun) -> None:
    normal = flat(run)
    sigma = normal.sigma * np.array([2.0, 1.0, 1.0, 0.5])[:, None]
    assert np.allclose(badness(replace(normal, sigma=sigma), {}).total, [1.0, 0.0, 0.0, 1.0])


def test_breaches_of_the_detector_count(run: TinyRun) -> None:
    assert badness(flat(run), {"1103775": 3}).total.tolist() == [0.0, 1.5, 0.0, 0.0]


def test_an_unknown_truth_counts_nothing(run: TinyRun) -> None:
    loaded = replace(flat(run), truth=None)
    assert np.isnan(largest_z(loaded)).all()
    assert badness(loaded, {}).total.tolist() == [0.0] * 4
