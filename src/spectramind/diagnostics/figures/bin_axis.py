"""The axes of all figures over bins: a panel for FGS1, one bin far from the others, beside that of AIRS, whose bins lie side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.figures.style import DATA, MOLECULES, finish
from spectramind.symbolic.molecules import load_molecules
from spectramind.symbolic.windows import MolecularWindows

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Array = NDArray[np.float64]

# Abscissa -> the bins of its panel.
PANELS = {"x": slice(0, 1), "x2": slice(1, None)}
FGS1_DOMAIN, AIRS_DOMAIN = (0.0, 0.045), (0.06, 1.0)
STRIP_PX = 11
# Between strips and plot, so that the name of the lowest keeps off the topmost tick.
CLEARANCE_PX = 9
TICKS = 8
# A heat map has no legend between its title and its plot.
HEAT_MARGIN_PX = 46


def over_bins() -> Figure:
    """Return an empty figure with both panels, which share the ordinate; `mark_bins` puts their axes below it."""
    import plotly.graph_objects as go

    return go.Figure(layout={"xaxis": {"domain": FGS1_DOMAIN}, "xaxis2": {"domain": AIRS_DOMAIN, "anchor": "y"}, "yaxis": {"anchor": "x"}})


def bin_labels(wavelength_um: Array | None, bins: int) -> list[str]:
    """Return what the pointer reads in each bin; as abscissa they lie side by side, each as wide as the others.

    Args:
        wavelength_um: (bin,); None where it is not known.
    """
    if wavelength_um is None:
        return ["FGS1", *(f"bin {place}" for place in range(1, bins))]
    first, *rest = wavelength_um
    return [f"FGS1, {first:.3f} µm", *(f"bin {place}, {at_um:.3f} µm" for place, at_um in enumerate(rest, start=1))]


def draw_heat(figure: Figure, z: NDArray[Any], labels: Sequence[str], *, customdata: NDArray[Any] | None = None, **own: Any) -> None:
    """Add a heat map to both panels, in the colours of the figure's ``coloraxis``.

    Args:
        z: (row, bin)
        labels: (bin,) from `bin_labels`.
        customdata: (row, bin, ...) for the pointer.
        own: What else the heat maps have.
    """
    import plotly.graph_objects as go

    for axis, part in PANELS.items():
        pointed = {} if customdata is None else {"customdata": customdata[:, part]}
        figure.add_trace(go.Heatmap(z=z[:, part], x=labels[part], xaxis=axis, coloraxis="coloraxis", **pointed, **own))


def finish_heat(figure: Figure, title: str, height_px: int, colours: dict[str, Any]) -> Figure:
    """Give a figure of heat maps its title, the common look and its ``coloraxis``."""
    return finish(figure, title, height_px).update_layout(margin_t=HEAT_MARGIN_PX, coloraxis=colours)


def draw_level(figure: Figure, at: float, line: dict[str, Any]) -> None:
    """Draw a horizontal line through both panels."""
    figure.add_shape(type="line", x0=0.0, x1=1.0, xref="paper", y0=at, y1=at, yref="y", line=line)


def mark_bins(figure: Figure, wavelength_um: Array | None, bins: int) -> Figure:
    """Put the axes below a finished figure from `over_bins`, and strips with the names of their molecules above its panel of AIRS.

    Args:
        wavelength_um: (bin,); None numbers the bins and leaves out the windows of the molecules.
    """
    places = np.unique(np.linspace(1, bins - 1, TICKS).round().astype(int))
    words, title = [f"{place}" for place in places], "bin of AIRS, by wavelength"
    if wavelength_um is not None:
        words = [f"{wavelength_um[place]:.2f}" for place in places]
        title = f"wavelength (µm), bins side by side; FGS1 at {wavelength_um[0]:.2f}"
    # On paper the panel of FGS1 is too narrow for a number beside those of AIRS.
    ticks = {"x": ("FGS1", [0], [""]), "x2": (title, places - 1, words)}
    for axis, part in PANELS.items():
        labels = bin_labels(wavelength_um, bins)[part]
        order = {"type": "category", "categoryorder": "array", "categoryarray": labels, "range": [-0.5, len(labels) - 0.5]}
        look = dict(zip(("title_text", "tickvals", "ticktext"), ticks[axis], strict=True))
        figure.layout[f"xaxis{axis[1:]}"].update(**order, **look, tickangle=0, showgrid=False)
    if wavelength_um is not None:
        edges = np.arange(bins, dtype=np.float64) - 1.5
        draw_strips(figure, wavelength_um, edges, edges + 1.0, left=AIRS_DOMAIN[0])
    return figure


def draw_strips(figure: Figure, wavelength_um: Array, low: Array, high: Array, *, left: float) -> None:
    """Draw the windows of the molecules in strips above the panel of AIRS, x2, of a finished figure, which grows by them.

    Args:
        low, high: (bin,) where bins begin and end on the abscissa.
        left: Where the panel begins, as a share of the width of the plot; the names of the molecules stand before it.
    """
    windows = MolecularWindows.project(load_molecules(), wavelength_um)
    above_px = CLEARANCE_PX + len(windows.names) * STRIP_PX
    pixel = 1.0 / (figure.layout.height - figure.layout.margin.t - figure.layout.margin.b)
    strip = STRIP_PX * pixel
    for row, (name, inside) in enumerate(zip(windows.names, windows.inside, strict=True)):
        foot = 1.0 + (CLEARANCE_PX + row * STRIP_PX) * pixel
        across = {"type": "rect", "xref": "x2", "yref": "paper", "y0": foot + 0.15 * strip, "y1": foot + 0.85 * strip, "line_width": 0}
        for first, last in runs(inside):
            figure.add_shape(x0=low[first], x1=high[last], fillcolor=MOLECULES.get(name, DATA), **across)
        label = {"xref": "paper", "yref": "paper", "xanchor": "right", "yanchor": "middle", "showarrow": False, "font": {"size": 10}}
        figure.add_annotation(x=left - 0.004, y=foot + 0.5 * strip, text=name, **label)
    above = float(above_px * pixel)
    figure.update_layout(legend_y=1.0 + above, margin_t=figure.layout.margin.t + above_px, height=figure.layout.height + above_px)


def runs(inside: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return first and last place of every unbroken run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]])))
    return [(int(first), int(after) - 1) for first, after in edges.reshape(-1, 2)]
