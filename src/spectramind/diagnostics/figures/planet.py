"""Figures of one planet as functions: each returns a Plotly figure that a notebook shows as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.figures.style import (
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
    finish,
)
from spectramind.diagnostics.planet.data import VisitView, WhiteCurve

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Array = NDArray[np.float64]

MAP_LIMIT_SIGMA = 4.0
MEANS = 24


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
    return finish(figure, f"{curve.sensor}: white light curve", 470).update_yaxes(automargin=True)


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
    return finish(figure, f"{curve.sensor}: what the fit divides out", 470).update_yaxes(automargin=True)


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
