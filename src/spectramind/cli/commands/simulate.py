"""`spectramind simulate`: a dataset in competition layout with known truth."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from spectramind.cli.options import command
from spectramind.cli.session import Session
from spectramind.utils.errors import UsageError

PROFILES = ("smoke", "reduced", "kaggle")

Out = Annotated[Path, typer.Option("--out", help="Folder of the new dataset.", show_default=False)]
Planets = Annotated[int, typer.Option("--planets", min=0, max=100_000, help="Planets with published truth (train).")]
TestPlanets = Annotated[int, typer.Option("--test-planets", min=0, max=100_000, help="Planets whose truth lies outside the dataset.")]
ProfileName = Annotated[str, typer.Option("--profile", help="smoke (seconds), reduced (about 10 MB a planet) or kaggle (full size).")]
Seed = Annotated[int | None, typer.Option("--seed", min=0, help="Seed of the dataset; default global.seed.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "simulate")(simulate)


def simulate(
    session: Session, *, out: Out, planets: Planets = 4, test_planets: TestPlanets = 2, profile: ProfileName = "reduced", seed: Seed = None
) -> Mapping[str, object]:
    """Write a simulated dataset in the exact layout of the competition, byte-reproducible for a seed."""
    if profile not in PROFILES:
        raise UsageError("No such profile.", where="--profile", received=profile, hint=f"Choose from {', '.join(PROFILES)}.")
    from spectramind.data import simulator
    from spectramind.utils.parallel import worker_count

    number = session.config.global_.seed if seed is None else seed
    if session.dry_run:
        return simulator.plan(out, planets=planets, test_planets=test_planets, profile=profile, seed=number)
    workers = worker_count(session.config.global_.workers)
    report = simulator.simulate(
        out, planets=planets, test_planets=test_planets, profile=profile, seed=number, workers=workers, progress=session.progress
    )
    return report.as_dict()
