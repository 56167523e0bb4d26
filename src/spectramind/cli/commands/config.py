"""`spectramind config show`: the resolved configuration."""

from __future__ import annotations

from collections.abc import Mapping

import typer

from spectramind.cli.options import command
from spectramind.cli.session import Session


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="The configuration.", no_args_is_help=True)
    command(group, "show", measures=False)(show)
    app.add_typer(group, name="config")


def show(session: Session) -> Mapping[str, object]:
    """Print every key with its value, and the hash."""
    from spectramind.utils.config import config_dict
    from spectramind.utils.locations import config_directory

    return {"hash": session.config_sha256, "directory": config_directory(), "config": config_dict(session.config)}
