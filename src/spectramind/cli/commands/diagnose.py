"""`spectramind diagnose`: figures and the dashboard."""

from __future__ import annotations

from collections.abc import Mapping

import typer

from spectramind.cli.missing import engine_missing
from spectramind.cli.options import command
from spectramind.cli.session import Session


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Diagnostics.", no_args_is_help=True)
    command(group, "dashboard", writes=True)(dashboard)
    app.add_typer(group, name="diagnose")


def dashboard(session: Session) -> Mapping[str, object]:
    """Write the self-contained HTML dashboard."""
    raise engine_missing("dashboard", command="diagnose dashboard", section="13")
