"""A run of four planets, and its page without the sections of the other modules."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import tiny_dashboard
from tiny_dashboard import TinyRun

from spectramind.diagnostics.dashboard import page
from spectramind.inference.gates import Gate
from spectramind.utils.progress import SilentProgress

GATES = [
    Gate(gate="submission", passed=True, figure="30174 bytes", threshold="there and valid", reason="it keeps its schema"),
    Gate(gate="gll", passed=False, figure="", threshold="a baseline", reason=f"none; {tiny_dashboard.HOSTILE}", repair="gates record"),
]
Build = Callable[..., page.Page]


@pytest.fixture
def run(tmp_path: Path) -> TinyRun:
    return tiny_dashboard.write_run(tmp_path)


@pytest.fixture
def build(run: TinyRun, monkeypatch: pytest.MonkeyPatch) -> Build:
    """Build the page of the run from what lies on disk now."""
    monkeypatch.setattr(page, "MODULES", ())

    def make(*, truth: bool = True) -> page.Page:
        return page.build_page(run.load(truth=truth), GATES, page.page_path(run.workspace, None), progress=SilentProgress())

    return make
