"""`spectramind ablate`: what each part contributes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from spectramind.cli.missing import engine_missing
from spectramind.cli.options import command
from spectramind.cli.session import Session

TopN = Annotated[int, typer.Option("--top-n", min=1, help="How many variants the report keeps.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "ablate", writes=True)(ablate)


def ablate(session: Session, *, top_n: TopN = 5) -> Mapping[str, object]:
    """Run ablations and report the best variants."""
    raise engine_missing("ablation engine", command=f"ablate --top-n {top_n}", section="10")
