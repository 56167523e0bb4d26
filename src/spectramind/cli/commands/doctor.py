"""`spectramind doctor`: the environment at a glance."""

from __future__ import annotations

from collections.abc import Mapping

import typer

from spectramind.cli.options import command
from spectramind.cli.session import Session


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "doctor", composes=False, measures=False)(doctor)


def doctor(session: Session) -> Mapping[str, object]:
    """Show versions, folders, disk, memory and optional extras; exit 3 where something is wrong."""
    from spectramind.cli.environment import describe, problems_error

    description = describe(session)
    session.result = description
    error = problems_error(description)
    if error is not None:
        raise error
    return description
