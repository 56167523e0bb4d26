"""Figures of two predictions of the same planets, as functions of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.figures.style import BLUE, DATA, DIVERGING, ORANGE, VERMILLION, finish, transparent

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Array = NDArray[np.float64]

MAP_LIMIT_SIGMA = 4.0
_STEPS_PER_SIGMA = 30
"""The map is drawn from small integers: 1100 planets stay below half a megabyte, and 1/30 sigma is finer than its colours."""
_MARGIN = 0.05
_BIN_AXIS = "bin (0 is FGS1, then AIRS by wavelength)"


def difference_by_bin(z: Array) -> Figure:
    """Draw the median and the central 68 % over planets of the difference in every bin.

    Args:
        z: (planet, bin) difference in combined sigma.
    """
    figure = _band(z)
    figure.add_hline(y=0.0, line={"color": VERMILLION, "width": 1})
    figure.update_yaxes(title_text="B − A (combined σ)")
    return finish(figure, "Difference of the depths by bin", 340)


def sigma_ratio_by_bin(ratio: Array) -> Figure:
    """Draw the median and the central 68 % over planets of sigma B / sigma A in every bin.

    Args:
        ratio: (planet, bin), positive.
    """
    figure = _band(ratio)
    figure.add_hline(y=1.0, line={"color": VERMILLION, "width": 1})
    figure.update_yaxes(title_text="σ of B / σ of A", type="log")
    return finish(figure, "Ratio of the uncertainties by bin", 340)


def difference_map(z: Array, planet_ids: Sequence[str]) -> Figure:
    """Draw all differences, planets with the largest on top.

    Args:
        z: (planet, bin) difference in combined sigma.
        planet_ids: (planet,)
    """
    import plotly.graph_objects as go

    order = np.argsort(np.mean(z**2, axis=1))
    limit = round(MAP_LIMIT_SIGMA * _STEPS_PER_SIGMA)
    cells = np.clip(np.round(z[order] * _STEPS_PER_SIGMA), -limit, limit).astype(np.int8)
    ticks = np.arange(-MAP_LIMIT_SIGMA, MAP_LIMIT_SIGMA + 1.0, 2.0)
    bar = {
        "title": {"text": "σ"},
        "tickvals": ticks * _STEPS_PER_SIGMA,
        "ticktext": [f"{tick:+g}".replace("-", "−") if tick else "0" for tick in ticks],
    }
    names, hover = [planet_ids[place] for place in order], "planet %{y}, bin %{x}<extra></extra>"
    heat = go.Heatmap(z=cells, y=names, colorscale=DIVERGING, zmin=-limit, zmax=limit, colorbar=bar, hovertemplate=hover)
    figure = go.Figure(heat)
    figure.update_xaxes(title_text=_BIN_AXIS)
    figure.update_yaxes(title_text="planets, least changed first", type="category", nticks=10, automargin=True)
    return finish(figure, "Difference of every planet in every bin", 420)


def planet_differences(rms_z: Array, planet_ids: Sequence[str]) -> Figure:
    """Draw the root mean square difference of every planet, in order.

    Args:
        rms_z: (planet,) in combined sigma.
        planet_ids: (planet,)
    """
    import plotly.graph_objects as go

    order = np.argsort(rms_z, kind="stable")
    ranked, names = rms_z[order].astype(np.float32), [f"planet {planet_ids[place]}" for place in order]
    points = go.Scatter(x=np.arange(1, ranked.size + 1), y=ranked, mode="markers", marker={"color": BLUE, "size": 5}, text=names)
    figure = go.Figure(points)
    figure.add_hline(y=1.0, line={"color": VERMILLION, "dash": "dash", "width": 1})
    figure.update_xaxes(title_text="planets, least changed first")
    figure.update_yaxes(title_text="rms difference (combined σ)", rangemode="tozero")
    return finish(figure, "How much each planet changed", 340)


def gains(gain: Array, planet_ids: Sequence[str]) -> Figure:
    """Draw what every planet gains or loses, in order.

    Args:
        gain: (planet,) score of B minus score of A.
        planet_ids: (planet,)
    """
    import plotly.graph_objects as go

    order = np.argsort(gain)
    colours = np.where(gain[order] < 0.0, ORANGE, BLUE).tolist()
    names = [f"planet {planet_ids[place]}" for place in order]
    marker = {"color": colours, "size": 6}
    figure = go.Figure(
        go.Scatter(x=np.arange(1, gain.size + 1), y=gain[order].astype(np.float32), mode="markers", marker=marker, text=names)
    )
    figure.add_hline(y=0.0, line={"color": VERMILLION, "width": 1})
    figure.update_xaxes(title_text="planets, largest loss first")
    figure.update_yaxes(title_text="score of B − score of A")
    return finish(figure, "What each planet gains", 340)


def gain_distribution(resampled: Array, mean: float) -> Figure:
    """Draw how the mean gain scatters when planets are drawn anew.

    Args:
        resampled: (resample,) mean gains.
        mean: That of the planets themselves.
    """
    import plotly.graph_objects as go

    counts, edges = np.histogram(resampled, bins=60)
    figure = go.Figure(go.Bar(x=(edges[:-1] + edges[1:]) / 2.0, y=counts, width=np.diff(edges), marker={"color": DATA}))
    figure.add_vline(x=0.0, line={"color": VERMILLION, "dash": "dash"})
    figure.add_vline(x=mean, line={"color": BLUE}, annotation={"text": f"{mean:+.4f}"}, annotation_position="top right")
    low, high = min(0.0, float(edges[0])), max(0.0, float(edges[-1]))
    margin = _MARGIN * (high - low)
    figure.update_xaxes(title_text="mean score of B − mean score of A", range=[low - margin, high + margin])
    figure.update_yaxes(title_text="resamples of the planets")
    return finish(figure, "How sure the difference is", 340)


def _band(values: Array) -> Figure:
    import plotly.graph_objects as go

    low, middle, high = np.quantile(values, [0.16, 0.5, 0.84], axis=0).astype(np.float32)
    bins = np.arange(middle.size)
    figure = go.Figure()
    figure.add_trace(go.Scatter(x=bins, y=low, mode="lines", line={"width": 0}, showlegend=False, hoverinfo="skip"))
    band = {"fill": "tonexty", "fillcolor": transparent(BLUE, 0.2), "line": {"width": 0}}
    figure.add_trace(go.Scatter(x=bins, y=high, mode="lines", name="68 % of planets", hoverinfo="skip", **band))
    figure.add_trace(go.Scatter(x=bins, y=middle, mode="lines", name="median", line={"color": BLUE, "width": 2}))
    figure.update_xaxes(title_text=_BIN_AXIS)
    return figure
