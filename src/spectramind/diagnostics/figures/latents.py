"""Planets as points in the plane, coloured by what is known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.figures.style import BLUE, DATA, GREEN, ORANGE, PURPLE, SKY, VERMILLION, finish

if TYPE_CHECKING:
    from plotly.graph_objects import Figure, Scatter

Array = NDArray[np.float64]

MARKER_PX = 7
# Classes are told apart by colour and by symbol; the first stands for the usual case.
COLOURS = (DATA, VERMILLION, BLUE, ORANGE, GREEN, PURPLE, SKY)
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "x", "star")


@dataclass(frozen=True, kw_only=True)
class Colouring:
    """A quantity that planets are coloured by.

    Attributes:
        name: With its unit, as the menu and the colour bar show it.
        values: (planet,) numbers, NaN where unknown, or the class of every planet.
    """

    name: str
    values: Array | Sequence[str]


def latent_map(coordinates: Array, colourings: Sequence[Colouring], title: str) -> Figure:
    """Draw planets in a map, with a menu of what colours them; the first colouring is shown first.

    Args:
        coordinates: (planet, 2) without unit; planets with NaN are left out.
        colourings: At least one. Classes have a legend, numbers a colour bar from their 2nd to their 98th percentile.
    """
    import plotly.graph_objects as go

    figure, groups = go.Figure(), list[int]()
    for colouring in colourings:
        traces = _traces(coordinates, colouring)
        figure.add_traces(traces)
        groups.append(len(traces))
    starts = np.cumsum([0, *groups])
    shown = [[bool(first <= place < after) for place in range(starts[-1])] for first, after in pairwise(starts)]
    for trace, visible in zip(figure.data, shown[0], strict=True):
        trace.visible = visible
    buttons = [
        {"label": colouring.name, "method": "restyle", "args": [{"visible": visible}]}
        for colouring, visible in zip(colourings, shown, strict=True)
    ]
    figure.update_xaxes(title_text="first direction (no unit)", showticklabels=False)
    figure.update_yaxes(title_text="second direction (no unit)", showticklabels=False)
    menu = {
        "buttons": buttons,
        "x": 1.0,
        "xanchor": "right",
        "y": 1.02,
        "yanchor": "bottom",
        "bgcolor": "#F5F5F2",
        "font": {"color": "#2b2f36"},
    }
    return finish(figure, title, 430).update_layout(updatemenus=[menu])


def _traces(coordinates: Array, colouring: Colouring) -> list[Scatter]:
    known = np.asarray(np.isfinite(coordinates).all(axis=1))
    values = np.asarray(colouring.values)
    if values.dtype.kind != "U":
        low, high = np.nanpercentile(values[known], [2.0, 98.0]) if np.isfinite(values[known]).any() else (0.0, 1.0)
        bar = {"title": {"text": colouring.name, "side": "right"}, "thickness": 12, "outlinewidth": 0}
        marker = {"color": values[known].astype(np.float32), "cmin": low, "cmax": high, "colorscale": "Cividis", "colorbar": bar}
        return [_points(coordinates, known, marker | {"showscale": True}, colouring.name).update(showlegend=False)]
    # the most frequent class first, so that rare ones lie on top and keep their colours
    names, counts = np.unique(values[known], return_counts=True)
    ordered = names[np.argsort(-counts, kind="stable")]
    looks = [{"color": COLOURS[place % len(COLOURS)], "symbol": SYMBOLS[place % len(SYMBOLS)]} for place in range(len(ordered))]
    return [_points(coordinates, np.asarray(known & (values == name)), look, str(name)) for name, look in zip(ordered, looks, strict=True)]


def _points(coordinates: Array, chosen: NDArray[np.bool_], marker: Mapping[str, object], name: str) -> Scatter:
    """Draw the chosen planets; each carries its row, from which a page knows which planet is pointed at."""
    import plotly.graph_objects as go

    x, y = coordinates[chosen].T.astype(np.float32)
    look = {**marker, "size": MARKER_PX, "line": {"width": 0.5, "color": "#FFFFFF"}}
    rows = np.flatnonzero(chosen).astype(np.min_scalar_type(chosen.size))
    own = {"customdata": rows, "meta": "planet", "name": name, "hoverinfo": "name"}
    return go.Scatter(x=x, y=y, mode="markers", marker=look, showlegend=True, **own)
