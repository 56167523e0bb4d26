"""`spectramind calibrate-corel`: calibration of the uncertainty."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import typer

from spectramind.cli.options import command
from spectramind.cli.session import Session


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "calibrate-corel", writes=True)(calibrate_corel)


def calibrate_corel(session: Session) -> Mapping[str, object]:
    """Scale sigma per bin so that intervals cover what they promise; calibrate-temp comes first."""
    from spectramind.diagnostics.uncertainty.report import PAGE_NAME, report_files
    from spectramind.inference import calibrate_uncertainty as engine
    from spectramind.inference.uncertainty import calibration_folder

    config, workspace = session.config, session.workspace
    if session.dry_run:
        return engine.plan_corel(config, workspace)
    folder = calibration_folder(workspace)
    report = engine.calibrate_corel(
        config,
        workspace,
        progress=session.progress,
        describe=partial(report_files, folder=folder, config_sha256=session.config_sha256),
    )
    return {**report.as_dict(), "page": folder / PAGE_NAME}
