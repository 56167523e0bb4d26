"""The ablation: every pair of variant and seed once, judged out of fold, resumed after an interruption, honest about failures."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tiny_dataset
import tiny_example as tiny
import tiny_symbolic
import torch

from spectramind.data.dataset import Dataset
from spectramind.data.identifiers import VisitId
from spectramind.features.build import KINDS, feature_path, features_by
from spectramind.symbolic.objective import gaussian_nll
from spectramind.training import ablation
from spectramind.training.ablation import ablate, plan, seeds_of
from spectramind.training.measurement import measure
from spectramind.training.members import train_members
from spectramind.training.out_of_fold import Predictions, judged_examples, physical_predictions, predict_out_of_fold
from spectramind.training.processes import Processes
from spectramind.training.results import Ablation, ResultStore
from spectramind.training.setup import afresh, prepare
from spectramind.training.variants import Variant, variants
from spectramind.utils.config import load_config
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import BusyError, ConfigError, InputDataError
from spectramind.utils.products import commit_product, update_manifest
from spectramind.utils.progress import SilentProgress
from spectramind.utils.runs import Workspace

if TYPE_CHECKING:
    from tests.conftest import Run

BINS = tiny_dataset.LAST_BIN - tiny_dataset.FIRST_BIN + 2
PLANETS = ("11", "12", "13", "14", "15")
SMALL = (
    *("global.workers=1", "train.folds=2", "train.members=2", "train.ablation_seeds=2", "train.supervised.epochs=1"),
    *("model.learn_prior=false", "model.fgs1.width=8", "model.fgs1.head_width=4", "model.fgs1.layers=1", "model.fgs1.state=4"),
    *("model.airs.width=8", "model.airs.heads=2", "model.airs.layers=1", "model.fusion.width=8"),
    *("model.decoder.width=4", "model.decoder.coarse_bins=2", "model.decoder.middle_bins=3", "train.supervised.learning_rate=0.05"),
)


@dataclass
class Counted:
    """Counts what it is told."""

    totals: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def start(self, description: str, total: int) -> None:
        if description == "ablate":
            self.totals.append(total)
            self.notes.clear()

    def advance(self, note: str = "") -> None:
        self.notes.append(note)

    def finish(self) -> None:
        pass


@dataclass(frozen=True)
class Bench:
    """A workspace with features of five labelled planets."""

    raw: Path
    workspace: Workspace

    def config(self, *overrides: str) -> Config:
        config = load_config([*SMALL, *overrides])
        return replace(config, data=replace(config.data, raw_dir=self.raw))

    def ablate(self, *overrides: str, progress: Counted | None = None) -> Ablation:
        return ablate(self.config(*overrides), self.workspace, progress=progress or SilentProgress())

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.results.read_text().splitlines()]

    @property
    def results(self) -> Path:
        return self.workspace.outputs / "ablation" / "results.jsonl"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    raw = tmp_path / "raw"
    tiny_dataset.write_tables(raw, tiny_dataset.AIRS, tiny_dataset.FGS1, list(PLANETS), ["21"])
    header = (raw / "train.csv").read_text().splitlines()[0]
    truths = {planet: 0.012 + 1e-3 * place + 1e-5 * np.arange(BINS) for place, planet in enumerate(PLANETS)}
    (raw / "train.csv").write_text("\n".join([header, *(",".join([planet, *map(str, truths[planet])]) for planet in PLANETS)]) + "\n")
    for planet in PLANETS:
        for sensor in ("FGS1", "AIRS-CH0"):
            path = raw / "train" / planet / f"{sensor}_signal_0.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    made = Bench(raw, Workspace(tmp_path / "w").ensure())
    version = features_by(made.config(), Dataset.open(raw))
    for place, planet in enumerate(PLANETS):
        visit, key = VisitId("train", planet, 0), planet.ljust(64, "0")
        features = tiny.features(place, bins=BINS)
        precision = np.eye(BINS) / 1e-4**2
        noisy = truths[planet] + 1e-4 * np.random.default_rng(place).standard_normal(BINS)
        arrays = {"likelihood_precision": precision, "likelihood_right": precision @ noisy, "converged": np.array(True)}
        features["transit"] = {**features["transit"], **arrays}
        for kind in KINDS:
            path = feature_path(made.workspace, kind, visit, key)
            commit_product(path, features[kind], {"key": key, "version": version})
        update_manifest(made.workspace.features, {visit.key: {"status": "built", "version": version, "key": key}})
    return made


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Leaves some variants besides base and physics."""

    def choose(*names: str, more: tuple[Variant, ...] = ()) -> None:
        def chosen(config: Config) -> tuple[Variant, ...]:
            base, physics, *others = variants(config)
            return (base, physics, *(variant for variant in others if variant.name in names), *more)

        monkeypatch.setattr(ablation, "variants", chosen)

    return choose


def test_every_pair_is_measured_once_and_reused(bench: Bench, only: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    only("network without physics", "without nonnegativity")
    progress = Counted()
    done = bench.ablate(progress=progress)
    pairs = [(line["variant"], line["seed"]) for line in bench.lines()]
    trained = ("base", "network without physics", "without nonnegativity")
    assert sorted(pairs) == sorted([("physics only", 1337), *((name, seed) for name in trained for seed in (1337, 1338))])
    assert {line["planets"] for line in bench.lines()} == {len(PLANETS)}
    assert progress.totals == [len(progress.notes)] == [3 * 2 * 2 * 2]

    monkeypatch.setattr(ablation, "train_members", None)
    again = bench.ablate(progress=progress)
    assert again == done
    assert progress.totals[1] == len(progress.notes)


def test_seeds_differ_and_physics_matters(bench: Bench, only: Callable[..., None]) -> None:
    only("network without physics")
    base, physics, naive = bench.ablate("train.supervised.epochs=3").rows
    first, second = (result.measurement.score for result in base.results)
    assert first != second
    assert len(physics.results) == 1
    assert physics.results[0].measurement.score > 0.3 > naive.results[0].measurement.score


def test_an_untrained_network_scores_as_physics(bench: Bench, only: Callable[..., None]) -> None:
    only()
    base, physics = bench.ablate("train.supervised.epochs=0").rows
    assert base.results[0].measurement == base.results[1].measurement == physics.results[0].measurement


def test_an_interrupted_run_goes_on(bench: Bench, only: Callable[..., None]) -> None:
    only()
    whole = bench.ablate()
    lines = bench.results.read_text().splitlines(keepends=True)
    bench.results.write_text("".join(lines[:1]) + lines[1][:-9])
    # Members that were trained are found by their key; only the measurement is repeated.
    assert bench.ablate() == whole
    assert len(bench.lines()) == len(lines)


def test_a_variant_that_cannot_be_trained_is_named(bench: Bench, only: Callable[..., None]) -> None:
    blind = Variant(name="blind", question="", changes={"model.fgs1.kind": "none", "model.airs.kind": "none"})
    only(more=(blind,))
    done = bench.ablate()
    assert [row.variant.name for row in done.rows] == ["base", "physics only"]
    assert "no encoder" in done.failed["blind"]
    with pytest.raises(ConfigError, match="no encoder"):
        bench.ablate("model.fgs1.kind=none", "model.airs.kind=none")


def test_another_training_is_not_disturbed(bench: Bench) -> None:
    with bench.workspace.lock("train"), pytest.raises(BusyError):
        bench.ablate()


def test_the_plan_counts_trainings_and_writes_nothing(bench: Bench) -> None:
    config = bench.config()
    said = plan(config, bench.workspace)
    assert said["trainings"] == (len(variants(config)) - 1) * 2 * 2
    assert said["labelled_planets"] == len(PLANETS)
    assert not bench.results.exists()


def test_the_command_writes_its_report(bench: Bench, only: Callable[..., None], spectramind: Run) -> None:
    only("without nonnegativity")
    overrides = (*SMALL, f"paths.root={bench.workspace.root}", f"data.raw_dir={bench.raw}")
    dry = spectramind("ablate", "--dry-run", "--json", *overrides)
    assert dry.document["result"]["trainings"] == 2 * 2 * 2
    outcome = spectramind("ablate", "--top-n", "1", "--json", *overrides)
    assert outcome.code == 0, outcome.stderr
    result = outcome.document["result"]
    assert result["scores"].keys() == {"base", "physics only", "without nonnegativity"}
    assert {path.name for path in bench.results.parent.iterdir()} == {f"ablation.{suffix}" for suffix in ("csv", "md", "html")} | {
        bench.results.name
    }


def test_seeds_follow_the_configured_one() -> None:
    assert seeds_of(load_config(["global.seed=4294967295", "train.ablation_seeds=2"])) == (4294967295, 0)


@pytest.mark.parametrize("change", ["model.baseline=naive", "global.seed=1337"])
def test_afresh_is_what_a_new_setup_would_be(bench: Bench, change: str) -> None:
    dataset = Dataset.open(bench.raw)
    base, other = (prepare(bench.config(*more), bench.workspace, dataset, "supervised", SilentProgress()) for more in ((), (change,)))
    fresh = afresh(base, bench.config(change), 1337, dataset)
    assert (fresh.key, fresh.training_sha256) == (other.key, other.training_sha256)
    assert fresh.examples[0].depth is base.examples[0].depth
    assert afresh(fresh, bench.config(), 1337, dataset).key == base.key
    assert afresh(base, bench.config(), 1338, dataset).key != base.key
    assert afresh(base, bench.config("train.ablation_seeds=7"), 1337, dataset).key == base.key
    assert afresh(replace(base, started_from="mae"), bench.config(), 1337, dataset).started_from == ""


def test_every_planet_is_predicted_by_the_member_that_did_not_see_it(bench: Bench) -> None:
    dataset = Dataset.open(bench.raw)
    setup = prepare(bench.config("train.supervised.epochs=3"), bench.workspace, dataset, "supervised", SilentProgress())
    members = [member.record for member in train_members(setup, Processes(), SilentProgress())]
    predictions = predict_out_of_fold(setup, members)
    judged = judged_examples(setup)
    assert sorted(example.planet_id for example in judged) == sorted(PLANETS)
    np.testing.assert_array_equal(predictions.truth, physical_predictions(judged).truth)
    swapped = predict_out_of_fold(setup, [replace(member, fold=1 - member.fold) for member in members])
    np.testing.assert_array_equal(swapped.truth, predictions.truth)
    assert (np.abs(swapped.mu - predictions.mu).max(axis=1) > 0.0).all()


def test_honest_gaussian_errors_are_seen_as_such() -> None:
    rng = np.random.default_rng(0)
    mu = tiny_symbolic.spectra(planets=300).numpy()
    sigma = rng.uniform(1e-5, 1e-4, mu.shape)
    truth = mu + sigma * rng.standard_normal(mu.shape)
    found = measure(Predictions(truth=truth, mu=mu, sigma=sigma), truth, tiny_symbolic.pack())
    assert found.z_std == pytest.approx(1.0, abs=0.02)
    assert {share: found.coverage[share] * 100.0 for share in found.coverage} == pytest.approx({"68": 68, "90": 90, "95": 95}, abs=1.0)
    weights = torch.tensor([57.846] + [1.0] * (mu.shape[1] - 1), dtype=torch.float64)
    expected = -gaussian_nll(*(torch.from_numpy(values) for values in (truth, mu, sigma)), weights=weights / weights.sum()).mean()
    assert found.gll == pytest.approx(float(expected))
    doubled = measure(Predictions(truth=truth, mu=mu, sigma=2.0 * sigma), truth, tiny_symbolic.pack())
    assert doubled.z_std == pytest.approx(found.z_std / 2.0)
    assert doubled.score < found.score


def test_a_negative_depth_is_a_violation_and_does_not_stop_the_metric() -> None:
    mu, quantiles = (values.numpy() for values in tiny_symbolic.violating("nonnegativity", 1.0))
    mu[1:] = tiny_symbolic.spectra()[1:].numpy()
    found = measure(
        Predictions(truth=np.abs(mu), mu=mu, sigma=np.full(mu.shape, 1e-4), quantiles=quantiles[::-1].copy()),
        np.abs(mu),
        tiny_symbolic.pack(),
    )
    assert found.violations["nonnegativity"] == pytest.approx(1.0 / 3.0)
    assert found.violations["quantile"] == 1.0


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    path.write_text('{"key": "a"}\n')
    with pytest.raises(InputDataError, match="line") as caught:
        ResultStore(path)
    assert caught.value.where.endswith("line 1")
