"""events.jsonl -> calls, durations, failures, metrics over time and stage times, as Markdown, CSV and HTML."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from spectramind.diagnostics.log.calls import read_events
from spectramind.diagnostics.log.page import render_log
from spectramind.diagnostics.log.tables import to_csv, to_markdown
from spectramind.utils.artifacts import write_text
from spectramind.utils.errors import InputDataError
from spectramind.utils.runs import Workspace


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
