"""`spectramind calibrate-temp`: calibration of the uncertainty."""

from __future__ import annotations

from collections.abc import Mapping

import typer

from spectramind.cli.missing import engine_missing
from spectramind.cli.options import command
from spectramind.cli.session import Session


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "calibrate-temp", writes=True)(calibrate_temp)


def calibrate_temp(session: Session) -> Mapping[str, object]:
    """Scale sigma by one temperature learned on validation planets."""
    raise engine_missing("temperature scaling", command="calibrate-temp", section="12")
