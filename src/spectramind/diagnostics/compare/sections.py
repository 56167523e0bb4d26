"""The sections of `diagnose compare`: scores, what made the two, depths, uncertainties, statuses."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.compare.differences import PPM, Spectra, changed_statuses, differences
from spectramind.diagnostics.compare.load import Side
from spectramind.diagnostics.compare.score import ScoreComparison
from spectramind.diagnostics.figures import compare as figures
from spectramind.diagnostics.section import Panel, Section

Array = NDArray[np.float64]

ROWS_SHOWN, STATUSES_SHOWN, HASH_DIGITS = 10, 50, 12
# Column of compare.csv -> its head on the page.
HEADS = {
    **{"planet_id": "planet", "score_a": "score of A", "score_b": "score of B", "gain": "gain", "rms_z": "rms z"},
    **{"sigma_ratio": "σ ratio", "largest_z": "largest z", "largest_z_bin": "in bin", "mean_difference_ppm": "mean difference (ppm)"},
}
COLUMNS = (
    *("planet_id", "rms_z", "largest_z", "largest_z_bin", "mean_difference_ppm", "sigma_ratio"),
    *("score_a", "score_b", "gain", "status_a", "status_b"),
)


def planet_rows(a: Side, b: Side, spectra: Spectra, scores: ScoreComparison | None) -> list[dict[str, object]]:
    """Return a row for every common planet, in the order of A; scores where the truth knows it, statuses where a manifest does."""
    z, rms_z = spectra.z, spectra.rms_z
    largest = np.abs(z).argmax(axis=1)
    difference_ppm, ratio = PPM * np.mean(spectra.mu_b - spectra.mu_a, axis=1), np.median(spectra.sigma_ratio, axis=1)
    known = {} if scores is None else dict(zip(scores.planet_ids, zip(scores.first, scores.second, strict=True), strict=True))
    rows = []
    for row, planet_id in enumerate(spectra.planet_ids):
        score_a, score_b = known.get(planet_id, (None, None))
        values = (planet_id, float(rms_z[row]), float(z[row, largest[row]]), int(largest[row]), float(difference_ppm[row]))
        gain = None if score_a is None or score_b is None else float(score_b - score_a)
        statuses = (side.manifest.get("planets", {}).get(planet_id, {}).get("status", "") for side in (a, b))
        scored = (score if score is None else float(score) for score in (score_a, score_b))
        rows.append(dict(zip(COLUMNS, (*values, float(ratio[row]), *scored, gain, *statuses), strict=True)))
    return rows


def score_section(scores: ScoreComparison | None, rows: list[dict[str, object]]) -> Section | None:
    """Return scores, what planets gain, and how sure the difference is; None without a truth."""
    if scores is None:
        return None
    ranked = sorted((row for row in rows if row["gain"] is not None), key=lambda row: float(str(row["gain"])))
    columns = ("planet_id", "score_a", "score_b", "gain", "rms_z", "sigma_ratio")
    tables = {
        "Lost most": [row for row in ranked[:ROWS_SHOWN] if float(str(row["gain"])) < 0.0],
        "Gained most": [row for row in ranked[::-1][:ROWS_SHOWN] if float(str(row["gain"])) > 0.0],
    }
    panels = [
        Panel(
            name="gain-distribution",
            title="How sure the difference is",
            good="Good: zero, dashed, lies outside the hill. Planets are drawn with replacement, both sides on the same draw.",
            figure=figures.gain_distribution(scores.resampled, float(scores.gain.mean())),
        ),
        Panel(
            name="gains",
            title="What each planet gains",
            good="Good: most points above zero. A few far below may cost more than all others gain.",
            figure=figures.gains(scores.gain, scores.planet_ids),
        ),
        *(
            Panel(
                name=title.lower().replace(" ", "-"),
                title=title,
                good="Scores of the official metric for single planets, not clipped: 0 is the naive prediction, 1 perfect.",
                rows=[{HEADS[name]: row[name] for name in columns} for row in chosen],
            )
            for title, chosen in tables.items()
            if chosen
        ),
    ]
    means = f"A {scores.first.mean():.4f}, B {scores.second.mean():.4f}"
    return Section(name="score", title="Score", lead=f"Mean of the official metric, not clipped: {means}.", panels=tuple(panels))


def origin_section(a: Side, b: Side) -> Section:
    """Return what differs in what made the two."""
    rows = [{name: _shortened(cell) for name, cell in row.items()} for row in differences(a, b)]
    known = a.manifest and b.manifest
    absent = "" if rows else "Nothing differs." if known else "Without a manifest on both sides nothing can be said."
    panels = (
        [Panel(name="differences", title="Differences", good="Good: only what was meant to differ.", rows=rows, wide=True)] if rows else []
    )
    lead = "Code, configuration, versions, data, model and calibration; what is not listed is the same."
    return Section(name="origin", title="What made them", lead=lead, panels=tuple(panels), absent=absent)


def spectra_section(spectra: Spectra, rows: list[dict[str, object]], wavelength_um: Array | None = None) -> Section:
    """Return how far the depths lie apart; bins are numbered where their wavelengths are not known."""
    columns = ("planet_id", "rms_z", "largest_z", "largest_z_bin", "mean_difference_ppm")
    most = sorted(rows, key=lambda row: -float(str(row["rms_z"])))[:ROWS_SHOWN]
    panels = (
        Panel(
            name="planet-differences",
            title="How much each planet changed",
            good="Good for a change that should do little: all far below the dashed line at 1. Both sides share their data, so that "
            "differences of 1 are larger than noise makes them.",
            figure=figures.planet_differences(spectra.rms_z, spectra.planet_ids),
            wide=True,
        ),
        Panel(
            name="difference-by-bin",
            title="Difference by bin",
            good="Good: a median along zero. A step or a slope is a bias of one against the other.",
            figure=figures.difference_by_bin(spectra.z, wavelength_um),
            wide=True,
        ),
        Panel(
            name="difference-map",
            title="Difference of every planet in every bin",
            good="Good: pale, without columns (one bin moved in all planets) and without strong rows (one planet was measured otherwise).",
            figure=figures.difference_map(spectra.mu_b - spectra.mu_a, spectra.sigma, spectra.planet_ids, wavelength_um),
            wide=True,
        ),
        Panel(
            name="changed-most",
            title="Changed most",
            good="z is the difference B − A over the root of the sum of both variances; mean differences are of all bins, in ppm.",
            rows=[{HEADS[name]: row[name] for name in columns} for row in most],
            wide=True,
        ),
    )
    lead = f"Root mean square of all differences: {np.sqrt(np.mean(spectra.z**2)):.3g} combined σ."
    return Section(name="spectra", title="Depths", lead=lead, panels=panels)


def sigma_section(spectra: Spectra, wavelength_um: Array | None = None) -> Section:
    """Return how the uncertainties relate."""
    panel = Panel(
        name="sigma-ratio",
        title="Ratio of the uncertainties",
        good="Good: flat. Which side is right, only the truth tells: smaller is better where intervals still cover what they promise.",
        figure=figures.sigma_ratio_by_bin(spectra.sigma_ratio, wavelength_um),
        wide=True,
    )
    lead = f"Median of σ of B over σ of A: {np.median(spectra.sigma_ratio):.4g}."
    return Section(name="sigma", title="Uncertainties", lead=lead, panels=(panel,))


def status_section(a: Side, b: Side) -> Section:
    """Return the planets that fared otherwise."""
    rows = changed_statuses(a, b)
    absent = "" if rows else "No planet changed." if a.manifest and b.manifest else "Without a manifest on both sides nothing can be said."
    good = "Good: none turned from COMPLETE to DEGRADED or FALLBACK."
    title = "Changed" if len(rows) <= STATUSES_SHOWN else f"Changed: the first {STATUSES_SHOWN} of {len(rows)}; all are in compare.csv"
    panels = (Panel(name="statuses", title=title, good=good, rows=rows[:STATUSES_SHOWN], wide=True),) if rows else ()
    return Section(name="status", title="Statuses", lead="How each planet's spectrum came about.", panels=panels, absent=absent)


def _shortened(cell: object) -> object:
    """Return a hash by its first digits, which tell two apart, and anything else as it is."""
    text = str(cell)
    return f"{text[:HASH_DIGITS]}…" if re.fullmatch("[0-9a-f]{64}", text) else cell
