from __future__ import annotations

from pathlib import Path

import pytest

from spectramind.utils import source_version as module
from spectramind.utils.source_version import source_version


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "PACKAGE", tmp_path)
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "a.py").write_text("a = 1\n")
    (tmp_path / "room" / "b.py").write_text("b = 1\n")
    (tmp_path / "lone.py").write_text("c = 1\n")
    source_version.cache_clear()
    return tmp_path


def version(*parts: str) -> str:
    source_version.cache_clear()
    return source_version(*parts)


def test_the_version_is_that_of_the_content(package: Path) -> None:
    before = version("room", "lone.py")
    assert version("lone.py", "room") == before
    assert version("room") != before
    (package / "room" / "notes.txt").write_text("no code")
    assert version("room", "lone.py") == before


@pytest.mark.parametrize("change", ["edit", "add", "remove", "rename"])
def test_every_change_of_the_code_shows(package: Path, change: str) -> None:
    before = version("room", "lone.py")
    path = package / "room" / "b.py"
    if change == "edit":
        path.write_text("b = 2\n")
    elif change == "add":
        (package / "room" / "c.py").write_text("")
    elif change == "remove":
        path.unlink()
    else:
        path.rename(package / "room" / "d.py")
    assert version("room", "lone.py") != before


def test_a_part_that_does_not_exist_is_an_error(package: Path) -> None:
    with pytest.raises(FileNotFoundError):
        version("nowhere.py")


def test_the_real_parts_exist() -> None:
    assert len(version("data/detector", "data/raw.py")) == 64
