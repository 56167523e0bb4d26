"""`spectramind calibrate-temp`: calibration of the uncertainty."""

from __future__ import annotations

from collections.abc import Mapping

import typer

from spectramind.cli.options import command
from spectramind.cli.session import Session


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "calibrate-temp", writes=True)(calibrate_temp)


def calibrate_temp(session: Session) -> Mapping[str, object]:
    """Scale sigma by one temperature a sensor, learned on labelled planets that the model has not seen."""
    from spectramind.diagnostics.uncertainty.report import write_uncertainty_report
    from spectramind.inference import calibrate_uncertainty as engine

    if session.dry_run:
        return engine.plan(session.config, session.workspace)
    report = engine.calibrate_temperature(session.config, session.workspace, progress=session.progress)
    written = write_uncertainty_report(session.workspace, config_sha256=session.config_sha256)
    return {**report.as_dict(), "page": written.page}
