"""Every exit code of ARCHITECTURE.md section 14, through the real command line."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from spectramind.utils.errors import (
    BusyError,
    ConfigError,
    GateFailed,
    InputDataError,
    RuntimeLimitRisk,
    SchemaViolation,
    SpectraMindError,
    UsageError,
)
from spectramind.utils.runs import Workspace

if TYPE_CHECKING:
    from tests.conftest import Run

ROOT = Path(__file__).resolve().parents[2]
ENGINE = "spectramind.data.calibrate.calibrate"
SLEEPER = """
import signal, sys, time
# a shell's background jobs inherit an ignored SIGINT, and this test may run in one
signal.signal(signal.SIGINT, signal.default_int_handler)
import spectramind.data.calibrate as engine
from spectramind.cli import main
def sleep(*_arguments, **_options):
    print("started", flush=True)
    time.sleep(60)
engine.calibrate = sleep
sys.exit(main(["calibrate"]))
"""


def raising(error: BaseException) -> Callable[..., None]:
    def engine(*_arguments: object, **_options: object) -> None:
        raise error

    return engine


def command(*arguments: str, root: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"SPECTRAMIND_ROOT": str(root)}
    line = [sys.executable, str(ROOT / "spectramind.py"), *arguments]
    return subprocess.run(line, env=environment, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--version",), 0),
        (("--help",), 0),
        (("calibrate", "--nonsense"), 3),
        (("nonsense",), 3),
        (("train",), 3),
        (("config", "show", "global.sed=1"), 3),
        (("calibrate", "data.raw_dir=nowhere"), 6),
    ],
)
def test_the_shell_sees_the_code(arguments: tuple[str, ...], code: int, tmp_path: Path) -> None:
    outcome = command(*arguments, root=tmp_path)
    assert outcome.returncode == code, outcome.stderr
    assert ("error: " in outcome.stderr) == (code != 0)
    assert (outcome.stdout == "") == (code != 0)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SchemaViolation("bad", where="row 7"), 2),
        (ConfigError("bad", where="global.seed"), 3),
        (UsageError("bad"), 3),
        (RuntimeLimitRisk("late"), 4),
        (RuntimeError("surprise"), 5),
        (EOFError("torn"), 5),
        (MemoryError(), 5),
        (OSError(28, "No space left on device"), 5),
        (SystemExit(1), 5),
        (InputDataError("torn", where="a.parquet"), 6),
        (BusyError("busy"), 7),
        (GateFailed("narrow", where="coverage"), 8),
        (KeyboardInterrupt(), 130),
    ],
)
def test_every_error_has_its_code(error: BaseException, code: int, spectramind: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ENGINE, raising(error))
    outcome = spectramind("calibrate", "--json")
    assert outcome.code == code
    assert outcome.document["exit_code"] == code
    assert outcome.document["ok"] is False
    assert re.fullmatch(r"docs/errors\.md#[a-z-]+ \(ARCHITECTURE\.md section [\d.]+\)", outcome.document["error"]["see"])
    assert outcome.events[-1]["exit_code"] == code
    assert outcome.events[-1]["error"]
    assert "error: " in outcome.stderr
    if isinstance(error, SpectraMindError):
        assert outcome.document["error"]["where"] == error.where


def test_an_error_says_what_where_received_next_and_see(spectramind: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ENGINE, raising(InputDataError("The file is torn.", where="a.parquet", received="3 bytes", hint="fetch it again")))
    lines = spectramind("calibrate").stderr.splitlines()
    assert lines == [
        "error: The file is torn.",
        "  where:    a.parquet",
        "  received: 3 bytes",
        "  next:     fetch it again",
        "  see:      docs/errors.md#input-data-error (ARCHITECTURE.md section 4.1)",
    ]


def test_an_internal_error_leaves_its_traceback_in_the_log_only(spectramind: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ENGINE, raising(RuntimeError("surprise token=hush")))
    outcome = spectramind("calibrate")
    log = (outcome.root / "logs" / "spectramind.log").read_text()
    assert "Traceback" in log
    assert "RuntimeError: surprise" in log
    assert "Traceback" not in outcome.stderr
    assert str(outcome.root / "logs" / "spectramind.log") in outcome.stderr
    assert "hush" not in log + outcome.stderr


def test_a_busy_workspace_is_7(spectramind: Run, tmp_path: Path) -> None:
    with Workspace(tmp_path / "workspace").lock("workspace"):
        outcome = spectramind("calibrate")
        assert spectramind("config", "show").code == 0
    assert outcome.code == 7
    assert outcome.events[0]["exit_code"] == 7


def test_a_run_that_would_be_late_is_4(spectramind: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def engine(_config: object, _workspace: object, *, progress: object) -> None:
        progress.start("calibrate", 10**9)  # type: ignore[attr-defined]
        while True:
            progress.advance()  # type: ignore[attr-defined]

    monkeypatch.setattr(ENGINE, engine)
    outcome = spectramind("calibrate", "global.walltime_budget_s=0.5")
    assert outcome.code == 4
    assert "--fast-kaggle" in outcome.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_130_and_recorded(number: signal.Signals, tmp_path: Path) -> None:
    environment = os.environ | {"SPECTRAMIND_ROOT": str(tmp_path), "PYTHONPATH": str(ROOT / "src")}
    with subprocess.Popen(
        [sys.executable, "-c", SLEEPER], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted" in errors
    assert json.loads((tmp_path / "events.jsonl").read_text())["exit_code"] == 130


def test_a_reader_that_leaves_early_causes_no_traceback(tmp_path: Path) -> None:
    environment = os.environ | {"SPECTRAMIND_ROOT": str(tmp_path)}
    reader, writer = os.pipe()
    os.close(reader)
    line = [sys.executable, str(ROOT / "spectramind.py"), "config", "show"]
    outcome = subprocess.run(line, env=environment, stdout=writer, stderr=subprocess.PIPE, text=True, check=False, timeout=120)
    os.close(writer)
    assert outcome.stderr == ""
    assert outcome.returncode == 0
