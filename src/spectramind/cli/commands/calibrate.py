"""`spectramind calibrate`: raw frames -> calibrated frames."""

from __future__ import annotations

from collections.abc import Mapping

import typer

from spectramind.cli.options import command
from spectramind.cli.session import Session


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "calibrate", writes=True)(calibrate)


def calibrate(session: Session) -> Mapping[str, object]:
    """Run the detector kill chain; planets that are finished already are kept."""
    from spectramind.data import calibrate as engine

    if session.dry_run:
        return engine.plan(session.config, session.workspace)
    return engine.calibrate(session.config, session.workspace, progress=session.progress).as_dict()
