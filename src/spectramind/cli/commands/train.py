"""`spectramind train`: the training curriculum."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import typer

from spectramind.cli.missing import engine_missing
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
    command(app, "train", writes=True)(train)


def train(session: Session, *, phase: PhaseOption) -> Mapping[str, object]:
    """Train one phase of the curriculum."""
    raise engine_missing("training engine", command=f"train --phase {phase}", section="9")
