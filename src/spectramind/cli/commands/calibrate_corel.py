"""`spectramind calibrate-corel`: calibration of the uncertainty."""

from __future__ import annotations

from collections.abc import Mapping

import typer

from spectramind.cli.options import command
from spectramind.cli.session import Session


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "calibrate-corel", writes=True)(calibrate_corel)


def calibrate_corel(session: Session) -> Mapping[str, object]:
    """Scale sigma per bin so that intervals cover what they promise; calibrate-temp comes first."""
    from spectramind.diagnostics.uncertainty.report import write_uncertainty_report
    from spectramind.inference import calibrate_uncertainty as engine

    if session.dry_run:
        return engine.plan(session.config, session.workspace)
    report = engine.calibrate_corel(session.config, session.workspace, progress=session.progress)
    written = write_uncertainty_report(session.workspace, config_sha256=session.config_sha256)
    return {**report.as_dict(), "page": written.page}
