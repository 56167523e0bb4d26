"""Commands whose engine this version does not have: they say so, and never pretend."""

from __future__ import annotations

from spectramind.utils.errors import UsageError
from spectramind.utils.provenance import package_version


def engine_missing(engine: str, *, command: str, section: str) -> UsageError:
    """Return the error of a command without its engine."""
    return UsageError(
        f"Version {package_version()} has no {engine}.",
        where=command,
        received=f"the engine described in section {section} is not part of this version",
        hint="Predict without it: spectramind predict --out-csv outputs/submission.csv model.kind=physics",
        section=section,
    )
