"""pyproject.toml, poetry.lock and constraints.txt name one set of versions."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
# What PyTorch's CUDA build brings along, and Windows' own: not pinned for pip, so that the CPU build stays possible.
UNPINNED = re.compile(r"nvidia-|cuda-|triton$|pywin32$")
HINT = "renew both files: make lock"


def read_toml(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / name).read_text(encoding="utf-8"))


def normal(name: str) -> str:
    """Return a distribution's name in its one normal form (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(requirement: str) -> tuple[str, str]:
    match = re.fullmatch(r"([A-Za-z0-9._-]+)==([^;,\s]+)\s*(?:;.*)?", requirement)
    assert match, f"not pinned to one version: {requirement}"
    return normal(match.group(1)), match.group(2)


@pytest.fixture(scope="module")
def constraints() -> dict[str, str]:
    return dict(pinned(line) for line in (ROOT / "constraints.txt").read_text(encoding="ascii").splitlines())


@pytest.fixture(scope="module")
def locked() -> dict[str, set[str]]:
    versions: defaultdict[str, set[str]] = defaultdict(set)
    for package in read_toml("poetry.lock")["package"]:
        versions[normal(package["name"])].add(package["version"])
    return versions


@pytest.fixture(scope="module")
def direct() -> dict[str, str]:
    project = read_toml("pyproject.toml")["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    return dict(pinned(line) for line in (*project["dependencies"], *extras))


def test_constraints_are_sorted_and_name_everything_once(constraints: dict[str, str]) -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="ascii").splitlines()
    assert len(lines) == len(constraints)
    assert [line.partition("==")[0] for line in lines if UNPINNED.match(line)] == []


def test_every_pin_is_the_locked_version(constraints: dict[str, str], locked: dict[str, set[str]]) -> None:
    differing = {name: version for name, version in constraints.items() if locked.get(name) != {version}}
    assert not differing, HINT


def test_every_locked_package_is_pinned(constraints: dict[str, str], locked: dict[str, set[str]]) -> None:
    assert {name for name in locked if not UNPINNED.match(name)} == set(constraints), HINT


def test_every_direct_dependency_is_locked_and_pinned_as_declared(
    direct: dict[str, str], constraints: dict[str, str], locked: dict[str, set[str]]
) -> None:
    assert {name: constraints.get(name) for name in direct} == direct, HINT
    assert {name: locked.get(name) for name in direct} == {name: {version} for name, version in direct.items()}, HINT


def test_every_locked_file_has_a_hash() -> None:
    files = [file for package in read_toml("poetry.lock")["package"] for file in package["files"]]
    assert files
    assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", file["hash"]) for file in files)


def test_the_lock_was_made_for_this_pyproject() -> None:
    """The hash is Poetry's own (`poetry check --lock` compares the same), so that a forgotten `make lock` is seen without Poetry."""
    document = read_toml("pyproject.toml")
    relevant: dict[str, Any] = {
        "project": {name: document["project"][name] for name in ("requires-python", "dependencies", "optional-dependencies")}
    }
    groups = document["tool"]["poetry"].get("group")
    if groups is not None:
        relevant["tool"] = {"poetry": {"group": groups}}
    digest = hashlib.sha256(json.dumps(relevant, sort_keys=True).encode()).hexdigest()
    metadata = read_toml("poetry.lock")["metadata"]
    assert metadata["content-hash"] == digest, HINT
    assert metadata["python-versions"] == document["project"]["requires-python"]
