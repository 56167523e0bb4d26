"""What moved the predicted spectra: mean Shapley values over many planets, and the contributions to one spectrum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.explanation.players import WINDOW_MOLECULES, window_name
from spectramind.diagnostics.figures.style import DATA, MOLECULES, PPM, VERMILLION, finish

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Array = NDArray[np.float64]

# The window of a molecule has the colour of the molecule, the others what is left; no hatching: every bar would be printed as an image of
# its own, 40 MB in all.
WINDOW_COLOURS = {window_name(molecule): MOLECULES[molecule] for molecule in WINDOW_MOLECULES}
OTHER_COLOURS = (DATA, VERMILLION, "#F0E442", "#C3C9D1", "#9E2A5B", "#7B61C4")
# From light to dark, like the range of blues of the house; ends are dark enough on white and light enough on black.
AMOUNT = [[0.0, "#EDF4FA"], [0.2, "#A9D0EA"], [0.4, "#4F9FD0"], [0.65, "#0F5E94"], [1.0, "#00243D"]]
EXCESS = [[0.0, "#FBF1E8"], [0.4, "#F0B080"], [1.0, "#8A3A00"]]
SMALLEST_PPM = 1.0
ROW_PX, VIOLATION_ROW_PX = 30, 26
# Of a colour bar, as a share of the rows it stands beside.
BAR_LENGTH = 0.92
GOOD = {
    "importance": "Good: the white depth rules everywhere and FGS1 its own bin; each window is dark in its own bins and pale elsewhere; no "
    "excess of a constraint lies where a window is dark: there the data would be read as what no atmosphere does.",
    "contributions": "Good: a molecule's window moves the bins it covers, in few and broad features; noise and the inputs of a network "
    "move little. The bars add up to the line.",
}


def importance_map(values: Array, players: Sequence[str], wavelength_um: Array, violations: Mapping[str, Array] | None = None) -> Figure:
    """Mean absolute Shapley values of every player in every bin, and below, on the same axis, where symbolic constraints are broken.

    Args:
        values: (planet, player, bin) Shapley values, transit depth.
        players: (player,) names.
        wavelength_um: (bin,) FGS1 first.
        violations: Constraint -> (planet, bin) excess over its tolerance, shown relative to its largest mean, which its label gives.
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    excess = {name: np.abs(each).mean(axis=0) for name, each in (violations or {}).items()}
    heights = [ROW_PX * len(players), *([VIOLATION_ROW_PX * len(excess)] if excess else [])]
    figure = make_subplots(
        rows=len(heights), cols=2, column_widths=[0.06, 0.94], row_heights=heights, horizontal_spacing=0.012, vertical_spacing=0.06
    )
    seen_ppm = np.abs(values).mean(axis=0) * PPM
    decades = np.log10(np.maximum(seen_ppm, SMALLEST_PPM))
    top = max(float(decades.max()), 1.0)
    ticks = list(range(int(top) + 1))
    bar = {"title": {"text": "ppm"}, "tickvals": ticks, "ticktext": ["≤ 1", *(f"{10**tick:,}" for tick in ticks[1:])]}
    look: dict[str, Any] = {"colorscale": AMOUNT, "zmin": 0.0, "zmax": top, "colorbar": {**bar, **_beside(heights, 0)}}
    _heat(figure, go, decades, seen_ppm, list(players), wavelength_um, 1, look, "%{customdata:,.3~g} ppm")
    if excess:
        share = np.stack([each / max(float(each.max()), np.finfo(float).tiny) for each in excess.values()])
        labels = [
            f"{name}, up to {float(each.max()):.2g} × tolerance" if each.max() > 0.0 else f"{name}, none" for name, each in excess.items()
        ]
        bar = {"title": {"text": "excess"}, "tickvals": [0.0, 1.0], "ticktext": ["none", "most"]}
        look = {"colorscale": EXCESS, "zmin": 0.0, "zmax": 1.0, "colorbar": {**bar, **_beside(heights, 1)}}
        _heat(figure, go, share, np.stack(list(excess.values())), labels, wavelength_um, 2, look, "%{customdata:.2~g} × tolerance")
    finish(figure, f"Mean |Shapley value| ({len(values)} planets), and violations", sum(heights) + 170)
    figure.update_layout(margin={"l": 190, "r": 90, "t": 60, "b": 48})
    figure.update_xaxes(showgrid=False)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_yaxes(showticklabels=False, ticks="", col=2)
    if excess:
        figure.update_xaxes(showticklabels=False, row=1)
    figure.update_xaxes(title_text="wavelength (µm)", row=len(heights), col=2)
    return figure


def contributions(
    values: Array, base: Array, players: Sequence[str], wavelength_um: Array, *, title: str, standard_error: Array | None = None
) -> Figure:
    """What each player adds to one spectrum: to its level on the left, to its shape, stacked over wavelength, on the right.

    Levels are hundreds of times shapes, so they are taken apart: of every contribution the mean over AIRS goes to the left, the rest to
    the right. Both parts add up, to the predicted less the base level and shape.

    Args:
        values: (player, bin) Shapley values, transit depth.
        base: (bin,) prediction without the planet's own data.
        players: (player,) names.
        wavelength_um: (bin,) FGS1 first.
        standard_error: (player, bin) of sampled values.
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=1, cols=2, column_widths=[0.24, 0.76], horizontal_spacing=0.14)
    level, shape = split_level(values)
    width_um = np.gradient(wavelength_um[1:]).astype(np.float32)
    error = np.zeros_like(values) if standard_error is None else standard_error
    for place, (name, colour) in enumerate(zip(players, player_colours(players), strict=True)):
        amount = [float(level[place]) * PPM, float(values[place, 0]) * PPM]
        spread = {"type": "data", "array": [float(error[place, 1:].mean()) * PPM, float(error[place, 0]) * PPM]} if error.any() else None
        own = {"name": name, "legendgroup": name, "marker": {"color": colour, "line": {"width": 0}}}
        figure.add_trace(go.Bar(x=["AIRS mean", "FGS1"], y=amount, error_y=spread, showlegend=False, **own), 1, 1)
        figure.add_trace(
            go.Bar(x=wavelength_um[1:], y=(shape[place] * PPM).astype(np.float32), width=width_um, hoverinfo="skip", **own), 1, 2
        )
    summed = shape.sum(axis=0) * PPM
    line = {"color": DATA, "width": 1.6}
    named = "predicted − base"
    figure.add_trace(go.Scatter(x=wavelength_um[1:], y=summed.astype(np.float32), mode="lines", line=line, name=named), 1, 2)
    figure.update_layout(barmode="relative", bargap=0.0)
    finish(figure, title, 500)
    figure.update_layout(margin={"t": 134, "b": 76})
    figure.update_yaxes(title_text="added to the depth (ppm)", automargin=True, col=1)
    figure.update_yaxes(title_text="added to the shape (ppm)", title_standoff=2, col=2)
    figure.update_xaxes(title_text="wavelength (µm)", row=1, col=2)
    low_um, high_um = float(wavelength_um[1]), float(wavelength_um[-1])
    figure.update_xaxes(range=[low_um - 0.02, high_um + 0.02], row=1, col=2)
    base_ppm = float(base[1:].mean()) * PPM
    where = {"x": 0.0, "y": -0.15, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "top"}
    figure.add_annotation(text=f"base: AIRS mean {base_ppm:,.0f} ppm, FGS1 {float(base[0]) * PPM:,.0f} ppm", showarrow=False, **where)
    return figure


def player_colours(players: Sequence[str]) -> list[str]:
    """Return a colour for each player, the same for a molecule's window as in every other figure."""
    others = cycle(OTHER_COLOURS)
    return [WINDOW_COLOURS.get(name) or next(others) for name in players]


def split_level(values: Array) -> tuple[Array, Array]:
    """Return the (player,) means over AIRS of (player, bin) contributions, and the (player, AIRS bin) rests."""
    level = values[:, 1:].mean(axis=1)
    return level, values[:, 1:] - level[:, None]


def _heat(
    figure: Figure,
    go: Any,
    colours: Array,
    amounts: Array,
    labels: list[str],
    wavelength_um: Array,
    row: int,
    look: dict[str, Any],
    told: str,
) -> None:
    """Draw FGS1 in the narrow column and AIRS in the wide one; the pointer reads the (row, bin) amounts behind the colours."""
    first, rest = ["FGS1"], wavelength_um[1:].astype(np.float32)
    z, read = colours.astype(np.float32), amounts.astype(np.float32)
    bare = {name: value for name, value in look.items() if name != "colorbar"}
    for column, part, x, at, own in (
        (1, slice(0, 1), first, "%{x}", {"showscale": False, **bare}),
        (2, slice(1, None), rest, "%{x:.3f} µm", look),
    ):
        hover = f"%{{y}}<br>{at}: {told}<extra></extra>"
        figure.add_trace(go.Heatmap(z=z[:, part], customdata=read[:, part], x=x, y=labels, hovertemplate=hover, **own), row, column)


def _beside(heights: Sequence[int], place: int) -> dict[str, float]:
    """Return place and length of a colour bar that stands beside one of the rows."""
    shares = np.array(heights) / sum(heights)
    middle = 1.0 - float(shares[:place].sum() + shares[place] / 2.0)
    return {"y": middle, "len": BAR_LENGTH * float(shares[place]), "thickness": 12}
