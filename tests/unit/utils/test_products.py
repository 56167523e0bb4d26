from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from spectramind.utils.artifacts import sha256_file
from spectramind.utils.products import commit_product, committed_entry, find_product

KEY = "0123456789ab"


def commit(folder: Path, name: str = f"planet_7_0_{KEY}", **entry: object) -> Path:
    path = folder / f"{name}.npz"
    commit_product(path, {"flux": np.arange(3.0)}, {"version": "v", **entry})
    return path


def test_a_committed_product_has_its_entry_with_the_hash(tmp_path: Path) -> None:
    path = commit(tmp_path)
    entry = committed_entry(path)
    assert entry == {"version": "v", "sha256": sha256_file(path)}
    assert json.loads(path.with_suffix(".json").read_text()) == entry


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = commit(tmp_path / "a"), commit(tmp_path / "b")
    assert one.read_bytes() == two.read_bytes()
    assert one.with_suffix(".json").read_bytes() == two.with_suffix(".json").read_bytes()


@pytest.mark.parametrize("damage", ["cut", "flip", "no product", "no entry", "half an entry", "a list"])
def test_anything_less_does_not_count(tmp_path: Path, damage: str) -> None:
    path = commit(tmp_path)
    entry, content = path.with_suffix(".json"), path.read_bytes()
    if damage == "cut":
        path.write_bytes(content[:-10])
    elif damage == "flip":
        path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    elif damage == "no product":
        path.unlink()
    elif damage == "no entry":
        entry.unlink()
    else:
        entry.write_text(entry.read_text()[:10] if damage == "half an entry" else "[]")
    assert committed_entry(path) is None
    assert find_product(tmp_path, "planet_7_0") is None


def test_the_newest_whole_product_with_the_wanted_values_is_found(tmp_path: Path) -> None:
    older, newer = commit(tmp_path, "planet_7_0_aaaaaaaaaaaa"), commit(tmp_path, "planet_7_0_bbbbbbbbbbbb", split="test")
    os.utime(older.with_suffix(".json"), ns=(1, 1))
    for wanted, expected in (({}, newer), ({"split": "test"}, newer), ({"version": "w"}, None)):
        found = find_product(tmp_path, "planet_7_0", **wanted)
        assert (found[0] if found else None) == expected
    newer.unlink()
    found = find_product(tmp_path, "planet_7_0")
    assert found is not None
    assert found[0] == older


def test_a_stem_is_not_the_beginning_of_another(tmp_path: Path) -> None:
    commit(tmp_path, f"planet_7_0_{KEY}")
    assert find_product(tmp_path, "planet_7") is None
    assert find_product(tmp_path / "nowhere", "planet_7_0") is None
