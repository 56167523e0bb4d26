"""The repository is laid out as ARCHITECTURE.md section 2 says."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = (
    "spectramind.py",
    "configs/config_v50.yaml",
    *("schemas/submission.schema.json", "schemas/event.schema.json", "schemas/manifest.schema.json"),
    *("dvc.yaml", "dvc_params.yaml", ".dvc/config"),
    *("pyproject.toml", "poetry.lock", "constraints.txt", "Makefile", "Dockerfile"),
    *("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "LICENSE"),
    *(".github/workflows/ci.yml", ".ci/run", ".pre-commit-config.yaml", ".gitignore"),
    *("data/.gitkeep", "outputs/.gitkeep", "logs/.gitkeep"),
)
CONFIG_GROUPS = ("calib", "data", "diag", "loss", "model", "paths", "train")
ROOMS = ("cli", "data", "diagnostics", "evaluation", "features", "inference", "physics", "utils")
PRODUCTS = (
    *("data/raw/train.csv", "data/calibrated/fgs1/planet_1_0_0123456789ab.npz", "data/features/manifest.json"),
    *("outputs/submission.csv", "logs/spectramind.log", "logs/locks/workspace.lock", "demo/outputs/submission.csv"),
    *("events.jsonl", "v50_debug_log.md", ".venv/bin/python"),
)


@pytest.mark.parametrize("name", FILES)
def test_file_is_there(name: str) -> None:
    if name.endswith(".gitkeep") and not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    assert (ROOT / name).is_file()


@pytest.mark.parametrize("group", CONFIG_GROUPS)
def test_configuration_group_has_options(group: str) -> None:
    assert list((ROOT / "configs" / group).glob("*.yaml"))


def layers_of(container: str) -> set[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract.get("containers") == [container])
    return {name.strip() for layer in layers for name in re.split(r"[|:]", layer)}


@pytest.mark.parametrize("container", ["spectramind", "spectramind.features"])
def test_rooms_are_those_of_the_import_rules(container: str) -> None:
    folder = ROOT / "src" / container.replace(".", "/")
    found = {path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()} - {"__init__"}
    assert found == layers_of(container)
    assert container != "spectramind" or set(ROOMS) <= found


@pytest.mark.parametrize("target", ["setup", "dev", "demo", "test", "lint", "bench", "lock", "clean"])
def test_make_target_is_there_and_says_what_it_does(target: str) -> None:
    assert re.search(rf"^{target}:.*## \S", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)


def test_ci_and_the_gate_call_the_same_targets_in_the_same_order() -> None:
    targets = [
        re.findall(r"^\s*(?:run: )?make (lint|test|demo)\b", (ROOT / name).read_text(encoding="utf-8"), re.M)
        for name in (".ci/run", ".github/workflows/ci.yml")
    ]
    assert targets == [["lint", "test", "demo"]] * 2


@pytest.mark.skipif(shutil.which("git") is None or not (ROOT / ".git").exists(), reason="not a git checkout")
def test_products_are_ignored_and_their_folders_kept() -> None:
    def ignored(*names: str) -> set[str]:
        outcome = subprocess.run(["git", "check-ignore", "--no-index", *names], cwd=ROOT, capture_output=True, text=True, check=False)
        return set(outcome.stdout.splitlines())

    assert ignored(*PRODUCTS) == set(PRODUCTS)
    assert ignored(*FILES) == set()


def test_the_licence_is_apache_2() -> None:
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in licence
    assert "Version 2.0, January 2004" in licence
    assert "END OF TERMS AND CONDITIONS" in licence
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == "Apache-2.0"


def test_the_changelog_knows_the_present_version_or_what_is_to_come() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## \[([^\]]+)\]", changelog, re.M)
    assert headings[0] == "Unreleased" or headings[0] == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
