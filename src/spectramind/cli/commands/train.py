"""`spectramind train`: the training curriculum."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import typer

from spectramind.cli.options import command
from spectramind.cli.session import Session


class Phase(StrEnum):
    """Phases of the curriculum."""

    MAE = "mae"
    SUPERVISED = "supervised"
    CONTRASTIVE = "contrastive"


PhaseOption = Annotated[Phase, typer.Option("--phase", help="Phase of the curriculum.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "train", writes=True, together=True)(train)


def train(session: Session, *, phase: PhaseOption) -> Mapping[str, object]:
    """Train one phase of the curriculum; a run that was stopped goes on where it was."""
    from spectramind.training import train as engine

    if session.dry_run:
        return engine.plan(session.config, session.workspace, phase.value)
    report = engine.train(session.config, session.workspace, phase.value, progress=session.progress)
    session.metrics |= report.metrics
    return report.as_dict()
