"""Maps over wavelength bins, FGS1 apart from AIRS, with the windows of the molecules above them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.figures.bin_axis import bin_labels, draw_heat, finish_heat, mark_bins, over_bins
from spectramind.diagnostics.figures.residual_map import height_px, name_planets, planet_rows
from spectramind.diagnostics.figures.style import BLUE, DIVERGING, SKY

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
CODED = {"cmin": 0, "cmax": LARGEST_CODE, "colorscale": LIGHT_TO_DARK}
GAPS = {"hoverongaps": False}
POWER_READ = "%{x}<br>frequency %{y}<br>power / white noise %{customdata:.3g}<extra></extra>"
# Of the map of attention, which has rows like its columns.
FGS1_ROW, AIRS_ROWS = (0.955, 1.0), (0.0, 0.94)


def bin_power_map(power: Array, wavelength_um: Array, *, title: str) -> Figure:
    """Draw residual power in bands of frequency, relative to white noise as propagated, bins from left to right.

    Args:
        power: (bin, band) in units of the noise, low frequencies first; NaN leaves a gap.
    """
    figure = over_bins()
    draw_heat(figure, _octaves(power), bin_labels(wavelength_um, len(power)), hovertemplate=POWER_READ, customdata=_shown(power), **GAPS)
    return mark_bins(_over_bands(figure, power.shape[1], title), wavelength_um, len(power))


def planet_power_map(power: Array, planet_ids: Sequence[str], *, title: str) -> Figure:
    """Draw the same of (planet, band) power, the first planet on the left."""
    import plotly.graph_objects as go

    names, pointed = list(planet_ids), {"meta": "planet x", "hovertemplate": f"planet {POWER_READ}", "customdata": _shown(power)}
    figure = _over_bands(go.Figure(go.Heatmap(z=_octaves(power), x=names, coloraxis="coloraxis", **pointed, **GAPS)), power.shape[1], title)
    shown = [names[place] for place in np.unique(np.linspace(0, len(names) - 1, min(len(names), 6)).round().astype(int))]
    return figure.update_xaxes(type="category", tickvals=shown, ticktext=shown, title_text="planet", showgrid=False)


def violation_map(excess: Array, planet_ids: Sequence[str], wavelength_um: Array) -> Figure:
    """Draw where spectra break a constraint: (planet, bin) excess over its tolerance, first planet on top; up to 1 is blank."""
    codes = _codes(np.log10(np.maximum(excess, 1.0)) / VIOLATION_DECADES, excess > 1.0)
    ticks, figure = np.array([1.0, 3.0, 10.0, 30.0, 100.0]), over_bins()
    bar = _bar("excess / tolerance", 1.0 + np.log10(ticks) / VIOLATION_DECADES * (LARGEST_CODE - 1), [f"{tick:g}" for tick in ticks])
    draw_heat(figure, codes, bin_labels(wavelength_um, wavelength_um.size), **planet_rows(planet_ids))
    title = "Violations of the constraints" if (excess > 1.0).any() else "Violations of the constraints: there are none"
    finish_heat(figure, title, height_px(len(planet_ids)), {**CODED, "colorbar": bar}).update_layout(plot_bgcolor=BLANK)
    name_planets(figure, planet_ids)
    return mark_bins(figure, wavelength_um, wavelength_um.size)


def attention_map(edges: NDArray[np.int64], attention: Array, wavelength_um: Array, *, title: str) -> Figure:
    """Draw which bin (row) gives how much of its attention to which (column); without a link it is blank.

    Args:
        edges: (2, edge) bin that is heard, bin that hears.
        attention: (edge,) shares; those of a bin that hears sum to 1.
    """
    bins = wavelength_um.size
    share, linked = np.zeros((bins, bins)), np.zeros((bins, bins), dtype=np.bool_)
    share[edges[1], edges[0]], linked[edges[1], edges[0]] = attention, True
    decades = np.log10(np.maximum(share, 10.0**-ATTENTION_DECADES)) / ATTENTION_DECADES + 1.0
    ticks = np.array([0.01, 0.03, 0.1, 0.3, 1.0])
    bar = _bar("share", 1.0 + (np.log10(ticks) / ATTENTION_DECADES + 1.0) * (LARGEST_CODE - 1), [f"{tick:g}" for tick in ticks])
    labels, codes, figure = bin_labels(wavelength_um, bins), _codes(decades, linked), over_bins()
    for axis, part in (("y", slice(0, 1)), ("y2", slice(1, None))):
        hover = "%{y} listens to<br>%{x}<extra></extra>"
        draw_heat(figure, codes[part], labels, y=labels[part], yaxis=axis, hovertemplate=hover)
    figure.update_layout(xaxis={"anchor": "y2"}, xaxis2={"anchor": "y2"}, yaxis2={"anchor": "x"})
    finish_heat(figure, title, 590, {**CODED, "colorbar": bar}).update_layout(plot_bgcolor=BLANK)
    mark_bins(figure, wavelength_um, bins)
    for axis, domain in (("", FGS1_ROW), ("2", AIRS_ROWS)):
        below = figure.layout[f"xaxis{axis}"]
        own = {name: below[name] for name in ("type", "categoryorder", "categoryarray", "tickvals", "ticktext", "showgrid")}
        figure.layout[f"yaxis{axis}"].update(domain=domain, range=below.range[::-1], **own)
    figure.update_layout(yaxis_ticktext=["FGS1"], yaxis2_title_text="bin that listens (µm)")
    return figure.update_layout(xaxis2_title_text="bin that is heard (µm), bins side by side")


def _octaves(power: Array) -> NDArray[np.float32]:
    """Return (place, band) power as (band, place) powers of two."""
    return np.asarray(np.log2(np.maximum(power.T, 1e-3)), dtype=np.float32)


def _shown(power: Array) -> NDArray[np.float32]:
    """Return (place, band) power as the pointer reads it."""
    return np.asarray(power.T, dtype=np.float32)


def _over_bands(figure: Figure, bands: int, title: str) -> Figure:
    """Finish a figure with bands of frequency upwards."""
    ticks = [-1.0, -0.5, 0.0, 0.5, 1.0]
    bar = _bar("power / white noise", ticks, [f"{2.0**tick:.2g}" for tick in ticks])
    finish_heat(figure, title, 290, {"colorscale": DIVERGING, "cmin": -OCTAVES, "cmax": OCTAVES, "colorbar": bar})
    names = [f"{place / bands / 2:.3g}–{(place + 1) / bands / 2:.3g}" for place in range(bands)]
    return figure.update_yaxes(
        tickvals=list(range(bands)), ticktext=names, title_text="frequency (1 / sample)", showgrid=False, automargin=True
    )


def _codes(values: Array, there: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Return values from 0 to 1 as whole numbers from 1 to 127, and 0 where there are none."""
    codes: NDArray[np.int8] = np.where(there, 1 + np.rint(values.clip(0.0, 1.0) * (LARGEST_CODE - 1)), 0).astype(np.int8)
    return codes


def _bar(title: str, ticks: Any, words: Sequence[str]) -> dict[str, Any]:
    return {"title": {"text": title, "side": "right"}, "thickness": 12, "outlinewidth": 0, "tickvals": ticks, "ticktext": words}
