"""The validation log-likelihood that later versions are compared with."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from spectramind.calibration.store import RECORD_NAME, REPAIR, CalibrationRecord, read_record
from spectramind.inference.uncertainty import calibration_folder
from spectramind.utils.artifacts import sha256_json, write_json
from spectramind.utils.errors import InputDataError
from spectramind.utils.provenance import git_sha
from spectramind.utils.runs import Workspace

RECORD_COMMAND = "spectramind gates record"


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What was reached once.

    Attributes:
        gll: Mean log-likelihood of planets that neither model nor calibration had seen, nat, bins weighted as in the metric.
        planets: How many they are.
        planets_sha256: Hash of their ids: of other planets it cannot be compared.
        git_sha: Code that reached it.
    """

    gll: float
    planets: int
    planets_sha256: str
    git_sha: str


def baseline_path(workspace: Workspace) -> Path:
    """Default path: outputs/calibration/baseline.json."""
    return calibration_folder(workspace) / "baseline.json"


def present_baseline(workspace: Workspace) -> Baseline:
    """Return what the present calibration reaches; raises InputDataError where there is none."""
    return baseline_of(read_record(calibration_folder(workspace)))


def baseline_of(record: CalibrationRecord) -> Baseline:
    """Return what a calibration reaches."""
    ids = sorted(record.provenance.planet_ids)
    return Baseline(gll=final_figures(record)["gll"], planets=len(ids), planets_sha256=sha256_json(ids), git_sha=git_sha())


def final_figures(record: CalibrationRecord, needed: Iterable[str] = ("gll",)) -> dict[str, float]:
    """Return the figures of planets left out of the fit after the last step that was fitted.

    Raises:
        InputDataError: If the record lacks one that is needed, naming it.
    """
    step = "groups" if record.corel is None else "corel"
    require_figures(record.after, [f"{step}_{name}" for name in needed])
    return {name.removeprefix(f"{step}_"): value for name, value in record.after.items() if name.startswith(f"{step}_")}


def require_figures(figures: Mapping[str, object], needed: Iterable[str]) -> None:
    """Check that a calibration holds figures by these names; raises InputDataError, naming those it lacks."""
    missing = [name for name in needed if name not in figures]
    if missing:
        received = f"no {', '.join(missing)}"
        raise InputDataError("the calibration lacks figures", where=RECORD_NAME, received=received, hint=REPAIR, section="21")


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write the baseline."""
    write_json(path, asdict(baseline))


def read_baseline(path: Path) -> Baseline:
    """Read the baseline.

    Raises:
        InputDataError: There is none, or it is damaged.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        gll = float(content["gll"])
        if not math.isfinite(gll):
            raise ValueError(f"gll is {gll}")
        return Baseline(
            gll=gll,
            planets=int(content["planets"]),
            planets_sha256=str(content["planets_sha256"]),
            git_sha=str(content["git_sha"]),
        )
    except FileNotFoundError as error:
        raise InputDataError("no baseline is recorded", where=str(path), hint=RECORD_COMMAND, section="21") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputDataError("the baseline cannot be read", where=str(path), received=error, hint=RECORD_COMMAND, section="21") from error
