"""Runs whose planets have features, and with them latents: a tiny stage with a submission of its labelled planets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tiny_training
from numpy.typing import NDArray

from spectramind.data.identifiers import VisitId
from spectramind.diagnostics.run_data import RunData
from spectramind.inference.model_identity import model_identity
from spectramind.utils.artifacts import sha256_file

PLANETS = tiny_training.PLANETS[:5]


def features(seed: int) -> dict[str, dict[str, Any]]:
    """Features of a visit with everything that a planet's physical vector is made of."""
    generator = np.random.default_rng([seed, 7])
    arrays = tiny_training.visit_features(seed)[0]
    arrays["transit"] |= {
        "shared": np.array([3.7, 0.0, generator.normal(2.5, 0.1), generator.uniform(0.0, 0.8), *np.zeros(8)]),
        "search": np.array([3.7, generator.uniform(2.0, 3.0), 0.01, 50.0]),
        "noise": np.array([2.0, float(seed % 3), *np.zeros(8)]),
    }
    return arrays


def make_stage(folder: Path, *overrides: str, planets: tuple[str, ...] = PLANETS) -> tiny_training.Stage:
    """Write dataset and features."""
    stage = tiny_training.make_stage(folder, *overrides, planets=planets)
    for planet_id in planets:
        stage.put(VisitId("train", planet_id, 0), features(int(planet_id)))
    return stage


def run_of(stage: tiny_training.Stage, *, planets: tuple[str, ...] = PLANETS, mu: NDArray[np.float64] | None = None) -> RunData:
    """A prediction of labelled planets by whatever model the stage is configured for."""
    truth = stage.dataset.labels()
    assert truth is not None
    depth = truth.loc[list(planets)].to_numpy(dtype=np.float64)
    submission = stage.workspace.outputs / "submission.csv"
    submission.write_text("one\n")
    manifest = {
        "config_hash": "b" * 64,
        "model": model_identity(stage.config, stage.workspace),
        "submission": {"sha256": sha256_file(submission)},
        "planets": {planet_id: {"status": "COMPLETE", "quality": "GOOD"} for planet_id in planets},
    }
    return RunData(
        config=stage.config,
        workspace=stage.workspace,
        dataset=stage.dataset,
        split="train",
        submission=submission,
        manifest=manifest,
        planet_ids=planets,
        wavelength_um=stage.dataset.wavelength_um,
        mu=depth + 1e-5 if mu is None else mu,
        sigma=np.full(depth.shape, 1e-4),
        truth=depth,
    )
