"""MLflow: what arrives there, and that nothing of it can stop or slow a run."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event
from types import ModuleType

import pytest

from spectramind.training import mlflow_sink
from spectramind.training.journal import JournalLine
from spectramind.training.mlflow_sink import MlflowSink

LINE = JournalLine(
    event="step", phase="mae", fold=0, epoch=1, step=3, losses={"mae": 0.5}, metrics={"gll": 1.0}, learning_rate=1e-3, seconds=2.5
)


class FakeMlflow(ModuleType):
    """Remembers what is sent; ``log_metrics`` waits for `gate` and fails from `fails_at` lines on."""

    def __init__(self, fails_at: int = 1000) -> None:
        super().__init__("mlflow")
        self.sent: list[tuple[Mapping[str, float], int]] = []
        self.uri, self.fails_at, self.gate, self.ended = "", fails_at, Event(), False
        self.gate.set()

    def set_tracking_uri(self, uri: str) -> None:
        self.uri = uri

    def set_experiment(self, name: str) -> None:
        assert name == "spectramind"

    @contextmanager
    def start_run(self, run_name: str) -> Iterator[None]:
        assert run_name == "run"
        yield
        self.ended = True

    def log_params(self, parameters: Mapping[str, str]) -> None:
        assert parameters == {"seed": "1"}

    def log_metrics(self, values: Mapping[str, float], step: int) -> None:
        self.gate.wait(10.0)
        if len(self.sent) >= self.fails_at:
            raise ConnectionError("the server is gone")
        self.sent.append((values, step))


def install(monkeypatch: pytest.MonkeyPatch, fake: ModuleType | None) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", fake)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def test_lines_arrive_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeMlflow()
    install(monkeypatch, fake)
    sink = MlflowSink(tmp_path / "mlflow", "run", {"seed": "1"})
    for step in range(5):
        sink.append(replace(LINE, step=step))
    sink.close()
    assert [step for _, step in fake.sent] == list(range(5))
    assert fake.sent[0][0] == {"mae/mae": 0.5, "mae/gll": 1.0, "learning_rate": 1e-3}
    assert fake.uri == f"sqlite:///{tmp_path}/mlflow/mlflow.db"
    assert fake.ended


def test_a_server_of_the_user_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeMlflow()
    install(monkeypatch, fake)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:1")
    MlflowSink(tmp_path, "run", {"seed": "1"}).close()
    assert fake.uri == ""


@pytest.mark.parametrize("fake", [None, FakeMlflow(fails_at=2)])
def test_what_goes_wrong_is_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fake: FakeMlflow | None
) -> None:
    install(monkeypatch, fake)
    with caplog.at_level(logging.WARNING):
        sink = MlflowSink(tmp_path, "run", {"seed": "1"})
        for step in range(6):
            sink.append(replace(LINE, step=step))
        sink.close()
        sink.append(LINE)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "MLflow is off" in caplog.text
    assert fake is None or len(fake.sent) == 2


def test_a_server_that_hangs_does_not_hold_up_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fake = FakeMlflow()
    fake.gate.clear()
    install(monkeypatch, fake)
    monkeypatch.setattr(mlflow_sink, "WAITING_LINES", 3)
    monkeypatch.setattr(mlflow_sink, "CLOSE_TIMEOUT_S", 0.05)
    started = time.monotonic()
    with caplog.at_level(logging.WARNING):
        sink = MlflowSink(tmp_path, "run", {"seed": "1"})
        for _ in range(20):
            sink.append(LINE)
        sink.close()
    assert time.monotonic() - started < 2.0
    assert len(caplog.records) == 1
    fake.gate.set()
