"""Calls -> the tables of `analyze-log`: Markdown to read, CSV to work with."""

from __future__ import annotations

import csv
import io
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence

from spectramind.diagnostics.log.calls import OF_ONE_PLANET, STAGE_PREFIX, Call, stage_seconds

_COLUMNS = ("ts", "command", "cmd", "exit_code", "dur_ms", "seed", "sha", "cfg", "host", "error")


def to_markdown(calls: Sequence[Call], broken: int, rows: int) -> str:
    """Return the summary."""
    failures = [call for call in calls if call.exit_code != 0]
    period = f"{calls[0].ts} to {calls[-1].ts}" if calls else "no calls"
    parts = [
        "# Log analysis\n",
        f"{len(calls)} calls, {len(failures)} failures, {broken} unreadable lines; {period}.\n",
        _section("Commands", ("command", "calls", "failures", "median s", "longest s"), _command_rows(calls)),
        _section("Stages", ("stage", "runs", "median s", "longest s", "last s"), _stage_rows(calls)),
        _section(f"Failures (last {rows})", ("ts", "command", "exit", "error"), _failure_rows(failures[-rows:])),
        _section(f"Metrics over time (last {rows})", ("ts", "command", "config", "metrics"), _metric_rows(calls, rows)),
    ]
    return "\n".join(parts)


def _command_rows(calls: Iterable[Call]) -> list[tuple[object, ...]]:
    groups: defaultdict[str, list[Call]] = defaultdict(list)
    for call in calls:
        groups[call.command].append(call)
    return [
        (name, len(group), sum(call.exit_code != 0 for call in group), *_median_and_maximum([call.dur_ms / 1000 for call in group]))
        for name, group in sorted(groups.items())
    ]


def _stage_rows(calls: Iterable[Call]) -> list[tuple[object, ...]]:
    return [(name, len(times), *_median_and_maximum(times), f"{times[-1]:.2f}") for name, times in sorted(stage_seconds(calls).items())]


def _failure_rows(failures: Iterable[Call]) -> list[tuple[object, ...]]:
    return [(call.ts, call.command, call.exit_code, call.error) for call in failures]


def _metric_rows(calls: Iterable[Call], rows: int) -> list[tuple[object, ...]]:
    lines: list[tuple[object, ...]] = []
    for call in calls:
        metrics = {
            name: value
            for name, value in call.metrics.items()
            if value is not None and not name.startswith(STAGE_PREFIX) and OF_ONE_PLANET not in name
        }
        if call.exit_code == 0 and metrics:
            lines.append(
                (call.ts, call.command, call.cfg[:12], ", ".join(f"{name} = {value:.6g}" for name, value in sorted(metrics.items())))
            )
    return lines[-rows:]


def _median_and_maximum(values: Sequence[float]) -> tuple[str, str]:
    return f"{statistics.median(values):.2f}", f"{max(values):.2f}"


def _section(title: str, heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    body = [" | ".join(" ".join(str(cell).replace("|", "\\|").split()) for cell in row) for row in rows]
    if not body:
        return f"## {title}\n\nNone.\n"
    lines = [" | ".join(heading), " | ".join("---" for _ in heading), *body]
    return f"## {title}\n\n" + "\n".join(f"| {line} |" for line in lines) + "\n"


def to_csv(calls: Sequence[Call]) -> str:
    """Return one line per call; every metric that occurs has its column."""
    names = sorted({name for call in calls for name in call.metrics})
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*_COLUMNS, *names])
    for call in calls:
        writer.writerow([getattr(call, column) for column in _COLUMNS] + [call.metrics.get(name) for name in names])
    return buffer.getvalue()
