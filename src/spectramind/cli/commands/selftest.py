"""`spectramind selftest`: repository, configuration, schemas, registries, disk, versions; --deep runs the pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from spectramind.cli.options import command
from spectramind.cli.session import Session

Deep = Annotated[bool, typer.Option("--deep", help="Also simulate, calibrate, predict and score in a temporary workspace.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "selftest", composes=False, measures=False)(selftest)


def selftest(session: Session, *, deep: Deep = False) -> Mapping[str, object]:
    """Check layout, configuration, schemas, registries, disk and versions. Exit 2: a broken schema; 3: anything else."""
    from spectramind.cli import checks
    from spectramind.utils.errors import ConfigError, SchemaViolation

    names = (*checks.QUICK, *(("pipeline",) if deep else ()))
    if session.dry_run:
        return {"would_check": [name.replace("_", " ") for name in names]}
    results = checks.run_checks(names, session)
    session.result = {"passed": sum(check.ok for check in results), "failed": sum(not check.ok for check in results), "checks": results}
    failed = [check for check in results if not check.ok]
    if failed:
        kind = SchemaViolation if any(check.area == "schemas" for check in failed) else ConfigError
        what, where = f"{len(failed)} of {len(results)} checks failed.", ", ".join(f"{check.area} {check.name}" for check in failed)
        raise kind(what, where=where, received=failed[0].detail, hint="spectramind doctor")
    return session.result
