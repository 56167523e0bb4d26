from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from spectramind.cli.progress import StageProgress
from spectramind.utils.errors import RuntimeLimitRisk
from spectramind.utils.resources import WalltimeBudget

if TYPE_CHECKING:
    from tests.conftest import Run


def test_away_from_a_terminal_it_speaks_rarely(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 0.0
    monkeypatch.setattr("spectramind.cli.progress.time.monotonic", lambda: now_s)
    stage = StageProgress(WalltimeBudget(0), quiet=False)
    stage.start("calibrate", 30)
    for number in range(30):
        now_s += 1.0
        stage.advance(f"planet {number}")
    stage.finish()
    stage.finish()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "calibrate: 30 to do",
        "calibrate: 10/30 after 10.0 s, about 20 s left, planet 9",
        "calibrate: 20/30 after 20.0 s, about 10 s left, planet 19",
        "calibrate: 30/30 after 30.0 s, about 0 s left, planet 29",
        "calibrate: 30/30 after 30.0 s, done",
    ]


def test_it_speaks_while_one_item_takes_long_and_is_silent_afterwards(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spectramind.cli.progress.HEARTBEAT_S", 0.08)
    stage = StageProgress(WalltimeBudget(0), quiet=False)
    stage.start("calibrate", 2)
    time.sleep(0.3)
    stage.advance("planet 7")
    time.sleep(0.3)
    stage.finish()
    lines = capsys.readouterr().err.splitlines()
    assert any(line.startswith("calibrate: 0/2 after ") and line.endswith("at the first") for line in lines)
    assert any(line.startswith("calibrate: 1/2 after ") and line.endswith("s left, planet 7") for line in lines)
    assert lines[-1].endswith("ended early")
    time.sleep(0.2)
    assert capsys.readouterr().err == ""


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    stage = StageProgress(WalltimeBudget(0), quiet=True)
    stage.start("calibrate", 1)
    stage.advance()
    stage.finish()
    assert capsys.readouterr() == ("", "")


def test_on_a_terminal_it_draws_a_bar_on_stderr(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.delenv("CI", raising=False)
    stage = StageProgress(WalltimeBudget(0), quiet=False)
    stage.start("calibrate", 2)
    stage.advance("a")
    stage.advance("b")
    stage.finish()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "2/2" in captured.err


def test_every_item_checks_the_budget() -> None:
    now_s = 0.0
    stage = StageProgress(WalltimeBudget(100, clock=lambda: now_s), quiet=True)
    stage.start("calibrate", 100)
    now_s = 1.0
    stage.advance()
    now_s = 10.0
    with pytest.raises(RuntimeLimitRisk):
        stage.advance()


def test_automated_runs_get_lines_even_on_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("CI", "true")
    stage = StageProgress(WalltimeBudget(0), quiet=False)
    stage.start("calibrate", 1)
    stage.advance()
    stage.finish()
    assert capsys.readouterr().err.splitlines()[0] == "calibrate: 1 to do"


def test_items_of_all_stages_are_counted() -> None:
    stage = StageProgress(WalltimeBudget(0), quiet=True)
    for _ in range(2):
        stage.start("calibrate", 3)
        stage.advance()
        stage.finish()
    assert stage.counted == 2


def test_selftest_says_how_far_it_is(spectramind: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spectramind.cli.checks.QUICK", ("schemas", "disk"))
    assert spectramind("selftest").stderr.splitlines()[:1] == ["selftest: 2 to do"]
    assert spectramind("selftest", "--quiet").stderr == ""


def test_a_stage_left_without_its_end_leaves_no_bar_running(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.delenv("CI", raising=False)
    before = set(threading.enumerate())
    stage = StageProgress(WalltimeBudget(0), quiet=False)
    for name in ("calibrate", "features"):
        stage.start(name, 2)
    stage.finish()
    deadline_s = time.monotonic() + 5.0
    while set(threading.enumerate()) - before and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert set(threading.enumerate()) <= before
    assert "features" in capsys.readouterr().err
