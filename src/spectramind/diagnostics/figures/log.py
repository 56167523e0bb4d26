"""Figures of telemetry: how long commands take, how they end, and how their numbers move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from spectramind.diagnostics.figures.style import BLUE, DATA, FAINT, GREEN, ORANGE, PURPLE, SKY, VERMILLION, finish, plain, whole_ticks

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_COLUMNS = 3
# Exit code -> colour and pattern: one look a code, the same on every page.
_LOOKS = {
    **{0: (GREEN, ""), 2: (PURPLE, ""), 3: (ORANGE, ""), 4: (ORANGE, "/"), 5: (VERMILLION, ""), 6: (SKY, "")},
    **{7: (DATA, ""), 8: (VERMILLION, "/"), 130: (DATA, "/")},
}
_OTHER = (VERMILLION, "x")


def durations(commands: Sequence[str], seconds: Sequence[float], failed: Sequence[bool]) -> Figure:
    """Draw the duration of every call in the row of its command, on a logarithmic axis.

    Args:
        commands: (call,)
        seconds: (call,) wall time.
        failed: (call,) whether the exit code was not 0.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for label, colour, symbol, wanted in (("succeeded", BLUE, "circle", False), ("failed", VERMILLION, "x", True)):
        chosen = [place for place, each in enumerate(failed) if each is wanted]
        marker = {"color": colour, "symbol": symbol, "size": 7, "opacity": 0.6}
        times, rows = [max(seconds[place], 1e-3) for place in chosen], [plain(commands[place]) for place in chosen]
        figure.add_trace(go.Scatter(x=times, y=rows, mode="markers", name=label, marker=marker))
    figure.update_xaxes(title_text="wall time (s)", type="log")
    figure.update_yaxes(
        type="category", categoryorder="array", categoryarray=[plain(name) for name in sorted(set(commands), reverse=True)], automargin=True
    )
    return finish(figure, "Duration of every call", 190 + 24 * len(set(commands)))


def exit_codes(counts: Mapping[str, Mapping[int, int]]) -> Figure:
    """Draw how often each command ended with which exit code.

    Args:
        counts: Command -> exit code -> calls.
    """
    import plotly.graph_objects as go

    codes = sorted({code for by_code in counts.values() for code in by_code})
    commands = sorted(counts, reverse=True)
    figure = go.Figure()
    for code in codes:
        bars = [counts[command].get(code, 0) for command in commands]
        colour, pattern = _LOOKS.get(code, _OTHER)
        marker = {"color": colour, "pattern": {"shape": pattern, "fillmode": "replace"}}
        figure.add_trace(go.Bar(x=bars, y=[plain(name) for name in commands], orientation="h", name=f"exit {code}", marker=marker))
    figure.update_layout(barmode="stack", showlegend=True, legend_traceorder="normal")
    figure.update_xaxes(title_text="calls", **whole_ticks(max((sum(by_code.values()) for by_code in counts.values()), default=0)))
    figure.update_yaxes(automargin=True)
    return finish(figure, "How calls ended", 190 + 24 * len(commands))


def trends(series: Mapping[str, tuple[Sequence[str], Sequence[float]]]) -> Figure:
    """Draw numbers over time, one small axis for each.

    Args:
        series: Title -> (UTC times, values); at least one.
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    rows = -(-len(series) // _COLUMNS)
    figure = make_subplots(
        rows=rows, cols=_COLUMNS, subplot_titles=[plain(name) for name in series], vertical_spacing=0.45 / rows, horizontal_spacing=0.07
    )
    for place, (times, values) in enumerate(series.values()):
        line, marker = {"color": FAINT, "width": 1}, {"color": BLUE, "size": 6}
        trace = go.Scatter(x=list(times), y=list(values), mode="lines+markers", line=line, marker=marker, showlegend=False)
        figure.add_trace(trace, place // _COLUMNS + 1, place % _COLUMNS + 1)
    figure.update_annotations(font_size=11)
    figure.update_xaxes(nticks=4)
    figure.update_xaxes(title_text="when (UTC)", row=rows)
    return finish(figure, "Numbers over time", 100 + 220 * rows)
