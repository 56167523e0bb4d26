"""The trained networks at work: their mixture, who predicts whom, and the trainings that are refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import tiny_example
import tiny_training as tiny
import torch

from spectramind.features.planet.spectrum import SMALLEST_DEPTH
from spectramind.inference.network_ensemble import NetworkEnsemble
from spectramind.models.batch import PlanetBatch
from spectramind.models.network import Network
from spectramind.training.collate import collate
from spectramind.training.ensemble import EnsembleRecord, record_path, write_record
from spectramind.training.load import load_examples
from spectramind.training.train import train
from spectramind.utils.errors import ConfigError, InputDataError
from spectramind.utils.progress import SilentProgress

BINS = tiny_example.BINS


class Fake:
    """Says the same of every planet, and remembers whom it was asked about."""

    def __init__(self, mu: float, sigma: float) -> None:
        self.mu, self.sigma, self.asked = mu, sigma, 0

    def __call__(self, batch: PlanetBatch) -> SimpleNamespace:
        self.asked += 1
        whole = torch.ones(len(batch), BINS, dtype=torch.float64)
        return SimpleNamespace(mu=self.mu * whole, sigma=self.sigma * whole)


def ensemble_of(stage_record: EnsembleRecord, *fakes: Fake) -> NetworkEnsemble:
    return NetworkEnsemble(stage_record, {fold: cast(Network, fake) for fold, fake in enumerate(fakes)})


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> tiny.Stage:
    """A trained workspace; nobody writes into it."""
    stage = tiny.make_stage(tmp_path_factory.mktemp("networks"), "train.supervised.epochs=2", planets=tiny.PLANETS[:4])
    train(stage.config, stage.workspace, "supervised", progress=SilentProgress())
    return stage


@pytest.fixture
def restore(stage: tiny.Stage) -> Any:
    """Let a test write another record."""
    before = stage.record()
    yield
    write_record(stage.workspace, before)


def opened(stage: tiny.Stage, *overrides: str) -> NetworkEnsemble:
    changed = stage.changed("train.supervised.epochs=2", *overrides)
    return NetworkEnsemble.open(changed.config, changed.workspace, changed.dataset)


def test_moments_are_those_of_the_mixture(stage: tiny.Stage) -> None:
    """Against draws from it."""
    spectrum = ensemble_of(stage.record(), Fake(0.010, 1e-4), Fake(0.0104, 3e-4))(tiny_example.make_planet(planet_id="999"))
    np.testing.assert_allclose(spectrum.mu, 0.0102, rtol=1e-12)
    np.testing.assert_allclose(spectrum.sigma, np.sqrt((1e-8 + 9e-8) / 2.0 + 4e-8), rtol=1e-9)
    generator = np.random.default_rng(0)
    draws = np.concatenate([generator.normal(0.010, 1e-4, 200_000), generator.normal(0.0104, 3e-4, 200_000)])
    assert spectrum.sigma[0] == pytest.approx(draws.std(), rel=5e-3)


def test_a_labelled_planet_is_predicted_by_the_one_that_does_not_know_it(stage: tiny.Stage) -> None:
    record = stage.record()
    for planet_id, fold in record.fold_of.items():
        fakes = (Fake(0.01, 1e-4), Fake(0.02, 2e-4))
        spectrum = ensemble_of(record, *fakes)(tiny_example.make_planet(planet_id=planet_id))
        assert [fake.asked for fake in fakes] == [int(fold == 0), int(fold == 1)]
        np.testing.assert_array_equal(spectrum.mu, fakes[fold].mu)
        np.testing.assert_allclose(spectrum.sigma, fakes[fold].sigma, rtol=1e-12)


def test_all_predict_a_labelled_planet_that_was_set_aside(stage: tiny.Stage) -> None:
    planet_id = tiny.PLANETS[0]
    fakes = (Fake(0.01, 1e-4), Fake(0.02, 2e-4))
    ensemble_of(replace(stage.record(), set_aside={planet_id: "no features"}), *fakes)(tiny_example.make_planet(planet_id=planet_id))
    assert [fake.asked for fake in fakes] == [1, 1]


def test_a_planet_that_all_were_trained_on_is_refused(stage: tiny.Stage) -> None:
    record = stage.record()
    planet_id = next(planet for planet, fold in record.fold_of.items() if fold == 1)
    with pytest.raises(InputDataError, match="every member") as caught:
        ensemble_of(record, Fake(0.01, 1e-4))(tiny_example.make_planet(planet_id=planet_id))
    assert caught.value.where == planet_id


@pytest.mark.parametrize(("mu", "sigma"), [(np.nan, 1e-4), (0.01, np.nan), (np.inf, 1e-4), (0.01, np.inf)])
def test_what_is_not_finite_is_refused(stage: tiny.Stage, mu: float, sigma: float) -> None:
    with pytest.raises(InputDataError, match="not finite"):
        ensemble_of(stage.record(), Fake(0.01, 1e-4), Fake(mu, sigma))(tiny_example.make_planet(planet_id="999"))


def test_depths_are_positive(stage: tiny.Stage) -> None:
    spectrum = ensemble_of(stage.record(), Fake(-0.01, 1e-4))(tiny_example.make_planet(planet_id="999"))
    np.testing.assert_array_equal(spectrum.mu, SMALLEST_DEPTH)


def test_networks_are_those_that_were_trained(stage: tiny.Stage) -> None:
    """Sizes come from the record: the configuration may ask for others."""
    ensemble = opened(stage, "model.fusion.width=16", "model.airs.layers=3")
    example = load_examples(stage.config, stage.workspace, stage.dataset, "test", [tiny.TEST_PLANET], progress=SilentProgress()).examples[0]
    first, again = ensemble(example), opened(stage)(example)
    np.testing.assert_array_equal(first.mu, again.mu)
    moved = (first.mu - collate([example]).baseline_mean[0].numpy()) / example.baseline_sigma
    assert np.median(moved) > 0.1  # towards the truth: it has learnt


def test_who_answers_has_not_seen_the_planet(stage: tiny.Stage) -> None:
    record, ensemble = stage.record(), opened(stage)
    for planet_id, fold in record.fold_of.items():
        assert ensemble.seen_by_those_for(planet_id) == {other for other, own in record.fold_of.items() if own != fold}
    assert ensemble.seen_by_those_for("999") == set(record.fold_of)


def test_a_planet_set_aside_was_seen_by_nobody(stage: tiny.Stage) -> None:
    record = stage.record()
    left, *others = record.fold_of
    ensemble = ensemble_of(replace(record, set_aside={left: "no features"}), Fake(0.01, 1e-4), Fake(0.01, 1e-4))
    assert ensemble.seen_by_those_for(left) == set(others)
    assert all(left not in ensemble.seen_by_those_for(other) for other in others)


def test_looking_into_a_planet_shows_every_member_s_latents_and_where_bins_listen(stage: tiny.Stage) -> None:
    ensemble = opened(stage)
    first, other = load_examples(
        stage.config, stage.workspace, stage.dataset, "train", tiny.PLANETS[:2], progress=SilentProgress()
    ).examples
    seen, again, elsewhere = ensemble.look_into(first), ensemble.look_into(first), ensemble.look_into(other)
    assert seen.light.shape == seen.spectrum.shape == seen.fused.shape == (2 * 4,)
    for name in ("light", "spectrum", "fused"):
        np.testing.assert_array_equal(getattr(seen, name), getattr(again, name))
        assert not np.allclose(getattr(seen, name), getattr(elsewhere, name))
    assert seen.attention is not None
    assert seen.attention.shape == ensemble.edges.shape[1:]
    heard = np.bincount(ensemble.edges[1], weights=seen.attention)
    np.testing.assert_allclose(heard, 1.0, rtol=1e-5)  # each bin shares out all of its attention


def test_networks_without_a_graph_have_no_attention(tmp_path: Path) -> None:
    blind = tiny.make_stage(tmp_path, "model.airs.kind=none", "train.supervised.epochs=1", planets=tiny.PLANETS[:2])
    blind.train()
    ensemble = NetworkEnsemble.open(blind.config, blind.workspace, blind.dataset)
    example = load_examples(blind.config, blind.workspace, blind.dataset, "test", [tiny.TEST_PLANET], progress=SilentProgress()).examples[0]
    insight = ensemble.look_into(example)
    assert insight.attention is None
    assert not insight.spectrum.any()
    assert insight.fused.any()


def test_without_training(tmp_path: Path) -> None:
    fresh = tiny.make_stage(tmp_path, planets=tiny.PLANETS[:2])
    with pytest.raises(InputDataError, match="no network has been trained") as caught:
        NetworkEnsemble.open(fresh.config, fresh.workspace, fresh.dataset)
    assert "train --phase supervised" in caught.value.hint
    assert "model.kind=physics" in caught.value.hint
    assert str(record_path(fresh.workspace, "supervised")) in caught.value.where


def shifted(record: EnsembleRecord) -> EnsembleRecord:
    return replace(record, wavelength_um=tuple(value + 0.01 for value in record.wavelength_um))


def fewer(record: EnsembleRecord) -> EnsembleRecord:
    return replace(record, wavelength_um=record.wavelength_um[:-1])


@pytest.mark.parametrize("change", [shifted, fewer])
def test_other_wavelengths_are_refused(stage: tiny.Stage, restore: None, change: Callable[[EnsembleRecord], EnsembleRecord]) -> None:
    write_record(stage.workspace, change(stage.record()))
    with pytest.raises(InputDataError, match="other wavelengths"):
        opened(stage)


def test_other_features_are_refused(stage: tiny.Stage, restore: None) -> None:
    write_record(stage.workspace, replace(stage.record(), data_hash="0" * 64))
    with pytest.raises(InputDataError, match="features of another version") as caught:
        opened(stage)
    assert "0" * 12 in caught.value.received


@pytest.mark.parametrize("override", ["model.baseline=naive", "model.learn_prior=true", "model.sigma_head=quantiles"])
def test_other_settings_are_refused(stage: tiny.Stage, override: str) -> None:
    with pytest.raises(ConfigError, match="another model configuration") as caught:
        opened(stage, override)
    assert override.split("=", maxsplit=1)[0] in caught.value.received


def test_a_network_built_otherwise_is_refused(stage: tiny.Stage, restore: None) -> None:
    """As by a version whose network has other parts."""
    record = stage.record()
    write_record(stage.workspace, replace(record, model={**record.model, "fusion": {"kind": "concat", "width": 8}}))
    with pytest.raises(InputDataError, match="another version") as caught:
        opened(stage)
    assert "size mismatch" in caught.value.received


@pytest.mark.parametrize("damage", ["altered", "missing"])
def test_a_damaged_checkpoint_is_refused(tmp_path: Path, damage: str) -> None:
    own = tiny.make_stage(tmp_path, "train.supervised.epochs=0", planets=tiny.PLANETS[:2])
    own.train()
    path = own.workspace.root / own.record().members[1].checkpoint
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(InputDataError, match="checkpoint"):
        NetworkEnsemble.open(own.config, own.workspace, own.dataset)
