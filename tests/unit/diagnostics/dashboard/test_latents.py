"""The section of the latents."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_latents
import tiny_training
from tiny_latents import PLANETS, run_of

from spectramind.diagnostics.dashboard.latents import broken_terms, colourings, section
from spectramind.diagnostics.latents.vectors import latents_of


@pytest.fixture
def stage(tmp_path: Path) -> tiny_training.Stage:
    return tiny_latents.make_stage(tmp_path, "model=physics", "model.learn_prior=false")


def test_few_planets_are_shown_by_pca_and_the_reader_is_told(stage: tiny_training.Stage) -> None:
    found = section(run_of(stage))
    assert [panel.name for panel in found.panels] == ["latents-physics-pca"]
    assert "fewer than 8" in found.lead
    assert not found.absent
    assert (stage.workspace.outputs / "diagnostics" / "latents.npz") in found.panels[0].sources


def test_without_features_the_command_that_makes_them_is_named(stage: tiny_training.Stage) -> None:
    found = section(replace(run_of(stage), planet_ids=("404",)))
    assert not found.panels
    assert "no planet of the submission has features" in found.absent
    assert "spectramind features data.split=train" in found.absent


def test_without_the_network_the_command_that_trains_it_is_named(stage: tiny_training.Stage) -> None:
    run = run_of(stage)
    found = section(replace(run, manifest={**run.manifest, "model": {"kind": "network", "key": "0"}}))
    assert "spectramind train --phase supervised" in found.absent


def test_colourings_are_of_the_planets_they_are_of(stage: tiny_training.Stage) -> None:
    run = run_of(stage)
    mu, sigma = run.mu.copy(), run.sigma.copy()
    mu[1, 12] += 0.02
    mu[1, 3] = -0.01
    mu[2] *= 2.0
    sigma[3] *= 10.0
    run = replace(run, mu=mu, sigma=sigma, truth=mu - 2.0 * sigma)
    shown: dict[str, Any] = {each.name: each.values for each in colourings(run, latents_of(run))}
    assert shown["violation"][1] == "several"
    assert np.argmax(shown["entropy: mean ln(σ / depth)"]) == 3
    np.testing.assert_allclose(shown["white depth (ppm)"], mu[:, 1:].mean(axis=1) * 1e6)
    np.testing.assert_allclose(shown["rms of z (σ)"], 2.0)
    assert shown["quality"] == ["GOOD"] * len(PLANETS)
    older = {**run.manifest, "planets": {planet_id: {"status": "COMPLETE"} for planet_id in PLANETS}}
    names = [each.name for each in colourings(replace(run, manifest=older, truth=None), latents_of(run))]
    assert names == [name for name in shown if name not in ("quality", "rms of z (σ)")]


def test_a_planet_is_named_by_the_one_constraint_it_breaks() -> None:
    flags = {"seam": np.array([False, True, True, False]), "ratio": np.array([False, False, True, True])}
    assert broken_terms(flags) == ["none", "seam", "several", "ratio"]
