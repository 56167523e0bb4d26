"""Examples of many planets from stored features: all visits count, what is missing is set aside with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import tiny_dataset
import tiny_example as tiny

from spectramind.data.dataset import Dataset
from spectramind.data.identifiers import Split, VisitId
from spectramind.features.build import KINDS, feature_path, features_by
from spectramind.features.planet.spectrum import NAIVE_SIGMA, predict_spectrum, read_visit
from spectramind.features.planet_prior import PriorByPlanet
from spectramind.training.load import LoadedExamples, load_examples
from spectramind.utils.config import load_config
from spectramind.utils.config.schema import Config
from spectramind.utils.products import commit_product, update_manifest
from spectramind.utils.progress import SilentProgress
from spectramind.utils.runs import Workspace

BINS = tiny_dataset.LAST_BIN - tiny_dataset.FIRST_BIN + 2
ONE, TWO, NONE, TEST = "11", "12", "13", "21"
VISITS = {ONE: 1, TWO: 2, NONE: 0, TEST: 1}


@dataclass(frozen=True)
class Stage:
    """A dataset of empty visits and a workspace with features put there directly."""

    config: Config
    dataset: Dataset
    workspace: Workspace

    def put(self, visit: VisitId, sigma: float, times: int = tiny.TIMES) -> None:
        version, key = features_by(self.config, self.dataset), f"{visit.visit}{visit.planet_id}".ljust(64, "0")
        features = tiny.features(visit.visit, bins=BINS, times=times)
        precision = np.eye(BINS) / sigma**2
        arrays = {"likelihood_precision": precision, "likelihood_right": precision @ np.full(BINS, 0.012), "converged": np.array(True)}
        features["transit"] = {**features["transit"], **arrays}
        for kind in KINDS:
            commit_product(self.path(kind, visit), features[kind], {"key": key, "version": version})
        update_manifest(self.workspace.features, {visit.key: {"status": "built", "version": version, "key": key}})

    def path(self, kind: str, visit: VisitId) -> Path:
        return feature_path(self.workspace, kind, visit, f"{visit.visit}{visit.planet_id}".ljust(64, "0"))

    def load(self, split: Split, *planet_ids: str) -> LoadedExamples:
        return load_examples(self.config, self.workspace, self.dataset, split, planet_ids, progress=SilentProgress())


@pytest.fixture
def make_stage(tmp_path: Path) -> Callable[..., Stage]:
    """Three training planets with one, two and no visits, and one to predict."""
    root = tmp_path / "raw"
    tiny_dataset.write_tables(root, tiny_dataset.AIRS, tiny_dataset.FGS1, [ONE, TWO, NONE], [TEST])
    for planet_id, count in VISITS.items():
        for visit in range(count):
            for sensor in ("FGS1", "AIRS-CH0"):
                path = root / ("test" if planet_id == TEST else "train") / planet_id / f"{sensor}_signal_{visit}.parquet"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()

    def make(*overrides: str) -> Stage:
        config = load_config(["global.workers=1", "train.folds=2", "train.members=2", *overrides])
        config = replace(config, data=replace(config.data, raw_dir=root))
        stage = Stage(config, Dataset.open(root), Workspace(tmp_path / "w").ensure())
        stage.put(VisitId("train", ONE, 0), 1e-4)
        stage.put(VisitId("train", TWO, 0), 2e-4, times=30)
        stage.put(VisitId("train", TWO, 1), 1e-4, times=50)
        stage.put(VisitId("test", TEST, 0), 1e-4)
        return stage

    return make


def test_planets_come_in_the_order_asked_for_with_their_truth(make_stage: Callable[..., Stage]) -> None:
    loaded = make_stage().load("train", TWO, NONE, ONE)
    assert [example.planet_id for example in loaded.examples] == [TWO, ONE]
    for example in loaded.examples:
        assert example.truth is not None
        np.testing.assert_array_equal(example.truth, 0.0146)
    assert loaded.set_aside.keys() == {NONE}
    assert "no visit" in loaded.set_aside[NONE]


def test_the_baseline_is_what_predict_says(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    example = stage.load("train", TWO).examples[0]
    visits = [read_visit(stage.path("transit", VisitId("train", TWO, visit))) for visit in range(2)]
    spectrum = predict_spectrum(visits, PriorByPlanet(stage.config, stage.workspace, stage.dataset)(TWO), stage.config.loss.sigma_min)
    np.testing.assert_array_equal(example.baseline_mean, spectrum.mu)
    np.testing.assert_array_equal(example.baseline_sigma, spectrum.sigma)


def test_light_is_that_of_the_most_precise_visit(make_stage: Callable[..., Stage]) -> None:
    assert len(make_stage().load("train", TWO).examples[0].light) == 50


def test_planets_to_predict_have_no_truth(make_stage: Callable[..., Stage]) -> None:
    assert make_stage().load("test", TEST).examples[0].truth is None


def test_a_naive_baseline(make_stage: Callable[..., Stage]) -> None:
    example = make_stage("model.baseline=naive").load("train", ONE).examples[0]
    np.testing.assert_array_equal(example.baseline_sigma, NAIVE_SIGMA)
    assert (example.depth_sigma < NAIVE_SIGMA / 10.0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_product_is_a_reason(make_stage: Callable[..., Stage], kind: str) -> None:
    stage = make_stage()
    path = stage.path(kind, VisitId("train", ONE, 0))
    path.write_bytes(path.read_bytes()[:-9])
    loaded = stage.load("train", ONE, TWO)
    assert [example.planet_id for example in loaded.examples] == [TWO]
    assert f"planet_{ONE}_0" in loaded.set_aside[ONE]


def test_one_good_visit_is_enough(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    stage.path("airs_bins", VisitId("train", TWO, 1)).unlink()
    loaded = stage.load("train", TWO)
    assert len(loaded.examples[0].light) == 30
    assert not loaded.set_aside


def test_a_likelihood_without_sense_sets_its_planet_aside(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage()
    stage.put(VisitId("train", ONE, 0), float("nan"))
    loaded = stage.load("train", ONE, TWO)
    assert loaded.set_aside.keys() == {ONE}
    assert "Error" in loaded.set_aside[ONE]


def test_many_processes_give_the_same(make_stage: Callable[..., Stage]) -> None:
    alone, together = make_stage().load("train", ONE, TWO), make_stage("global.workers=2").load("train", ONE, TWO)
    for one, other in zip(alone.examples, together.examples, strict=True):
        assert one.planet_id == other.planet_id
        np.testing.assert_array_equal(one.light, other.light)
        np.testing.assert_allclose(one.nodes, other.nodes, rtol=1e-4, atol=1e-4)
