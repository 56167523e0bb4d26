"""`spectramind calibrate-temp`: calibration of the uncertainty."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import typer

from spectramind.cli.options import command
from spectramind.cli.session import Session


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "calibrate-temp", writes=True)(calibrate_temp)


def calibrate_temp(session: Session) -> Mapping[str, object]:
    """Scale sigma by one temperature a sensor, learned on labelled planets that the model has not seen."""
    from spectramind.diagnostics.uncertainty.report import PAGE_NAME, report_files
    from spectramind.inference import calibrate_uncertainty as engine
    from spectramind.inference.uncertainty import calibration_folder

    config, workspace = session.config, session.workspace
    if session.dry_run:
        return engine.plan(config, workspace)
    folder = calibration_folder(workspace)
    report = engine.calibrate_temperature(
        config,
        workspace,
        progress=session.progress,
        describe=partial(report_files, folder=folder, config_sha256=session.config_sha256),
    )
    return {**report.as_dict(), "page": folder / PAGE_NAME}
