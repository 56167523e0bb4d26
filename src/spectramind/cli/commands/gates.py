"""`spectramind gates`: is the result good enough? For continuous integration, and before a submission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from spectramind.cli.options import command
from spectramind.cli.output_file import file_to_write
from spectramind.cli.session import Session
from spectramind.utils.errors import GateFailed

Submission = Annotated[
    Path | None, typer.Option("--submission", help="Submission to look at; default outputs/submission.csv.", show_default=False)
]
Baseline = Annotated[
    Path | None, typer.Option("--baseline", help="Recorded baseline; default outputs/calibration/baseline.json.", show_default=False)
]
Recorded = Annotated[Path | None, file_to_write("--baseline", "Where to keep it; default outputs/calibration/baseline.json.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Quality gates.", no_args_is_help=True)
    command(group, "check")(check)
    command(group, "record", writes=True)(record)
    app.add_typer(group, name="gates")


def check(session: Session, *, submission: Submission = None, baseline: Baseline = None) -> Mapping[str, object]:
    """Check coverage, log-likelihood and artifacts; exit 8 where a gate fails."""
    from spectramind.inference import gates as engine

    if session.dry_run:
        return {"would_check": list(engine.NAMES)}
    checked = engine.check_gates(session.config, session.workspace, submission=submission, baseline=baseline)
    gates = [replace(gate, repair=session.completed(gate.repair)) for gate in checked]
    failed = [gate for gate in gates if not gate.passed]
    session.result = {"passed": len(gates) - len(failed), "failed": len(failed), "gates": gates}
    if failed:
        what, names = f"{len(failed)} of {len(gates)} gates failed.", ", ".join(gate.gate for gate in failed)
        raise GateFailed(what, where=names, received=failed[0].reason, hint=failed[0].repair)
    return session.result


def record(session: Session, *, baseline: Recorded = None) -> Mapping[str, object]:
    """Make the present log-likelihood the baseline that later checks are compared with."""
    from spectramind.inference import baseline as engine

    path = baseline or engine.baseline_path(session.workspace)
    present = engine.present_baseline(session.workspace)
    if not session.dry_run:
        engine.write_baseline(path, present)
    return {"baseline": path, "gll": present.gll, "planets": present.planets}
