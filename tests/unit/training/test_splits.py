"""Splits: disjoint, stored once, refused where they do not fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spectramind.features.planet.folds import assign_folds
from spectramind.training.splits import Splits, assert_disjoint, make_splits, splits_path, stored_splits
from spectramind.utils.errors import InputDataError
from spectramind.utils.runs import Workspace

IDS = [str(number) for number in range(11)]


def test_folds_part_the_planets() -> None:
    splits = make_splits(IDS, 3, seed=1)
    assert splits.fold_of == assign_folds(IDS, 3, 1)
    seen: list[str] = []
    for fold in range(3):
        training, validation = splits.training_ids(fold), splits.validation_ids(fold)
        assert_disjoint(training, validation)
        assert set(training) | set(validation) == set(IDS)
        assert list(validation) == sorted(validation, key=int)
        seen += validation
    assert sorted(seen, key=int) == IDS


def test_a_planet_on_both_sides_is_named() -> None:
    with pytest.raises(InputDataError) as caught:
        assert_disjoint(["1", "2", "77"], ["3", "77"])
    assert caught.value.received == "77"


@pytest.mark.parametrize(("count", "hint"), [(2, "train.folds=2"), (1, "at least two")])
def test_more_folds_than_planets_is_an_error(count: int, hint: str) -> None:
    with pytest.raises(InputDataError) as caught:
        make_splits(IDS[:count], 3, seed=1)
    assert hint in caught.value.hint


def test_what_is_stored_is_found_again(tmp_path: Path) -> None:
    path = splits_path(Workspace(tmp_path))
    assert path == tmp_path / "data" / "splits" / "groupkfold.json"
    made = stored_splits(path, IDS, 3, 1)
    written = path.read_bytes()
    assert stored_splits(path, list(reversed(IDS)), 3, 1) == made
    assert path.read_bytes() == written
    assert {"seed", "folds", "rationale", "fold_of"} == json.loads(written).keys()
    assert "GroupKFold" in made.rationale


def test_the_hash_names_the_folds() -> None:
    one = make_splits(IDS, 3, 1)
    assert one.sha256 == make_splits(reversed(IDS), 3, 1).sha256
    assert len({one.sha256, make_splits(IDS, 3, 2).sha256, make_splits(IDS, 4, 1).sha256, make_splits(IDS[1:], 3, 1).sha256}) == 4
    assert one.sha256 == Splits(seed=1, folds=3, rationale="other words", fold_of=one.fold_of).sha256


@pytest.mark.parametrize(("folds", "seed"), [(4, 1), (3, 2)])
def test_splits_of_another_configuration_are_refused(tmp_path: Path, folds: int, seed: int) -> None:
    stored_splits(tmp_path / "s.json", IDS, 3, 1)
    with pytest.raises(InputDataError, match="another configuration") as caught:
        stored_splits(tmp_path / "s.json", IDS, folds, seed)
    assert "train.folds=3 global.seed=1" in caught.value.hint
    assert caught.value.hint.endswith(f"or delete {tmp_path / 's.json'}, then run the same command again")


def test_splits_of_other_planets_are_refused(tmp_path: Path) -> None:
    stored_splits(tmp_path / "s.json", IDS, 3, 1)
    with pytest.raises(InputDataError, match="other planets") as caught:
        stored_splits(tmp_path / "s.json", [*IDS[1:], *(str(number) for number in range(50, 57))], 3, 1)
    assert "missing: 50, 51, 52, 53, 54 and 2 more; surplus: 0" in caught.value.received


def moved(content: dict[str, Any]) -> None:
    content["fold_of"]["3"] = (content["fold_of"]["3"] + 1) % 3


def headless(content: dict[str, Any]) -> None:
    del content["fold_of"]


def listed(content: dict[str, Any]) -> None:
    content["fold_of"] = list(content["fold_of"])


@pytest.mark.parametrize("damage", [moved, headless, listed])
def test_damaged_splits_are_refused(tmp_path: Path, damage: Any) -> None:
    path = tmp_path / "s.json"
    stored_splits(path, IDS, 3, 1)
    content = json.loads(path.read_text())
    damage(content)
    path.write_text(json.dumps(content))
    with pytest.raises(InputDataError) as caught:
        stored_splits(path, IDS, 3, 1)
    assert str(path) in caught.value.hint


@pytest.mark.parametrize("content", ["", "{", "[]", "null"])
def test_what_is_no_splits_file_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "s.json").write_text(content)
    with pytest.raises(InputDataError, match="cannot be read"):
        stored_splits(tmp_path / "s.json", IDS, 3, 1)
