"""Fixtures of all tests."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Outcome:
    """What one call of the command line gave."""

    code: int
    stdout: str
    stderr: str
    root: Path

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document of stdout."""
        document: dict[str, Any] = json.loads(self.stdout)
        return document

    @property
    def events(self) -> list[dict[str, Any]]:
        """Telemetry of the workspace."""
        return [json.loads(line) for line in (self.root / "events.jsonl").read_text(encoding="utf-8").splitlines()]


Run = Callable[..., Outcome]


@pytest.fixture
def spectramind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in this process, with a workspace of its own."""
    from spectramind.cli import main

    root = tmp_path / "workspace"
    monkeypatch.setenv("SPECTRAMIND_ROOT", str(root))

    def run(*arguments: str) -> Outcome:
        capfd.readouterr()
        code = main(arguments)
        captured = capfd.readouterr()
        return Outcome(code, captured.out, captured.err, root)

    return run
