"""The section of the maps over bins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_latents
import tiny_training
from tiny_latents import PLANETS, run_of

from spectramind.diagnostics.dashboard.maps import curvature, section, worst_planet
from spectramind.diagnostics.run_data import RunData
from spectramind.diagnostics.section import Section


@pytest.fixture
def run(tmp_path: Path) -> RunData:
    """Flat spectra by physics."""
    stage = tiny_latents.make_stage(tmp_path, "model=physics", "model.learn_prior=false")
    return run_of(stage, mu=np.full((len(PLANETS), tiny_training.BINS), 0.01))


def z_of(found: Section, name: str) -> np.ndarray:
    (panel,) = (panel for panel in found.panels if panel.name == name)
    assert panel.figure is not None
    traces = panel.figure.data
    axes = sorted({trace.yaxis or "y" for trace in traces})
    return np.concatenate([np.concatenate([trace.z for trace in traces if (trace.yaxis or "y") == axis], axis=1) for axis in axes])


def names(found: Section) -> list[str]:
    return [panel.name for panel in found.panels]


def test_a_kink_is_on_top_in_its_bin_and_counted(run: RunData) -> None:
    mu = run.mu.copy()
    mu[3, 8] += 3e-3
    found = section(replace(run, mu=mu))
    heat = z_of(found, "smoothness-map")
    assert np.argwhere(heat).tolist() == [[0, 7], [0, 8], [0, 9]]
    assert heat[0, 8] < 0 < heat[0, 7]
    assert set(np.argwhere(z_of(found, "violation-map"))[:, 1].tolist()) >= {7, 8, 9}
    (table,) = (panel.rows for panel in found.panels if panel.name == "violations")
    smoothness = next(row for row in table if row["constraint"] == "smoothness")
    assert smoothness["planets that violate it"] == 1
    assert smoothness["share (%)"] == pytest.approx(20.0)
    assert float(str(smoothness["largest excess / tolerance"])) > 1.0


def test_flat_spectra_leave_blank_maps(run: RunData) -> None:
    found = section(run)
    assert not z_of(found, "violation-map").any()
    assert not z_of(found, "smoothness-map").any()


def test_a_step_between_the_sensors_is_no_curvature() -> None:
    mu = np.full((1, 9), 0.01)
    mu[0, 0] = 0.012
    assert not curvature(mu, np.full(mu.shape, 1e-5)).any()
    mu[0, 4] += 1e-4
    np.testing.assert_allclose(curvature(mu, np.full(mu.shape, 1e-4))[0, 3:6], [1.0, -2.0, 1.0], rtol=1e-9)


def test_physics_has_power_but_no_attention(run: RunData) -> None:
    assert names(section(run)) == ["smoothness-map", "smoothness-bins", "violations", "violation-map", "fft-bins", "fft-planets"]


def test_without_features_the_rest_is_shown_and_the_command_is_named(run: RunData) -> None:
    found = section(replace(run, planet_ids=tuple(f"40{number}" for number in range(len(PLANETS)))))
    assert names(found) == ["smoothness-map", "smoothness-bins", "violations", "violation-map"]
    assert "spectramind features" in found.lead


def test_a_network_shows_where_it_listens(tmp_path: Path) -> None:
    stage = tiny_latents.make_stage(tmp_path, "train.supervised.epochs=0")
    stage.train()
    run = run_of(stage)
    assert run.truth is not None
    truth = run.truth.copy()
    truth[2] += 1e-3
    found = section(replace(run, truth=truth))
    assert names(found)[-2:] == ["attention-mean", "attention-worst"]
    worst = found.panels[-1].figure
    assert worst is not None
    assert PLANETS[2] in worst.layout.title.text
    mean = z_of(found, "attention-mean")
    assert mean.any(axis=1).all()  # every bin hears of some other
    assert not np.diag(mean).any()


def test_the_worst_planet_is_the_least_certain_where_no_truth_is_known(run: RunData) -> None:
    sigma, everyone = run.sigma.copy(), np.ones(len(PLANETS), dtype=np.bool_)
    sigma[4] *= 3.0
    assert worst_planet(replace(run, sigma=sigma, truth=None), everyone)[0] == 4
    everyone[4] = False
    assert worst_planet(replace(run, sigma=sigma, truth=None), everyone)[0] != 4
    truth = np.full(run.mu.shape, np.nan)
    truth[1] = run.mu[1] + 1e-3
    assert worst_planet(replace(run, sigma=sigma, truth=truth), everyone)[0] == 1
