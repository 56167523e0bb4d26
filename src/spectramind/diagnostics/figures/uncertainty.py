"""Figures of uncertainties: what they promise against what was found. Plain functions of arrays; steps of a calibration are curves.

Every function takes step -> (planet, bin) arrays, FGS1 first; the last step is the one in use. z = (truth - mu) / sigma.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.figures.style import BLUE, DATA, FAINT, GREEN, ORANGE, PPM, PURPLE, VERMILLION, finish, transparent
from spectramind.evaluation import reliability
from spectramind.evaluation.reliability import SENSORS

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Array = NDArray[np.float64]
Outcomes = NDArray[np.bool_]
Steps = Mapping[str, Array]

HEIGHT, PANEL_UM = 400, 0.05
BAND = "rgba(127,136,148,0.22)"
PERCENT = 100.0
# The median of |x| of a unit Gaussian x is 1 / 1.4826.
MEDIAN_TO_SIGMA = 1.4826
NAMED_TENTHS = 4
WHOLE_NUMBERS_FROM = 100.0


def coverage_by_level(z: Steps, *, intervals: Outcomes | None = None, promised: float = 0.0) -> Figure:
    """Coverage of mu +- k sigma minus what each level promises, over the level; intervals of their own are a point.

    Args:
        z: Step -> (planet, bin).
        intervals: (planet, bin) whether the truth lies inside intervals that are no multiple of a sigma.
        promised: Share that these promise.
    """
    import plotly.graph_objects as go

    figure = _sensors()
    for column, (name, bins) in enumerate(SENSORS.items(), start=1):
        for look, values in zip(_looks(z), z.values(), strict=True):
            shares = reliability.coverage_by_level(values[:, bins])
            if look.in_use:
                _band(figure, PERCENT * shares.at, shares.low - shares.at, shares.high - shares.at, column)
            _curve(figure, look, PERCENT * shares.at, PERCENT * (shares.seen - shares.at), column)
        if intervals is not None:
            found = float(intervals[:, bins].mean())
            marker = {"color": VERMILLION, "size": 11, "symbol": "diamond"}
            own = {"name": "intervals", "legendgroup": "intervals", "showlegend": column == 2}
            point = go.Scatter(x=[PERCENT * promised], y=[PERCENT * (found - promised)], mode="markers", marker=marker, **own)
            figure.add_trace(point, 1, column)
        figure.add_hline(y=0.0, line={"color": DATA, "width": 1, "dash": "dash"}, row=1, col=column)
        figure.update_xaxes(title_text=f"{name}: promised coverage (%)", range=[0, 100], col=column)
    figure.update_yaxes(title_text="found − promised (%)", col=1)
    return finish(figure, "Coverage by level", HEIGHT)


def coverage_over_wavelength(inside: Mapping[str, Outcomes], wavelength_um: Array, promised: float) -> Figure:
    """Share of truths inside the intervals of every bin, with the binomial band of as many planets."""
    import plotly.graph_objects as go

    figure = _spectral()
    for look, outcomes in zip(_looks(inside), inside.values(), strict=True):
        shares = reliability.coverage_by_bin(outcomes, promised)
        marker = {"color": look.colour, "size": 5, "symbol": "circle" if look.in_use else "circle-open"}
        for column, bins in enumerate(SENSORS.values(), start=1):
            if look.in_use:
                around = wavelength_um[bins] if column == 2 else _beside(wavelength_um)
                size = around.size
                _band(figure, around, np.full(size, shares.low[0]), np.full(size, shares.high[0]), column)
            own = {"name": look.name, "legendgroup": look.name, "showlegend": column == 2}
            points = go.Scatter(x=_small(wavelength_um[bins]), y=_small(PERCENT * shares.seen[bins]), mode="markers", marker=marker, **own)
            figure.add_trace(points, 1, column)
    for column in (1, 2):
        figure.add_hline(y=PERCENT * promised, line={"color": DATA, "width": 1, "dash": "dash"}, row=1, col=column)
    figure.update_yaxes(title_text="truths inside (%)", col=1)
    return _over_wavelength(figure, f"Coverage of {PERCENT * promised:.4g} % intervals over wavelength", wavelength_um)


def reliability_diagram(z: Steps) -> Figure:
    """Quantiles of z against those of a unit Gaussian."""
    figure = _sensors()
    for column, (name, bins) in enumerate(SENSORS.items(), start=1):
        for look, values in zip(_looks(z), z.values(), strict=True):
            found = reliability.quantiles(values[:, bins])
            _curve(figure, look, found.gaussian, found.seen, column)
        _expected(figure, found.gaussian, found.gaussian, found.t4, column)
        figure.update_xaxes(title_text=f"{name}: quantile of a unit Gaussian (σ)", col=column)
    figure.update_yaxes(title_text="quantile of z found (σ)", col=1)
    return finish(figure, "Reliability: quantiles of z", HEIGHT)


def pit(z: Steps) -> Figure:
    """Histogram of the probability integral transform: 1 everywhere where sigma is honest and errors are Gaussian."""
    figure = _sensors()
    for column, (name, bins) in enumerate(SENSORS.items(), start=1):
        for look, values in zip(_looks(z), z.values(), strict=True):
            shares = reliability.pit_histogram(values[:, bins])
            if look.in_use:
                _band(figure, shares.at, shares.low / shares.promised, shares.high / shares.promised, column, scale=1.0)
            _curve(figure, look, shares.at, shares.seen / shares.promised, column, shape="hvh")
        figure.add_hline(y=1.0, line={"color": DATA, "width": 1, "dash": "dash"}, row=1, col=column)
        figure.update_xaxes(title_text=f"{name}: probability below the truth", range=[0, 1], col=column)
    figure.update_yaxes(title_text="density", rangemode="tozero", col=1)
    return finish(figure, "Probability integral transform", HEIGHT)


def z_histogram(z: Steps) -> Figure:
    """Histogram of z on a logarithmic axis, which shows the tails, beside a unit Gaussian and t4 with unit variance."""
    figure = _sensors()
    for column, (name, bins) in enumerate(SENSORS.items(), start=1):
        for look, values in zip(_looks(z), z.values(), strict=True):
            found = reliability.z_histogram(values[:, bins])
            middle = 0.5 * (found.edges[1:] + found.edges[:-1])
            shown = np.where(found.seen > 0.0, found.seen, np.nan)
            _curve(figure, look, middle, PERCENT * shown, column, shape="hvh")
        _expected(figure, middle, PERCENT * found.gaussian, PERCENT * found.t4, column)
        figure.update_xaxes(title_text=f"{name}: z (σ)", range=[-5, 5], col=column)
    figure.update_yaxes(type="log", range=[-2.3, 1.6], dtick=1)
    figure.update_yaxes(title_text="truths (%)", col=1)
    return finish(figure, "Errors in units of their sigma", HEIGHT)


def sharpness(sigma: Steps, wavelength_um: Array, error: Array) -> Figure:
    """Median sigma of every bin, its scatter over planets, and the median size of the errors it should be equal to.

    Args:
        sigma: Step -> (planet, bin) standard deviations.
        wavelength_um: (bin,).
        error: (planet, bin) truth - mu.
    """
    import plotly.graph_objects as go

    figure = _spectral()
    typical_ppm = PPM * MEDIAN_TO_SIGMA * np.median(np.abs(error), axis=0)
    for look, values in zip(_looks(sigma), sigma.values(), strict=True):
        low_ppm, middle_ppm, high_ppm = reliability.sharpness_ppm(values)
        for column, bins in enumerate(SENSORS.values(), start=1):
            if look.in_use:
                around = wavelength_um[bins] if column == 2 else _beside(wavelength_um)
                low, high = (np.broadcast_to(edge[bins], around.shape) for edge in (low_ppm, high_ppm))
                _band(figure, around, low, high, column, scale=1.0, colour=transparent(look.colour, 0.16))
            _curve(figure, look, wavelength_um[bins], middle_ppm[bins], column)
    own = {"name": "errors: 1.48 × median size", "legendgroup": "errors"}
    for column, bins in enumerate(SENSORS.values(), start=1):
        marker = {"color": DATA, "size": 4 if column == 2 else 8, "symbol": "x-thin", "line": {"color": DATA, "width": 1.2}}
        points = {"x": _small(wavelength_um[bins]), "y": _small(typical_ppm[bins]), "mode": "markers", "marker": marker}
        figure.add_trace(go.Scatter(**points, showlegend=column == 2, **own), 1, column)
    figure.update_yaxes(title_text="σ (ppm)", rangemode="tozero", col=1)
    return _over_wavelength(figure, "Sharpness: median σ over wavelength", wavelength_um)


def coverage_by_tenth(inside: Outcomes, quantities: Mapping[str, Array], promised: float) -> Figure:
    """Coverage of the planets sorted into tenths by what was known of them before the truth was.

    Args:
        inside: (planet, bin) whether the truth lies inside the interval.
        quantities: Name of an axis -> (planet,) values; medians of the tenths stand at the axis.
        promised: Share of truths that lie inside.
    """
    import plotly.graph_objects as go

    figure = _quantities(quantities)
    for column, (name, quantity) in enumerate(quantities.items(), start=1):
        shares = reliability.coverage_by_tenth(inside, quantity, promised)
        place = np.arange(shares.at.size, dtype=np.float64)
        _band(figure, place, shares.low, shares.high, column)
        marker, line = {"color": BLUE, "size": 8}, {"color": BLUE, "width": 1.2}
        points = {"x": _small(place), "y": _small(PERCENT * shares.seen), "mode": "lines+markers", "marker": marker, "line": line}
        figure.add_trace(go.Scatter(**points, showlegend=False), 1, column)
        figure.add_hline(y=PERCENT * promised, line={"color": DATA, "width": 1, "dash": "dash"}, row=1, col=column)
        _name_tenths(figure, name, shares.at, column)
    figure.update_yaxes(title_text="truths inside (%)", col=1)
    return finish(figure, f"Coverage of {PERCENT * promised:.4g} % intervals by tenths of the planets", HEIGHT)


def spread_by_tenth(z: Array, quantities: Mapping[str, Array]) -> Figure:
    """Standard deviation of z from zero, of FGS1 and of AIRS, of the planets sorted into tenths; the band is that of AIRS.

    Args:
        z: (planet, bin) of the sigma in use.
        quantities: As for `coverage_by_tenth`.
    """
    import plotly.graph_objects as go

    figure = _quantities(quantities)
    for column, (name, quantity) in enumerate(quantities.items(), start=1):
        for (sensor, bins), colour, symbol in zip(SENSORS.items(), (VERMILLION, BLUE), ("diamond", "circle"), strict=True):
            spread = reliability.spread_by_tenth(z[:, bins], quantity)
            place = np.arange(spread.at.size, dtype=np.float64)
            if sensor == "AIRS":
                _band(figure, place, spread.low, spread.high, column, scale=1.0)
            marker, line = {"color": colour, "size": 8, "symbol": symbol}, {"color": colour, "width": 1.2}
            points = {"x": _small(place), "y": _small(spread.deviation), "mode": "lines+markers", "marker": marker, "line": line}
            figure.add_trace(go.Scatter(**points, name=sensor, legendgroup=sensor, showlegend=column == 1), 1, column)
        figure.add_hline(y=1.0, line={"color": DATA, "width": 1, "dash": "dash"}, row=1, col=column)
        _name_tenths(figure, name, spread.at, column)
    figure.update_yaxes(title_text="standard deviation of z", rangemode="tozero", col=1)
    return finish(figure, "Size of z by tenths of the planets", HEIGHT)


def _quantities(quantities: Mapping[str, Array]) -> Figure:
    from plotly.subplots import make_subplots

    return make_subplots(rows=1, cols=len(quantities), shared_yaxes=True, horizontal_spacing=0.06)


def _name_tenths(figure: Figure, name: str, at: Array, column: int) -> None:
    """Write the medians of some tenths at their places on the axis."""
    named = np.unique(np.linspace(0, at.size - 1, NAMED_TENTHS).astype(int))
    words = [f"{value:,.0f}" if value >= WHOLE_NUMBERS_FROM else f"{value:.3g}" for value in at[named]]
    figure.update_xaxes(title_text=name, tickvals=named, ticktext=words, col=column)


def _sensors() -> Figure:
    from plotly.subplots import make_subplots

    return make_subplots(rows=1, cols=2, shared_yaxes=True, horizontal_spacing=0.05)


def _spectral() -> Figure:
    from plotly.subplots import make_subplots

    return make_subplots(rows=1, cols=2, shared_yaxes=True, column_widths=[0.08, 0.92], horizontal_spacing=0.015)


def _over_wavelength(figure: Figure, title: str, wavelength_um: Array) -> Figure:
    first_um = float(wavelength_um[0])
    figure.update_xaxes(tickvals=[round(first_um, 2)], range=[first_um - PANEL_UM, first_um + PANEL_UM], title_text="FGS1", col=1)
    figure.update_xaxes(title_text="wavelength (µm)", col=2)
    return finish(figure, title, HEIGHT)


@dataclass(frozen=True, kw_only=True)
class _Look:
    """How a step is drawn; colour and dash tell it from the others, the one in use is drawn thicker."""

    name: str
    colour: str
    dash: str
    in_use: bool


def _looks(steps: Iterable[str]) -> list[_Look]:
    *earlier, last = steps
    styles = zip(earlier, (ORANGE, GREEN, PURPLE), ("dot", "dash", "dashdot"), strict=False)
    looks = [_Look(name=name, colour=colour, dash=dash, in_use=False) for name, colour, dash in styles]
    return [*looks, _Look(name=last, colour=BLUE, dash="solid", in_use=True)]


def _curve(figure: Figure, look: _Look, x: Array, y: Array, column: int, *, shape: str = "linear") -> None:
    """Draw one step as a line; FGS1 alone, which is a point, as a marker. It is named once."""
    import plotly.graph_objects as go

    line = {"color": look.colour, "width": 2.2 if look.in_use else 1.5, "dash": look.dash, "shape": shape}
    own = {"name": look.name, "legendgroup": look.name, "showlegend": column == 2}
    mode = "markers" if x.size == 1 else "lines"
    figure.add_trace(go.Scatter(x=_small(x), y=_small(y), line=line, mode=mode, marker={"color": look.colour, "size": 8}, **own), 1, column)


def _expected(figure: Figure, x: Array, gaussian: Array, t4: Array, column: int) -> None:
    """Draw what a unit Gaussian and t4 would show."""
    import plotly.graph_objects as go

    for name, y, dash, colour in (("Gaussian", gaussian, "dash", DATA), ("t, 4 degrees", t4, "dot", PURPLE)):
        own = {"name": name, "legendgroup": name, "showlegend": column == 2, "mode": "lines"}
        figure.add_trace(go.Scatter(x=_small(x), y=_small(y), line={"color": colour, "width": 1.5, "dash": dash}, **own), 1, column)


def _band(figure: Figure, x: Array, low: Array, high: Array, column: int, *, scale: float = PERCENT, colour: str = BAND) -> None:
    """Shade what lies between two curves."""
    import plotly.graph_objects as go

    around, edge = np.concatenate([x, x[::-1]]), scale * np.concatenate([low, high[::-1]])
    filled: dict[str, Any] = {"fill": "toself", "fillcolor": colour, "line": {"width": 0, "color": FAINT}, "hoverinfo": "skip"}
    figure.add_trace(go.Scatter(x=_small(around), y=_small(edge), mode="lines", showlegend=False, **filled), 1, column)


def _beside(wavelength_um: Array) -> Array:
    """Return where a band of the one bin of FGS1 begins and ends."""
    return np.asarray(wavelength_um[0] + PANEL_UM * np.array([-1.0, 1.0]))


def _small(values: Array) -> NDArray[np.float32]:
    """Return numbers as four bytes: more than a screen can show."""
    return np.asarray(values, dtype=np.float32)
