from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from spectramind.utils.artifacts import sha256_file
from spectramind.utils.errors import InputDataError
from spectramind.utils.products import commit_product, committed_entry, read_manifest, update_manifest

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


def test_a_manifest_remembers_the_visits_of_earlier_runs(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) == {}
    update_manifest(tmp_path, {"test/planet_1_0": {"status": "built"}}, without_signal={})
    update_manifest(tmp_path, {"test/planet_2_0": {"status": "set aside"}}, without_signal={"3": "nothing"})
    assert read_manifest(tmp_path) == {"test/planet_1_0": {"status": "built"}, "test/planet_2_0": {"status": "set aside"}}
    update_manifest(tmp_path, {"test/planet_1_0": {"status": "set aside"}})
    assert read_manifest(tmp_path)["test/planet_1_0"] == {"status": "set aside"}


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"visits"'])
def test_a_damaged_manifest_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(InputDataError) as caught:
        read_manifest(tmp_path)
    assert "manifest.json" in caught.value.where
