"""Latents of a run: made once, made again when what they are made of changes, and refused when there is nothing to make them of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_latents
import tiny_training
from tiny_latents import PLANETS, run_of

from spectramind.diagnostics.latents import vectors as engine
from spectramind.diagnostics.latents.vectors import Latents, latents_of, latents_path
from spectramind.diagnostics.run_data import RunData
from spectramind.utils.errors import InputDataError

WIDTH, MEMBERS = 4, 2


@pytest.fixture
def physics(tmp_path: Path) -> tiny_training.Stage:
    return tiny_latents.make_stage(tmp_path, "model=physics", "model.learn_prior=false")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> tiny_training.Stage:
    stage = tiny_latents.make_stage(tmp_path_factory.mktemp("network"), "train.supervised.epochs=1")
    stage.train()
    return stage


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[RunData]:
    """Runs whose latents were made, not read."""
    runs: list[RunData] = []
    make = engine.make_latents

    def noted(run: RunData) -> Latents:
        runs.append(run)
        return make(run)

    monkeypatch.setattr(engine, "make_latents", noted)
    return runs


def test_they_are_made_once_and_read_the_same(physics: tiny_training.Stage, made: list[RunData]) -> None:
    run = run_of(physics)
    first, again = latents_of(run), latents_of(run)
    assert len(made) == 1
    assert list(first.vectors) == ["physics"]
    assert set(first.maps) == {("physics", "PCA")}  # five planets have no neighbourhoods
    np.testing.assert_array_equal(first.maps["physics", "PCA"], again.maps["physics", "PCA"])
    stored = physics.workspace.features / "airs_bins"
    power = np.load(next(stored.glob(f"planet_{PLANETS[2]}_*.npz")))["fft_power"]
    np.testing.assert_allclose(first.fft_power[2], power, rtol=1e-6)
    assert first.edges.size == first.attention.size == 0


def test_another_submission_seed_or_damage_makes_them_anew(physics: tiny_training.Stage, made: list[RunData]) -> None:
    run = run_of(physics)
    latents_of(run)
    latents_of(replace(run, manifest={**run.manifest, "submission": {"sha256": "0" * 64}}))
    latents_of(replace(run, config=replace(run.config, global_=replace(run.config.global_, seed=5))))
    latents_path(run.workspace).write_bytes(b"PK\x03\x04 torn")
    latents_of(run)
    assert len(made) == 4


def test_the_same_run_gives_the_same_file(physics: tiny_training.Stage) -> None:
    run = run_of(physics)
    latents_of(run)
    before = latents_path(run.workspace).read_bytes()
    latents_path(run.workspace).unlink()
    latents_of(run)
    assert latents_path(run.workspace).read_bytes() == before


def test_a_planet_without_features_is_left_blank(physics: tiny_training.Stage) -> None:
    physics.forget(PLANETS[1])
    latents = latents_of(run_of(physics))
    for values in (latents.vectors["physics"], latents.maps["physics", "PCA"], latents.fft_power[..., 0]):
        assert np.isnan(values).all(axis=1).tolist() == [planet_id == PLANETS[1] for planet_id in PLANETS]


@pytest.mark.parametrize("stage_name", ["physics", "network"])
def test_without_any_features_there_are_none(stage_name: str, request: pytest.FixtureRequest) -> None:
    stage: tiny_training.Stage = request.getfixturevalue(stage_name)
    run = run_of(stage, planets=PLANETS[:1])
    with pytest.raises(InputDataError, match="no planet of the submission has features") as caught:
        latents_of(replace(run, planet_ids=("404",)))
    assert "spectramind features" in caught.value.hint


def test_a_network_has_latents_of_all_members_and_attention(network: tiny_training.Stage) -> None:
    latents = latents_of(run_of(network))
    assert {name: values.shape for name, values in latents.vectors.items()} == dict.fromkeys(
        ("fused", "light", "spectrum"), (len(PLANETS), MEMBERS * WIDTH)
    )
    assert all(np.isfinite(values).all() for values in latents.vectors.values())
    assert latents.attention.shape == (len(PLANETS), latents.edges.shape[1])
    for shares in latents.attention:
        np.testing.assert_allclose(np.bincount(latents.edges[1], weights=shares), 1.0, rtol=5e-3)  # kept in half precision


def test_networks_that_did_not_make_the_submission_are_refused(network: tiny_training.Stage) -> None:
    run = run_of(network)
    other = {**run.manifest, "config_hash": "d" * 64, "model": {**run.manifest["model"], "key": "0" * 64}}
    with pytest.raises(InputDataError, match="no longer those") as caught:
        latents_of(replace(run, manifest=other))
    assert "spectramind predict" in caught.value.hint


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY", b"text"], ids=["empty", "cut short", "something else"])
def test_whatever_lies_in_their_place_they_are_made_anew(physics: tiny_training.Stage, made: list[RunData], damage: bytes) -> None:
    run = run_of(physics)
    latents_path(run.workspace).parent.mkdir(parents=True)
    latents_path(run.workspace).write_bytes(damage)
    assert list(latents_of(run).vectors) == ["physics"]
    assert len(made) == 1
