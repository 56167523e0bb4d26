"""Where predictions miss: a map of planets over bins, against the truth, or against each planet's own mean depth where it is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.figures.residual_map import Cells, residual_heat_map, residual_means_figure
from spectramind.diagnostics.run_data import Array, RunData
from spectramind.diagnostics.section import Panel, Section

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

NAME, TITLE = "residuals", "Residual map"


def section(run: RunData, order: NDArray[np.intp]) -> Section:
    """Return the map, planets in ``order`` (planet,) from the top."""
    if run.truth is None:
        lead = "The truth is unknown: this map shows what the predictions claim, how far each bin lies from the planet's own mean depth."
        good = (
            "Good: vertical bands where molecules absorb, in many planets alike. A row without any colour claims to know nothing of its "
            "spectrum; one line of colour across all planets, away from every molecule, is a bad bin."
        )
        figure = _map(run, order, white_deviation(run), "Depth less the planet's mean depth, in its σ", "depth less mean depth")
        panel = Panel(
            name="residual-map", title="Deviation from the mean depth", good=good, figure=figure, sources=(run.submission,), wide=True
        )
        return Section(name=NAME, title=TITLE, lead=lead, panels=(panel,))
    known = order[np.isfinite(run.truth[order]).all(axis=1)]
    z = (run.mu[known] - run.truth[known]) / run.sigma[known]
    lead = f"z = (predicted − true) / σ in every bin of {len(known)} planets; those that ask most to be looked at come first."
    grain = (
        "Good: pale grain without pattern, 95 % between −2 and 2. A row of one colour is a planet whose depth is off as a whole; "
        "a column of one colour is a bin that is wrong for all."
    )
    means = "Good: a mean near 0 and a root mean square near 1 in every bin. Above 1 σ is too small, below 1 it is too large."
    heat = _map(run, known, (run.mu - run.truth) / run.sigma, "(predicted − true) / σ", "residual")
    panels = (
        Panel(name="residual-map", title="Residuals", good=grain, figure=heat, sources=(run.submission,), wide=True),
        Panel(
            name="residual-bins", title="Residuals of each bin", good=means, figure=residual_means_figure(z, run.wavelength_um), wide=True
        ),
    )
    return Section(name=NAME, title=TITLE, lead=lead, panels=panels)


def _map(run: RunData, rows: NDArray[np.intp], values_sigma: Array, title: str, words: str) -> Figure:
    """Return the map of these rows without the numbers for the pointer, which the page takes from the spectra it has: 5 MB less."""
    cells = Cells(residual=(values_sigma * run.sigma)[rows], sigma=run.sigma[rows], words=words)
    figure = residual_heat_map(values_sigma[rows], run.wavelength_um, [run.planet_ids[row] for row in rows], title, cells)
    return figure.update_traces(customdata=None, selector={"meta": "planet y"})


def white_deviation(run: RunData) -> Array:
    """Return (planet, bin) depth less the planet's white depth, in the bin's sigma.

    The white depth is the mean of the bins weighted by 1 / sigma^2, which a grey planet would have in every bin.
    """
    weight = run.sigma**-2.0
    white = (weight * run.mu).sum(axis=1, keepdims=True) / weight.sum(axis=1, keepdims=True)
    return np.asarray((run.mu - white) / run.sigma)
