"""Planets over wavelength bins as a heat map of standard deviations, small enough for a thousand planets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.figures.style import BLUE, DATA, DIVERGING, VERMILLION, finish

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Array = NDArray[np.float64]

RANGE_SIGMA = 4.0
# One step of a stored value: 8 bits reach over the range and some way beyond, where colours no longer change.
STEP_SIGMA = 1 / 25
_LARGEST_CODE = 125


def residual_heat_map(values_sigma: Array, wavelength_um: Array, planet_ids: Sequence[str], title: str) -> Figure:
    """Return the map of (planet, bin) values in sigma, first planet on top; beyond 4 sigma the colour stays.

    Bins lie side by side, as wide as each other: FGS1, the first, would otherwise be lost far from the rest.
    """
    import plotly.graph_objects as go

    codes = np.rint(values_sigma / STEP_SIGMA).clip(-_LARGEST_CODE, _LARGEST_CODE).astype(np.int8)
    limit = RANGE_SIGMA / STEP_SIGMA
    ticks = np.array([-4, -2, 0, 2, 4])
    bar = {
        "title": {"text": "σ"},
        "thickness": 12,
        "tickvals": ticks / STEP_SIGMA,
        "ticktext": [f"{tick:+d}" if tick else "0" for tick in ticks],
    }
    heat = go.Heatmap(z=codes, colorscale=DIVERGING, zmin=-limit, zmax=limit, colorbar=bar, **planet_rows(planet_ids))
    figure = finish(go.Figure(heat), title, height_px(len(planet_ids)))
    _bin_axis(figure, wavelength_um)
    figure.update_xaxes(showgrid=False)
    name_planets(figure, planet_ids)
    figure.update_layout(margin={"t": 44})
    return figure


def planet_rows(planet_ids: Sequence[str]) -> dict[str, object]:
    """Return what makes a heat map with a planet a row name them where the pointer is, and lets a page open the planet that is clicked."""
    return {"y": list(planet_ids), "meta": "planet y", "hovertemplate": "planet %{y}<br>bin %{x}<extra></extra>"}


def name_planets(figure: Figure, planet_ids: Sequence[str]) -> None:
    """Label at most 20 rows; ids stay words, also where all of them are digits."""
    rows = np.unique(np.linspace(0, len(planet_ids) - 1, min(len(planet_ids), 20)).round().astype(int))
    names = [planet_ids[row] for row in rows]
    look = {"type": "category", "autorange": "reversed", "showgrid": False, "automargin": True}
    figure.update_yaxes(tickvals=names, ticktext=names, title="planet", **look)


def height_px(planets: int) -> int:
    """Return a height at which few planets are not stretched and many still fit a screen."""
    return int(np.clip(180 + 14 * planets, 270, 700))


def residual_means_figure(z: Array, wavelength_um: Array) -> Figure:
    """Return the mean and the root mean square of (planet, bin) z-scores of every bin."""
    import plotly.graph_objects as go

    figure = go.Figure()
    bins = np.arange(wavelength_um.size)
    for name, values, colour in (("mean", np.mean(z, axis=0), BLUE), ("root mean square", np.sqrt(np.mean(z**2, axis=0)), VERMILLION)):
        line = {"color": colour, "width": 1.6}
        figure.add_trace(go.Scatter(x=bins, y=values.astype(np.float32), mode="lines", line=line, name=name))
    finish(figure, "z of every bin, over planets", 320)
    _bin_axis(figure, wavelength_um)
    figure.update_yaxes(title="z = (predicted − true) / σ")
    for honest in (0.0, 1.0):
        figure.add_hline(y=honest, line={"color": DATA, "width": 1, "dash": "dash"})
    return figure


def _bin_axis(figure: Figure, wavelength_um: Array) -> None:
    shown = np.unique(np.linspace(0, wavelength_um.size - 1, 10).round().astype(int))
    labels = ["FGS1" if place == 0 else f"{wavelength_um[place]:.2f}" for place in shown]
    figure.update_xaxes(tickvals=shown, ticktext=labels, tickangle=0, title="wavelength (µm), bins side by side")
