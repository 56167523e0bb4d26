"""Planets over wavelength bins as a heat map of standard deviations, small enough for a thousand planets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.figures.bin_axis import bin_labels, draw_heat, finish_heat, mark_bins, over_bins
from spectramind.diagnostics.figures.bin_lines import per_bin_figure
from spectramind.diagnostics.figures.style import DIVERGING, PPM

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Array = NDArray[np.float64]

RANGE_SIGMA = 4.0
# One step of a stored value: 8 bits reach over the range and some way beyond, where colours no longer change.
STEP_SIGMA = 1 / 25
_LARGEST_CODE = 125


@dataclass(frozen=True, kw_only=True)
class Cells:
    """What the pointer reads in a cell besides its colour.

    Attributes:
        residual: (planet, bin) depth less what it is compared with.
        sigma: (planet, bin) standard deviation that it is divided by, transit depth.
        words: What the residual is.
    """

    residual: Array
    sigma: Array
    words: str = "residual"


def residual_heat_map(
    values_sigma: Array, wavelength_um: Array | None, planet_ids: Sequence[str], title: str, cells: Cells | None = None
) -> Figure:
    """Return the map of (planet, bin) values in sigma, first planet on top; beyond 4 sigma the colour stays.

    Args:
        wavelength_um: (bin,); None numbers the bins and leaves out the windows of the molecules.
        cells: Kept at single precision for the pointer, 20 bytes a cell in a page.
    """
    codes = np.rint(values_sigma / STEP_SIGMA).clip(-_LARGEST_CODE, _LARGEST_CODE).astype(np.int8)
    limit = RANGE_SIGMA / STEP_SIGMA
    ticks = np.array([-4, -2, 0, 2, 4])
    bar = {
        "title": {"text": "σ"},
        "thickness": 12,
        "outlinewidth": 0,
        "tickvals": ticks / STEP_SIGMA,
        "ticktext": [f"{tick:+d}".replace("-", "−") if tick else "0" for tick in ticks],
    }
    own = planet_rows(planet_ids)
    if cells is not None:
        own["customdata"] = np.stack([cells.residual * PPM, cells.sigma * PPM, values_sigma], axis=2).astype(np.float32)
        facts = "%{customdata[0]:+,.1f} ppm<br>σ %{customdata[1]:,.1f} ppm, z %{customdata[2]:+.2f}"
        own["hovertemplate"] = f"planet %{{y}}<br>%{{x}}<br>{cells.words} {facts}<extra></extra>"
    bins, figure = codes.shape[1], over_bins()
    draw_heat(figure, codes, bin_labels(wavelength_um, bins), **own)
    finish_heat(figure, title, height_px(len(planet_ids)), {"colorscale": DIVERGING, "cmin": -limit, "cmax": limit, "colorbar": bar})
    name_planets(figure, planet_ids)
    return mark_bins(figure, wavelength_um, bins)


def planet_rows(planet_ids: Sequence[str]) -> dict[str, Any]:
    """Return what makes a heat map with a planet a row name planet and bin to the pointer, and lets a page open the planet clicked."""
    return {"y": list(planet_ids), "meta": "planet y", "hovertemplate": "planet %{y}<br>%{x}<extra></extra>"}


def name_planets(figure: Figure, planet_ids: Sequence[str]) -> None:
    """Label at most 20 rows; ids stay words, also where all of them are digits."""
    rows = np.unique(np.linspace(0, len(planet_ids) - 1, min(len(planet_ids), 20)).round().astype(int))
    names = [planet_ids[row] for row in rows]
    look = {"type": "category", "autorange": "reversed", "showgrid": False, "automargin": True}
    figure.update_yaxes(tickvals=names, ticktext=names, title="planet", **look)


def height_px(planets: int) -> int:
    """Return a height at which few planets are not stretched and many still fit a screen."""
    return int(np.clip(150 + 14 * planets, 240, 590))


def residual_means_figure(z: Array, wavelength_um: Array) -> Figure:
    """Return the mean and the root mean square of (planet, bin) z-scores of every bin."""
    lines = {"mean": np.mean(z, axis=0), "root mean square": np.sqrt(np.mean(z**2, axis=0))}
    words = {"title": "z of every bin, over planets", "quantity": "z = (predicted − true) / σ"}
    return per_bin_figure(lines, wavelength_um, expected=(0.0, 1.0), **words)
