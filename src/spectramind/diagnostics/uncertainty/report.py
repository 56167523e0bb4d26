"""The report of a calibration of uncertainties: tables as CSV, and one self-contained HTML page that asks the network for nothing."""

from __future__ import annotations

from pathlib import Path

from spectramind.calibration.left_out import LEFT_OUT_NAME, LeftOut
from spectramind.calibration.store import CalibrationRecord
from spectramind.diagnostics.report_page import render_report
from spectramind.diagnostics.section import Section
from spectramind.diagnostics.uncertainty.panels import panels
from spectramind.diagnostics.uncertainty.tables import Judged, of_left_out, tables
from spectramind.evaluation.reliability import SENSORS, binomial_band, effective_number
from spectramind.utils.run_profile import to_csv

PAGE_NAME = "uncertainty.html"
LEAD = (
    "z = (true − predicted) / σ. Curves: σ of the model, after the temperature, and, where more was fitted, as calibrated. "
    "The numbers are in the CSV files beside this page."
)


def report_files(record: CalibrationRecord, left_out: LeftOut, *, folder: Path, config_sha256: str) -> dict[str, str]:
    """Return the page and the tables of planets that a calibration left out, name of a file -> text.

    Args:
        record: The calibration that they were left out of.
        left_out: These planets.
        folder: Where they will lie, beside the arrays.
        config_sha256: Hash of the configuration of the call.
    """
    judged = of_left_out(left_out)
    files = {f"{name}.csv": to_csv(list(rows[0]), rows) for name, rows in tables(judged).items()}
    page = render_html(judged, folder / LEFT_OUT_NAME, config_sha256=config_sha256, warning=record.temperature.warning)
    return files | {PAGE_NAME: page}


def render_html(judged: Judged, source: Path, *, config_sha256: str, warning: str = "") -> str:
    """Return the page of planets that a calibration left out; a warning of the calibration stands in the verdict."""
    planets, bins = judged.truth.shape
    section = Section(
        name="uncertainty",
        title="Do uncertainties keep what they promise?",
        lead=LEAD,
        panels=panels(judged, "left-out planets", (source,)),
    )
    seen = f"{planets} labelled planets with {bins} bins, each predicted by what never saw it and calibrated without it."
    told, surprising = verdict(judged)
    told, look = f"{told} {warning}".rstrip(), surprising or bool(warning)
    return render_report("Uncertainty", (section,), lead=(seen,), verdict=told, look=look, config_sha256=config_sha256, sources=(source,))


def verdict(judged: Judged) -> tuple[str, bool]:
    """Return in a sentence what the intervals in use hold, and whether that is further from the promise than chance brings it."""
    promised, inside = 1.0 - judged.alpha, list(judged.inside.values())[-1]
    held, surprises = [], []
    for sensor, bins in SENSORS.items():
        share = float(inside[:, bins].mean())
        low, high = binomial_band(promised, effective_number(inside[:, bins]))
        held.append(f"{100.0 * share:.1f} % in {sensor}")
        if not low <= share <= high:
            surprises.append(f"{'too few' if share < low else 'too many'} in {sensor}")
    end = "as chance allows" if not surprises else f"{' and '.join(surprises)} for chance"
    return f"Intervals that promise {100.0 * promised:.4g} % of the truths hold {' and '.join(held)}: {end}.", bool(surprises)
