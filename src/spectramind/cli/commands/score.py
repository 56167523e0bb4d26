"""`spectramind score`: the official metric."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from spectramind.cli.options import command
from spectramind.cli.session import Session
from spectramind.utils.errors import InputDataError

Submission = Annotated[Path, typer.Option("--submission", help="Submission to judge.", show_default=False)]
Truth = Annotated[Path, typer.Option("--truth", help="True spectra.", show_default=False)]
Train = Annotated[Path, typer.Option("--train", help="Training spectra, which define the naive prediction.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "score")(score)


def score(session: Session, *, submission: Submission, truth: Truth, train: Train) -> Mapping[str, object]:
    """Score a submission with the official metric."""
    if session.dry_run:
        return {name: _size(path) for name, path in (("submission", submission), ("truth", truth), ("train", train))}
    from spectramind.evaluation import score as engine

    return engine.score(submission, truth, train).as_dict()


def _size(path: Path) -> dict[str, object]:
    if not path.is_file():
        raise InputDataError("The file does not exist.", where=str(path), hint="Correct the path.", section="11")
    return {"path": path, "bytes": path.stat().st_size}
