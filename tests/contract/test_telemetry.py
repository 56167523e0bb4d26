"""Every call leaves one line in events.jsonl and one entry in v50_debug_log.md."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from spectramind.utils.schemas import validate_document

if TYPE_CHECKING:
    from tests.conftest import Run

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("arguments", "resolved"),
    [
        (("--version",), True),
        (("--help",), False),
        ((), False),
        (("config", "show", "global.seed=7"), True),
        (("config", "show", "--dry-run"), True),
        (("config", "show", "global.sed=7"), False),
        (("calibrate", "--nonsense"), False),
        (("nonsense",), False),
        (("train", "--phase", "mae"), True),
        (("calibrate", "data.raw_dir=nowhere"), True),
    ],
)
def test_every_call_is_recorded_once(spectramind: Run, arguments: tuple[str, ...], resolved: bool) -> None:
    outcome = spectramind(*arguments)
    (event,) = outcome.events
    validate_document(event, "event", where="events.jsonl")
    assert event["exit_code"] == outcome.code
    assert event["cmd"] == " ".join(arguments)
    assert (event["cfg"] != "unresolved") == resolved
    assert (event["seed"] is not None) == resolved
    entries = (outcome.root / "v50_debug_log.md").read_text()
    assert entries.count("## ") == 1
    assert f"`{' '.join(('spectramind', *arguments))}`" in entries


def test_seed_and_hash_are_those_of_the_call(spectramind: Run) -> None:
    first = spectramind("config", "show", "global.seed=7").events[-1]
    second = spectramind("config", "show").events[-1]
    assert (first["seed"], second["seed"]) == (7, 1337)
    assert first["cfg"] != second["cfg"]


def test_numbers_and_times_of_the_result_are_followed(spectramind: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Report:
        def as_dict(self) -> dict[str, object]:
            return {"done": 3, "step_seconds": {"dark": 0.5}, "set_aside": {"7": "torn"}}

    monkeypatch.setattr("spectramind.data.calibrate.calibrate", lambda *_arguments, **_options: Report())
    metrics = spectramind("calibrate").events[-1]["metrics"]
    assert metrics["done"] == 3
    assert metrics["step_seconds/dark"] == 0.5
    assert metrics["stage_s/calibrate"] >= 0
    assert metrics["peak_rss_mib"] > 0


def test_a_failure_without_configuration_is_recorded_in_the_workspace_it_names(spectramind: Run, tmp_path: Path) -> None:
    spectramind("config", "show", "global.sed=1", f"paths.root={tmp_path / 'other'}")
    assert (tmp_path / "other" / "events.jsonl").is_file()


def test_secrets_are_not_recorded(spectramind: Run) -> None:
    outcome = spectramind("config", "show", "api_key=hush", "https://me:hush@host")
    written = "".join(path.read_text() for path in outcome.root.rglob("*") if path.is_file())
    assert outcome.code == 3
    assert "hush" not in written + outcome.stdout + outcome.stderr


def test_a_workspace_that_cannot_be_written_is_named(spectramind: Run, tmp_path: Path) -> None:
    (tmp_path / "workspace").write_text("a file in the way")
    outcome = spectramind("config", "show")
    assert outcome.code == 3
    assert "paths.root" in outcome.stderr
    assert "warning: telemetry was not written" in outcome.stderr


def test_processes_at_once_all_leave_their_line(tmp_path: Path) -> None:
    environment = os.environ | {"SPECTRAMIND_ROOT": str(tmp_path)}
    line = [sys.executable, str(ROOT / "spectramind.py"), "--help"]
    processes = [subprocess.Popen(line, env=environment, stdout=subprocess.DEVNULL) for _ in range(6)]
    assert [process.wait(timeout=120) for process in processes] == [0] * 6
    assert len((tmp_path / "events.jsonl").read_text().splitlines()) == 6
    assert (tmp_path / "v50_debug_log.md").read_text().count("## ") == 6
