"""Quantities of every wavelength bin as lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.figures.bin_axis import bin_labels, draw_level, mark_bins, over_bins
from spectramind.diagnostics.figures.style import DATA, LINES, finish

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Array = NDArray[np.float64]


def per_bin_figure(
    lines: Mapping[str, Array],
    wavelength_um: Array,
    *,
    title: str,
    quantity: str,
    expected: tuple[float, ...] = (),
) -> Figure:
    """Draw quantities over bins; FGS1 is a point.

    Args:
        lines: Name -> (bin,) values, NaN where there is none; at most six.
        quantity: What the ordinate shows, with its unit.
        expected: Where lines should lie, drawn dashed.
    """
    import plotly.graph_objects as go

    figure, labels = over_bins(), bin_labels(wavelength_um, wavelength_um.size)
    for (name, values), colour in zip(lines.items(), LINES, strict=False):
        y, own = values.astype(np.float32), {"name": name, "legendgroup": name}
        line, marker = {"color": colour, "width": 1.6}, {"color": colour, "size": 7}
        figure.add_trace(go.Scatter(x=labels[1:], y=y[1:], xaxis="x2", mode="lines", line=line, showlegend=True, **own))
        figure.add_trace(go.Scatter(x=labels[:1], y=y[:1], xaxis="x", mode="markers", marker=marker, showlegend=False, **own))
    figure.update_yaxes(title_text=quantity)
    finish(figure, title, 360)
    for level in expected:
        draw_level(figure, level, {"color": DATA, "width": 1, "dash": "dash"})
    return mark_bins(figure, wavelength_um, wavelength_um.size)
