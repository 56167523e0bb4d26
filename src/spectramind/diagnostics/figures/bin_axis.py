"""The axis of all figures over bins: bins side by side, the gap between the sensors, and strips of the molecules' windows above."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.figures.style import DATA, MOLECULES
from spectramind.symbolic.molecules import load_molecules
from spectramind.symbolic.windows import MolecularWindows

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Array = NDArray[np.float64]

STRIP_PX, LEGEND_PX = 11, 12
# Between strips and plot, so that the name of the lowest keeps off the topmost tick.
CLEARANCE_PX = 9
TICKS = 8


def bin_labels(wavelength_um: Array) -> list[str]:
    """Return what the pointer reads in each of (bin,) bins; as abscissa they lie side by side, each as wide as the others."""
    first, *rest = wavelength_um
    return [f"FGS1, {first:.3f} µm", *(f"bin {place}, {at_um:.3f} µm" for place, at_um in enumerate(rest, start=1))]


def mark_bins(figure: Figure, wavelength_um: Array) -> Figure:
    """Put the axis below a finished figure whose abscissa is `bin_labels`, and strips with the names of their molecules above it.

    A dashed line with an entry in the legend marks the gap between the sensors, across which no bins are neighbours.
    """
    import plotly.graph_objects as go

    bins = wavelength_um.size
    shown = np.unique(np.linspace(0, bins - 1, TICKS).round().astype(int))
    words = ["FGS1" if place == 0 else f"{wavelength_um[place]:.2f}" for place in shown]
    order = {"type": "category", "categoryorder": "array", "categoryarray": bin_labels(wavelength_um), "range": [-0.5, bins - 0.5]}
    look = {"title_text": "wavelength (µm), bins side by side", "tickangle": 0, "showgrid": False}
    figure.update_xaxes(tickvals=shown, ticktext=words, **order, **look)
    places = np.arange(bins, dtype=np.float64)
    above = draw_strips(figure, wavelength_um, places - 0.5, places + 0.5)
    line = {"color": DATA, "width": 1.2, "dash": "dash"}
    figure.add_shape(type="line", x0=0.5, x1=0.5, xref="x", y0=0.0, y1=1.0 + above, yref="paper", line=line)
    gap = f"gap between FGS1 ({wavelength_um[0]:.2f} µm) and AIRS ({wavelength_um[1]:.2f}–{wavelength_um[-1]:.2f} µm)"
    figure.add_trace(go.Scatter(x=[None], y=[None], mode="lines", line=line, name=gap, showlegend=True))
    figure.update_layout(margin_t=figure.layout.margin.t + LEGEND_PX, height=figure.layout.height + LEGEND_PX, showlegend=True)
    return figure.update_layout(legend_traceorder="normal")


def draw_strips(figure: Figure, wavelength_um: Array, low: Array, high: Array, *, axis: str = "x", left: float = 0.0) -> float:
    """Draw the windows of the molecules in strips above a finished figure, which grows by them, each with the name of its molecule.

    Args:
        low, high: (bin,) where bins begin and end on the abscissa.
        axis: The abscissa.
        left: Where it begins, as a share of the width of the plot.

    Returns:
        What the strips add to the height of the plot, as a share of it.
    """
    windows = MolecularWindows.project(load_molecules(), wavelength_um)
    above_px = CLEARANCE_PX + len(windows.names) * STRIP_PX
    pixel = 1.0 / (figure.layout.height - figure.layout.margin.t - figure.layout.margin.b)
    strip = STRIP_PX * pixel
    for row, (name, inside) in enumerate(zip(windows.names, windows.inside, strict=True)):
        foot = 1.0 + (CLEARANCE_PX + row * STRIP_PX) * pixel
        across = {"type": "rect", "xref": axis, "yref": "paper", "y0": foot + 0.15 * strip, "y1": foot + 0.85 * strip, "line_width": 0}
        for first, last in runs(inside):
            figure.add_shape(x0=low[first], x1=high[last], fillcolor=MOLECULES.get(name, DATA), **across)
        label = {"xref": "paper", "yref": "paper", "xanchor": "right", "yanchor": "middle", "showarrow": False, "font": {"size": 10}}
        figure.add_annotation(x=left - 0.004, y=foot + 0.5 * strip, text=name, **label)
    above = float(above_px * pixel)
    figure.update_layout(legend_y=1.0 + above, margin_t=figure.layout.margin.t + above_px, height=figure.layout.height + above_px)
    return above


def runs(inside: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return first and last place of every unbroken run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]])))
    return [(int(first), int(after) - 1) for first, after in edges.reshape(-1, 2)]
