"""`spectramind diagnose`: figures and the dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from spectramind.cli.missing import engine_missing
from spectramind.cli.options import command
from spectramind.cli.session import Session

RealDirectory = Annotated[Path, typer.Option("--real", help="Dataset (or a slice of one) of real frames.", show_default=False)]
PlanetId = Annotated[str, typer.Argument(metavar="ID", help="Planet, as in the star table.", show_default=False)]
Out = Annotated[Path | None, typer.Option("--out", help="Page to write; outputs/planets/planet_ID.html otherwise.", show_default=False)]
Truth = Annotated[Path | None, typer.Option("--truth", help="True spectra, where train.csv has not got the planet.", show_default=False)]
SimulatedDirectory = Annotated[Path, typer.Option("--simulated", help="Simulated dataset.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Diagnostics.", no_args_is_help=True)
    command(group, "dashboard", writes=True)(dashboard)
    command(group, "planet", writes=True, measures=False)(planet)
    command(group, "realism")(realism)
    app.add_typer(group, name="diagnose")


def dashboard(session: Session) -> Mapping[str, object]:
    """Write the self-contained HTML dashboard."""
    raise engine_missing("dashboard", command="diagnose dashboard", section="13")


def planet(session: Session, *, planet_id: PlanetId, out: Out = None, truth: Truth = None) -> Mapping[str, object]:
    """Write one planet's page: light curves, drift, residuals, spectrum, parameters and quality gates."""
    from spectramind.diagnostics import planet_page as engine

    if session.dry_run:
        return engine.plan(session.config, session.workspace, planet_id, out)
    return engine.write_planet_page(session.config, session.workspace, planet_id, out=out, truth=truth).as_dict()


def realism(session: Session, *, real: RealDirectory, simulated: SimulatedDirectory) -> Mapping[str, object]:
    """Compare simulated frames with real ones: noise, totals, read ratios, calibration maps."""
    from spectramind.data.simulator.realism import compare_with_real

    if session.dry_run:
        return {"real": real, "simulated": simulated}
    return compare_with_real(real, simulated)
