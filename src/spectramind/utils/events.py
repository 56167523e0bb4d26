"""Telemetry: one JSON line and one entry for human readers per call, appended safely by many processes."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from spectramind.utils.artifacts import canonical_json
from spectramind.utils.redact import redact
from spectramind.utils.runs import Workspace

UNRESOLVED = "unresolved"
_LOCK = "telemetry"
_LOCK_TIMEOUT_S = 30.0
_LOCK_POLL_S = 0.01


@dataclass(frozen=True, kw_only=True)
class Event:
    """One call of the command line (ARCHITECTURE.md section 16, schemas/event.schema.json).

    Args:
        ts: UTC time at which the call began.
        sha: Commit of the code.
        cfg: Hash of the configuration, or "unresolved" where it could not be composed.
        cmd: Command line without secrets.
        dur_ms: Wall time.
        host: Machine.
        seed: global.seed, or None without a configuration.
        metrics: Numbers worth following over time; `stage_s/NAME` is the wall time of a stage.
        exit_code: As returned to the shell.
        error: What went wrong, without secrets; empty on success.
    """

    ts: str
    sha: str
    cfg: str
    cmd: str
    dur_ms: int
    host: str
    seed: int | None
    exit_code: int
    metrics: Mapping[str, float] = field(default_factory=dict)
    error: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return the JSON-ready event; numbers that are not finite become null, and `error` is left out on success."""
        values: dict[str, object] = dict(vars(self))
        values["metrics"] = {name: value if math.isfinite(value) else None for name, value in self.metrics.items()}
        values["cmd"] = redact(self.cmd)
        values["error"] = redact(self.error)
        return {name: value for name, value in values.items() if name != "error" or value}


def record(workspace: Workspace, event: Event) -> None:
    """Append the event to events.jsonl and its entry to v50_debug_log.md, in the same order in both."""
    from filelock import FileLock

    workspace.root.mkdir(parents=True, exist_ok=True)
    line, entry = event_line(event), debug_entry(event)
    with FileLock(workspace.lock_path(_LOCK), timeout=_LOCK_TIMEOUT_S, poll_interval=_LOCK_POLL_S):
        append(workspace.events_path, line)
        append(workspace.debug_log_path, entry)


def event_line(event: Event) -> str:
    """Return the line of events.jsonl."""
    return canonical_json(event.as_dict()) + "\n"


def debug_entry(event: Event) -> str:
    """Return the Markdown of one call."""
    values = event.as_dict()
    command = str(values["cmd"]).replace("`", "'").replace("\n", " ")
    lines = [
        f"## {event.ts} `{f'spectramind {command}'.strip()}`",
        f"- exit {event.exit_code} after {event.dur_ms / 1000:.2f} s",
        f"- sha {event.sha}, config {event.cfg}, seed {event.seed}, host {event.host}",
    ]
    if event.metrics:
        lines.append("- " + ", ".join(f"{name} = {value:.6g}" for name, value in sorted(event.metrics.items())))
    if event.error:
        lines.append(f"- error: {' '.join(str(values['error']).split())}")
    return "\n".join(lines) + "\n\n"


def append(path: Path, text: str) -> None:
    """Append in one write: even without the lock, lines of several processes do not mix on a local disk.

    A line left unfinished by a killed process is closed first, so that it spoils nothing but itself.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        size = os.fstat(descriptor).st_size
        broken = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        os.write(descriptor, (("\n" if broken else "") + text).encode())
    finally:
        os.close(descriptor)
