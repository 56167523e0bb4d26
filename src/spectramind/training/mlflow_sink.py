"""MLflow as a second home of the metrics: best effort, in a thread of its own, never a reason for a run to stop or wait."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from queue import Full, Queue
from threading import Lock, Thread

from spectramind.training.journal import JournalLine

LOGGER = logging.getLogger(__name__)
EXPERIMENT = "spectramind"
WAITING_LINES = 1000
CLOSE_TIMEOUT_S = 10.0


class MlflowSink:
    """Sends journal lines to MLflow: to MLFLOW_TRACKING_URI, or else into a database file in `folder`.

    Whatever goes wrong (no mlflow, no server, a full disk, a server that is too slow) is one warning in the log, after which
    the sink is off.
    """

    def __init__(self, folder: Path, run_name: str, parameters: Mapping[str, str]) -> None:
        self._folder, self._run_name, self._parameters = folder, run_name, dict(parameters)
        self._lines: Queue[JournalLine | None] = Queue(WAITING_LINES)
        self._off, self._lock = False, Lock()
        self._thread = Thread(target=self._run, name="mlflow", daemon=True)
        self._thread.start()

    def append(self, line: JournalLine) -> None:
        """Hand over one line; returns at once."""
        self._put(line)

    def close(self) -> None:
        """Wait a few seconds for what is on its way, then let go."""
        self._put(None)
        self._thread.join(CLOSE_TIMEOUT_S)

    def _put(self, line: JournalLine | None) -> None:
        if self._off:
            return
        try:
            self._lines.put_nowait(line)
        except Full:
            self._turn_off("it takes longer than training")

    def _run(self) -> None:
        try:
            self._send()
        except Exception as error:
            self._turn_off(f"{type(error).__name__}: {error}")

    def _send(self) -> None:
        # Metrics go where the user says and nowhere else.
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        mlflow = import_module("mlflow")
        if "MLFLOW_TRACKING_URI" not in os.environ:
            self._folder.mkdir(parents=True, exist_ok=True)
            mlflow.set_tracking_uri(f"sqlite:///{self._folder.resolve() / 'mlflow.db'}")
        mlflow.set_experiment(EXPERIMENT)
        with mlflow.start_run(run_name=self._run_name):
            mlflow.log_params(self._parameters)
            while (line := self._lines.get()) is not None and not self._off:
                values = {f"{line.phase}/{name}": value for name, value in {**line.losses, **line.metrics}.items()}
                mlflow.log_metrics({**values, "learning_rate": line.learning_rate}, step=line.step)

    def _turn_off(self, reason: str) -> None:
        with self._lock:
            if not self._off:
                self._off = True
                LOGGER.warning("MLflow is off for the rest of this run: %s", reason)
