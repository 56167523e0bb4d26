"""`spectramind diagnose`: figures and the dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from spectramind.cli.options import command
from spectramind.cli.output_file import file_to_write
from spectramind.cli.session import Session

RealDirectory = Annotated[Path, typer.Option("--real", help="Dataset (or a slice of one) of real frames.", show_default=False)]
PlanetId = Annotated[str, typer.Argument(metavar="ID", help="Planet, as in the star table.", show_default=False)]
Out = Annotated[Path | None, file_to_write("--out", "Page to write; outputs/planets/planet_ID.html otherwise.")]
Truth = Annotated[Path | None, typer.Option("--truth", help="True spectra, where train.csv has not got the planet.", show_default=False)]
Submission = Annotated[Path | None, typer.Option("--submission", help="outputs/submission.csv otherwise.", show_default=False)]
TrueSpectra = Annotated[Path | None, typer.Option("--truth", help="True spectra, where train.csv has not got them.", show_default=False)]
Page = Annotated[Path | None, file_to_write("--out", "outputs/diagnostics/dashboard.html otherwise.")]
Run = Annotated[Path, typer.Argument(help="Workspace, folder with submission.csv, or the CSV.", show_default=False)]
ScoreTruth = Annotated[Path | None, typer.Option("--truth", help="True spectra: score both.", show_default=False)]
Train = Annotated[Path | None, typer.Option("--train", help="Training spectra; default train.csv of the data.", show_default=False)]
SimulatedDirectory = Annotated[Path, typer.Option("--simulated", help="Simulated dataset.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Diagnostics.", no_args_is_help=True)
    command(group, "dashboard", writes=True)(dashboard)
    command(group, "planet", writes=True, measures=False)(planet)
    command(group, "explain", writes=True, measures=False)(explain)
    command(group, "compare", writes=True, measures=False)(compare)
    command(group, "realism")(realism)
    app.add_typer(group, name="diagnose")


def dashboard(session: Session, *, submission: Submission = None, truth: TrueSpectra = None, out: Page = None) -> Mapping[str, object]:
    """Write the self-contained HTML dashboard about a submission, and name it in the submission's manifest."""
    from spectramind.diagnostics.dashboard import page as engine

    if session.dry_run:
        return engine.plan(session.config, session.workspace, submission=submission, truth=truth, out=out)
    config, workspace, progress = session.config, session.workspace, session.progress
    return engine.write_dashboard(config, workspace, submission=submission, truth=truth, out=out, progress=progress).as_dict()


def planet(
    session: Session, *, planet_id: PlanetId, out: Out = None, truth: Truth = None, submission: Submission = None
) -> Mapping[str, object]:
    """Write one planet's page: submitted spectrum, light curves, drift, residuals, parameters and quality gates."""
    from spectramind.diagnostics.planet import page as engine

    if session.dry_run:
        return engine.plan(session.config, session.workspace, planet_id, out=out, submission=submission)
    config, workspace = session.config, session.workspace
    return engine.write_planet_page(config, workspace, planet_id, out=out, truth=truth, submission=submission).as_dict()


def explain(session: Session, *, submission: Submission = None, truth: TrueSpectra = None) -> Mapping[str, object]:
    """Explain the predicted depths of a sample of planets: what each group of inputs added, bin by bin (SHAP)."""
    from spectramind.diagnostics.explanation import explain as engine

    config, workspace = session.config, session.workspace
    if session.dry_run:
        return engine.plan(config, workspace, submission=submission, truth=truth)
    return engine.explain(config, workspace, submission=submission, truth=truth, progress=session.progress).as_dict()


def compare(session: Session, *, run_a: Run, run_b: Run, truth: ScoreTruth = None, train: Train = None) -> Mapping[str, object]:
    """Compare two runs: what made them, spectra, uncertainties, statuses, and scores with the error of their difference."""
    from spectramind.diagnostics.compare import page as engine

    if session.dry_run:
        return engine.plan(session.workspace, run_a, run_b)
    return engine.write_comparison(
        session.workspace,
        run_a,
        run_b,
        truth=truth,
        train=train or session.config.data.raw_dir / "train.csv",
        raw_dir=session.config.data.raw_dir,
        seed=session.config.global_.seed,
        config_sha256=session.config_sha256,
    ).as_dict()


def realism(session: Session, *, real: RealDirectory, simulated: SimulatedDirectory) -> Mapping[str, object]:
    """Compare simulated frames with real ones: noise, totals, read ratios, calibration maps."""
    from spectramind.data.simulator.realism import compare_with_real

    if session.dry_run:
        return {"real": real, "simulated": simulated}
    return compare_with_real(real, simulated, progress=session.progress)
