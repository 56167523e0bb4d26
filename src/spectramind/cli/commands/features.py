"""`spectramind features`: calibrated frames -> light curves and features."""

from __future__ import annotations

from collections.abc import Mapping

import typer

from spectramind.cli.options import command
from spectramind.cli.session import Session


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "features", writes=True)(features)


def features(session: Session) -> Mapping[str, object]:
    """Build the feature tensors from calibrated frames."""
    from spectramind.features import build as engine

    if session.dry_run:
        return engine.plan(session.config, session.workspace)
    return engine.build_features(session.config, session.workspace, progress=session.progress).as_dict()
