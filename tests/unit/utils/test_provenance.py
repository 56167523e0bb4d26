from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from spectramind.utils import locations, provenance
from spectramind.utils.errors import ConfigError

ROOT = Path(__file__).resolve().parents[3]


def test_the_version_is_that_of_the_project() -> None:
    assert provenance.package_version() == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_the_commit_is_a_commit_or_unknown() -> None:
    assert re.fullmatch(r"unknown|[0-9a-f]{40,64}(-dirty)?", provenance.git_sha())


def test_outside_a_checkout_the_commit_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "checkout_root", lambda: None)
    assert provenance.git_sha.__wrapped__() == "unknown"


def test_without_git_the_commit_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert provenance.git_sha.__wrapped__() == "unknown"


def test_the_toolchain_names_what_can_change_a_number() -> None:
    versions = provenance.toolchain_versions()
    assert {"python", "numpy", "scipy", "spectramind"} <= set(versions)
    assert all(versions.values())


def test_a_checkout_uses_its_own_folders() -> None:
    assert locations.checkout_root() == ROOT
    assert locations.config_directory() == ROOT / "configs"
    assert locations.schema_directory() == ROOT / "schemas"


def test_an_installed_package_uses_its_resources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages" / "spectramind"
    monkeypatch.setattr(locations, "PACKAGE", package)
    with pytest.raises(ConfigError, match="missing or incomplete"):
        locations.config_directory()
    folder = package / "resources" / "configs"
    folder.mkdir(parents=True)
    (folder / "config_v50.yaml").touch()
    assert locations.config_directory() == folder


def test_a_wheel_takes_both_folders_from_the_root() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["poetry"]["packages"]
    targets = {package["from"]: package.get("to") for package in packages}
    for folder in ("configs", "schemas"):
        assert targets[folder] == f"spectramind/resources/{folder}"
        assert (ROOT / folder / "__init__.py").is_file()
