"""Whether the uncertainties can be believed: of the planets that the calibration left out, and of predicted planets with a known truth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectramind.calibration.left_out import LEFT_OUT_NAME, read_left_out
from spectramind.diagnostics.run_data import RunData
from spectramind.diagnostics.section import Panel, Section
from spectramind.diagnostics.uncertainty.panels import panels
from spectramind.diagnostics.uncertainty.tables import Judged, of_left_out
from spectramind.evaluation.submission_table import ID_COLUMN
from spectramind.inference.intervals import INTERVALS_NAME
from spectramind.inference.uncertainty import calibration_folder
from spectramind.utils.artifacts import sha256_file
from spectramind.utils.errors import InputDataError

Array = NDArray[np.float64]

NAME, TITLE = "uncertainty", "Uncertainty"
LEAD = "Whether σ and intervals keep what they promise, where the truth is known."
LEFT_OUT_LEAD = "First the labelled planets, each calibrated without it."
PREDICTED_LEAD = "The predicted planets, whose truth was given, are judged too."
FEWEST_PLANETS = 2
CALIBRATE = "spectramind calibrate-temp, then spectramind calibrate-corel"


def section(run: RunData) -> Section:
    """Return the panels of labelled planets that the calibration left out, and of the prediction where its truth is known."""
    shown: list[Panel] = []
    leads, reason = [LEAD], ""
    folder = calibration_folder(run.workspace)
    try:
        shown += panels(of_left_out(read_left_out(folder)), "left-out planets", (folder / LEFT_OUT_NAME,))
        leads.append(LEFT_OUT_LEAD)
    except InputDataError as error:
        reason = f"Of planets left out of the calibration nothing can be shown: {error}. They are made with: {CALIBRATE}"
    predicted = of_predicted(run)
    if predicted is not None:
        shown += panels(predicted, "predicted planets", (run.submission,))
        leads += [PREDICTED_LEAD, reason]
    return Section(name=NAME, title=TITLE, lead=" ".join(filter(None, leads)), panels=tuple(shown), absent="" if shown else reason)


def of_predicted(run: RunData) -> Judged | None:
    """Return the predicted planets whose whole truth is known, by their status; None where these are fewer than two."""
    if run.truth is None:
        return None
    known = np.flatnonzero(np.isfinite(run.truth).all(axis=1))
    if known.size < FEWEST_PLANETS:
        return None
    half_width = read_half_width(run)
    return Judged(
        wavelength_um=run.wavelength_um,
        truth=run.truth[known],
        mu=run.mu[known],
        sigma={"submission": run.sigma[known]},
        half_width=None if half_width is None else half_width[known],
        alpha=run.config.calib.alpha if half_width is None else float(run.manifest["uncertainty"]["intervals"]["alpha"]),
        classes=tuple(str(run.manifest["planets"][run.planet_ids[row]]["status"]) for row in known),
    )


def read_half_width(run: RunData) -> Array | None:
    """Return (planet, bin) half widths of the intervals beside the submission; None where the manifest does not name such a file.

    They are measured from mu to the upper end: the lower one is cut at zero.
    """
    import pandas as pd

    recorded, path = run.manifest["uncertainty"].get("intervals"), run.submission.with_name(INTERVALS_NAME)
    if recorded is None or not path.is_file() or sha256_file(path) != recorded["sha256"]:
        return None
    table = pd.read_csv(path, dtype={ID_COLUMN: str}, index_col=ID_COLUMN).loc[list(run.planet_ids)]
    upper = table.iloc[:, run.wavelength_um.size :].to_numpy(dtype=np.float64)
    return np.asarray(upper - run.mu)
