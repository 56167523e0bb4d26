"""`spectramind calibrate-corel`: calibration of the uncertainty."""

from __future__ import annotations

from collections.abc import Mapping

import typer

from spectramind.cli.missing import engine_missing
from spectramind.cli.options import command
from spectramind.cli.session import Session


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "calibrate-corel", writes=True)(calibrate_corel)


def calibrate_corel(session: Session) -> Mapping[str, object]:
    """Scale sigma per bin so that intervals cover what they promise."""
    raise engine_missing("conformal calibration (COREL)", command="calibrate-corel", section="12")
