"""A spectrum with its uncertainty among the windows of the molecules: one figure that the gallery fills with planet after planet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.figures.style import BLUE, DATA, MOLECULES, PPM, TRANSIT_SHADE, VERMILLION, finish, transparent

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from spectramind.symbolic.windows import MolecularWindows

Array = NDArray[np.float64]

# Left panel for FGS1, which is one bin far from the others; strips of the molecules on top; z below where the truth is known.
FGS1_DOMAIN, AIRS_DOMAIN = (0.0, 0.055), (0.085, 1.0)
STRIP_HEIGHT = 0.036
SHADE_ALPHA = 0.07


def gallery_spectrum(wavelength_um: Array, mu: Array, sigma: Array, truth: Array | None, windows: MolecularWindows) -> Figure:
    """Return a planet's depth spectrum with bands of 1 and 2 sigma, the truth and z where it is known, and the molecules' windows.

    What depends on the planet is the y of each trace, named by its ``meta``: upper2, lower2, upper1, lower1, mu, truth, z, each with
    "fgs1" or "airs" before it; another planet is drawn by changing these alone.

    Args:
        wavelength_um: (bin,) FGS1 first.
        mu, sigma, truth: (bin,) depths; a truth of NaN keeps the place of a truth that other planets have.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    known = truth is not None
    for part, axis in ((slice(0, 1), ""), (slice(1, None), "2")):
        name = "airs" if axis else "fgs1"
        _prediction(figure, name, axis, wavelength_um[part], mu[part] * PPM, sigma[part] * PPM)
        if truth is not None:
            _truth(figure, name, axis, wavelength_um[part], truth[part] * PPM, ((mu - truth) / sigma)[part])
    shown = [place for place, name in enumerate(windows.names) if _spans(windows.inside[place], wavelength_um)]
    top = 1.0 - STRIP_HEIGHT * len(shown)
    bottom = 0.27 if known else 0.0
    finish(figure, "", 540 if known else 480)
    _axes(figure, wavelength_um, bottom=bottom, top=top, known=known)
    for row, place in enumerate(shown):
        spans, name = _spans(windows.inside[place], wavelength_um), windows.names[place]
        _strip(figure, name, spans, MOLECULES.get(name, DATA), top + STRIP_HEIGHT * row, (bottom, top))
    figure.update_layout(margin={"t": 34, "b": 46, "l": 84}, title=None, legend={"y": 1.0}, hovermode="x" if known else "closest")
    return figure


def _prediction(figure: Figure, name: str, axis: str, wavelength_um: Array, mu_ppm: Array, sigma_ppm: Array) -> None:
    """Add two bands and the line; FGS1, a single bin, is as wide as its panel."""
    import plotly.graph_objects as go

    place = {"xaxis": f"x{axis}", "yaxis": "y"}
    first = not axis
    if first:
        wavelength_um = wavelength_um + np.array([-0.03, 0.0, 0.03])
        mu_ppm, sigma_ppm = np.repeat(mu_ppm, 3), np.repeat(sigma_ppm, 3)
    common = {"x": wavelength_um.astype(np.float32), "mode": "lines", **place}
    for width, alpha in ((2, 0.16), (1, 0.30)):
        edge = {"line": {"width": 0}, "hoverinfo": "skip", "legendgroup": f"{width}σ"}
        lower, upper = ((mu_ppm + side * width * sigma_ppm).astype(np.float32) for side in (-1, 1))
        figure.add_trace(go.Scatter(y=lower, meta=f"{name} lower{width}", showlegend=False, **common, **edge))
        filled = {"fill": "tonexty", "fillcolor": transparent(BLUE, alpha), "name": f"± {width}σ", "showlegend": not first}
        figure.add_trace(go.Scatter(y=upper, meta=f"{name} upper{width}", **common, **edge, **filled))
    line = {"line": {"color": BLUE, "width": 1.8}, "name": "predicted", "legendgroup": "predicted", "showlegend": not first}
    # the number of the bin, as tables and maps count them
    numbers = np.zeros(3, dtype=np.int16) if first else np.arange(1, 1 + mu_ppm.size, dtype=np.int16)
    pointed = {"customdata": numbers, "hovertemplate": "bin %{customdata}: %{y:,.0f} ppm"}
    figure.add_trace(go.Scatter(y=mu_ppm.astype(np.float32), meta=f"{name} mu", **common, **line, **pointed))


def _truth(figure: Figure, name: str, axis: str, wavelength_um: Array, truth_ppm: Array, z: Array) -> None:
    import plotly.graph_objects as go

    own = {"name": "truth", "legendgroup": "truth", "xaxis": f"x{axis}", "showlegend": bool(axis)}
    cross = {"color": VERMILLION, "size": 9, "symbol": "x-thin", "line": {"color": VERMILLION, "width": 2}}
    look = {"mode": "lines", "line": {"color": VERMILLION, "width": 1.6, "dash": "dot"}} if axis else {"mode": "markers", "marker": cross}
    at = wavelength_um.astype(np.float32)
    figure.add_trace(go.Scatter(x=at, y=truth_ppm.astype(np.float32), meta=f"{name} truth", yaxis="y", **own, **look))
    marker = {"color": BLUE, "size": 4}
    values = z.astype(np.float32)
    figure.add_trace(
        go.Scatter(
            x=at, y=values, meta=f"{name} z", mode="markers", marker=marker, xaxis=f"x{axis}", yaxis="y2", name="z", showlegend=False
        )
    )


def _axes(figure: Figure, wavelength_um: Array, *, bottom: float, top: float, known: bool) -> None:
    first_um, airs_um = float(wavelength_um[0]), wavelength_um[1:]
    foot = {"anchor": "y2" if known else "y"}
    fgs1 = {"domain": FGS1_DOMAIN, "range": [first_um - 0.03, first_um + 0.03], "tickvals": [round(first_um, 2)], "title": {"text": "FGS1"}}
    span = [float(airs_um.min()) - 0.02, float(airs_um.max()) + 0.02]
    airs = {"domain": AIRS_DOMAIN, "range": span, "title": {"text": "wavelength (µm)"}}
    depth = {
        "domain": [bottom + 0.03 if known else 0.0, top - 0.012],
        "title": {"text": "transit depth (ppm)", "standoff": 10},
        "anchor": "x",
    }
    look = {key: figure.layout.yaxis[key] for key in ("gridcolor", "linecolor", "showline", "zeroline", "ticks", "ticklen")}
    figure.update_layout(xaxis=look | fgs1 | foot, xaxis2=look | airs | foot, yaxis=depth)
    if known:
        z = {"domain": [0.0, bottom - 0.03], "autorangeoptions": {"include": [-2.4, 2.4]}, "title": {"text": "z (σ)"}, "anchor": "x"}
        figure.update_layout(yaxis2=look | z)
        shade = {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "yref": "y2", "y0": -2, "y1": 2, "layer": "below", "line": {"width": 0}}
        figure.add_shape(fillcolor=TRANSIT_SHADE, **shade)


def _strip(figure: Figure, name: str, spans: list[tuple[float, float]], colour: str, low: float, shaded: tuple[float, float]) -> None:
    """Mark the windows of a molecule on a line of their own, with its name, and shade the spectrum below."""
    across = {"type": "rect", "xref": "x2", "yref": "paper", "line": {"width": 0}, "layer": "below"}
    for start_um, end_um in spans:
        figure.add_shape(x0=start_um, x1=end_um, y0=low + 0.008, y1=low + STRIP_HEIGHT - 0.008, fillcolor=colour, **across)
        figure.add_shape(x0=start_um, x1=end_um, y0=shaded[0], y1=shaded[1], fillcolor=transparent(colour, SHADE_ALPHA), **across)
    label = {"xref": "paper", "yref": "paper", "showarrow": False, "xanchor": "right", "yanchor": "middle", "font": {"size": 10}}
    figure.add_annotation(x=AIRS_DOMAIN[0] - 0.006, y=low + STRIP_HEIGHT / 2, text=name, **label)


def _spans(inside: NDArray[np.bool_], wavelength_um: Array) -> list[tuple[float, float]]:
    """Return the first and last wavelength (um) of every run of bins inside a window."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(np.int8)))
    return [(float(wavelength_um[start]), float(wavelength_um[end - 1])) for start, end in zip(edges[::2], edges[1::2], strict=True)]
