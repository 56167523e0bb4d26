"""A file that cannot come to be is refused before anything is computed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Run

WRITING = [
    ("predict", "--out-csv"),
    ("run", "--out-csv"),
    ("run", "--kaggle-csv"),
    ("gates", "record", "--baseline"),
    ("diagnose", "dashboard", "--out"),
    ("diagnose", "planet", "7", "--out"),
]


@pytest.mark.parametrize("words", WRITING, ids=" ".join)
def test_a_folder_is_no_file_to_write(spectramind: Run, words: tuple[str, ...], tmp_path: Path) -> None:
    """Without the check it would be found out after hours, as an internal error of the last renaming."""
    outcome = spectramind(*words, str(tmp_path), "--json")
    assert outcome.code == 3
    assert f"{tmp_path} cannot be written: it is a folder." in outcome.document["error"]["what"]
    assert words[-1] in outcome.document["error"]["what"]
    assert list(tmp_path.iterdir()) == [outcome.root], "nothing was begun"


def test_nothing_lies_below_a_file(spectramind: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    outcome = spectramind("predict", "--out-csv", str(tmp_path / "file" / "deep" / "a.csv"), "--json")
    assert outcome.code == 3
    assert f"{tmp_path / 'file'} is no folder" in outcome.document["error"]["what"]


def test_a_folder_without_permission_is_refused(spectramind: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path and access(path, mode))
    outcome = spectramind("predict", "--out-csv", str(tmp_path / "deep" / "a.csv"), "--json")
    assert outcome.code == 3
    assert f"nothing may be written into {tmp_path}" in outcome.document["error"]["what"]


def test_a_folder_that_is_still_to_be_made_is_none_of_these(spectramind: Run, tmp_path: Path) -> None:
    outcome = spectramind("predict", "--out-csv", str(tmp_path / "deep" / "a.csv"), "data.raw_dir=/nowhere", "--json")
    assert outcome.code == 6, outcome.stderr
