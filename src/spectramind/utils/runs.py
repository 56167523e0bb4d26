"""The workspace: where products, logs and telemetry of a run live, and who may write there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from spectramind.utils.errors import BusyError, ConfigError

_LOCK_NAME = re.compile(r"[a-z0-9_-]{1,40}")


@dataclass(frozen=True)
class Workspace:
    """Paths below one root folder (configuration key `paths.root`)."""

    root: Path

    @property
    def data(self) -> Path:
        """Local cache root."""
        return self.root / "data"

    @property
    def calibrated(self) -> Path:
        """Calibrated frames."""
        return self.data / "calibrated"

    @property
    def features(self) -> Path:
        """Feature tensors."""
        return self.data / "features"

    @property
    def splits(self) -> Path:
        """Cross-validation splits."""
        return self.data / "splits"

    @property
    def outputs(self) -> Path:
        """Submissions, manifests, reports."""
        return self.root / "outputs"

    @property
    def logs(self) -> Path:
        """Log files and locks."""
        return self.root / "logs"

    @property
    def log_path(self) -> Path:
        """Rotating log file."""
        return self.logs / "spectramind.log"

    @property
    def events_path(self) -> Path:
        """One JSON event per call."""
        return self.root / "events.jsonl"

    @property
    def debug_log_path(self) -> Path:
        """One entry for human readers per call."""
        return self.root / "v50_debug_log.md"

    def ensure(self) -> Workspace:
        """Create the folders; raises ConfigError where that is not allowed."""
        try:
            for folder in (self.data, self.outputs, self.logs):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                "The workspace cannot be created.",
                where="paths.root",
                received=f"{self.root} ({error.strerror})",
                hint="Choose a writable folder: paths.root=DIR or the environment variable SPECTRAMIND_ROOT.",
            ) from error
        return self

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold the named lock of this workspace without waiting; raises BusyError where another process has it."""
        from filelock import FileLock, Timeout

        path = self.lock_path(name)
        try:
            with FileLock(path, timeout=0):
                yield
        except Timeout as error:
            raise BusyError(
                "Another process works in this workspace.",
                where=str(path),
                received=f"lock {name!r} is taken",
                hint="Wait for it to end, or choose another workspace with paths.root=DIR.",
            ) from error

    def lock_path(self, name: str) -> Path:
        """Return the file behind a named lock; its folder exists afterwards."""
        if not _LOCK_NAME.fullmatch(name):
            raise ValueError(f"not a lock name: {name!r}")
        folder = self.logs / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{name}.lock"
