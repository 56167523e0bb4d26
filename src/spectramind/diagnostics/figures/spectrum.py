"""The depth spectrum of a planet: FGS1 as a point in a narrow panel, AIRS as a line with its uncertainty, and the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.figures.bin_axis import draw_strips
from spectramind.diagnostics.figures.style import BLUE, DATA, PPM, TRANSIT_SHADE, VERMILLION, VISITS, finish, transparent
from spectramind.diagnostics.planet.data import PlanetView

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Array = NDArray[np.float64]

PANEL_UM, BESIDE_UM = 0.05, 0.012


def spectrum(view: PlanetView) -> Figure:
    """Depth spectrum: visits, the prediction with its uncertainty, the physical model where it differs, the truth with z."""
    from plotly.subplots import make_subplots

    rows = 1 if view.truth is None else 2
    figure = make_subplots(
        rows=rows,
        cols=2,
        shared_yaxes=True,
        shared_xaxes=True,
        column_widths=[0.08, 0.92],
        row_heights=[1.0] if rows == 1 else [0.72, 0.28],
        horizontal_spacing=0.015,
        vertical_spacing=0.06,
    )
    if len(view.visits) > 1:
        for place, visit in enumerate(view.visits):
            name, colour = f"visit {visit.visit}", VISITS[place % len(VISITS)]
            _spectrum_line(figure, view.wavelength_um, visit.transit["depth"], visit.sigma, name, colour, band=0.12, beside=place + 1)
    beside = view.beside
    if beside is not None:
        _spectrum_line(figure, view.wavelength_um, beside.mu, beside.sigma, "physical model ± 1σ", DATA, band=0.2, beside=-1)
    name = "predicted ± 1σ" if view.submitted is None else "submitted ± 1σ"
    _spectrum_line(figure, view.wavelength_um, view.mu, view.sigma, name, BLUE, band=0.28)
    if view.truth is not None:
        _truth(figure, view)
    first_um = float(view.wavelength_um[0])
    figure.update_xaxes(tickvals=[round(first_um, 2)], range=[first_um - PANEL_UM, first_um + PANEL_UM], col=1)
    figure.update_xaxes(range=_around(view.wavelength_um[1:], 0.03), col=2)
    drawn = [(visit.transit["depth"], visit.sigma) for visit in view.visits] + [(view.mu, view.sigma)]
    drawn += [] if beside is None else [(beside.mu, beside.sigma)]
    edges = [edge for depth, sigma in drawn for edge in (depth - sigma, depth + sigma)] + ([] if view.truth is None else [view.truth])
    figure.update_yaxes(range=_around(np.concatenate(edges) * PPM, 0.06), row=1)
    figure.update_xaxes(title_text="FGS1", row=rows, col=1)
    figure.update_xaxes(title_text="wavelength (µm)", row=rows, col=2)
    figure.update_yaxes(title_text="transit depth (ppm)", automargin=True, row=1, col=1)
    finish(figure, "Transit depth over wavelength", 520)
    draw_strips(figure, view.wavelength_um, view.wavelength_um, view.wavelength_um, left=figure.layout.xaxis2.domain[0])
    return figure


def _spectrum_line(
    figure: Figure, wavelength_um: Array, depth: Array, sigma: Array, name: str, colour: str, *, band: float, beside: int = 0
) -> None:
    """Draw FGS1 as a point in the left panel (moved ``beside`` places), AIRS as a line with its 1 sigma band in the right one."""
    import plotly.graph_objects as go

    error = {"type": "data", "array": sigma[:1] * PPM, "color": colour}
    own = {"name": name, "legendgroup": name}
    point = go.Scatter(
        x=wavelength_um[:1] + beside * BESIDE_UM,
        y=depth[:1] * PPM,
        error_y=error,
        mode="markers",
        marker={"color": colour, "size": 7},
        **own,
    )
    figure.add_trace(point.update(showlegend=False), 1, 1)
    edge_ppm = np.concatenate([depth[1:] + sigma[1:], (depth[1:] - sigma[1:])[::-1]]) * PPM
    around_um = np.concatenate([wavelength_um[1:], wavelength_um[1:][::-1]])
    filled = {"fill": "toself", "fillcolor": transparent(colour, band), "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    figure.add_trace(go.Scatter(x=around_um, y=edge_ppm, mode="lines", **filled, **own), 1, 2)
    line = {"color": colour, "width": 1.8}
    figure.add_trace(go.Scatter(x=wavelength_um[1:], y=depth[1:] * PPM, mode="lines", line=line, **own), 1, 2)


def _truth(figure: Figure, view: PlanetView) -> None:
    import plotly.graph_objects as go

    assert view.truth is not None
    style = {"color": VERMILLION, "width": 1.6, "dash": "dot"}
    cross = {"color": VERMILLION, "size": 9, "symbol": "x-thin", "line": {"color": VERMILLION, "width": 2}}
    first, rest = view.wavelength_um[:1], view.wavelength_um[1:]
    own = {"name": "truth", "legendgroup": "truth"}
    figure.add_trace(go.Scatter(x=first, y=view.truth[:1] * PPM, mode="markers", marker=cross, showlegend=False, **own), 1, 1)
    figure.add_trace(go.Scatter(x=rest, y=view.truth[1:] * PPM, mode="lines", line=style, **own), 1, 2)
    z = (view.mu - view.truth) / view.sigma
    marker = {"color": BLUE, "size": 4}
    figure.add_trace(go.Scatter(x=first, y=z[:1], mode="markers", marker=marker, showlegend=False), 2, 1)
    figure.add_trace(go.Scatter(x=rest, y=z[1:], mode="markers", marker=marker, showlegend=False), 2, 2)
    for column in (1, 2):
        figure.add_hrect(y0=-2.0, y1=2.0, fillcolor=TRANSIT_SHADE, line_width=0, row=2, col=column)
    figure.update_yaxes(range=_around(np.append(z, [-2.4, 2.4]), 0.06), row=2)
    figure.update_yaxes(title_text="z (σ)", row=2, col=1)


def _around(values: Array, margin: float) -> list[float]:
    """Return a range with a margin; given in full, because panels that share axes do not find it by themselves."""
    low, high = float(values.min()), float(values.max())
    return [low - margin * (high - low), high + margin * (high - low)]
