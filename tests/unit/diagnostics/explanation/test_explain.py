"""A prediction explained from its workspace: what it adds up to, what is reused, and what is refused or set aside."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_training as tiny
from numpy.typing import NDArray

from spectramind.data.identifiers import Split
from spectramind.diagnostics.explanation import explain as engine
from spectramind.diagnostics.explanation import explainer
from spectramind.diagnostics.explanation.choice import WORST
from spectramind.diagnostics.explanation.explain import explain, explain_run, feature_provenance, plan, provenance_of, stored_explanations
from spectramind.diagnostics.explanation.games import NetworkGame, PhysicalGame
from spectramind.diagnostics.explanation.players import LIGHT, NOISE, STATISTICS
from spectramind.diagnostics.explanation.store import read_explanations, store_path
from spectramind.diagnostics.run_data import RunData
from spectramind.inference.network_ensemble import NetworkEnsemble
from spectramind.inference.planet_predictor import PlanetPredictor
from spectramind.utils.errors import ConfigError, InputDataError
from spectramind.utils.progress import SilentProgress

SMALL = ("data.split=train", "diag.shap_planets=3", "diag.shap_background=2", "model.kind=physics", "calib.apply=off")


class Counting(SilentProgress):
    """Counts what it is told."""

    def __init__(self) -> None:
        self.total = 0
        self.done: list[str] = []

    def start(self, description: str, total: int) -> None:
        self.total = total

    def advance(self, note: str = "") -> None:
        self.done.append(note)


def predicted(stage: tiny.Stage, split: Split = "train") -> RunData:
    """A prediction of the planets of a split, as read from a submission."""
    dataset = stage.dataset
    predictor = PlanetPredictor(stage.config, stage.workspace, dataset, split)
    made = {planet_id: predictor(planet_id) for planet_id in dataset.planets[split]}
    return RunData(
        config=stage.config,
        workspace=stage.workspace,
        dataset=dataset,
        split=split,
        submission=stage.workspace.outputs / "submission.csv",
        manifest={
            "submission": {"sha256": "f" * 64},
            "model": predictor.model,
            "planets": {planet_id: each.outcome.as_dict() for planet_id, each in made.items()},
        },
        planet_ids=tuple(made),
        wavelength_um=dataset.wavelength_um,
        mu=np.stack([each.spectrum.mu for each in made.values()]),
        sigma=np.stack([each.spectrum.sigma for each in made.values()]),
        truth=None,
    )


@pytest.fixture
def stage(tmp_path: Path) -> tiny.Stage:
    return tiny.make_stage(tmp_path, *SMALL, planets=tiny.PLANETS[:5])


def test_the_values_add_up_to_the_submission_and_are_kept(stage: tiny.Stage) -> None:
    run, progress = predicted(stage), Counting()
    made = explain_run(run, progress=progress)
    assert progress.total == 3
    assert sorted(progress.done) == sorted(made.planet_ids)
    assert made.exact
    assert made.chosen[0] == WORST
    places = [run.planet_ids.index(planet_id) for planet_id in made.planet_ids]
    np.testing.assert_allclose(made.mu, run.mu[places], rtol=0.0, atol=1e-10)
    assert made.players[-1] == NOISE
    stored = stored_explanations(run)
    assert stored is not None
    np.testing.assert_allclose(stored.mu, run.mu[places], rtol=0.0, atol=1e-8)
    again = Counting()
    assert explain_run(run, progress=again).planet_ids == made.planet_ids
    assert again.total == 0


def test_what_is_stored_counts_for_this_prediction_alone(stage: tiny.Stage) -> None:
    run = predicted(stage)
    explain_run(run, progress=SilentProgress())
    submission = {**run.manifest, "submission": {**run.manifest["submission"], "sha256": "0" * 64}}
    sampling = replace(run.config, diag=replace(run.config.diag, shap_background=1))
    elsewhere = replace(run.config, global_=replace(run.config.global_, seed=7))
    for other in (replace(run, manifest=submission), replace(run, config=elsewhere)):
        assert stored_explanations(other) is None
    other = replace(run, config=sampling)
    assert stored_explanations(other) is not None, "how many were asked for is not what they explain"
    assert read_explanations(store_path(run.workspace), provenance_of(other)) is None, "but another number is made when asked for"
    kept = replace(run, config=replace(run.config, diag=replace(run.config.diag, log_top=3)))
    assert stored_explanations(kept) is not None
    assert read_explanations(store_path(run.workspace), feature_provenance(run.config, run.workspace, run.dataset)) is not None
    path = store_path(run.workspace)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert read_explanations(path, provenance_of(run)) is None


def test_a_network_is_explained_with_its_own_inputs_and_honest_errors(tmp_path: Path) -> None:
    own = (*SMALL[:3], "train.supervised.epochs=1", "diag.shap_evaluations=100", "calib.apply=off", "train.ablation_seeds=1")
    stage = tiny.make_stage(tmp_path, *own, planets=tiny.PLANETS[:4])
    stage.train()
    run = predicted(stage)
    made = explain_run(run, progress=SilentProgress())
    assert made.model_kind == "network"
    assert made.players[-3:] == (NOISE, LIGHT, STATISTICS)
    places = [run.planet_ids.index(planet_id) for planet_id in made.planet_ids]
    np.testing.assert_allclose(made.mu, run.mu[places], rtol=0.0, atol=1e-8)
    assert not made.exact
    assert 0.0 < made.standard_error.max() < 0.1 * np.abs(made.values).max()


def test_a_mixture_of_members_is_explained_and_owes_to_each_input_the_mean_of_what_its_members_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = (
        "data.split=test",
        "diag.shap_planets=1",
        SMALL[2],
        "train.folds=3",
        "train.members=3",
        "train.supervised.epochs=1",
        "calib.apply=off",
    )
    exact = ("diag.shap_evaluations=100000",)
    stage = tiny.make_stage(tmp_path, *own, *exact, planets=tiny.PLANETS[:6], unlabelled=("31", "32", "33"))
    stage.train()
    run = predicted(stage, "test")
    asked: list[int] = []
    members = NetworkEnsemble._folds_for

    def counted(ensemble: NetworkEnsemble, planet_id: str) -> tuple[int, ...]:
        asked.append(len(members(ensemble, planet_id)))
        return members(ensemble, planet_id)

    monkeypatch.setattr(NetworkEnsemble, "_folds_for", counted)
    made = explain_run(run, progress=SilentProgress())
    assert set(asked) == {3}
    assert made.exact
    places = [run.planet_ids.index(planet_id) for planet_id in made.planet_ids]
    np.testing.assert_allclose(made.mu, run.mu[places], rtol=0.0, atol=1e-9)
    alone = []
    for fold in range(3):
        monkeypatch.setattr(NetworkEnsemble, "_folds_for", lambda *_, fold=fold: (fold,))
        one = predicted(stage, "test")
        assert np.abs(one.mu - run.mu).max() > 1e-6, "members differ"
        one = replace(one, manifest={**one.manifest, "submission": {"sha256": f"{fold}" * 64}})
        alone.append(explain_run(one, progress=SilentProgress()))
    same = [[each.planet_ids.index(planet_id) for planet_id in made.planet_ids] for each in alone]
    mean = np.mean([each.values[order] for each, order in zip(alone, same, strict=True)], axis=0)
    np.testing.assert_allclose(made.values, mean, rtol=0.0, atol=1e-9)


def test_planets_without_features_are_set_aside_with_the_reason(stage: tiny.Stage) -> None:
    run = predicted(stage)
    stage.forget(run.planet_ids[0])
    made = explain_run(replace(run, config=replace(run.config, diag=replace(run.config.diag, shap_planets=5))), progress=SilentProgress())
    assert len(made.planet_ids) == 4
    assert "dark is gone" in made.set_aside[run.planet_ids[0]]


def test_a_model_that_does_not_give_the_submission_again_explains_nothing(stage: tiny.Stage) -> None:
    run = predicted(stage)
    with pytest.raises(InputDataError, match="not one planet") as caught:
        explain_run(replace(run, mu=run.mu + 2e-6), progress=SilentProgress())
    assert "2.0 ppm apart" in caught.value.received
    assert stored_explanations(run) is None


def test_another_kind_of_model_is_refused_with_the_override(stage: tiny.Stage) -> None:
    run = predicted(stage)
    other = replace(run, config=replace(run.config, model=replace(run.config.model, kind="network")))
    with pytest.raises(ConfigError, match="another kind") as caught:
        explain_run(other, progress=SilentProgress())
    assert caught.value.hint == "model=physics"


def test_one_planet_has_nothing_to_be_compared_with(stage: tiny.Stage) -> None:
    run = predicted(stage)
    planets = {planet_id: {"status": "FALLBACK", "reason": "no data"} for planet_id in run.planet_ids[1:]}
    alone = replace(run, manifest={**run.manifest, "planets": {**run.manifest["planets"], **planets}})
    with pytest.raises(InputDataError, match="compares a planet with others"):
        explain_run(alone, progress=SilentProgress())


def test_no_planet_is_its_own_background(stage: tiny.Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    run, seen = predicted(stage), []

    def watched(planet, background, players, solve):  # type: ignore[no-untyped-def]
        seen.append((planet.planet_id, [other.planet_id for other in background]))
        return PhysicalGame(planet, background, players, solve)

    monkeypatch.setattr(explainer, "PhysicalGame", watched)
    explain_run(run, progress=SilentProgress())
    assert len(seen) == 3
    assert all(planet_id not in others and len(others) == 2 for planet_id, others in seen)


def test_the_command_reports_what_it_wrote(stage: tiny.Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "load_run", lambda *_, **__: predicted(stage))
    assert plan(stage.config, stage.workspace)["planets"] == 3
    report = explain(stage.config, stage.workspace, progress=SilentProgress()).as_dict()
    assert report["explained"] == 3
    assert report["exact"] is True
    assert Path(report["explanations"]).exists()
    assert json.dumps(report)


def test_a_truth_that_came_to_light_chooses_other_planets(stage: tiny.Stage) -> None:
    run = predicted(stage)
    explain_run(run, progress=SilentProgress())
    judged = replace(run, truth=run.mu + 1e-5 * np.arange(len(run.planet_ids))[:, None])
    assert read_explanations(store_path(run.workspace), provenance_of(judged)) is None
    assert stored_explanations(judged) is not None, "the values themselves do not rest on the truth"


def test_values_of_another_version_of_the_game_stand_on_no_page(stage: tiny.Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    run = predicted(stage)
    explain_run(run, progress=SilentProgress())
    monkeypatch.setattr(engine, "source_version", lambda *_: "another")
    assert read_explanations(store_path(run.workspace), feature_provenance(run.config, run.workspace, run.dataset)) is None


def test_networks_that_did_not_make_the_submission_are_refused_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = tiny.make_stage(tmp_path, *SMALL[:3], "train.supervised.epochs=1", "calib.apply=off", planets=tiny.PLANETS[:4])
    stage.train()
    run = predicted(stage)
    monkeypatch.setattr(explainer, "NetworkGame", None)
    other = {**run.manifest, "model": {**run.manifest["model"], "key": "0" * 64}}
    with pytest.raises(InputDataError, match="no longer those") as caught:
        explain_run(replace(run, manifest=other), progress=SilentProgress())
    assert "spectramind predict" in caught.value.hint


def test_a_model_that_gives_another_spectrum_is_not_asked_for_every_coalition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = (*SMALL[:3], "train.supervised.epochs=1", "calib.apply=off", "diag.shap_evaluations=100")
    stage = tiny.make_stage(tmp_path, *own, planets=tiny.PLANETS[:4])
    stage.train()
    run = predicted(stage)
    asked: list[int] = []
    worth = NetworkGame.__call__

    def counted(game: NetworkGame, masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        asked.append(len(masks))
        return worth(game, masks)

    monkeypatch.setattr(NetworkGame, "__call__", counted)
    with pytest.raises(InputDataError, match="not one planet"):
        explain_run(replace(run, mu=run.mu + 2e-6), progress=SilentProgress())
    assert asked == [1, 1, 1]
