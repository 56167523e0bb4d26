"""Checkpoints: safetensors and a JSON entry beside it that makes them count; the best few are kept, and the last for resuming."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from spectramind.training.state_tree import flatten, unflatten
from spectramind.utils.artifacts import atomic_path, remove_leftovers, sha256_file, write_json
from spectramind.utils.errors import ConfigError, InputDataError
from spectramind.utils.products import committed_entry
from spectramind.utils.provenance import git_sha

SUFFIX = ".safetensors"
STATE_PARTS = ("optimizer", "scheduler", "random")


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Everything a run needs to go on as if it had never stopped.

    Attributes:
        weights: Parameters and buffers of the model.
        optimizer, scheduler: Their ``state_dict``.
        random: ``seeds.random_state``.
        phase, epoch, step: How far the run is; steps count through all phases.
        metrics: Name -> value, as of now.
        extra: Whatever else the loop must remember, plain data (patience, best value).
    """

    weights: dict[str, Tensor]
    optimizer: dict[str, Any]
    scheduler: dict[str, Any]
    random: dict[str, Any]
    phase: str
    epoch: int
    step: int
    metrics: dict[str, float]
    extra: dict[str, Any]


class CheckpointStore:
    """The checkpoints of one network in a folder of their own.

    One writer at a time: the caller holds a lock on the workspace, since opening the store removes what killed writers left.

    Args:
        config_hash, split_hash: Of this run; checkpoints of another are refused.
        monitor: The metric by which the best are kept, the smaller the better; checkpoints without it are worst.
        keep: How many of the best stay.
    """

    def __init__(self, folder: Path, *, config_hash: str, split_hash: str, monitor: str, keep: int) -> None:
        self._folder, self._config_hash, self._split_hash, self._monitor, self._keep = folder, config_hash, split_hash, monitor, keep
        folder.mkdir(parents=True, exist_ok=True)
        remove_leftovers(folder)
        for path in folder.glob(f"*{SUFFIX}"):
            if not path.with_suffix(".json").exists():
                path.unlink()

    def save(self, checkpoint: Checkpoint) -> Path:
        """Write a checkpoint, then remove those that are neither the newest nor among the best; return its path."""
        path = self._folder / f"step_{checkpoint.step:09d}{SUFFIX}"
        tensors = {f"weights.{name}": values.detach().cpu().clone().contiguous() for name, values in checkpoint.weights.items()}
        entry: dict[str, Any] = {
            **{name: getattr(checkpoint, name) for name in ("phase", "epoch", "step")},
            **{name: flatten(getattr(checkpoint, name), name)[1] for name in ("metrics", "extra")},
            **{"config_hash": self._config_hash, "split_hash": self._split_hash, "git_sha": git_sha()},
        }
        for name in STATE_PARTS:
            own, entry[name] = flatten(getattr(checkpoint, name), name)
            tensors |= own
        # Should this process die in between, a step saved anew must not look like a damaged one.
        path.with_suffix(".json").unlink(missing_ok=True)
        with atomic_path(path) as temporary:
            save_file(tensors, temporary)
        write_json(path.with_suffix(".json"), {**entry, "sha256": sha256_file(path)})
        self._retain()
        return path

    def latest(self) -> Checkpoint | None:
        """Return the newest checkpoint, None where there is none.

        Raises:
            InputDataError, ConfigError: As ``load``.
        """
        paths = self._paths()
        return self.load(paths[-1]) if paths else None

    def best(self) -> Path:
        """Return the path of the checkpoint with the smallest monitored metric.

        Raises:
            InputDataError: If no checkpoint has a finite one.
        """
        ranked = sorted((self._rank(path), path) for path in self._paths())
        if not ranked or not math.isfinite(ranked[0][0][0]):
            raise InputDataError(
                "no checkpoint has a finite validation loss",
                where=str(self._folder),
                received=f"{len(ranked)} checkpoints",
                hint=f"delete {self._folder} and train with a smaller learning rate",
            )
        return ranked[0][1]

    def load(self, path: Path) -> Checkpoint:
        """Read one checkpoint, tensors on the CPU.

        Raises:
            InputDataError: If it is damaged, or trained on other splits.
            ConfigError: If it was made under another configuration.
        """
        entry = committed_entry(path)
        if entry is None:
            raise _damaged(path, "its sha256 is not the one in its entry")
        if entry.get("config_hash") != self._config_hash:
            raise ConfigError(
                "a checkpoint was made under another configuration",
                where=str(path),
                received=f"{str(entry.get('config_hash'))[:12]}, now {self._config_hash[:12]}",
                hint=f"use that configuration again, or delete {self._folder} to train anew",
            )
        if entry.get("split_hash") != self._split_hash:
            raise InputDataError(
                "a checkpoint was trained on other splits",
                where=str(path),
                received=f"{str(entry.get('split_hash'))[:12]}, now {self._split_hash[:12]}",
                hint=f"restore data/splits, or delete {self._folder} to train anew",
            )
        try:
            return _checkpoint(entry, load_file(path))
        except (OSError, SafetensorError, KeyError, ValueError, TypeError, AttributeError) as error:
            raise _damaged(path, f"{type(error).__name__}: {error}") from error

    def _paths(self) -> list[Path]:
        return sorted(path.with_suffix(SUFFIX) for path in self._folder.glob("step_*.json"))

    def _rank(self, path: Path) -> tuple[float, str]:
        """Return the monitored metric, infinite where it is absent, not finite or unreadable; the earlier step wins a draw."""
        try:
            metrics = unflatten(json.loads(path.with_suffix(".json").read_text())["metrics"], {})
            value = float(metrics.get(self._monitor, math.inf))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            value = math.inf
        return value if math.isfinite(value) else math.inf, path.name

    def _retain(self) -> None:
        paths = self._paths()
        kept = {*sorted(paths, key=self._rank)[: self._keep], paths[-1]}
        for path in paths:
            if path not in kept:
                path.with_suffix(".json").unlink()
                path.unlink(missing_ok=True)


def _checkpoint(entry: dict[str, Any], tensors: dict[str, Tensor]) -> Checkpoint:
    return Checkpoint(
        weights={name.removeprefix("weights."): values for name, values in tensors.items() if name.startswith("weights.")},
        **{name: unflatten(entry[name], tensors) for name in (*STATE_PARTS, "metrics", "extra")},
        **{name: entry[name] for name in ("phase", "epoch", "step")},
    )


def _damaged(path: Path, received: str) -> InputDataError:
    hint = f"delete {path.with_suffix('.json')}: training then goes on from the checkpoint before"
    return InputDataError("a checkpoint is damaged", where=str(path), received=received, hint=hint)
