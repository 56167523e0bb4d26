"""Figures of two predictions of the same planets, as functions of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.figures.bin_axis import bin_labels, draw_level, mark_bins, over_bins
from spectramind.diagnostics.figures.residual_map import Cells, residual_heat_map
from spectramind.diagnostics.figures.style import BLUE, DATA, ORANGE, VERMILLION, finish, transparent, whole_ticks

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Array = NDArray[np.float64]

_MARGIN = 0.05


def difference_by_bin(z: Array, wavelength_um: Array | None = None) -> Figure:
    """Draw the median and the central 68 % over planets of the difference in every bin.

    Args:
        z: (planet, bin) difference in combined sigma.
        wavelength_um: (bin,); None numbers the bins.
    """
    return _band(z, wavelength_um, title="Difference of the depths by bin", quantity="B − A (combined σ)", expected=0.0)


def sigma_ratio_by_bin(ratio: Array, wavelength_um: Array | None = None) -> Figure:
    """Draw the median and the central 68 % over planets of sigma B / sigma A in every bin.

    Args:
        ratio: (planet, bin), positive.
        wavelength_um: (bin,); None numbers the bins.
    """
    figure = _band(ratio, wavelength_um, title="Ratio of the uncertainties by bin", quantity="σ of B / σ of A", expected=1.0)
    return figure.update_yaxes(type="log")


def difference_map(difference: Array, sigma: Array, planet_ids: Sequence[str], wavelength_um: Array | None = None) -> Figure:
    """Draw all differences, planets with the largest on top; the pointer reads planet, wavelength, difference, sigma and z.

    Args:
        difference: (planet, bin) depth of B less that of A.
        sigma: (planet, bin) combined standard deviation.
        planet_ids: (planet,)
        wavelength_um: (bin,); None numbers the bins.
    """
    z = difference / sigma
    order = np.argsort(-np.mean(z**2, axis=1), kind="stable")
    cells = Cells(residual=difference[order], sigma=sigma[order], words="B − A")
    names = [planet_ids[place] for place in order]
    return residual_heat_map(z[order], wavelength_um, names, "Difference of every planet in every bin", cells)


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
    figure.update_xaxes(title_text="planets, least changed first", **whole_ticks(ranked.size))
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
    figure.update_xaxes(title_text="planets, largest loss first", **whole_ticks(gain.size))
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


def _band(values: Array, wavelength_um: Array | None, *, title: str, quantity: str, expected: float) -> Figure:
    """Draw the median of (planet, bin) values with the central 68 %, in AIRS as line and band, in FGS1 as point and bar."""
    import plotly.graph_objects as go

    low, middle, high = np.quantile(values, [0.16, 0.5, 0.84], axis=0).astype(np.float32)
    labels, figure = bin_labels(wavelength_um, middle.size), over_bins()
    airs = {"x": labels[1:], "xaxis": "x2", "mode": "lines"}
    figure.add_trace(go.Scatter(y=low[1:], line={"width": 0}, showlegend=False, hoverinfo="skip", **airs))
    band = {"fill": "tonexty", "fillcolor": transparent(BLUE, 0.2), "line": {"width": 0}}
    figure.add_trace(go.Scatter(y=high[1:], name="68 % of planets", hoverinfo="skip", **band, **airs))
    figure.add_trace(go.Scatter(y=middle[1:], name="median", line={"color": BLUE, "width": 2}, **airs))
    bar = {"type": "data", "symmetric": False, "array": (high - middle)[:1], "arrayminus": (middle - low)[:1], "color": BLUE}
    point = {"mode": "markers", "marker": {"color": BLUE, "size": 7}, "error_y": bar, "showlegend": False, "name": "median"}
    figure.add_trace(go.Scatter(x=labels[:1], y=middle[:1], xaxis="x", **point))
    figure.update_yaxes(title_text=quantity)
    finish(figure, title, 340)
    draw_level(figure, expected, {"color": VERMILLION, "width": 1})
    return mark_bins(figure, wavelength_um, middle.size)
