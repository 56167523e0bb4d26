"""What the gallery of spectra needs of every planet: arrays for drawing, numbers for sorting, words for the reader."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spectramind.diagnostics.dashboard.badness import Badness, largest_z
from spectramind.diagnostics.dashboard.links import relative_link
from spectramind.diagnostics.dashboard.payload import pack_rows
from spectramind.diagnostics.figures.gallery import gallery_spectrum
from spectramind.diagnostics.figures.style import PPM
from spectramind.diagnostics.run_data import Array, RunData
from spectramind.symbolic.molecules import load_molecules
from spectramind.symbolic.windows import MolecularWindows

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

TITLE = "Gallery of spectra"
GOOD = (
    "Good: a line whose features stand in the windows of molecules and are wider than a few bins, inside a band as narrow as the star "
    "allows; where the truth is known it runs through the darker band for two thirds of the wavelengths, and 95 % of z lie in the shade."
)


def gallery_payload(run: RunData, bad: Badness, scores: Array | None, page: Path) -> dict[str, Any]:
    """Return all planets in JSON types, in the order of the submission.

    Args:
        bad: Their badness and its parts.
        scores: (planet,) official score of each planet alone, NaN where the truth is unknown; the expected one stands in its place.
        page: Where the page will lie, from which links to the planets' own pages start.
    """
    outcomes = [run.manifest["planets"][planet_id] for planet_id in run.planet_ids]
    expected = np.array([outcome["expected_score"] for outcome in outcomes])
    weight = run.sigma**-2.0
    pages = {planet_id: run.workspace.outputs / "planets" / f"planet_{planet_id}.html" for planet_id in run.planet_ids}
    packed = {"mu": run.mu, "sigma": run.sigma} | ({} if run.truth is None else {"truth": run.truth})
    return {
        "ids": list(run.planet_ids),
        "status": [outcome["status"] for outcome in outcomes],
        "quality": [outcome["quality"] for outcome in outcomes],
        "reason": [outcome.get("reason", "") for outcome in outcomes],
        "depth_ppm": _numbers((weight * run.mu).sum(axis=1) / weight.sum(axis=1) * PPM, 1),
        "sigma_ppm": _numbers(np.median(run.sigma, axis=1) * PPM, 2),
        "largest_z": _numbers(largest_z(run), 2),
        "score": _numbers(expected if scores is None else np.where(np.isfinite(scores), scores, expected), 4),
        "badness": _numbers(bad.total, 3),
        "parts": {name: _numbers(part, 2) for name, part in vars(bad).items()},
        "pages": {planet_id: relative_link(path, page) for planet_id, path in pages.items() if path.is_file()},
        "spectra": {name: pack_rows(values) for name, values in packed.items()},
    }


def first_figure(run: RunData, row: int) -> Figure:
    """Return the figure of the planet in ``row``, which the page fills with the others."""
    windows = MolecularWindows.project(load_molecules(), run.wavelength_um)
    truth = None if run.truth is None else run.truth[row]
    return gallery_spectrum(run.wavelength_um, run.mu[row], run.sigma[row], truth, windows)


def _numbers(values: Array, digits: int) -> list[float | None]:
    """Return numbers with as many decimals as are worth showing, None where they are not finite."""
    return [round(value, digits) if np.isfinite(value) else None for value in values.tolist()]
