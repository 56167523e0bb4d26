"""`spectramind analyze-log`: telemetry -> Markdown, CSV and HTML."""

from __future__ import annotations

from collections.abc import Mapping

import typer

from spectramind.cli.options import command
from spectramind.cli.session import Session


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "analyze-log")(analyze_log)


def analyze_log(session: Session) -> Mapping[str, object]:
    """Summarise events.jsonl as outputs/log_analysis.md, .csv and .html."""
    from spectramind.diagnostics.log import analysis as engine

    if session.dry_run:
        return engine.plan(session.workspace)
    return engine.analyze(session.workspace, rows=session.config.diag.log_top, config_sha256=session.config_sha256).as_dict()
