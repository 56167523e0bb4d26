"""`spectramind ablate`: what each part contributes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from spectramind.cli.options import command
from spectramind.cli.session import Session

TopN = Annotated[int, typer.Option("--top-n", min=1, help="How many variants the report keeps, besides base and physics.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "ablate", writes=True)(ablate)


def ablate(session: Session, *, top_n: TopN = 5) -> Mapping[str, object]:
    """Train the network without each of its parts, several times each, and report what every part contributes."""
    from spectramind.diagnostics.ablation.report import write_ablation_report
    from spectramind.training import ablation

    if session.dry_run:
        return ablation.plan(session.config, session.workspace)
    results = ablation.ablate(session.config, session.workspace, progress=session.progress)
    return write_ablation_report(session.workspace, results, top_n=top_n, config_sha256=session.config_sha256).as_dict()
