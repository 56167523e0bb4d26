"""How networks learned: losses, score, learning rate and constraints over epochs, from the journals of a training."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from spectramind.diagnostics.figures.style import LINES, finish, whole_ticks
from spectramind.training.journal import JournalLine

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SYMBOLIC, VALIDATION = "symbolic_", "_val"

Journals = Mapping[int, Sequence[JournalLine]]


def learning_curves(journals: Journals, chosen: Mapping[int, int], title: str) -> Figure:
    """Draw loss, score where there is one, and learning rate over epochs: training dotted, validation drawn through, a colour a fold.

    Args:
        journals: Fold -> lines; only those of epochs count.
        chosen: Fold -> the epoch whose weights are used, marked with a star.
    """
    from plotly.subplots import make_subplots

    scored = any("score_val" in line.metrics for lines in journals.values() for line in lines)
    rows = 3 if scored else 2
    heights = (0.42, 0.33, 0.25) if scored else (0.68, 0.32)
    figure = make_subplots(rows=rows, cols=1, shared_xaxes=True, row_heights=list(heights), vertical_spacing=0.05)
    for fold, lines in journals.items():
        epochs, best = _epochs(lines), chosen.get(fold)
        _draw(figure, 1, fold, epochs, lambda line: line.metrics.get("total_val"), best)
        _draw(figure, 1, fold, epochs, lambda line: line.losses.get("total"), None, dotted=True)
        if scored:
            _draw(figure, 2, fold, epochs, lambda line: line.metrics.get("score_val"), best)
            _draw(figure, 2, fold, epochs, lambda line: line.losses.get("score"), None, dotted=True)
        _draw(figure, rows, fold, epochs, lambda line: line.learning_rate, None)
    figure.update_yaxes(title_text="loss (nat)" if scored else "loss", row=1, col=1)
    if scored:
        figure.update_yaxes(title_text="score", row=2, col=1)
    figure.update_yaxes(title_text="learning rate", row=rows, col=1)
    figure.update_xaxes(title_text="epoch", row=rows, col=1)
    finish(figure, title, 560 if scored else 450)
    figure.update_xaxes(whole_ticks(max((line.epoch for lines in journals.values() for line in lines), default=0)))
    return figure.update_yaxes(automargin=True).update_yaxes(exponentformat="e", nticks=4, row=rows, col=1)


def constraint_curves(journals: Journals, title: str) -> Figure | None:
    """Draw the symbolic terms of the validation over epochs, mean over folds; None where none was ever above 0.

    Terms are losses of `symbolic`, not weighted, in squares of the transit depth or without unit; those that stay 0 are not drawn.
    """
    import plotly.graph_objects as go

    epochs = [_epochs(lines) for lines in journals.values()]
    known = {name for lines in epochs for line in lines for name in line.metrics}
    terms = [name for name in sorted(known) if name.startswith(SYMBOLIC) and name != SYMBOLIC.rstrip("_") + VALIDATION]
    means = {name: _mean_over_folds(epochs, name) for name in terms}
    broken = {name: values for name, values in means.items() if any(value > 0.0 for value in values.values())}
    if not broken:
        return None
    figure = go.Figure()
    for (name, values), colour in zip(broken.items(), LINES, strict=False):
        x, y = np.array(list(values)), np.array([value or math.nan for value in values.values()])
        figure.add_trace(go.Scatter(x=x, y=y, mode="lines+markers", line={"color": colour, "width": 1.6}, marker_size=4, name=_word(name)))
    figure.update_xaxes(title_text="epoch")
    figure.update_yaxes(title_text="term (mean, not weighted)", type="log")
    finish(figure, title, 360)
    figure.update_xaxes(whole_ticks(max(max(values) for values in broken.values() if values)))
    return figure.update_yaxes(exponentformat="e", automargin=True).update_layout(showlegend=True)


def _epochs(lines: Sequence[JournalLine]) -> list[JournalLine]:
    return [line for line in lines if line.event == "epoch"]


def _draw(
    figure: Figure,
    row: int,
    fold: int,
    epochs: Sequence[JournalLine],
    value_of: Callable[[JournalLine], float | None],
    best: int | None,
    *,
    dotted: bool = False,
) -> None:
    """Draw a quantity of a fold where it is known; the legend switches a whole fold."""
    import plotly.graph_objects as go

    found = [(line.epoch, value) for line in epochs if (value := value_of(line)) is not None]
    if not found:
        return
    x, y = (np.array(column, dtype=np.float32) for column in zip(*found, strict=True))
    colour, name = LINES[fold % len(LINES)], f"fold {fold}"
    line = {"color": colour, "width": 1.2 if dotted else 1.8, "dash": "dot" if dotted else "solid"}
    legend = {"name": name, "legendgroup": name, "showlegend": row == 1 and not dotted}
    figure.add_trace(go.Scatter(x=x, y=y, mode="lines", line=line, **legend), row, 1)
    if best is not None and best in x:
        marker = {"color": colour, "symbol": "star", "size": 12, "line": {"color": "#2b2f36", "width": 0.8}}
        star = go.Scatter(x=[best], y=y[x == best][:1], mode="markers", marker=marker, **legend | {"showlegend": False})
        figure.add_trace(star, row, 1)


def _mean_over_folds(epochs: Sequence[Sequence[JournalLine]], name: str) -> dict[int, float]:
    """Return epoch -> mean over the folds that got there."""
    values: dict[int, list[float]] = {}
    for lines in epochs:
        for line in lines:
            if math.isfinite(line.metrics.get(name, math.nan)):
                values.setdefault(line.epoch, []).append(line.metrics[name])
    return {epoch: math.fsum(own) / len(own) for epoch, own in sorted(values.items())}


def _word(name: str) -> str:
    return name.removeprefix(SYMBOLIC).removesuffix(VALIDATION)
