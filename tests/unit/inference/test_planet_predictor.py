"""One planet at a time: what its spectrum came from, and which products were read. How planets fare: test_predict."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tiny_training as tiny

from spectramind.features.planet.spectrum import naive_spectrum
from spectramind.inference.manifest import PlanetStatus
from spectramind.inference.network_ensemble import NetworkEnsemble
from spectramind.inference.planet_predictor import PlanetPredictor, PredictedBy

PLANETS = tiny.PLANETS[:4]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> tiny.Stage:
    """A trained workspace; the last planet has no features."""
    stage = tiny.make_stage(tmp_path_factory.mktemp("predictor"), "train.supervised.epochs=1", planets=PLANETS)
    stage.forget(PLANETS[-1])
    stage.train()
    return stage


def predictor(stage: tiny.Stage, *overrides: str) -> PlanetPredictor:
    changed = stage.changed("train.supervised.epochs=1", *overrides)
    return PlanetPredictor(changed.config, changed.workspace, changed.dataset, "train")


def test_the_configured_model_predicts(stage: tiny.Stage) -> None:
    network, physics = predictor(stage), predictor(stage, "model.kind=physics")
    by_network, by_physics = network(PLANETS[0]), physics(PLANETS[0])
    assert (by_network.by, by_physics.by) == (PredictedBy.NETWORK, PredictedBy.PHYSICS)
    assert by_network.outcome.status is by_physics.outcome.status is PlanetStatus.COMPLETE
    assert (by_network.spectrum.mu != by_physics.spectrum.mu).any()
    assert physics.model == {"kind": "physics"}
    assert network.model == {"kind": "network", "key": stage.record().key, "members": network.model["members"]}
    assert list(network.keys) == [f"planet_{PLANETS[0]}_0"] == list(physics.keys)


def test_without_features_it_is_the_naive_spectrum(stage: tiny.Stage) -> None:
    predicted = predictor(stage)(PLANETS[-1])
    labels = stage.dataset.labels()
    assert labels is not None
    expected = naive_spectrum(tiny.BINS, labels.to_numpy())
    assert predicted.by is PredictedBy.NAIVE
    assert predicted.outcome.status is PlanetStatus.FALLBACK
    assert "the dark is gone" in predicted.outcome.reason
    np.testing.assert_array_equal(predicted.spectrum.sigma, expected.sigma)


def test_a_network_without_answer_leaves_physics(stage: tiny.Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_answer(*_arguments: object) -> None:
        raise ValueError("no answer")

    expected = predictor(stage, "model.kind=physics")(PLANETS[1])
    monkeypatch.setattr(NetworkEnsemble, "__call__", without_answer)
    predicted = predictor(stage)(PLANETS[1])
    assert predicted.by is PredictedBy.PHYSICS
    assert predicted.outcome.status is PlanetStatus.DEGRADED
    assert "no answer" in predicted.outcome.reason
    np.testing.assert_array_equal(predicted.spectrum.sigma, expected.spectrum.sigma)


def test_physics_needs_no_training(tmp_path: Path) -> None:
    fresh = tiny.make_stage(tmp_path, planets=PLANETS)
    assert predictor(fresh, "model.kind=physics").ensemble is None
