"""Figures of an ablation: every seed has its mark, and one bad variant does not hide the differences of others."""

from __future__ import annotations

from spectramind.diagnostics.figures import ablation as figures

SCORES = {"better": (0.53, 0.55), "base": (0.5, 0.52), "physics": (0.48,), "wild": (-0.9, -0.8)}
GAINS = {"better": (0.03, 0.005), "same": (0.0, 0.002), "wild": (-1.4, 0.1)}
EFFECTS = {"better": "helps", "same": "none", "wild": "harms"}


def test_every_seed_has_its_mark_with_its_score() -> None:
    figure = figures.seed_scores(SCORES, base="base", shown=("physics",))
    marks = {(row, text): x for trace in figure.data for x, row, text in zip(trace.x, trace.y, trace.text, strict=True)}
    assert marks == {
        **{("better", "0.5300"): 0.53, ("better", "0.5500"): 0.55, ("base", "0.5000"): 0.5, ("base", "0.5200"): 0.52},
        **{("physics", "0.4800"): 0.48, ("wild", "-0.9000"): 0.48, ("wild", "-0.8000"): 0.48},
    }
    assert list(figure.layout.yaxis.categoryarray) == ["wild", "physics", "base", "better"]


def test_one_bad_variant_does_not_hide_the_differences_of_others() -> None:
    figure = figures.seed_scores(SCORES, base="base", shown=("physics",))
    low, high = figure.layout.xaxis.range
    assert 0.47 < low < 0.48
    assert 0.55 < high < 0.56
    below = next(trace for trace in figure.data if trace.marker.symbol == "triangle-left")
    assert set(below.y) == {"wild"}
    assert not [trace for trace in figures.seed_scores({"base": (0.5,)}, base="base").data if trace.marker.symbol == "triangle-left"]


def test_the_base_is_a_line() -> None:
    (line,) = figures.seed_scores(SCORES, base="base").layout.shapes
    assert line.x0 == line.x1 == 0.51


def test_gains_have_two_deviations_on_both_sides_and_the_colour_of_their_effect() -> None:
    figure = figures.worth(GAINS, EFFECTS)
    traces = {trace.name: trace for trace in figure.data}
    assert list(traces["helps"].x) == [0.03]
    assert list(traces["helps"].error_x.array) == [0.01]
    assert traces["helps"].marker.color != traces["harms"].marker.color
    assert list(traces["harms"].marker.symbol) == ["triangle-left"]
    assert traces["harms"].x[0] == -0.004
    assert traces["harms"].text[0] == "-1.4000 ± 0.1000"
    low, high = figure.layout.xaxis.range
    assert low < -0.004
    assert high > 0.04


def test_equal_scores_have_an_axis() -> None:
    low, high = figures.seed_scores({"base": (0.5, 0.5)}, base="base").layout.xaxis.range
    assert low < 0.5 < high
    low, high = figures.worth({}, {}).layout.xaxis.range
    assert low < 0.0 < high
