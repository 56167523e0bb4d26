"""`diagnose compare`: two runs side by side, as outputs/diagnostics/compare.html and compare.csv."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectramind.data.dataset import Dataset
from spectramind.diagnostics.compare.differences import Spectra, changed_statuses, differences, match
from spectramind.diagnostics.compare.load import Side, find_submission, load_side
from spectramind.diagnostics.compare.score import ScoreComparison, compare_scores
from spectramind.diagnostics.compare.sections import (
    COLUMNS,
    origin_section,
    planet_rows,
    score_section,
    sigma_section,
    spectra_section,
    status_section,
)
from spectramind.diagnostics.report_page import render_report
from spectramind.utils.artifacts import write_text
from spectramind.utils.errors import SpectraMindError
from spectramind.utils.run_profile import diagnostics_folder, to_csv
from spectramind.utils.runs import Workspace

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class CompareReport:
    """What was found and written; scores are None without a truth.

    Attributes:
        differences: What differs in what made the two.
        rms_z: Over all planets and bins, in combined sigma.
        sigma_ratio: Median of sigma B over sigma A.
        gain: Mean score of B minus that of A; `gain_error` is its paired bootstrap error, `gain_low` and `gain_high` its 95 %.
    """

    page: str
    csv: str
    planets: int
    only_a: int
    only_b: int
    differences: list[dict[str, object]]
    statuses_changed: int
    rms_z: float
    sigma_ratio: float
    score_a: float | None
    score_b: float | None
    gain: float | None
    gain_error: float | None
    gain_low: float | None
    gain_high: float | None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return dict(vars(self))


def plan(workspace: Workspace, run_a: Path, run_b: Path) -> dict[str, object]:
    """Say what ``write_comparison`` would read and write."""
    return {"a": find_submission(run_a), "b": find_submission(run_b), "writes": [str(path) for path in _outputs(workspace)]}


def write_comparison(
    workspace: Workspace, run_a: Path, run_b: Path, *, truth: Path | None, train: Path, raw_dir: Path, seed: int, config_sha256: str
) -> CompareReport:
    """Compare two runs.

    Args:
        run_a, run_b: Workspaces, folders with a submission, or submissions.
        truth: True spectra; both are scored where they are given.
        train: Training spectra, which define the naive prediction of the score.
        raw_dir: Dataset, of which only the wavelengths are read; without it the bins are numbered.
        seed: Of the bootstrap.

    Raises:
        InputDataError: A submission or table is missing or unreadable, or they do not fit each other.
        SchemaViolation: A submission breaks its contract.
    """
    a, b = load_side(run_a, workspace), load_side(run_b, workspace)
    spectra = match(a, b)
    scores = None
    if truth is not None:
        first, second = (spectra.mu_a, spectra.sigma_a), (spectra.mu_b, spectra.sigma_b)
        scores = compare_scores(spectra.planet_ids, first, second, truth=truth, train=train, seed=seed)
    page, table = _outputs(workspace)
    write_text(table, to_csv(COLUMNS, planet_rows(a, b, spectra, scores)))
    write_text(page, render(a, b, spectra, scores, bin_wavelengths(raw_dir, spectra.mu_a.shape[1]), config_sha256=config_sha256))
    return CompareReport(
        page=str(page),
        csv=str(table),
        planets=len(spectra.planet_ids),
        only_a=len(spectra.only_a),
        only_b=len(spectra.only_b),
        differences=differences(a, b),
        statuses_changed=len(changed_statuses(a, b)),
        rms_z=float(np.sqrt(np.mean(spectra.z**2))),
        sigma_ratio=float(np.median(spectra.sigma_ratio)),
        score_a=None if scores is None else float(scores.first.mean()),
        score_b=None if scores is None else float(scores.second.mean()),
        gain=None if scores is None else float(scores.gain.mean()),
        gain_error=None if scores is None else float(scores.resampled.std()),
        gain_low=None if scores is None else scores.interval[0],
        gain_high=None if scores is None else scores.interval[1],
    )


def bin_wavelengths(raw_dir: Path, bins: int) -> Array | None:
    """Return the (bin,) wavelengths in um, None where no dataset of so many bins is at hand: submissions are compared without one, too."""
    try:
        wavelength_um = Dataset.open(raw_dir).wavelength_um
    except SpectraMindError:
        return None
    return wavelength_um if wavelength_um.size == bins else None


def render(
    a: Side, b: Side, spectra: Spectra, scores: ScoreComparison | None, wavelength_um: Array | None = None, *, config_sha256: str
) -> str:
    """Return the page; bins are numbered where their (bin,) wavelengths are not known."""
    rows = planet_rows(a, b, spectra, scores)
    common = f"{len(spectra.planet_ids)} planets in both"
    alone = f"{len(spectra.only_a)} in A alone, {len(spectra.only_b)} in B alone" if spectra.only_a or spectra.only_b else ""
    lead = [f"A is {a.name}, B is {b.name}.", "; ".join(part for part in (common, alone) if part) + "."]
    lead += [f"{label}: {side.note}." for label, side in (("A", a), ("B", b)) if side.note]
    if wavelength_um is None:
        lead.append("Bins are numbered: no dataset with wavelengths of as many is at hand; name it with data.raw_dir=DIR.")
    verdict = "Not scored: name the true spectra with --truth." if scores is None else scores.verdict
    sections = [
        score_section(scores, rows),
        origin_section(a, b),
        spectra_section(spectra, rows, wavelength_um),
        sigma_section(spectra, wavelength_um),
        status_section(a, b),
    ]
    return render_report(
        "Two runs compared",
        [section for section in sections if section is not None],
        lead=lead,
        verdict=verdict,
        look=scores is not None and scores.winner == "A",
        config_sha256=config_sha256,
        sources=(a.submission, b.submission),
    )


def _outputs(workspace: Workspace) -> tuple[Path, Path]:
    folder = diagnostics_folder(workspace)
    return folder / "compare.html", folder / "compare.csv"
