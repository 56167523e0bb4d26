"""One member's training: it learns what can be learnt, keeps what was better before, and stops as it should."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_training as tiny
import torch
from torch import Tensor

from spectramind.features.planet.spectrum import SMALLEST_DEPTH
from spectramind.models.batch import PlanetBatch
from spectramind.models.network import Network, build_network
from spectramind.training.checkpoint import Checkpoint, CheckpointStore
from spectramind.training.curriculum import make_objective, phase_settings
from spectramind.training.examples import PlanetExample
from spectramind.training.journal import Journal, JournalLine
from spectramind.training.member import MemberPlan, MemberTraining
from spectramind.training.objective import Loss, Objective
from spectramind.training.processes import Processes
from spectramind.training.seeds import make_deterministic
from spectramind.training.setup import prepare
from spectramind.utils.config import load_config
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import ConfigError
from spectramind.utils.progress import SilentProgress


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> tuple[PlanetExample, ...]:
    """Six planets; a constant number of their sigmas lies between baseline and truth."""
    stage = tiny.make_stage(tmp_path_factory.mktemp("member"))
    return prepare(stage.config, stage.workspace, stage.dataset, "supervised", SilentProgress()).examples[:6]


@dataclass
class Trained:
    """A training and what it left."""

    training: MemberTraining
    store: CheckpointStore
    folder: Path
    told: list[JournalLine] = field(default_factory=list)

    @property
    def steps(self) -> list[JournalLine]:
        return [line for line in self.lines if line.event == "step"]

    @property
    def epochs(self) -> list[JournalLine]:
        return [line for line in self.lines if line.event == "epoch"]

    @property
    def lines(self) -> list[JournalLine]:
        return Journal(self.folder / "journal.jsonl").read()

    @property
    def best(self) -> Checkpoint:
        return self.store.load(self.store.best())

    @property
    def last(self) -> Checkpoint:
        last = self.store.latest()
        assert last is not None
        return last


@cache
def settings(*overrides: str) -> Config:
    return load_config([*tiny.OVERRIDES, *overrides])


def fresh_network(config: Config, wavelength_um: np.ndarray[Any, np.dtype[np.float64]]) -> Network:
    torch.manual_seed(0)
    return build_network(config.model, wavelength_um=wavelength_um, seam_bins=(), sigma_min=config.loss.sigma_min)


def run(
    folder: Path,
    training: Sequence[PlanetExample],
    validation: Sequence[PlanetExample],
    *overrides: str,
    phase: str = "supervised",
    objective: Objective | None = None,
) -> Trained:
    make_deterministic(threads=1)
    config = settings(*overrides)
    wavelength_um = training[0].wavelength_um
    chosen = objective or make_objective(phase, config, wavelength_um, np.array([each.truth for each in training]))
    plan = MemberPlan(
        phase=phase,
        fold=0,
        seed=1,
        settings=config.train,
        curriculum=phase_settings(config.train, phase),
        training=training,
        validation=validation,
        folder=folder,
    )
    store = CheckpointStore(folder, config_hash="c", split_hash="s", monitor=f"{chosen.monitor}_val", keep=3)
    told: list[JournalLine] = []
    member = MemberTraining(plan, fresh_network(config, wavelength_um), chosen, store, told.append, Processes())
    result = Trained(member, store, folder, told)
    member.run()
    return result


def perfect(examples: Sequence[PlanetExample]) -> tuple[PlanetExample, ...]:
    """The same planets, whose truth is distributed as their baseline says: nothing can be learnt."""
    generator = np.random.default_rng(0)
    return tuple(
        replace(each, truth=np.maximum(each.depth + each.depth_sigma * generator.standard_normal(each.depth.size), SMALLEST_DEPTH))
        for each in examples
    )


def assert_equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    assert one.keys() == other.keys()
    for name, values in one.items():
        assert torch.equal(values.cpu(), other[name].cpu()), name


@dataclass(frozen=True)
class Spoilt:
    """An objective that is not a number under some circumstance."""

    inner: Objective
    training: bool

    @property
    def monitor(self) -> str:
        return self.inner.monitor

    def draws(self, batch: PlanetBatch) -> int:
        return self.inner.draws(batch)

    def __call__(self, network: Network, batch: PlanetBatch) -> Loss:
        loss = self.inner(network, batch)
        if network.training is not self.training:
            return loss
        return Loss(total=loss.total * math.nan, terms=dict.fromkeys(loss.terms, math.nan))


def test_a_common_offset_is_learnt(examples: tuple[PlanetExample, ...], tmp_path: Path) -> None:
    trained = run(tmp_path, examples[:4], examples[4:], "train.supervised.epochs=30")
    first, best = trained.epochs[0].metrics, trained.best.metrics
    assert best["gll_val"] < first["gll_val"] - 2.0
    assert best["score_val"] > first["score_val"]
    assert trained.steps[-1].losses["gll"] < trained.steps[0].losses["gll"] - 2.0
    assert [line.epoch for line in trained.told] == list(range(31))
    assert trained.best.epoch > 0


def test_what_training_makes_worse_is_not_chosen(examples: tuple[PlanetExample, ...], tmp_path: Path) -> None:
    planets = perfect(examples)
    trained = run(tmp_path, planets[:4], planets[4:], "train.supervised.learning_rate=1", "train.clip_norm=1e6", "train.warmup=0")
    assert trained.best.epoch == 0
    untrained = fresh_network(settings(), planets[0].wavelength_um).state_dict()
    assert_equal(trained.best.weights, dict(untrained))
    assert min(line.metrics["gll_val"] for line in trained.epochs) == trained.best.metrics["gll_val"]


def test_patience_ends_a_phase(examples: tuple[PlanetExample, ...], tmp_path: Path) -> None:
    planets = perfect(examples)
    overrides = ("train.supervised.learning_rate=1", "train.warmup=0", "train.supervised.epochs=50", "train.patience=2")
    trained = run(tmp_path, planets[:4], planets[4:], *overrides)
    assert trained.last.epoch == trained.best.epoch + 2 < 50
    again = run(tmp_path, planets[:4], planets[4:], *overrides)
    assert again.last.epoch == trained.last.epoch
    assert not again.told


def test_no_epochs_leave_the_untrained_state(examples: tuple[PlanetExample, ...], tmp_path: Path) -> None:
    trained = run(tmp_path, examples[:4], examples[4:], "train.supervised.epochs=0")
    assert (trained.last.epoch, trained.last.step, len(trained.lines)) == (0, 0, 1)


@pytest.mark.parametrize("phase", ["mae", "contrastive", "supervised"])
def test_accumulated_batches_are_one_batch(examples: tuple[PlanetExample, ...], tmp_path: Path, phase: str) -> None:
    parts = run(tmp_path / "parts", examples[:5], examples[5:], "train.batch_size=2", "train.accumulate=2", phase=phase)
    whole = run(tmp_path / "whole", examples[:5], examples[5:], "train.batch_size=4", "train.accumulate=1", phase=phase)
    assert len(parts.steps) == len(whole.steps) == 6
    for one, other in zip(parts.steps, whole.steps, strict=True):
        assert one.losses == pytest.approx(other.losses, rel=2e-4, abs=2e-5)
        assert one.learning_rate == other.learning_rate
    for name, values in whole.last.weights.items():
        torch.testing.assert_close(parts.last.weights[name], values, rtol=1e-3, atol=1e-4)


def test_an_epochs_losses_are_means_over_planets(examples: tuple[PlanetExample, ...], tmp_path: Path) -> None:
    trained = run(tmp_path, examples[:5], examples[5:], "train.supervised.epochs=1")
    sizes = (2, 2, 1)
    assert len(trained.steps) == len(sizes)
    for name, value in trained.epochs[1].losses.items():
        assert value == pytest.approx(sum(size * line.losses[name] for size, line in zip(sizes, trained.steps, strict=True)) / 5)


def test_every_epoch_has_an_order_of_its_own(examples: tuple[PlanetExample, ...], tmp_path: Path) -> None:
    """Without learning and augmentation, a planet has one loss whenever it comes."""
    still = ("train.supervised.learning_rate=0", "train.augment.noise=0", "train.augment.depth_scale=0", "train.augment.flip=0")
    trained = run(tmp_path, examples[:5], examples[5:], *still, "train.batch_size=1", "train.supervised.epochs=2")
    losses = [line.losses["gll"] for line in trained.steps]
    assert sorted(losses[:5]) == pytest.approx(sorted(losses[5:]))
    assert losses[:5] != pytest.approx(losses[5:])


def test_the_validation_planets_teach_nothing(examples: tuple[PlanetExample, ...], tmp_path: Path) -> None:
    one = run(tmp_path / "one", examples[:4], examples[4:])
    other = run(tmp_path / "other", examples[:4], perfect(examples[4:]))
    assert one.epochs[-1].metrics != other.epochs[-1].metrics
    assert_equal(one.last.weights, other.last.weights)


def test_the_learning_rate_rises_and_falls(examples: tuple[PlanetExample, ...], tmp_path: Path) -> None:
    overrides = ("train.supervised.epochs=5", "train.warmup=0.3", "train.supervised.learning_rate=0.01")
    trained = run(tmp_path, examples[:4], examples[4:], *overrides)
    total, warmup = 10, 3.0
    assert len(trained.steps) == total
    expected = [0.01 * (step + 1) / (warmup + 1) for step in range(3)]
    expected += [0.005 * (1.0 + math.cos(math.pi * (step - warmup) / (total - warmup))) for step in range(3, total + 1)]
    assert trained.epochs[0].learning_rate == pytest.approx(expected[0])
    assert [line.learning_rate for line in trained.steps] == pytest.approx(expected[1:], abs=1e-12)
    assert trained.steps[-1].learning_rate == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("warmup", [0.0, 1.0])
def test_extreme_warmups(examples: tuple[PlanetExample, ...], tmp_path: Path, warmup: float) -> None:
    trained = run(tmp_path, examples[:4], examples[4:], f"train.warmup={warmup}")
    rates = [trained.epochs[0].learning_rate, *(line.learning_rate for line in trained.steps)]
    assert all(0.0 <= rate <= 0.03 for rate in rates)
    assert rates[0] == pytest.approx(0.03 if warmup == 0.0 else 0.03 / 7)


def test_a_loss_that_is_not_finite_is_a_typed_error(examples: tuple[PlanetExample, ...], tmp_path: Path) -> None:
    inner = make_objective("supervised", settings(), examples[0].wavelength_um, np.array([each.truth for each in examples]))
    with pytest.raises(ConfigError, match="not finite") as caught:
        run(tmp_path, examples[:4], examples[4:], objective=Spoilt(inner, training=True))
    assert "learning_rate" in caught.value.hint
    assert "fold 0" in caught.value.where
    entries = list(tmp_path.glob("step_*.json"))
    assert [path.name for path in entries] == ["step_000000000.json"]


def test_a_validation_that_is_not_finite_does_not_stop_training(examples: tuple[PlanetExample, ...], tmp_path: Path) -> None:
    inner = make_objective("supervised", settings(), examples[0].wavelength_um, np.array([each.truth for each in examples]))
    trained = run(tmp_path, examples[:4], examples[4:], objective=Spoilt(inner, training=False))
    assert trained.last.epoch == 3
    assert all(math.isnan(line.metrics["gll_val"]) for line in trained.epochs)


def test_a_journal_without_checkpoint_begins_anew(examples: tuple[PlanetExample, ...], tmp_path: Path) -> None:
    """As left by a process that was killed while it wrote its very first line."""
    (tmp_path / "journal.jsonl").write_text('{"event": "epo')
    trained = run(tmp_path, examples[:4], examples[4:])
    assert [line.epoch for line in trained.epochs] == [0, 1, 2, 3]


def test_a_stopped_training_goes_on_to_the_same_bits(examples: tuple[PlanetExample, ...], tmp_path: Path) -> None:
    """What is random is drawn for its purpose: it does not matter what was drawn before in this process."""
    whole = run(tmp_path / "whole", examples[:4], examples[4:])
    run(tmp_path / "part", examples[:4], examples[4:])
    newest = sorted((tmp_path / "part").glob("step_*.json"))
    for path in newest[1:]:
        path.unlink()
        path.with_suffix(".safetensors").unlink()
    torch.rand(7)
    part = run(tmp_path / "part", examples[:4], examples[4:])
    assert_equal(part.last.weights, whole.last.weights)
    assert [replace(line, seconds=0.0) for line in part.lines] == [replace(line, seconds=0.0) for line in whole.lines]


def test_mixed_precision_trains(examples: tuple[PlanetExample, ...], tmp_path: Path) -> None:
    trained = run(tmp_path, examples[:4], examples[4:], "train.amp=true", "train.supervised.epochs=10")
    assert trained.best.metrics["gll_val"] < trained.epochs[0].metrics["gll_val"]
    assert all(values.dtype == torch.float32 for values in trained.best.weights.values() if values.is_floating_point())
