"""Corner figure of the main parameters of a visit: draws from the Gaussian posterior, carried to the parameters people quote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from spectramind.diagnostics.figures.style import BLUE, DATA, PPM, finish, transparent
from spectramind.diagnostics.planet.data import VisitView
from spectramind.features.transit.state import SHARED

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Array = NDArray[np.float64]

PARAMETERS = ("t<sub>0</sub> − best (s)", "a / R★", "b", "FGS1 u<sub>1</sub>", "FGS1 u<sub>2</sub>", "depth (ppm)")
_USED = (0, 2, 3, 4, 5, SHARED)
_DRAWS, _CELLS, _SMOOTH_CELLS, _FARTHEST_SIGMA = 40_000, 36, 1.3, 4.0
_SEED = 0


def draws(view: VisitView) -> Array:
    """Return (PARAMETERS, draw) from the posterior; b^2 below zero, which only the Gaussian form allows, is left out."""
    mean, covariance = view.joint_moments()
    return _quoted(mean[list(_USED)], covariance[np.ix_(_USED, _USED)], view)


def prior_draws(view: VisitView) -> Array:
    """Return (PARAMETERS - 1, draw) from the prior; the white depth has none worth the name."""
    used = list(_USED[:-1])
    return _quoted(view.prior.mean[used], np.diag(view.prior.sigma[used] ** 2), view)


def _quoted(mean: Array, covariance: Array, view: VisitView) -> Array:
    values = np.random.default_rng(_SEED).multivariate_normal(mean, covariance, _DRAWS, method="eigh").T
    values = values[:, (values[2] > 0.0) & (values[2] < 1.0)]
    u1, u2 = view.prior.fgs1_law
    quoted = [(values[0] - view.transit["shared"][0]) * 3600.0, np.exp(values[1]), np.sqrt(values[2]), values[3] + u1, values[4] + u2]
    return np.stack([*quoted, *(values[5:] * PPM)])


def corner(view: VisitView) -> Figure:
    """One- and two-dimensional posteriors; contours enclose 39 and 86 % (1 and 2 sigma); dotted is the prior."""
    from plotly.subplots import make_subplots

    samples, prior = draws(view), prior_draws(view)
    count = len(PARAMETERS)
    figure = make_subplots(rows=count, cols=count, horizontal_spacing=0.012, vertical_spacing=0.012)
    limits = [_limits(row) for row in samples]
    for row in range(count):
        for column in range(row + 1):
            if row == column:
                _diagonal(figure, samples[row], prior[row] if row < len(prior) else None, limits[row], row + 1)
            else:
                _pair(figure, samples[column], samples[row], limits[column], limits[row], row + 1, column + 1)
            figure.update_xaxes(range=limits[column], nticks=4, tickangle=-45, showticklabels=row == count - 1, row=row + 1, col=column + 1)
            shown = column == 0 and row > 0
            figure.update_yaxes(nticks=4, showticklabels=shown, row=row + 1, col=column + 1)
        if row:
            figure.update_yaxes(title_text=PARAMETERS[row], title_standoff=6, row=row + 1, col=1)
        figure.update_xaxes(title_text=PARAMETERS[row], title_standoff=6, row=count, col=row + 1)
    figure = finish(figure, "Main parameters: posterior of this visit", 760)
    figure.update_layout(margin={"l": 84, "b": 84, "t": 46})
    return figure.update_annotations(font_size=11)


def _limits(values: Array) -> tuple[float, float]:
    low, high = np.percentile(values, [0.2, 99.8])
    return float(low), float(high)


def _diagonal(figure: Figure, values: Array, prior: Array | None, limits: tuple[float, float], place: int) -> None:
    import plotly.graph_objects as go

    parts = [(values, {"color": BLUE, "width": 2}, transparent(BLUE, 0.2))]
    if prior is not None:
        parts.append((prior, {"color": DATA, "width": 1.4, "dash": "dot"}, "rgba(0,0,0,0)"))
    for drawn, line, fill in parts:
        edges = np.linspace(*limits, _CELLS + 1)
        density = gaussian_filter(np.histogram(drawn, edges)[0] / drawn.size, _SMOOTH_CELLS, mode="nearest")
        middle = (edges[1:] + edges[:-1]) / 2.0
        trace = go.Scatter(x=middle, y=density, mode="lines", line=line, fill="tozeroy", fillcolor=fill, showlegend=False)
        figure.add_trace(trace, place, place)


def _pair(figure: Figure, x: Array, y: Array, x_limits: tuple[float, float], y_limits: tuple[float, float], row: int, column: int) -> None:
    import plotly.graph_objects as go

    counts, x_edges, y_edges = np.histogram2d(x, y, bins=_CELLS, range=[x_limits, y_limits])
    colour = [[0.0, transparent(BLUE, 0.0)], [0.5, transparent(BLUE, 0.25)], [1.0, transparent(BLUE, 0.5)]]
    figure.add_trace(
        go.Contour(
            x=(x_edges[1:] + x_edges[:-1]) / 2.0,
            y=(y_edges[1:] + y_edges[:-1]) / 2.0,
            z=-enclosing_sigma(counts).T.astype(np.float32),
            contours={"start": -2.0, "end": -1.0, "size": 1.0},
            colorscale=colour,
            zmin=-3.0,
            zmax=0.0,
            line={"color": BLUE, "width": 1.2},
            showscale=False,
            hoverinfo="skip",
        ),
        row,
        column,
    )
    figure.update_yaxes(range=y_limits, row=row, col=column)


def enclosing_sigma(counts: Array) -> Array:
    """Return for every cell the radius, in sigma of a two-dimensional Gaussian, of the contour that runs through it."""
    density = gaussian_filter(counts, _SMOOTH_CELLS)
    order = np.argsort(density, axis=None)[::-1]
    enclosed = np.empty(density.size)
    enclosed[order] = np.cumsum(density.ravel()[order]) / density.sum()
    outside = np.maximum(1.0 - enclosed, np.exp(-0.5 * _FARTHEST_SIGMA**2))
    radius: Array = np.sqrt(-2.0 * np.log(outside)).reshape(density.shape)
    return radius
