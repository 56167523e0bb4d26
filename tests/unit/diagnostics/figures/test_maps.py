"""Maps over bins: what is where, what colour bars mean, and how small they stay."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from spectramind.diagnostics.figures.maps import (
    LARGEST_CODE,
    attention_map,
    mark_bins,
    per_bin_figure,
    power_map,
    runs,
    violation_map,
)
from spectramind.diagnostics.figures.style import finish
from spectramind.symbolic.molecules import load_molecules
from spectramind.symbolic.windows import MolecularWindows

WAVELENGTH_UM = np.concatenate([[0.7], np.linspace(1.95, 3.9, 282)])
WINDOWS = MolecularWindows.project(load_molecules(), WAVELENGTH_UM)


def heat_of(figure: Any) -> Any:
    (heat,) = (trace for trace in figure.data if trace.type == "heatmap")
    return heat


def read_off(heat: Any, code: float) -> float:
    """What the colour bar says of a stored value; its ticks are even in the logarithm."""
    values = np.log10([float(word) for word in heat.colorbar.ticktext])
    return float(10.0 ** np.interp(code, heat.colorbar.tickvals, values))


def test_strips_are_the_windows_of_the_molecules() -> None:
    import plotly.graph_objects as go

    figure = mark_bins(finish(go.Figure(go.Scatter(x=[0, 282], y=[0, 1])), "title", 360), WAVELENGTH_UM)
    strips = [(shape.x0 + 0.5, shape.x1 - 0.5) for shape in figure.layout.shapes]
    assert strips == [pair for inside in WINDOWS.inside for pair in runs(inside)]
    assert [trace.name for trace in figure.data[1:]] == list(WINDOWS.names)
    assert all(shape.y0 >= 1.0 for shape in figure.layout.shapes)
    assert figure.layout.xaxis.ticktext[0] == "FGS1"
    assert float(figure.layout.xaxis.ticktext[-1]) == pytest.approx(3.9)


def test_runs_are_unbroken() -> None:
    assert runs(np.array([True, True, False, True, False, False, True])) == [(0, 1), (3, 3), (6, 6)]
    assert runs(np.zeros(4, dtype=np.bool_)) == []


def test_a_violation_is_where_it_is_and_as_large_as_the_bar_says() -> None:
    excess = np.full((3, 283), 0.9)
    excess[1, 100], excess[2, 7], excess[0, 3] = 10.0, 1e5, 1.01
    heat = heat_of(violation_map(excess, ["11", "12", "13"], WAVELENGTH_UM))
    assert np.argwhere(heat.z).tolist() == [[0, 3], [1, 100], [2, 7]]
    assert read_off(heat, heat.z[1, 100]) == pytest.approx(10.0, rel=0.03)
    assert read_off(heat, heat.z[0, 3]) == pytest.approx(1.0, rel=0.03)
    assert heat.z[2, 7] == LARGEST_CODE


def test_attention_is_in_the_row_of_who_listens() -> None:
    edges = np.array([[5, 0, 7], [2, 2, 9]])
    heat = heat_of(attention_map(edges, np.array([0.7, 0.3, 1.0]), WAVELENGTH_UM, title="Attention"))
    assert np.argwhere(heat.z).tolist() == [[2, 0], [2, 5], [9, 7]]
    assert read_off(heat, heat.z[2, 5]) == pytest.approx(0.7, rel=0.03)
    assert read_off(heat, heat.z[2, 0]) == pytest.approx(0.3, rel=0.03)


def test_a_link_that_nobody_heeds_is_not_a_missing_one() -> None:
    heat = heat_of(attention_map(np.array([[5], [2]]), np.zeros(1), WAVELENGTH_UM, title="Attention"))
    assert np.argwhere(heat.z).tolist() == [[2, 5]]


def test_power_is_relative_to_white_noise() -> None:
    power = np.ones((283, 4))
    power[50, 0], power[60, 3] = 2.0, 0.5
    figure = power_map(power, None, WAVELENGTH_UM, title="power")
    heat = heat_of(figure)
    assert heat.z[0, 50] == 1.0
    assert heat.z[3, 60] == -1.0
    assert np.count_nonzero(heat.z) == 2
    assert list(figure.layout.yaxis.ticktext) == ["0–0.125", "0.125–0.25", "0.25–0.375", "0.375–0.5"]
    assert heat.zmax == -heat.zmin
    planets = power_map(power[:3], ["7", "8", "9"], None, title="power")
    assert list(planets.layout.xaxis.ticktext) == ["7", "8", "9"]


def test_lines_over_bins_leave_fgs1_apart() -> None:
    values = np.arange(283.0)
    line, point, *_ = per_bin_figure({"one": values}, WAVELENGTH_UM, title="t", quantity="q (σ)").data
    assert (line.mode, point.mode) == ("lines", "markers")
    np.testing.assert_array_equal(line.y, values[1:])
    assert list(point.y) == [0.0]


def test_maps_of_a_thousand_planets_stay_small() -> None:
    rng = np.random.default_rng(0)
    figure = violation_map(10.0 ** rng.normal(size=(1100, 283)), [str(number) for number in range(1100)], WAVELENGTH_UM)
    assert len(figure.to_json()) < 450_000
