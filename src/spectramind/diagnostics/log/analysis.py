"""events.jsonl -> calls, durations, failures, metrics over time and stage times, as Markdown, CSV and HTML."""

from __future__ import annotations

import csv
import io
import json
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from spectramind.diagnostics.log.page import STAGE_PREFIX, render_log
from spectramind.utils.artifacts import write_text
from spectramind.utils.errors import InputDataError
from spectramind.utils.runs import Workspace

_COLUMNS = ("ts", "command", "cmd", "exit_code", "dur_ms", "seed", "sha", "cfg", "host", "error")


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


@dataclass(frozen=True)
class LogReport:
    """Outcome of the analysis."""

    calls: int
    failures: int
    broken_lines: int
    markdown: Path
    csv: Path
    html: Path

    def as_dict(self) -> dict[str, object]:
        """Return the report JSON-ready."""
        return asdict(self) | {"markdown": str(self.markdown), "csv": str(self.csv), "html": str(self.html)}


def plan(workspace: Workspace) -> dict[str, object]:
    """Return what would be read and written."""
    path = _events(workspace)
    return {"reads": str(path), "bytes": path.stat().st_size, "writes": [str(output) for output in _outputs(workspace)]}


def analyze(workspace: Workspace, *, rows: int, config_sha256: str) -> LogReport:
    """Write outputs/log_analysis.md, .csv and .html.

    Args:
        workspace: Where events.jsonl is.
        rows: Longest table of the Markdown and of the page; the CSV always has every call.
        config_sha256: Hash of the configuration of the call.

    Raises:
        InputDataError: There is no events.jsonl.
    """
    calls, broken = read_events(_events(workspace))
    markdown, table, page = _outputs(workspace)
    write_text(markdown, to_markdown(calls, broken, rows))
    write_text(table, to_csv(calls))
    write_text(page, render_log(calls, broken, rows, source=workspace.events_path, config_sha256=config_sha256))
    return LogReport(len(calls), sum(call.exit_code != 0 for call in calls), broken, markdown, table, page)


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


def _parse(line: str) -> Call | None:
    try:
        event = json.loads(line)
        metrics = {str(name): None if value is None else float(value) for name, value in event["metrics"].items()}
        texts = {name: str(event[name]) for name in ("ts", "cmd", "sha", "cfg", "host")}
        seed = event.get("seed")
        return Call(
            **texts,
            exit_code=int(event["exit_code"]),
            dur_ms=float(event["dur_ms"]),
            seed=None if seed is None else int(seed),
            error=str(event.get("error", "")),
            metrics=metrics,
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


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
    groups: defaultdict[str, list[float]] = defaultdict(list)
    for call in calls:
        for name, value in call.metrics.items():
            if name.startswith(STAGE_PREFIX) and value is not None and call.exit_code == 0:
                groups[name.removeprefix(STAGE_PREFIX)].append(value)
    return [(name, len(times), *_median_and_maximum(times), f"{times[-1]:.2f}") for name, times in sorted(groups.items())]


def _failure_rows(failures: Iterable[Call]) -> list[tuple[object, ...]]:
    return [(call.ts, call.command, call.exit_code, call.error) for call in failures]


def _metric_rows(calls: Iterable[Call], rows: int) -> list[tuple[object, ...]]:
    lines: list[tuple[object, ...]] = []
    for call in calls:
        metrics = {name: value for name, value in call.metrics.items() if not name.startswith(STAGE_PREFIX) and value is not None}
        if call.exit_code == 0 and metrics:
            lines.append(
                (call.ts, call.command, call.cfg[:12], ", ".join(f"{name} = {value:.6g}" for name, value in sorted(metrics.items())))
            )
    return lines[-rows:]


def _median_and_maximum(values: Sequence[float]) -> tuple[str, str]:
    return f"{statistics.median(values):.2f}", f"{max(values):.2f}"


def _section(title: str, heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    body = [" | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) for row in rows]
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


def _events(workspace: Workspace) -> Path:
    if not workspace.events_path.is_file():
        raise InputDataError(
            "There is no telemetry yet.",
            where=str(workspace.events_path),
            hint="Run any command first: spectramind --version",
            section="16",
        )
    return workspace.events_path


def _outputs(workspace: Workspace) -> tuple[Path, Path, Path]:
    stem = workspace.outputs / "log_analysis"
    return stem.with_suffix(".md"), stem.with_suffix(".csv"), stem.with_suffix(".html")
