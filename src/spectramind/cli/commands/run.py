"""`spectramind run`: the whole pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from spectramind.cli.commands.predict import KaggleCsv
from spectramind.cli.options import command
from spectramind.cli.output_file import file_to_write
from spectramind.cli.session import Session

OutCsv = Annotated[Path | None, file_to_write("--out-csv", "Submission; default outputs/submission.csv.")]
Truth = Annotated[Path | None, typer.Option("--truth", help="True spectra: score the submission too.", show_default=False)]
Train = Annotated[Path | None, typer.Option("--train", help="Training spectra; default train.csv of the data.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "run", writes=True)(run)


def run(
    session: Session, *, out_csv: OutCsv = None, kaggle_csv: KaggleCsv = None, truth: Truth = None, train: Train = None
) -> Mapping[str, object]:
    """Calibrate, build features, predict, and score where the truth is given."""
    from spectramind.cli.pipeline import plan_pipeline, run_pipeline

    if session.dry_run:
        return plan_pipeline(session.config, session.workspace)
    submission = out_csv or session.workspace.outputs / "submission.csv"
    return run_pipeline(session, session.config, session.workspace, out_csv=submission, kaggle_csv=kaggle_csv, truth=truth, train=train)
