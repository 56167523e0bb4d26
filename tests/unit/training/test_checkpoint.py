"""Checkpoints: a resumed run has the bits of one that never stopped; damaged and foreign ones are refused."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from spectramind.training.checkpoint import Checkpoint, CheckpointStore
from spectramind.training.seeds import random_state, restore_random_state, seed_everything
from spectramind.utils.errors import ConfigError, InputDataError
from spectramind.utils.provenance import git_sha


class Run:
    """A small network with dropout, whose data come from all global generators."""

    def __init__(self) -> None:
        seed_everything(5, "run")
        self.model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.3), nn.Linear(8, 1))
        groups: list[dict[str, Any]] = [
            {"params": list(self.model[0].parameters()), "weight_decay": 0.1},
            {"params": list(self.model[1:].parameters())},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=0.1 / 3.0, betas=(0.9, 0.99), amsgrad=True)
        self.scheduler = torch.optim.lr_scheduler.LambdaLR(self.optimizer, lambda step: 1.0 / (1.0 + step / 3.0))

    def steps(self, count: int) -> None:
        for _ in range(count):
            noise = random.random() + torch.from_numpy(np.random.standard_normal((6, 4))).float()  # noqa: NPY002
            self.optimizer.zero_grad()
            self.model(noise + torch.randn(6, 4)).square().mean().backward()
            self.optimizer.step()
            self.scheduler.step()

    def checkpoint(self, step: int = 3, **metrics: float) -> Checkpoint:
        return Checkpoint(
            weights=self.model.state_dict(),
            optimizer=self.optimizer.state_dict(),
            scheduler=self.scheduler.state_dict(),
            random=random_state(),
            phase="supervised",
            epoch=2,
            step=step,
            metrics=metrics,
            extra={"best": float("inf"), "waited": 4},
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        self.model.load_state_dict(checkpoint.weights)
        self.optimizer.load_state_dict(checkpoint.optimizer)
        self.scheduler.load_state_dict(checkpoint.scheduler)
        restore_random_state(checkpoint.random)


def open_store(folder: Path, *, config: str = "c", split: str = "s", keep: int = 2) -> CheckpointStore:
    return CheckpointStore(folder, config_hash=config, split_hash=split, monitor="gll", keep=keep)


def steps_kept(folder: Path) -> list[int]:
    entries, tensors = ({path.stem for path in folder.glob(pattern)} for pattern in ("*.json", "*.safetensors"))
    assert entries == tensors
    assert len(list(folder.iterdir())) == 2 * len(entries)
    return sorted(int(name.removeprefix("step_")) for name in entries)


def bits(tree: object) -> Any:
    """The tree with tensors as bytes."""
    if isinstance(tree, Tensor):
        return (str(tree.dtype), tuple(tree.shape), tree.numpy().tobytes())
    if isinstance(tree, dict):
        return {key: bits(value) for key, value in tree.items()}
    return [bits(value) for value in tree] if isinstance(tree, list | tuple) else tree


def test_three_and_three_steps_are_six(tmp_path: Path) -> None:
    whole = Run()
    whole.steps(6)
    first = Run()
    first.steps(3)
    open_store(tmp_path).save(first.checkpoint())
    second = Run()
    second.steps(1)
    checkpoint = open_store(tmp_path).latest()
    assert checkpoint is not None
    second.restore(checkpoint)
    second.steps(3)
    for part in ("weights", "optimizer", "scheduler", "random"):
        assert bits(getattr(second.checkpoint(), part)) == bits(getattr(whole.checkpoint(), part)), part
    # the test can fail: three steps alone are something else
    assert bits(checkpoint.weights) != bits(whole.checkpoint().weights)


def test_everything_else_comes_back(tmp_path: Path) -> None:
    path = open_store(tmp_path).save(Run().checkpoint(gll=float("nan"), coverage=0.1))
    checkpoint = open_store(tmp_path).load(path)
    assert (checkpoint.phase, checkpoint.epoch, checkpoint.step) == ("supervised", 2, 3)
    assert checkpoint.extra == {"best": float("inf"), "waited": 4}
    assert checkpoint.metrics["coverage"] == 0.1
    assert np.isnan(checkpoint.metrics["gll"])
    entry = json.loads(path.with_suffix(".json").read_text())
    assert (entry["config_hash"], entry["split_hash"], entry["git_sha"]) == ("c", "s", git_sha())


def test_no_checkpoint_is_none(tmp_path: Path) -> None:
    assert open_store(tmp_path).latest() is None
    with pytest.raises(InputDataError, match="finite validation loss"):
        open_store(tmp_path).best()


def test_the_best_and_the_newest_stay(tmp_path: Path) -> None:
    store, run = open_store(tmp_path), Run()
    for step, value in enumerate([5.0, 1.0, float("nan"), 3.0, 2.0, 9.0, 1.0]):
        store.save(run.checkpoint(step, gll=value))
    assert steps_kept(tmp_path) == [1, 6]
    store.save(run.checkpoint(7, gll=8.0))
    assert steps_kept(tmp_path) == [1, 6, 7]
    best, latest = store.load(store.best()), store.latest()
    assert latest is not None
    assert (best.step, latest.step) == (1, 7)


def test_checkpoints_without_the_metric_give_way(tmp_path: Path) -> None:
    store, run = open_store(tmp_path, keep=1), Run()
    store.save(run.checkpoint(0))
    store.save(run.checkpoint(1))
    with pytest.raises(InputDataError, match="finite validation loss"):
        store.best()
    store.save(run.checkpoint(2, gll=4.0))
    store.save(run.checkpoint(3))
    assert steps_kept(tmp_path) == [2, 3]


def test_the_same_step_may_be_saved_again(tmp_path: Path) -> None:
    store, run = open_store(tmp_path), Run()
    store.save(run.checkpoint(3, gll=1.0))
    run.steps(1)
    store.save(run.checkpoint(3, gll=2.0))
    latest = store.latest()
    assert latest is not None
    assert latest.metrics == {"gll": 2.0}
    assert bits(latest.weights) == bits(run.model.state_dict())


def test_what_killed_writers_left_is_removed(tmp_path: Path) -> None:
    open_store(tmp_path).save(Run().checkpoint(1))
    (tmp_path / ".step_000000002.77.abc.tmp.safetensors").write_bytes(b"half")
    (tmp_path / ".step_000000001.77.abc.tmp.json").write_bytes(b"half")
    (tmp_path / "step_000000002.safetensors").write_bytes(b"no entry yet")
    store = open_store(tmp_path)
    assert steps_kept(tmp_path) == [1]
    assert store.latest() is not None


def test_a_writer_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, run = open_store(tmp_path), Run()
    store.save(run.checkpoint(1))

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("spectramind.training.checkpoint.save_file", full)
    with pytest.raises(OSError, match="no space"):
        store.save(run.checkpoint(2))
    assert steps_kept(tmp_path) == [1]


@pytest.mark.parametrize("damage", ["cut", "altered", "entry cut", "gone"])
def test_a_damaged_checkpoint_is_refused_with_the_way_out(tmp_path: Path, damage: str) -> None:
    store, run = open_store(tmp_path), Run()
    store.save(run.checkpoint(1))
    path = store.save(run.checkpoint(2))
    content, entry = path.read_bytes(), path.with_suffix(".json")
    match damage:
        case "cut":
            path.write_bytes(content[:-5])
        case "altered":
            path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        case "entry cut":
            entry.write_text(entry.read_text()[:40])
        case "gone":
            path.unlink()
    with pytest.raises(InputDataError, match="damaged") as caught:
        open_store(tmp_path).latest()
    assert str(entry) in caught.value.hint
    entry.unlink()
    checkpoint = open_store(tmp_path).latest()
    assert checkpoint is not None
    assert checkpoint.step == 1


def test_an_entry_that_names_tensors_that_are_not_there_is_damaged(tmp_path: Path) -> None:
    path = open_store(tmp_path).save(Run().checkpoint(1))
    entry = json.loads(path.with_suffix(".json").read_text())
    path.with_suffix(".json").write_text(json.dumps({**entry, "optimizer": {"tensor": "absent"}}))
    with pytest.raises(InputDataError, match="damaged"):
        open_store(tmp_path).load(path)


def test_foreign_checkpoints_are_refused(tmp_path: Path) -> None:
    open_store(tmp_path).save(Run().checkpoint(1))
    with pytest.raises(ConfigError, match="another configuration") as caught:
        open_store(tmp_path, config="d").latest()
    assert str(tmp_path) in caught.value.hint
    with pytest.raises(InputDataError, match="other splits"):
        open_store(tmp_path, split="t").latest()


def test_nothing_is_pickled(tmp_path: Path) -> None:
    path = open_store(tmp_path).save(Run().checkpoint(1))
    length = int.from_bytes(path.read_bytes()[:8], "little")
    assert json.loads(path.read_bytes()[8 : 8 + length])
