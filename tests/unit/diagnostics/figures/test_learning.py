"""Curves of a training: every fold, validation and training apart, the chosen epoch marked."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from spectramind.diagnostics.figures.learning import constraint_curves, learning_curves
from spectramind.training.journal import JournalLine

EPOCHS = 4


def line(fold: int, epoch: int, event: str = "epoch", **metrics: float) -> JournalLine:
    losses = {"total": 5.0 - epoch, "score": 0.1 * epoch} if epoch else {}
    if event == "step":
        losses = {"total": 99.0}
    return JournalLine(
        event=event, phase="supervised", fold=fold, epoch=epoch, step=epoch, losses=losses, metrics=metrics, learning_rate=1e-3, seconds=1.0
    )


def journal(fold: int, scored: bool = True, **metrics: float) -> list[JournalLine]:
    lines = []
    for epoch in range(EPOCHS):
        own = {"total_val": 6.0 - epoch + fold} | ({"score_val": 0.2 * epoch} if scored else {}) | metrics
        lines += [line(fold, epoch, "step"), line(fold, epoch, "epoch", **own)]
    return lines


def at(figure: Any, axis: str) -> list[Any]:
    return [trace for trace in figure.data if trace.yaxis == axis]


def test_validation_training_and_chosen_epoch_of_every_fold() -> None:
    figure = learning_curves({0: journal(0), 1: journal(1)}, {0: 2, 1: 3}, "Phase supervised")
    loss = at(figure, "y")
    drawn = {(trace.name, trace.line.dash): trace for trace in loss if trace.mode == "lines"}
    np.testing.assert_allclose(drawn["fold 1", "solid"].y, [7.0, 6.0, 5.0, 4.0])
    np.testing.assert_allclose(drawn["fold 0", "dot"].y, [4.0, 3.0, 2.0])  # there is no training before the first epoch
    stars = {trace.name: (trace.x[0], trace.y[0]) for trace in loss if trace.mode == "markers"}
    assert stars == {"fold 0": (2, 4.0), "fold 1": (3, 4.0)}
    assert all(len(trace.y) <= EPOCHS for trace in figure.data)  # steps are left out
    assert [trace.y[1] for trace in at(figure, "y2") if trace.mode == "lines" and trace.line.dash == "solid"] == [np.float32(0.2)] * 2
    assert figure.layout.yaxis2.title.text == "score"


def test_a_phase_without_score_has_no_panel_for_it() -> None:
    figure = learning_curves({0: journal(0, scored=False)}, {}, "Phase mae")
    assert figure.layout.yaxis2.title.text == "learning rate"
    assert not any(trace.mode == "markers" for trace in figure.data)


def test_constraints_are_means_over_folds_and_those_that_are_kept_are_left_out() -> None:
    journals = {
        fold: journal(fold, symbolic_val=1.0, symbolic_seam_val=0.0, symbolic_smoothness_val=value)
        for fold, value in enumerate((1e-6, 3e-6))
    }
    figure = constraint_curves(journals, "constraints")
    assert figure is not None
    (trace,) = figure.data
    assert trace.name == "smoothness"
    np.testing.assert_allclose(trace.y, 2e-6)
    assert figure.layout.yaxis.type == "log"
    assert constraint_curves({0: journal(0, symbolic_seam_val=0.0)}, "constraints") is None


def test_what_is_not_a_number_is_a_gap() -> None:
    lines = [
        line(0, epoch, total_val=math.nan if epoch == 1 else 1.0, symbolic_seam_val=math.nan if epoch == 1 else 1.0) for epoch in range(3)
    ]
    assert math.isnan(learning_curves({0: lines}, {}, "t").data[0].y[1])
    figure = constraint_curves({0: lines}, "t")
    assert figure is not None
    assert list(figure.data[0].x) == [0, 2]


@pytest.mark.parametrize(("last", "step"), [(0, 1), (3, 1), (10, 1), (11, 2), (30, 5), (60, 10), (400, 50)])
def test_ticks_stand_at_whole_epochs_and_are_few(last: int, step: int) -> None:
    lines = [line(0, epoch, total_val=1.0, symbolic_seam_val=1.0) for epoch in range(last + 1)]
    constraints = constraint_curves({0: lines}, "t")
    assert constraints is not None
    for figure, axis in ((learning_curves({0: lines}, {}, "t"), "xaxis2"), (constraints, "xaxis")):
        assert (figure.layout[axis].tick0, figure.layout[axis].dtick, figure.layout[axis].tickformat) == (0, step, ",d")
