"""What a submission says of one planet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.compare.load import load_side
from spectramind.diagnostics.dashboard.load import PREDICT, submission_path
from spectramind.evaluation.submission_table import violation
from spectramind.inference.manifest import PlanetStatus
from spectramind.utils.errors import InputDataError, SchemaViolation
from spectramind.utils.runs import Workspace

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class SubmittedSpectrum:
    """A planet's row of a submission, and what the manifest beside it says.

    Attributes:
        mu, sigma: (bin,) submitted depths and standard deviations.
        model: Kind of model that made it; empty where no manifest tells.
        calibrated: Whether sigma was calibrated; None where no manifest tells.
        outcome: The planet's entry of the manifest: status, reason, quality, widening; empty where no manifest tells.
        note: Why no manifest tells.
    """

    submission: Path
    mu: Array
    sigma: Array
    model: str
    calibrated: bool | None
    outcome: Mapping[str, Any]
    note: str

    @property
    def made_by(self) -> str:
        """What made it, in words."""
        if not self.model:
            return self.note
        if self.outcome.get("status") == PlanetStatus.FALLBACK:
            return "mean and scatter of all planets"
        return f"{self.model} model, σ {'calibrated' if self.calibrated else 'not calibrated'}"


def read_submitted(workspace: Workspace, planet_id: str, bins: int, *, submission: Path | None) -> tuple[SubmittedSpectrum | None, str]:
    """Return what was submitted for a planet, or None and why there is nothing.

    Args:
        bins: How many the dataset has.
        submission: The CSV; outputs/submission.csv by default, which may be absent, broken, or without the planet.

    Raises:
        InputDataError: A submission that was named cannot be read or lacks the planet.
        SchemaViolation: A submission that was named breaks its contract.
    """
    path = submission_path(workspace, submission)
    try:
        if submission is None and not path.is_file():
            return None, f"nothing was submitted yet: {PREDICT}"
        return _read(path, workspace, planet_id, bins), ""
    except (InputDataError, SchemaViolation) as error:
        if submission is not None:
            raise
        return None, f"{error}{f': {error.hint}' if error.hint else ''}"


def _read(path: Path, workspace: Workspace, planet_id: str, bins: int) -> SubmittedSpectrum:
    side = load_side(path, workspace)
    table, manifest = side.table, side.manifest
    if planet_id not in table.planet_ids:
        raise InputDataError("the submission has no such planet", where=str(path), received=planet_id, section="13")
    place = table.planet_ids.index(planet_id)
    if table.mu.shape[1] != bins:
        raise violation(f"The dataset has {bins} bins a planet.", path, line=1, received=f"{table.mu.shape[1]} bins")
    if not (table.sigma[place] > 0.0).all():
        raise violation("A sigma is not positive.", path, line=table.lines[place])
    return SubmittedSpectrum(
        submission=path,
        mu=table.mu[place],
        sigma=table.sigma[place],
        model=str(manifest.get("model", {}).get("kind", "")),
        calibrated=manifest.get("uncertainty", {}).get("calibrated"),
        outcome=manifest.get("planets", {}).get(planet_id, {}),
        note="" if manifest else side.note,
    )
