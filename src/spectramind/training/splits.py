"""GroupKFold by planet: which planets a fold of the cross-validation trains on and which it is judged by, stored as JSON."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spectramind.features.planet.folds import assign_folds
from spectramind.utils.artifacts import sha256_json, write_json
from spectramind.utils.errors import InputDataError
from spectramind.utils.runs import Workspace

FILE_NAME = "groupkfold.json"
RATIONALE = (
    "GroupKFold by planet_id: all visits of a planet are in one fold, so no light of a validation planet is trained on. "
    "Planets are dealt out in the order of sha256(seed/planet_id), so folds are of equal size, independent of the order of "
    "the tables and of library versions, and the same as those of the learned prior over spectra."
)
NAMED_AT_MOST = 5


@dataclass(frozen=True, kw_only=True)
class Splits:
    """Folds of the labelled planets.

    Attributes:
        fold_of: Planet id -> the fold that it validates.
    """

    seed: int
    folds: int
    rationale: str
    fold_of: dict[str, int]

    def validation_ids(self, fold: int) -> tuple[str, ...]:
        """Return the planets a fold is judged by, sorted as numbers."""
        return tuple(sorted((planet_id for planet_id, own in self.fold_of.items() if own == fold), key=int))

    def training_ids(self, fold: int) -> tuple[str, ...]:
        """Return the planets a fold is trained on, sorted as numbers."""
        return tuple(sorted((planet_id for planet_id, own in self.fold_of.items() if own != fold), key=int))

    @property
    def sha256(self) -> str:
        """Hash of everything but the rationale: checkpoints name the splits by it."""
        return sha256_json({"seed": self.seed, "folds": self.folds, "fold_of": self.fold_of})


def make_splits(planet_ids: Iterable[str], folds: int, seed: int) -> Splits:
    """Deal planets out to folds; the result depends on the set of ids and the seed alone.

    Raises:
        InputDataError: If there are fewer planets than folds.
    """
    fold_of = assign_folds(planet_ids, folds, seed)
    if len(fold_of) < folds:
        raise InputDataError(
            "there are fewer labelled planets than folds",
            where="train.folds",
            received=f"{len(fold_of)} planets for {folds} folds",
            hint=f"train.folds={len(fold_of)}" if len(fold_of) > 1 else "training needs at least two labelled planets",
        )
    return Splits(seed=seed, folds=folds, rationale=RATIONALE, fold_of=fold_of)


def splits_path(workspace: Workspace) -> Path:
    """Path of the stored splits: data/splits/groupkfold.json."""
    return workspace.splits / FILE_NAME


def stored_splits(path: Path, planet_ids: Collection[str], folds: int, seed: int) -> Splits:
    """Return the splits of a dataset: those of `path`, or where there is no such file new ones, which are stored there.

    Args:
        planet_ids: The labelled planets.

    Raises:
        InputDataError: If the file is damaged, or made for other planets, another seed or another number of folds.
    """
    if not path.exists():
        splits = make_splits(planet_ids, folds, seed)
        write_json(path, vars(splits))
        return splits
    splits = _read(path)
    if (splits.folds, splits.seed) != (folds, seed):
        raise _refusal(
            "the stored splits are those of another configuration",
            path,
            f"folds {splits.folds}, seed {splits.seed}; the configuration says train.folds={folds}, global.seed={seed}",
            f"train.folds={splits.folds} global.seed={splits.seed}, or ",
        )
    missing, surplus = set(planet_ids) - splits.fold_of.keys(), splits.fold_of.keys() - set(planet_ids)
    if missing or surplus:
        raise _refusal("the stored splits are those of other planets", path, f"missing: {_names(missing)}; surplus: {_names(surplus)}")
    return splits


def assert_disjoint(train_ids: Sequence[str], validation_ids: Sequence[str]) -> None:
    """Check that no planet is both trained on and validated; every loader of training data calls it.

    Raises:
        InputDataError: If one is, naming it.
    """
    both = set(train_ids) & set(validation_ids)
    if both:
        raise InputDataError(
            "planets are in the training and in the validation set", where="splits", received=_names(both), hint="mend the splits"
        )


def _read(path: Path) -> Splits:
    try:
        content: dict[str, Any] = json.loads(path.read_text())
        splits = Splits(
            seed=int(content["seed"]),
            folds=int(content["folds"]),
            rationale=str(content["rationale"]),
            fold_of={str(planet_id): int(fold) for planet_id, fold in content["fold_of"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _refusal("the stored splits cannot be read", path, f"{type(error).__name__}: {error}") from error
    if splits.folds < 1 or splits.fold_of != assign_folds(splits.fold_of, splits.folds, splits.seed):
        raise _refusal("the stored splits were altered", path, "folds that their seed does not give")
    return splits


def _refusal(what: str, path: Path, received: str, instead: str = "") -> InputDataError:
    return InputDataError(what, where=str(path), received=received, hint=f"{instead}delete {path}, then run the same command again")


def _names(planet_ids: Iterable[str]) -> str:
    names = sorted(planet_ids, key=lambda planet_id: (len(planet_id), planet_id))
    shown = ", ".join(names[:NAMED_AT_MOST]) or "none"
    return shown if len(names) <= NAMED_AT_MOST else f"{shown} and {len(names) - NAMED_AT_MOST} more"
