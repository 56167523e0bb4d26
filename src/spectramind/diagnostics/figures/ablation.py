"""Figures of an ablation: the scores of its variants, and what each change is worth."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from spectramind.diagnostics.ablation.table import SPREADS
from spectramind.diagnostics.figures.style import BLUE, DATA, GREEN, VERMILLION, finish, plain

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MARGIN = 0.06
"""Room beside the outermost points, as a part of the axis."""
SMALLEST_EXTENT = 1e-3
"""Extent of an axis whose points all lie in one place."""
_COLOURS = {"helps": GREEN, "harms": VERMILLION}
_WORDS = {"helps": "helps", "harms": "harms", "none": "no difference beyond the spread"}


def seed_scores(scores: Mapping[str, Sequence[float]], *, base: str, shown: Collection[str] = ()) -> Figure:
    """Draw the score of every seed in the row of its variant, and the mean of the base as a line.

    The axis holds the better half, the base and ``shown``; what scored less stands at its left edge as a triangle: one variant that
    fails badly would else press all others into one point.

    Args:
        scores: Variant -> (seed,) scores, best first.
        base: Variant that all others are compared with.
        shown: Variants that are inside the axis in any case.
    """
    import plotly.graph_objects as go

    best = list(scores)[: (len(scores) + 1) // 2]
    low, high = _extent([score for name in (*best, base, *shown) for score in scores[name]])
    points = [(name, score) for name, own in scores.items() for score in own]
    figure = go.Figure()
    for label, symbol, wanted in (("one seed", "circle", True), ("a seed below the axis", "triangle-left", False)):
        chosen = [(name, score) for name, score in points if (score >= low) is wanted]
        marker = {"color": BLUE, "symbol": symbol, "size": 9, "opacity": 0.65}
        texts, places = [f"{score:.4f}" for _, score in chosen], [max(score, low) for _, score in chosen]
        own = {"name": label, "hovertemplate": "%{y}: %{text}<extra></extra>", "cliponaxis": False}
        if chosen:
            figure.add_trace(go.Scatter(x=places, y=[plain(name) for name, _ in chosen], text=texts, mode="markers", marker=marker, **own))
    figure.add_vline(x=fmean(scores[base]), line={"color": DATA, "dash": "dash", "width": 1})
    figure.update_layout(showlegend=True)
    return _by_variant(figure, list(scores), (low, high), "official metric, not clipped", "Score of every seed")


def worth(gains: Mapping[str, tuple[float, float]], effects: Mapping[str, str]) -> Figure:
    """Draw the mean difference to the base, with `SPREADS` standard deviations over seeds on both sides.

    What lies below the better half's axis stands at its left edge as a triangle, without its error.

    Args:
        gains: Variant -> mean and standard deviation over seeds of its score minus that of the base, best first.
        effects: Variant -> ``helps``, ``harms`` or ``none``.
    """
    import plotly.graph_objects as go

    best = list(gains)[: (len(gains) + 1) // 2]
    low, high = _extent([0.0] + [mean + side * SPREADS * spread for mean, spread in map(gains.__getitem__, best) for side in (-1.0, 1.0)])
    figure = go.Figure()
    for effect, label in _WORDS.items():
        chosen = [name for name in gains if effects[name] == effect]
        inside = [gains[name][0] >= low for name in chosen]
        colour = _COLOURS.get(effect, DATA)
        marker = {"color": colour, "size": 9, "symbol": ["circle" if seen else "triangle-left" for seen in inside]}
        error = {"type": "data", "array": [SPREADS * gains[name][1] if seen else 0.0 for name, seen in zip(chosen, inside, strict=True)]}
        own = {"name": label, "hovertemplate": "%{y}: %{text}<extra></extra>", "cliponaxis": False}
        texts, places = [f"{gains[name][0]:+.4f} ± {gains[name][1]:.4f}" for name in chosen], [max(gains[name][0], low) for name in chosen]
        if chosen:
            figure.add_trace(
                go.Scatter(x=places, y=[plain(name) for name in chosen], text=texts, error_x=error, mode="markers", marker=marker, **own)
            )
    figure.add_vline(x=0.0, line={"color": DATA, "dash": "dash", "width": 1})
    figure.update_layout(showlegend=True)
    return _by_variant(figure, list(gains), (low, high), "score minus that of the base", "What each change is worth")


def _extent(values: Sequence[float]) -> tuple[float, float]:
    """Return both ends of an axis that holds the values."""
    low, high = min(values), max(values)
    return (low, high) if high - low > SMALLEST_EXTENT else (low - SMALLEST_EXTENT, high + SMALLEST_EXTENT)


def _by_variant(figure: Figure, names: Sequence[str], extent: tuple[float, float], axis: str, title: str) -> Figure:
    """Give a figure one row a variant, the first on top."""
    low, high = extent
    margin = MARGIN * (high - low)
    figure.update_xaxes(title_text=axis, range=[low - margin, high + margin])
    figure.update_yaxes(type="category", categoryorder="array", categoryarray=[plain(name) for name in names][::-1], automargin=True)
    return finish(figure, title, 170 + 26 * len(names))
