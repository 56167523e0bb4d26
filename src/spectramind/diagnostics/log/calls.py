"""The calls that events.jsonl tells of."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

STAGE_PREFIX = "stage_s/"
"""Begins the names of metrics that are seconds of a stage."""
OF_ONE_PLANET = "per_planet/"
"""Stands in the names of metrics of single planets: a thousand of a kind, which would hide all others in a report."""


@dataclass(frozen=True)
class Call:
    """One event that could be read."""

    ts: str
    cmd: str
    exit_code: int
    dur_ms: float
    seed: int | None
    sha: str
    cfg: str
    host: str
    error: str
    metrics: Mapping[str, float | None]

    @property
    def command(self) -> str:
        """First word, and the second of a group."""
        words = self.cmd.split()
        return " ".join(words[: 2 if words[:1] in (["config"], ["diagnose"], ["gates"]) else 1]) or "(none)"


def read_events(path: Path) -> tuple[list[Call], int]:
    """Return the calls in the order of the file, and the number of lines that are no event."""
    calls, broken = [], 0
    with path.open(encoding="utf-8", errors="replace") as stream:
        for line in stream:
            call = _parse(line)
            if call is not None:
                calls.append(call)
            elif line.strip():
                broken += 1
    return calls, broken


def stage_seconds(calls: Iterable[Call]) -> dict[str, list[float]]:
    """Return stage -> seconds it took in each successful call, oldest first."""
    times: defaultdict[str, list[float]] = defaultdict(list)
    for call in calls:
        for name, value in call.metrics.items():
            if name.startswith(STAGE_PREFIX) and value is not None and call.exit_code == 0:
                times[name.removeprefix(STAGE_PREFIX)].append(value)
    return dict(times)


def _parse(line: str) -> Call | None:
    try:
        event = json.loads(line)
        seed, dur_ms = event.get("seed"), float(event["dur_ms"])
        if not math.isfinite(dur_ms):
            return None
        return Call(
            **{name: _text(event[name]) for name in ("ts", "cmd", "sha", "cfg", "host")},
            exit_code=int(event["exit_code"]),
            dur_ms=dur_ms,
            seed=None if seed is None else int(seed),
            error=_text(event.get("error", "")),
            metrics={_text(name): None if value is None else float(value) for name, value in event["metrics"].items()},
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None


def _text(value: object) -> str:
    """Return a value as text that can be written: JSON may hold half of a surrogate pair, which no file can."""
    return str(value).encode("utf-8", "replace").decode()
