"""Figures of what runs take: time against the budget, processor and memory over time, the slowest operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from spectramind.diagnostics.figures.style import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILLION, finish, plain, transparent

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SECONDS_PER_HOUR = 3600.0
MOST_POINTS = 600
_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY)


def budget(seconds_per_planet: Mapping[str, float], *, planets: int, budget_s: float) -> Figure:
    """Draw the time that each stage would take for so many planets, one after the other, against the budget.

    Args:
        seconds_per_planet: Stage -> measured wall time over planets.
        planets: What it is extrapolated to.
        budget_s: Wall time of the whole run.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for place, (stage, seconds) in enumerate(seconds_per_planet.items()):
        hours = seconds * planets / SECONDS_PER_HOUR
        marker = {"color": _COLOURS[place % len(_COLOURS)]}
        figure.add_trace(go.Bar(x=[hours], y=[f"{planets} planets"], orientation="h", name=f"{plain(stage)} {hours:.2g} h", marker=marker))
    figure.add_vline(
        x=budget_s / SECONDS_PER_HOUR,
        line={"color": VERMILLION, "dash": "dash"},
        annotation={"text": f"budget {budget_s / SECONDS_PER_HOUR:g} h ", "font": {"color": VERMILLION}, "xanchor": "right"},
    )
    figure.update_layout(barmode="stack", showlegend=True, legend_traceorder="normal")
    figure.update_xaxes(title_text="wall time (h)", rangemode="tozero")
    figure.update_yaxes(showticklabels=False)
    return finish(figure, f"The pipeline extrapolated to {planets} planets", 240)


def stage_times(median_s: Mapping[str, float], last_s: Mapping[str, float]) -> Figure:
    """Draw the median and the last wall time of every stage on a logarithmic axis; both mappings have the same keys."""
    import plotly.graph_objects as go

    names, shown = list(median_s), [plain(name) for name in median_s]
    figure = go.Figure()
    for label, seconds, colour, symbol in (("median", median_s, BLUE, "circle"), ("last call", last_s, VERMILLION, "diamond")):
        marker = {"color": colour, "size": 9, "symbol": symbol}
        figure.add_trace(go.Scatter(x=[seconds[name] for name in names], y=shown, mode="markers", name=label, marker=marker))
    figure.update_xaxes(title_text="wall time (s)", type="log")
    figure.update_yaxes(autorange="reversed", automargin=True)
    return finish(figure, "Wall time of stages", 170 + 24 * len(names))


def usage_over_time(
    elapsed_s: Sequence[float],
    stages: Sequence[str],
    cpu_pct: Sequence[float],
    memory_mib: Sequence[float],
    *,
    name: str,
    card_pct: Sequence[float | None] = (),
    card_mib: Sequence[float | None] = (),
) -> Figure:
    """Draw processor load above and memory below over the time of one call, stages as bands.

    Args:
        elapsed_s: Times of the samples.
        stages: What was being done at each.
        cpu_pct: Load since the sample before; 100 is one core.
        memory_mib: Resident memory of all processes of the call.
        name: What the call was.
        card_pct: Load of the graphics card; empty without one.
        card_mib: Memory in use on it; empty without one.
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    kept = slice(None, None, max(1, -(-len(elapsed_s) // MOST_POINTS)))
    time_s = list(elapsed_s)[kept]
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.09)
    lines = [(cpu_pct, "processors", BLUE, 1), (memory_mib, "memory", GREEN, 2)]
    if any(value is not None for value in card_mib):
        lines += [(card_pct, "graphics card", ORANGE, 1), (card_mib, "graphics memory", ORANGE, 2)]  # type: ignore[list-item]
    for values, label, colour, row in lines:
        line = {"color": colour, "width": 1.6, "shape": "vh" if row == 1 else "linear"}  # a load is that of the time before its sample
        figure.add_trace(go.Scatter(x=time_s, y=list(values)[kept], mode="lines", name=label, line=line), row, 1)
    _band_stages(figure, list(elapsed_s), list(stages))
    figure.update_yaxes(title_text="load (% of a core)", rangemode="tozero", row=1, col=1)
    figure.update_yaxes(title_text="memory (MiB)", rangemode="tozero", row=2, col=1)
    figure.update_xaxes(title_text="time since the call began (s)", row=2, col=1)
    return finish(figure, plain(name), 400)


def operations(names: Sequence[str], milliseconds: Sequence[float]) -> Figure:
    """Draw the own time of operations, longest first."""
    import plotly.graph_objects as go

    figure = go.Figure(go.Bar(x=list(milliseconds), y=[plain(name) for name in names], orientation="h", marker={"color": BLUE}))
    figure.update_xaxes(title_text="own processor time in one epoch, all members (ms)", rangemode="tozero")
    figure.update_yaxes(autorange="reversed", automargin=True)
    return finish(figure, "Slowest operations of a training epoch", 150 + 22 * len(names))


def _band_stages(figure: Figure, elapsed_s: list[float], stages: list[str]) -> None:
    """Shade every second stage, and write its name where it is long enough to hold it."""
    start = 0
    for place, (stage, members) in enumerate(groupby(stages)):
        end = start + len(list(members))
        began_s, ended_s = elapsed_s[start - 1] if start else 0.0, elapsed_s[end - 1]
        wide = ended_s - began_s > 0.08 * elapsed_s[-1]
        figure.add_vrect(
            x0=began_s,
            x1=ended_s,
            line_width=0,
            fillcolor=transparent(SKY, 0.14 if place % 2 else 0.04),
            layer="below",
            row=1,
            col=1,
            annotation={"text": plain(stage) if wide else "", "font": {"size": 10, "color": "#7F8894"}},
            annotation_position="top left",
        )
        start = end
