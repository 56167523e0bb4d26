"""Progress of a stage on stderr: a bar on a terminal, else a heartbeat line; every step checks the wall-time budget."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import TYPE_CHECKING

import typer

from spectramind.utils.resources import WalltimeBudget

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

HEARTBEAT_S = 10.0


class Heartbeat:
    """One line at the start, at the end, and every HEARTBEAT_S seconds between, also while one item takes long."""

    def __init__(self) -> None:
        self._turn, self._ended = threading.Lock(), threading.Event()

    def start(self, description: str, total: int) -> None:
        """Print the first line."""
        self._description, self._total, self._done, self._note = description, total, 0, ""
        self._began_s = self._spoke_s = time.monotonic()
        self._ended = threading.Event()
        typer.echo(f"{description}: {total} to do", err=True)
        threading.Thread(target=self._beat, args=(self._ended,), name="heartbeat", daemon=True).start()

    def advance(self, note: str = "") -> None:
        """Count, and print where the last line is long ago."""
        self._done, self._note = self._done + 1, note
        self._speak_if_due()

    def finish(self) -> None:
        """Print the last line."""
        self._ended.set()
        with self._turn:
            self._speak("done" if self._done >= self._total else "ended early")

    def _beat(self, ended: threading.Event) -> None:
        while not ended.wait(HEARTBEAT_S / 4):
            self._speak_if_due()

    def _speak_if_due(self) -> None:
        with self._turn:
            now_s = time.monotonic()
            if now_s - self._spoke_s >= HEARTBEAT_S and not self._ended.is_set():
                self._spoke_s = now_s
                left_s = (now_s - self._began_s) * (self._total - self._done) / max(self._done, 1)
                self._speak(f"about {left_s:.0f} s left, {self._note}" if self._done else "at the first")

    def _speak(self, note: str) -> None:
        elapsed_s = time.monotonic() - self._began_s
        typer.echo(f"{self._description}: {self._done}/{self._total} after {elapsed_s:.1f} s, {note}".rstrip(", "), err=True)


class TerminalBar:
    """A bar with the remaining time."""

    _bar: Bar
    _task: TaskID

    def start(self, description: str, total: int) -> None:
        """Show the bar."""
        from rich import progress
        from rich.console import Console

        columns = (progress.TextColumn("{task.description}"), progress.BarColumn(), progress.MofNCompleteColumn())
        times = (progress.TimeElapsedColumn(), progress.TimeRemainingColumn(), progress.TextColumn("{task.fields[note]}"))
        self._bar = progress.Progress(*columns, *times, console=Console(stderr=True))
        self._task = self._bar.add_task(description, total=total, note="")
        self._bar.start()

    def advance(self, note: str = "") -> None:
        """Move the bar on."""
        self._bar.update(self._task, advance=1, note=note)

    def finish(self) -> None:
        """Leave the bar as it is."""
        self._bar.stop()


class StageProgress:
    """What the stages are given: shows (unless quiet) and guards the budget of the whole run."""

    def __init__(self, budget: WalltimeBudget, *, quiet: bool) -> None:
        self._budget = budget
        self._display = None if quiet else (TerminalBar() if _draws() else Heartbeat())
        self._running = False
        self.counted = 0
        """Items of all stages so far."""

    def start(self, description: str, total: int) -> None:
        """Begin a stage, and end one that was left without its end: its thread would draw for ever."""
        self.finish()
        self._description, self._total, self._done = description, total, 0
        self._stage_started_s = self._budget.elapsed_s()
        self._running = True
        if self._display is not None:
            self._display.start(description, total)

    def advance(self, note: str = "") -> None:
        """Count one item; raises RuntimeLimitRisk where the run would not end in time."""
        self._done += 1
        self.counted += 1
        if self._display is not None:
            self._display.advance(note)
        self._budget.check(self._done, self._total, stage_started_s=self._stage_started_s, stage=self._description)

    def finish(self) -> None:
        """End the stage; harmless where none runs."""
        if self._running and self._display is not None:
            self._display.finish()
        self._running = False


def _draws() -> bool:
    """A bar needs a terminal; logs of automated runs (CI is set by all common services) are lines even on one."""
    return sys.stderr.isatty() and os.environ.get("CI", "").lower() not in ("1", "true", "yes")
