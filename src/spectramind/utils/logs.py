"""The log file logs/spectramind.log: UTC, the configuration hash in every line, no secrets, bounded in size."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from spectramind.utils.redact import redact
from spectramind.utils.runs import Workspace

ROOT_LOGGER = "spectramind"
MAXIMUM_BYTES = 5 << 20
BACKUPS = 5
_LOCK_TIMEOUT_S = 10.0


class RedactingFormatter(logging.Formatter):
    """UTC time stamps; secrets are hidden in messages and in tracebacks alike."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def format(self, record: logging.LogRecord) -> str:
        """Return the line without secrets."""
        return redact(super().format(record))


def configure_logging(
    workspace: Workspace, config_sha256: str, *, level: int = logging.INFO, console: logging.Handler | None = None
) -> None:
    """Send the records of this package to the log file and to `console`, replacing what an earlier call set up.

    Files are rotated when a process starts, under a lock, and then only appended to: rotating in the middle, as
    the standard handler does, loses lines where several processes share a file.
    """
    from filelock import FileLock

    close_logging()
    workspace.ensure()
    with FileLock(workspace.lock_path("log"), timeout=_LOCK_TIMEOUT_S):
        rotate(workspace.log_path, MAXIMUM_BYTES, BACKUPS)
    file = logging.FileHandler(workspace.log_path, encoding="utf-8")
    file.setLevel(level)
    file.setFormatter(RedactingFormatter(f"%(asctime)s %(levelname)s {config_sha256[:12]} %(process)d %(name)s: %(message)s"))
    logger = logging.getLogger(ROOT_LOGGER)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    for handler in (file, console):
        if handler is not None:
            logger.addHandler(handler)


def close_logging() -> None:
    """Close and remove the handlers that configure_logging added."""
    logger = logging.getLogger(ROOT_LOGGER)
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()


def rotate(path: Path, maximum_bytes: int, backups: int) -> None:
    """Move `path` to `path.1`, `path.1` to `path.2` and so on where it is larger than `maximum_bytes`."""
    if not path.exists() or path.stat().st_size <= maximum_bytes:
        return
    for number in range(backups - 1, -1, -1):
        source = path if number == 0 else path.with_name(f"{path.name}.{number}")
        if source.exists():
            source.replace(path.with_name(f"{path.name}.{number + 1}"))
