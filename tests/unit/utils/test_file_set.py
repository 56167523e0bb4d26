"""Files that belong together are replaced together, and nothing else in their folder is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from spectramind.utils.artifacts import write_text
from spectramind.utils.file_set import ABSENT, COMPLETE, STAGED, mark_absent, replacing_together, settle


def visible(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if not path.name.startswith(".")}


def hidden(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.name.startswith(".") and not path.name.endswith(".lock")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An old set of two files, and a file of somebody else."""
    for name, text in (("one.json", "old"), ("two.csv", "old"), ("other.json", "kept")):
        write_text(tmp_path / name, text)
    return tmp_path


def test_a_set_replaces_the_one_before_and_nothing_else(folder: Path) -> None:
    with replacing_together(folder) as staged:
        write_text(staged / "one.json", "new")
        write_text(staged / "three.csv", "new")
        mark_absent(staged, "two.csv")
        assert visible(folder) == {"one.json": "old", "two.csv": "old", "other.json": "kept"}
    assert visible(folder) == {"one.json": "new", "three.csv": "new", "other.json": "kept"}
    assert hidden(folder) == set()


def test_a_folder_is_made_and_a_file_that_never_was_may_be_absent(tmp_path: Path) -> None:
    with replacing_together(tmp_path / "deep" / "folder") as staged:
        write_text(staged / "one.json", "new")
        mark_absent(staged, "two.csv")
    assert visible(tmp_path / "deep" / "folder") == {"one.json": "new"}


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_an_exception_changes_nothing(folder: Path, failure: type[BaseException]) -> None:
    before = visible(folder)
    with pytest.raises(failure), replacing_together(folder) as staged:
        write_text(staged / "one.json", "new")
        raise failure
    assert visible(folder) == before
    assert hidden(folder) == set()


def test_a_complete_set_that_was_left_half_moved_is_moved_on(folder: Path) -> None:
    complete = folder / COMPLETE
    complete.mkdir()
    write_text(folder / "one.json", "new")  # moved before the end
    write_text(complete / "three.csv", "new")
    (complete / f"two.csv{ABSENT}").touch()
    settle(folder)
    settle(folder)
    assert visible(folder) == {"one.json": "new", "three.csv": "new", "other.json": "kept"}
    assert hidden(folder) == set()


def test_a_set_that_was_never_complete_is_forgotten_by_the_next_writer(folder: Path) -> None:
    (folder / STAGED).mkdir()
    write_text(folder / STAGED / "three.csv", "half")
    settle(folder)
    assert "three.csv" not in visible(folder)
    with replacing_together(folder) as staged:
        write_text(staged / "one.json", "new")
    assert visible(folder) == {"one.json": "new", "two.csv": "old", "other.json": "kept"}


def test_a_folder_that_is_not_there_needs_no_settling(tmp_path: Path) -> None:
    settle(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
