"""Predict with networks: named in the manifest; where they have no answer the transit inference has, and the planet says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_training as tiny
import torch

from spectramind.evaluation.submission_table import SubmissionTable, read_submission
from spectramind.inference.network_ensemble import NetworkEnsemble
from spectramind.inference.predict import PredictionReport, predict
from spectramind.models.network import Network
from spectramind.training.load import load_examples
from spectramind.utils.errors import InputDataError
from spectramind.utils.progress import SilentProgress

BINS = 283
PLANETS = tiny.PLANETS[:4]
OVERRIDES = ("train.supervised.epochs=2",)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> tiny.Stage:
    """A trained workspace of as many bins as a submission has."""
    stage = tiny.make_stage(tmp_path_factory.mktemp("predict"), *OVERRIDES, planets=PLANETS, bins=BINS)
    stage.train()
    return stage


def predicted(stage: tiny.Stage, out: Path, *overrides: str) -> tuple[PredictionReport, SubmissionTable, dict[str, Any]]:
    """Report, submission and manifest."""
    changed = stage.changed(*OVERRIDES, *overrides)
    report = predict(changed.config, changed.workspace, out_csv=out / "submission.csv", progress=SilentProgress())
    return report, read_submission(out / "submission.csv"), json.loads(Path(report.manifest).read_text())


def test_the_networks_predict_and_the_manifest_names_them(stage: tiny.Stage, tmp_path: Path) -> None:
    report, table, manifest = predicted(stage, tmp_path)
    assert (report.planets, report.complete) == (1, 1)
    record = stage.record()
    assert manifest["model"] == {
        "kind": "network",
        "key": record.key,
        "members": {str(member.fold): member.sha256 for member in record.members},
    }
    example = load_examples(stage.config, stage.workspace, stage.dataset, "test", [tiny.TEST_PLANET], progress=SilentProgress()).examples[0]
    expected = NetworkEnsemble.open(stage.config, stage.workspace, stage.dataset)(example)
    np.testing.assert_allclose(table.mu[0], expected.mu, rtol=1e-6)
    np.testing.assert_allclose(table.sigma[0], expected.sigma, rtol=1e-6)
    physical = predicted(stage, tmp_path, "model.kind=physics")[1]
    assert (np.abs(table.mu[0] - physical.mu[0]) > 1e-7).any()


def test_physics_alone_names_no_network(stage: tiny.Stage, tmp_path: Path) -> None:
    assert predicted(stage, tmp_path, "model.kind=physics")[2]["model"] == {"kind": "physics"}


def unfinite(network: Network) -> None:
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(torch.nan)


def broken(*arguments: object) -> None:
    raise ValueError("shapes differ")


@pytest.mark.parametrize("how", ["not finite", "shapes differ"])
def test_a_network_without_answer_leaves_the_physical_spectrum(
    stage: tiny.Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    expected = predicted(stage, tmp_path, "model.kind=physics")[1]
    if how == "not finite":
        load = Network.load_state_dict

        def spoilt(self: Network, *arguments: Any) -> Any:
            result = load(self, *arguments)
            unfinite(self)
            return result

        monkeypatch.setattr(Network, "load_state_dict", spoilt)
    else:
        monkeypatch.setattr(NetworkEnsemble, "__call__", broken)
    report, table, manifest = predicted(stage, tmp_path)
    assert manifest["planets"][tiny.TEST_PLANET]["status"] == "DEGRADED"
    assert "predicted without the network" in report.degraded[tiny.TEST_PLANET]
    assert how in report.degraded[tiny.TEST_PLANET]
    np.testing.assert_array_equal(table.mu, expected.mu)
    np.testing.assert_array_equal(table.sigma, expected.sigma)


def test_labelled_planets_that_every_member_knows_are_left_to_physics(tmp_path: Path) -> None:
    stage = tiny.make_stage(tmp_path, *OVERRIDES, "train.members=1", planets=PLANETS, bins=BINS)
    stage.train()
    report, table, _ = predicted(stage, tmp_path, "data.split=train")
    unknown = [planet for planet, fold in stage.record().fold_of.items() if fold == 1]
    assert sorted(report.degraded) == sorted(unknown)
    assert all("every member" in reason for reason in report.degraded.values())
    physical = predicted(stage, tmp_path, "data.split=train", "model.kind=physics")[1]
    for row, planet in enumerate(table.planet_ids):
        assert np.array_equal(table.mu[row], physical.mu[row]) is (planet in unknown)


def test_without_training_nothing_is_written(tmp_path: Path) -> None:
    fresh = tiny.make_stage(tmp_path, planets=PLANETS, bins=BINS)
    with pytest.raises(InputDataError, match="no network has been trained"):
        predicted(fresh, tmp_path)
    assert not (tmp_path / "submission.csv").exists()
