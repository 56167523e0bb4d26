"""Figures of one planet as functions: each returns a Plotly figure that a notebook shows as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.planet_data import PlanetView, VisitView, WhiteCurve
from spectramind.diagnostics.style import (
    BLUE,
    DATA,
    DIVERGING,
    FAINT,
    GREEN,
    ORANGE,
    PPM,
    SKY,
    TRANSIT_SHADE,
    VERMILLION,
    VISITS,
    finish,
    transparent,
)

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Array = NDArray[np.float64]

MAP_LIMIT_SIGMA = 4.0
MEANS = 24
PANEL_UM, BESIDE_UM = 0.05, 0.012


def light_curve(curve: WhiteCurve) -> Figure:
    """White light with drift divided out, the fitted transit, and residuals in ppm with their binned mean."""
    import plotly.graph_objects as go

    figure = _stacked(rows=2, heights=(0.66, 0.34))
    noise = {"type": "data", "array": curve.sigma, "color": FAINT, "thickness": 0.8, "width": 0}
    points = {"mode": "markers", "marker": {"color": DATA, "size": 3.5}}
    figure.add_trace(go.Scatter(x=curve.time_h, y=curve.detrended, error_y=noise, name="measured, drift divided out", **points), 1, 1)
    line = {"color": VERMILLION, "width": 2}
    figure.add_trace(go.Scatter(x=curve.time_h, y=curve.transit, mode="lines", line=line, name="fitted transit"), 1, 1)
    noise_ppm = noise | {"array": curve.sigma * PPM}
    residual_ppm = curve.residual * PPM
    figure.add_trace(go.Scatter(x=curve.time_h, y=residual_ppm, error_y=noise_ppm, name="residual", showlegend=False, **points), 2, 1)
    mean_time_h, mean_ppm = (_binned(values) for values in (curve.time_h, residual_ppm))
    marker = {"color": BLUE, "size": 6, "symbol": "diamond"}
    name = f"mean of {_samples_per_bin(curve.time_h.size)}"
    figure.add_trace(go.Scatter(x=mean_time_h, y=mean_ppm, mode="markers", marker=marker, name=name), 2, 1)
    figure.add_hline(y=0.0, line={"color": VERMILLION, "width": 1}, row=2, col=1)
    _shade_transit(figure, curve, rows=2)
    figure.update_yaxes(title_text="flux / out of transit", row=1, col=1)
    figure.update_yaxes(title_text="residual (ppm)", row=2, col=1)
    figure.update_xaxes(title_text="time since the start of the visit (h)", row=2, col=1)
    return finish(figure, f"{curve.sensor}: white light curve", 470)


def drift(curve: WhiteCurve, colour_gain: Array | None = None) -> Figure:
    """Raw against detrended light, and below it what the model divides out.

    Args:
        colour_gain: (3, time) the same for the blue, middle and red third of the spectrum.
    """
    import plotly.graph_objects as go

    figure = _stacked(rows=2, heights=(0.5, 0.5))
    raw = {"mode": "markers", "marker": {"color": ORANGE, "size": 4, "symbol": "x-thin", "line": {"color": ORANGE, "width": 1.2}}}
    clean = {"mode": "markers", "marker": {"color": BLUE, "size": 3.5}}
    figure.add_trace(go.Scatter(x=curve.time_h, y=curve.flux, name="raw", **raw), 1, 1)
    figure.add_trace(go.Scatter(x=curve.time_h, y=curve.detrended, name="detrended", **clean), 1, 1)
    left_ppm = (curve.flux / curve.transit - 1.0) * PPM
    figure.add_trace(
        go.Scatter(x=curve.time_h, y=left_ppm, mode="markers", marker={"color": DATA, "size": 3.5}, name="raw / transit"), 2, 1
    )
    line = {"color": VERMILLION, "width": 2}
    figure.add_trace(go.Scatter(x=curve.time_h, y=(curve.gain - 1.0) * PPM, mode="lines", line=line, name="divided out"), 2, 1)
    thirds = zip(("blue", "middle", "red third"), (SKY, GREEN, ORANGE), () if colour_gain is None else colour_gain, strict=False)
    for name, colour, gain in thirds:
        style = {"color": colour, "width": 1.3, "dash": "dot"}
        figure.add_trace(go.Scatter(x=curve.time_h, y=(gain - 1.0) * PPM, mode="lines", line=style, name=name), 2, 1)
    _shade_transit(figure, curve, rows=2)
    figure.update_yaxes(title_text="flux / out of transit", row=1, col=1)
    figure.update_yaxes(title_text="drift, pointing (ppm)", row=2, col=1)
    figure.update_xaxes(title_text="time since the start of the visit (h)", row=2, col=1)
    return finish(figure, f"{curve.sensor}: what the fit divides out", 470)


def residual_map(view: VisitView) -> Figure:
    """AIRS residuals over time and wavelength, in units of the propagated noise."""
    import plotly.graph_objects as go

    figure = go.Figure(
        go.Heatmap(
            x=view.airs["time"],
            y=view.transit["wavelength_um"][1:],
            z=view.airs_z.astype(np.float32),
            zmin=-MAP_LIMIT_SIGMA,
            zmax=MAP_LIMIT_SIGMA,
            colorscale=DIVERGING,
            colorbar={"title": {"text": "residual (σ)", "side": "right"}, "thickness": 12, "outlinewidth": 0},
            hovertemplate="%{x:.2f} h<br>%{y:.3f} µm<br>%{z:.1f} σ<extra></extra>",
        )
    )
    inside = view.airs["time"][view.airs["in_transit"]]
    for contact_h in inside[[0, -1]] if inside.size else ():
        figure.add_vline(x=float(contact_h), line={"color": "#444444", "width": 1.2, "dash": "dash"})
    figure.update_xaxes(title_text="time since the start of the visit (h)")
    figure.update_yaxes(title_text="wavelength (µm)")
    return finish(figure, "AIRS-CH0: residuals over time and wavelength", 410).update_layout(margin_t=46)


def spectrum(view: PlanetView) -> Figure:
    """Depth spectrum: visits, their combination with its uncertainty, and the truth with z-scores where it is known."""
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
    _spectrum_line(figure, view.wavelength_um, view.mu, view.sigma, "predicted ± 1σ", BLUE, band=0.28)
    if view.truth is not None:
        _truth(figure, view)
    first_um = float(view.wavelength_um[0])
    figure.update_xaxes(tickvals=[round(first_um, 2)], range=[first_um - PANEL_UM, first_um + PANEL_UM], col=1)
    figure.update_xaxes(range=_around(view.wavelength_um[1:], 0.03), col=2)
    drawn = [(visit.transit["depth"], visit.sigma) for visit in view.visits] + [(view.mu, view.sigma)]
    edges = [edge for depth, sigma in drawn for edge in (depth - sigma, depth + sigma)] + ([] if view.truth is None else [view.truth])
    figure.update_yaxes(range=_around(np.concatenate(edges) * PPM, 0.06), row=1)
    figure.update_xaxes(title_text="FGS1", row=rows, col=1)
    figure.update_xaxes(title_text="wavelength (µm)", row=rows, col=2)
    figure.update_yaxes(title_text="transit depth (ppm)", row=1, col=1)
    return finish(figure, "Transit depth over wavelength", 520)


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


def _stacked(*, rows: int, heights: tuple[float, ...]) -> Figure:
    from plotly.subplots import make_subplots

    return make_subplots(rows=rows, cols=1, shared_xaxes=True, row_heights=list(heights), vertical_spacing=0.05)


def _shade_transit(figure: Figure, curve: WhiteCurve, *, rows: int) -> None:
    inside = curve.time_h[curve.in_transit]
    for row in range(1, rows + 1) if inside.size else ():
        figure.add_vrect(x0=inside[0], x1=inside[-1], fillcolor=TRANSIT_SHADE, line_width=0, layer="below", row=row, col=1)


def _samples_per_bin(count: int) -> int:
    return max(count // MEANS, 1)


def _binned(values: Array) -> Array:
    size = _samples_per_bin(values.size)
    means: Array = values[: values.size // size * size].reshape(-1, size).mean(axis=1)
    return means
