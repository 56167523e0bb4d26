from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectramind.utils.artifacts import (
    atomic_path,
    canonical_json,
    remove_leftovers_of,
    sha256_file,
    sha256_json,
    write_bytes,
    write_json,
    write_npz,
    write_text,
)


def test_a_write_replaces_the_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "new" / "file.txt"
    write_text(target, "old")
    write_text(target, "new é\n")
    assert target.read_bytes() == "new é\n".encode()
    assert [path.name for path in target.parent.iterdir()] == ["file.txt"]


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path, failure: type[BaseException]) -> None:
    target = tmp_path / "file.csv"
    write_bytes(target, b"old")
    with pytest.raises(failure), atomic_path(target) as temporary:
        assert temporary.parent == target.parent
        assert temporary.suffix == ".csv"
        temporary.write_bytes(b"half")
        raise failure
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["file.csv"]


def test_json_files_are_sorted_indented_and_end_with_a_newline(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": 1, "a": [True]})
    assert (tmp_path / "a.json").read_text() == '{\n "a": [\n  true\n ],\n "b": 1\n}\n'


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_json_refuses_what_is_not_finite(tmp_path: Path, value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", {"a": value})
    assert not list(tmp_path.iterdir())


@given(st.dictionaries(st.text(max_size=5), st.integers(), max_size=6))
def test_the_hash_is_independent_of_key_order(mapping: dict[str, int]) -> None:
    assert sha256_json(mapping) == sha256_json(dict(reversed(mapping.items())))
    assert sha256_json(mapping) == hashlib.sha256(canonical_json(mapping).encode()).hexdigest()


def test_npz_bytes_depend_on_the_arrays_only(tmp_path: Path) -> None:
    arrays = {
        "frames": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
        "mask": np.zeros((0, 3), dtype=bool),
        "meta": np.array("text"),
        "fortran": np.asfortranarray(np.eye(3)),
    }
    first = write_npz(tmp_path / "a.npz", arrays)
    second = write_npz(tmp_path / "b.npz", dict(reversed(arrays.items())))
    assert first == second == sha256_file(tmp_path / "b.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as loaded:
        assert set(loaded) == set(arrays)
        for name, array in arrays.items():
            np.testing.assert_array_equal(loaded[name], array)
            assert loaded[name].dtype == array.dtype


def test_npz_refuses_objects(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Object arrays"):
        write_npz(tmp_path / "a.npz", {"a": np.array([{}], dtype=object)})
    assert not list(tmp_path.iterdir())


def test_only_what_killed_writers_of_a_file_left_is_removed(tmp_path: Path) -> None:
    leftovers = [f".a[1].{pid}.0123abcd.tmp.csv" for pid in (7, 12345)]
    others = ["a[1].csv", ".a1.7.0123abcd.tmp.csv", ".a[1].7.0123abcd.tmp.json", ".a[1].b.7.0123abcd.tmp.csv", ".a[1].tmp.csv"]
    for name in (*leftovers, *others):
        (tmp_path / name).touch()
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / leftovers[0]).touch()
    remove_leftovers_of(tmp_path / "a[1].csv")
    assert {path.name for path in tmp_path.iterdir()} == {*others, "deeper"}
    assert (tmp_path / "deeper" / leftovers[0]).exists()
    remove_leftovers_of(tmp_path / "nowhere" / "a.csv")


def test_the_temporary_file_of_a_write_is_a_leftover_of_it(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "a.b.csv") as temporary:
        temporary.write_text("whole")
        kept = tmp_path / "copy"
        kept.write_text("whole")
        name = temporary.name
    kept.rename(tmp_path / name)
    remove_leftovers_of(tmp_path / "a.b.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["a.b.csv"]
