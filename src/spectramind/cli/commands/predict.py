"""`spectramind predict`: features -> submission and manifest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from spectramind.cli.options import command
from spectramind.cli.output_file import file_to_write
from spectramind.cli.session import Session

OutCsv = Annotated[Path, file_to_write("--out-csv", "Submission: planet_id, mu_0..mu_282, sigma_0..sigma_282.")]
KaggleCsv = Annotated[Path | None, file_to_write("--kaggle-csv", "The same in the upload format.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "predict", writes=True)(predict)


def predict(session: Session, *, out_csv: OutCsv, kaggle_csv: KaggleCsv = None) -> Mapping[str, object]:
    """Predict spectra with uncertainties, validate the submission and write its manifest."""
    from spectramind.inference import predict as engine

    if session.dry_run:
        return engine.plan(session.config, session.workspace)
    report = engine.predict(session.config, session.workspace, out_csv=out_csv, kaggle_csv=kaggle_csv, progress=session.progress)
    return report.as_dict()
