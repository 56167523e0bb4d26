"""Maps over wavelength bins, which lie side by side, with the windows of the molecules above them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.figures.bin_axis import bin_labels, mark_bins
from spectramind.diagnostics.figures.residual_map import name_planets, planet_rows
from spectramind.diagnostics.figures.style import BLUE, DATA, DIVERGING, SKY, finish

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Array = NDArray[np.float64]

# Values are stored as whole numbers from 1 to 127; 0 is nothing there.
LARGEST_CODE = 127
# Violations and attention are shown over this many powers of ten; violations from their tolerance up.
VIOLATION_DECADES, ATTENTION_DECADES = 2.0, 2.0
# Power relative to white noise that still has a colour of its own, as a power of two.
OCTAVES = 1.0
# What is blank is as pale as where nothing is left in a map of residuals, also on dark ground, on which the dark end would be lost.
BLANK = DIVERGING[len(DIVERGING) // 2][1]
LIGHT_TO_DARK = [[0.0, "rgba(0,0,0,0)"], [1 / LARGEST_CODE, "#E9F0F5"], [0.35, SKY], [0.7, BLUE], [1.0, "#00283F"]]


def power_map(power: Array, rows: Sequence[str] | None, wavelength_um: Array | None, *, title: str) -> Figure:
    """Draw residual power in bands of frequency, relative to white noise as propagated: (place, band), places from left to right.

    Args:
        power: (place, band) in units of the noise, low frequencies first; NaN leaves a gap.
        rows: Names of the places where they are planets.
        wavelength_um: (place,) where the places are bins.
    """
    import plotly.graph_objects as go

    octaves = np.log2(np.maximum(power.T, 1e-3))
    ticks = [-1.0, -0.5, 0.0, 0.5, 1.0]
    bar = _bar("power / white noise", ticks, [f"{2.0**tick:.2g}" for tick in ticks])
    heat = go.Heatmap(
        z=octaves.astype(np.float32), zmin=-OCTAVES, zmax=OCTAVES, colorscale=DIVERGING, colorbar=bar, hoverinfo="x+y", hoverongaps=False
    )
    figure = finish(go.Figure(heat), title, 320)
    bands = power.shape[1]
    names = [f"{place / bands / 2:.3g}–{(place + 1) / bands / 2:.3g}" for place in range(bands)]
    figure.update_yaxes(tickvals=list(range(bands)), ticktext=names, title_text="frequency (1 / sample)", showgrid=False, automargin=True)
    if wavelength_um is not None:
        return mark_bins(figure.update_traces(x=bin_labels(wavelength_um)), wavelength_um)
    names = list(rows or [])
    figure.update_traces(x=names, meta="planet x", hovertemplate="planet %{x}<extra></extra>")
    shown = [names[place] for place in np.unique(np.linspace(0, len(names) - 1, min(len(names), 6)).round().astype(int))]
    return figure.update_xaxes(type="category", tickvals=shown, ticktext=shown, title_text="planet", showgrid=False)


def violation_map(excess: Array, planet_ids: Sequence[str], wavelength_um: Array) -> Figure:
    """Draw where spectra break a constraint: (planet, bin) excess over its tolerance, first planet on top; up to 1 is blank."""
    import plotly.graph_objects as go

    codes = _codes(np.log10(np.maximum(excess, 1.0)) / VIOLATION_DECADES, excess > 1.0)
    ticks = np.array([1.0, 3.0, 10.0, 30.0, 100.0])
    bar = _bar("excess / tolerance", 1.0 + np.log10(ticks) / VIOLATION_DECADES * (LARGEST_CODE - 1), [f"{tick:g}" for tick in ticks])
    heat = go.Heatmap(z=codes, zmin=0, zmax=LARGEST_CODE, colorscale=LIGHT_TO_DARK, colorbar=bar, **planet_rows(planet_ids, wavelength_um))
    title = "Violations of the constraints" if (excess > 1.0).any() else "Violations of the constraints: there are none"
    figure = finish(go.Figure(heat), title, int(np.clip(240 + 14 * len(planet_ids), 320, 620))).update_layout(plot_bgcolor=BLANK)
    name_planets(figure, planet_ids)
    return mark_bins(figure, wavelength_um)


def attention_map(edges: NDArray[np.int64], attention: Array, wavelength_um: Array, *, title: str) -> Figure:
    """Draw which bin (row) gives how much of its attention to which (column); without a link it is blank.

    Args:
        edges: (2, edge) bin that is heard, bin that hears.
        attention: (edge,) shares; those of a bin that hears sum to 1.
    """
    import plotly.graph_objects as go

    bins = wavelength_um.size
    share, linked = np.zeros((bins, bins)), np.zeros((bins, bins), dtype=np.bool_)
    share[edges[1], edges[0]], linked[edges[1], edges[0]] = attention, True
    decades = np.log10(np.maximum(share, 10.0**-ATTENTION_DECADES)) / ATTENTION_DECADES + 1.0
    ticks = np.array([0.01, 0.03, 0.1, 0.3, 1.0])
    bar = _bar("share", 1.0 + (np.log10(ticks) / ATTENTION_DECADES + 1.0) * (LARGEST_CODE - 1), [f"{tick:g}" for tick in ticks])
    labels, colours = bin_labels(wavelength_um), {"zmin": 0, "zmax": LARGEST_CODE, "colorscale": LIGHT_TO_DARK, "colorbar": bar}
    hover = "%{y} listens to<br>%{x}<extra></extra>"
    heat = go.Heatmap(z=_codes(decades, linked), x=labels, y=labels, hovertemplate=hover, **colours)
    figure = mark_bins(finish(go.Figure(heat), title, 620).update_layout(plot_bgcolor=BLANK), wavelength_um)
    axis, line = figure.layout.xaxis, {"color": DATA, "width": 1.2, "dash": "dash"}
    figure.update_yaxes(tickvals=axis.tickvals, ticktext=axis.ticktext, title_text="bin that listens (µm)", showgrid=False)
    figure.update_yaxes(type="category", categoryorder="array", categoryarray=labels, range=[bins - 0.5, -0.5])
    figure.add_shape(type="line", x0=0.0, x1=1.0, xref="paper", y0=0.5, y1=0.5, yref="y", line=line)
    return figure.update_xaxes(title_text="bin that is heard (µm), bins side by side")


def _codes(values: Array, there: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Return values from 0 to 1 as whole numbers from 1 to 127, and 0 where there are none."""
    codes: NDArray[np.int8] = np.where(there, 1 + np.rint(values.clip(0.0, 1.0) * (LARGEST_CODE - 1)), 0).astype(np.int8)
    return codes


def _bar(title: str, ticks: Any, words: Sequence[str]) -> dict[str, Any]:
    return {"title": {"text": title, "side": "right"}, "thickness": 12, "outlinewidth": 0, "tickvals": ticks, "ticktext": words}
