"""`spectramind calibrate-temp`, `calibrate-corel` and `gates` through the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import tiny_training as tiny

if TYPE_CHECKING:
    from tests.conftest import Run

GATES = ("calibration", "coverage", "coverage fgs1", "temperature", "gll", "submission", "manifest", "logs", "dashboard")


@pytest.fixture
def overrides(tmp_path: Path) -> tuple[str, ...]:
    """A workspace with the features of four planets, as the command line is told of it."""
    stage = tiny.make_stage(tmp_path, "model.kind=physics", planets=tiny.PLANETS[:4], bins=283)
    places = (f"paths.root={stage.workspace.root}", f"data.raw_dir={stage.config.data.raw_dir}")
    return (*tiny.OVERRIDES, "model.kind=physics", "calib.alpha=0.4", *places)


def test_from_features_to_passed_gates(spectramind: Run, overrides: tuple[str, ...]) -> None:
    out = ("--out-csv", str(Path(overrides[-2].removeprefix("paths.root=")) / "outputs" / "submission.csv"))
    outcome = spectramind("gates", "check", "--json", *overrides)
    assert outcome.code == 8
    assert outcome.document["error"]["error"] == "GateFailed"
    assert outcome.document["error"]["see"] == "docs/errors.md#gate-failed (ARCHITECTURE.md section 21)"
    assert [gate["gate"] for gate in outcome.document["result"]["gates"]] == list(GATES)
    assert outcome.document["error"]["where"].split(", ")[0] == "calibration"

    outcome = spectramind("calibrate-corel", *overrides)
    assert outcome.code == 6
    assert "spectramind calibrate-temp" in outcome.stderr
    outcome = spectramind("calibrate-temp", "--json", *overrides)
    assert outcome.code == 0
    assert outcome.document["result"]["after"]["gll"] > outcome.document["result"]["before"]["gll"]
    for command in (("calibrate-corel",), ("predict", *out), ("gates", "record"), ("diagnose", "dashboard")):
        assert spectramind(*command, *overrides).code == 0

    outcome = spectramind("gates", "check", "--json", *overrides)
    assert outcome.code == 0, outcome.document["error"]
    assert (outcome.document["result"]["passed"], outcome.document["result"]["failed"]) == (9, 0)
    table = spectramind("gates", "check", *overrides).stdout
    assert all(word in table for word in ("gate", "figure", "threshold", "reason", "repair", *GATES))


def test_plans_write_nothing(spectramind: Run, overrides: tuple[str, ...]) -> None:
    root = Path(overrides[-2].removeprefix("paths.root="))
    for command in ("calibrate-temp", "calibrate-corel"):
        planned = spectramind(command, "--dry-run", "--json", *overrides).document["result"]
        assert (planned["labelled_planets"], planned["objective"]) == (4, "score")
    assert spectramind("gates", "check", "--dry-run", "--json", *overrides).document["result"]["would_check"] == list(GATES)
    assert not (root / "outputs" / "calibration").exists()
    assert spectramind("gates", "record", "--dry-run", *overrides).code == 6
    spectramind("calibrate-temp", *overrides)
    assert spectramind("gates", "record", "--dry-run", *overrides).code == 0
    assert not (root / "outputs" / "calibration" / "baseline.json").exists()
