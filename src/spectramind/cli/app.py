"""The Typer application: every command of ARCHITECTURE.md section 14."""

from __future__ import annotations

from typing import Annotated

import typer

from spectramind.cli.commands import (
    ablate,
    analyze_log,
    calibrate,
    calibrate_corel,
    calibrate_temp,
    config,
    diagnose,
    doctor,
    features,
    gates,
    predict,
    run,
    score,
    selftest,
    simulate,
    train,
)
from spectramind.cli.session import Session

app = typer.Typer(
    help="Raw Ariel frames to exoplanet transmission spectra with honest uncertainties.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for module in (
    doctor,
    selftest,
    config,
    simulate,
    calibrate,
    features,
    train,
    calibrate_temp,
    calibrate_corel,
    predict,
    score,
    gates,
    run,
    diagnose,
    ablate,
    analyze_log,
):
    module.register(app)


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and the hash of the configuration.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout.")] = False,
) -> None:
    """Raw Ariel frames to exoplanet transmission spectra with honest uncertainties."""
    session: Session = context.obj
    if version:
        from spectramind.utils.config import config_hash
        from spectramind.utils.provenance import git_sha, package_version

        session.result = {"spectramind": package_version(), "config": config_hash(session.config), "sha": git_sha()}
        session.open()
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
