"""dvc.yaml: stages in the order of the pipeline, joined by their files, with commands that the application understands."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parents[2]
ORDER = ("calibrate", "features", "train", "predict", "diagnose")


def read(name: str) -> dict[str, Any]:
    document = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


@pytest.fixture(scope="module")
def stages() -> dict[str, dict[str, Any]]:
    """Stages with their parameters filled in."""
    document = read("dvc.yaml")
    values: dict[str, Any] = {}
    for name in document["vars"]:
        values |= read(name)

    def filled(part: object) -> Any:
        if isinstance(part, dict):
            return {filled(key): filled(value) for key, value in part.items()}
        if isinstance(part, list):
            return [filled(member) for member in part]
        return re.sub(r"\$\{(\w+)\}", lambda match: str(values[match.group(1)]), part) if isinstance(part, str) else part

    return {name: filled(stage) for name, stage in document["stages"].items()}


def outputs(stage: dict[str, Any]) -> list[str]:
    return [name for output in stage["outs"] for name in (output if isinstance(output, dict) else [output])]


def test_stages_stand_in_the_order_of_the_pipeline(stages: dict[str, dict[str, Any]]) -> None:
    assert list(stages) == list(ORDER)


def test_commands_are_understood_and_named_like_their_stage(stages: dict[str, dict[str, Any]], check_command: Callable[[str], str]) -> None:
    for name, stage in stages.items():
        assert check_command(stage["cmd"]).split()[0] == name


def test_every_stage_rests_on_the_one_before(stages: dict[str, dict[str, Any]]) -> None:
    chain = [stages[name] for name in ("calibrate", "features", "predict", "diagnose")]
    for earlier, later in pairwise(chain):
        assert set(outputs(earlier)) & set(later["deps"])


def test_dependencies_in_the_repository_exist(stages: dict[str, dict[str, Any]]) -> None:
    made = {name for stage in stages.values() for name in outputs(stage)} | {read("dvc_params.yaml")["raw_dir"]}
    for name in {dependency for stage in stages.values() for dependency in stage["deps"]} - made:
        assert (ROOT / name).exists(), name


def test_dvc_itself_reads_the_pipeline() -> None:
    """`dvc repro` needs .dvc/ in the checkout, and must not call home."""
    config = (ROOT / ".dvc/config").read_text(encoding="utf-8")
    assert re.search(r"analytics\s*=\s*false", config)
    assert re.search(r"check_update\s*=\s*false", config)
    assert Path(sys.executable).with_name("dvc").exists(), "make setup"
