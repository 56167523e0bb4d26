"""Labelled planets are predicted by what has not seen them, and a leak is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tiny_training as tiny

from spectramind.features.planet_prior import PriorByPlanet
from spectramind.inference.network_ensemble import NetworkEnsemble
from spectramind.inference.out_of_sample import LabelledPredictions, predict_labelled
from spectramind.training.load import load_examples
from spectramind.training.setup import labelled_planets
from spectramind.utils.errors import InputDataError
from spectramind.utils.progress import SilentProgress

PLANETS = tiny.PLANETS[:4]


def predicted(stage: tiny.Stage, *overrides: str) -> LabelledPredictions:
    changed = stage.changed("train.supervised.epochs=1", *overrides)
    return predict_labelled(changed.config, changed.workspace, changed.dataset, progress=SilentProgress())


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tiny.Stage:
    stage = tiny.make_stage(tmp_path_factory.mktemp("trained"), "train.supervised.epochs=1", planets=PLANETS)
    stage.train()
    return stage


def test_physics_uses_the_prior_of_the_other_folds(trained: tiny.Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    prior = PriorByPlanet.__call__

    def listening(self: PriorByPlanet, planet_id: str) -> object:
        asked.append(planet_id)
        labels = self.labels_for(planet_id)
        assert labels is not None
        assert len(labels) == len(PLANETS) // 2
        return prior(self, planet_id)

    monkeypatch.setattr(PriorByPlanet, "__call__", listening)
    result = predicted(trained, "model.kind=physics")
    assert result.planet_ids == PLANETS == tuple(asked)
    assert result.model == {"kind": "physics"}
    labels = trained.dataset.labels()
    assert labels is not None
    np.testing.assert_array_equal(result.truth, labels.loc[list(PLANETS)].to_numpy())
    assert (result.naive_mean, result.naive_sigma) == (labels.to_numpy().mean(), labels.to_numpy().std())


def test_each_planet_is_predicted_by_the_network_that_does_not_know_it(trained: tiny.Stage) -> None:
    result = predicted(trained)
    ensemble = NetworkEnsemble.open(trained.config, trained.workspace, trained.dataset)
    examples = load_examples(trained.config, trained.workspace, trained.dataset, "train", PLANETS, progress=SilentProgress()).examples
    for row, example in enumerate(examples):
        np.testing.assert_array_equal(result.mu[row], ensemble(example).mu)
        np.testing.assert_array_equal(result.sigma[row], ensemble(example).sigma)
    assert result.model["key"] == trained.record().key


def test_planets_the_model_has_no_answer_for_are_set_aside(tmp_path: Path) -> None:
    stage = tiny.make_stage(tmp_path, planets=PLANETS)
    stage.forget(PLANETS[1])
    result = predicted(stage, "model.kind=physics")
    assert result.planet_ids == (PLANETS[0], *PLANETS[2:])
    assert "the dark is gone" in result.set_aside[PLANETS[1]]
    for planet_id in PLANETS:
        stage.forget(planet_id)
    with pytest.raises(InputDataError, match="no labelled planet") as caught:
        predicted(stage, "model.kind=physics")
    assert "the dark is gone" in caught.value.received


def test_planets_every_network_knows_are_set_aside(tmp_path: Path) -> None:
    stage = tiny.make_stage(tmp_path, "train.supervised.epochs=1", "train.members=1", planets=PLANETS)
    stage.train()
    result = predicted(stage)
    assert set(result.planet_ids) == {planet_id for planet_id, fold in stage.record().fold_of.items() if fold == 0}
    assert all("every member" in reason for reason in result.set_aside.values())


def test_a_leak_is_refused(trained: tiny.Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The networks change places: each answers for the planets it was trained on."""
    folds_for = NetworkEnsemble._folds_for

    def swapped(self: NetworkEnsemble, planet_id: str) -> tuple[int, ...]:
        return tuple(1 - fold for fold in folds_for(self, planet_id))

    monkeypatch.setattr(NetworkEnsemble, "_folds_for", swapped)
    with pytest.raises(InputDataError, match="trained on") as caught:
        predicted(trained)
    assert PLANETS[0] in caught.value.received


def test_without_labels_there_is_nothing_to_calibrate_with(tmp_path: Path) -> None:
    stage = tiny.make_stage(tmp_path, planets=PLANETS)
    labels = stage.config.data.raw_dir / "train.csv"
    labels.write_text(labels.read_text().splitlines()[0] + "\n")
    with pytest.raises(InputDataError, match="no labelled planet to calibrate with") as caught:
        predicted(stage, "model.kind=physics")
    assert caught.value.received == "0 rows, none of them of a planet of train_star_info.csv"
    labels.unlink()
    with pytest.raises(InputDataError, match="no labelled planet to calibrate with") as caught:
        predicted(stage, "model.kind=physics")
    assert caught.value.received == "no file"
    assert "calib.apply=off" in caught.value.hint


def test_labels_of_other_bins_are_refused(tmp_path: Path) -> None:
    stage = tiny.make_stage(tmp_path, planets=PLANETS)
    labels = stage.config.data.raw_dir / "train.csv"
    labels.write_text("".join(f"{line.rpartition(',')[0]}\n" for line in labels.read_text().splitlines()))
    bins = stage.dataset.wavelength_um.size
    for refusing in (lambda: predicted(stage, "model.kind=physics"), lambda: labelled_planets(stage.dataset)):
        with pytest.raises(InputDataError, match="other bins") as caught:
            refusing()
        assert f"{bins - 1} columns of depths for {bins} wavelengths" in caught.value.received


@pytest.mark.parametrize("depth", ["0.0078125", "0.01"])  # the standard deviation of the first is exactly zero, of the second almost
def test_labels_that_are_all_the_same_are_refused(tmp_path: Path, depth: str) -> None:
    """The official score divides by the scatter of the labels."""
    stage = tiny.make_stage(tmp_path, planets=PLANETS)
    labels = stage.config.data.raw_dir / "train.csv"
    head, *rows = labels.read_text().splitlines()
    cells = f",{depth}" * head.count(",")
    labels.write_text("\n".join([head, *(row.partition(",")[0] + cells for row in rows), ""]))
    with pytest.raises(InputDataError, match="are the same") as caught:
        predicted(stage, "model.kind=physics")
    assert "model.kind=physics calib.apply=off" in caught.value.hint
    labels.write_text("\n".join([head, rows[0].partition(",")[0] + cells, ""]))
    assert labelled_planets(stage.dataset) == PLANETS[:1], "one flat spectrum is no mistake"
