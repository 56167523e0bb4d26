"""Maps over bins: what is where, what colour bars mean, and how small they stay."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from spectramind.diagnostics.figures.maps import LARGEST_CODE, attention_map, bin_power_map, planet_power_map, violation_map

WAVELENGTH_UM = np.concatenate([[0.7], np.linspace(1.95, 3.9, 282)])


def cells(figure: Any) -> np.ndarray:
    """What all panels together show: rows of FGS1 and of AIRS, where they are told apart, below each other."""
    axes = sorted({trace.yaxis or "y" for trace in figure.data})
    return np.concatenate([np.concatenate([t.z for t in figure.data if (t.yaxis or "y") == axis], axis=1) for axis in axes])


def read_off(figure: Any, code: float) -> float:
    """What the colour bar says of a stored value; its ticks are even in the logarithm."""
    bar = figure.layout.coloraxis.colorbar
    return float(10.0 ** np.interp(code, bar.tickvals, np.log10([float(word) for word in bar.ticktext])))


def test_a_violation_is_where_it_is_and_as_large_as_the_bar_says() -> None:
    excess = np.full((3, 283), 0.9)
    excess[1, 100], excess[2, 7], excess[0, 3] = 10.0, 1e5, 1.01
    excess[1, 0] = 30.0
    figure = violation_map(excess, ["11", "12", "13"], WAVELENGTH_UM)
    z = cells(figure)
    assert np.argwhere(z).tolist() == [[0, 3], [1, 0], [1, 100], [2, 7]]
    assert read_off(figure, z[1, 100]) == pytest.approx(10.0, rel=0.03)
    assert read_off(figure, z[1, 0]) == pytest.approx(30.0, rel=0.03)
    assert read_off(figure, z[0, 3]) == pytest.approx(1.0, rel=0.03)
    assert z[2, 7] == LARGEST_CODE


def test_attention_is_in_the_row_of_who_listens() -> None:
    edges = np.array([[5, 0, 7, 8], [2, 2, 9, 0]])
    figure = attention_map(edges, np.array([0.7, 0.3, 1.0, 0.1]), WAVELENGTH_UM, title="Attention")
    z = cells(figure)
    assert np.argwhere(z).tolist() == [[0, 8], [2, 0], [2, 5], [9, 7]]
    assert read_off(figure, z[2, 5]) == pytest.approx(0.7, rel=0.03)
    assert read_off(figure, z[2, 0]) == pytest.approx(0.3, rel=0.03)
    assert {(trace.xaxis, trace.yaxis): (trace.x[0][:4], trace.y[0][:4]) for trace in figure.data} == {
        **{("x", "y"): ("FGS1", "FGS1"), ("x2", "y"): ("bin ", "FGS1")},
        **{("x", "y2"): ("FGS1", "bin "), ("x2", "y2"): ("bin ", "bin ")},
    }
    assert list(figure.layout.yaxis2.range) == [281.5, -0.5], "the first bin is on top, as the first is on the left"


def test_blank_is_pale_on_dark_ground_too_where_the_dark_end_of_the_colours_would_be_lost() -> None:
    violations = violation_map(np.ones((2, 283)), ["11", "12"], WAVELENGTH_UM)
    attention = attention_map(np.array([[5], [2]]), np.ones(1), WAVELENGTH_UM, title="Attention")
    assert violations.layout.plot_bgcolor == attention.layout.plot_bgcolor == "#F5F5F2"


def test_a_link_that_nobody_heeds_is_not_a_missing_one() -> None:
    figure = attention_map(np.array([[5], [2]]), np.zeros(1), WAVELENGTH_UM, title="Attention")
    assert np.argwhere(cells(figure)).tolist() == [[2, 5]]


def test_power_is_relative_to_white_noise() -> None:
    power = np.ones((283, 4))
    power[50, 0], power[60, 3] = 2.0, 0.5
    figure = bin_power_map(power, WAVELENGTH_UM, title="power")
    z = cells(figure)
    assert z[0, 50] == 1.0
    assert z[3, 60] == -1.0
    assert np.count_nonzero(z) == 2
    assert figure.data[1].customdata[0, 49] == 2.0
    assert list(figure.layout.yaxis.ticktext) == ["0–0.125", "0.125–0.25", "0.25–0.375", "0.375–0.5"]
    assert figure.layout.coloraxis.cmax == -figure.layout.coloraxis.cmin
    planets = planet_power_map(power[:3], ["7", "8", "9"], title="power")
    assert list(planets.layout.xaxis.ticktext) == ["7", "8", "9"]


def test_maps_of_a_thousand_planets_stay_small() -> None:
    rng = np.random.default_rng(0)
    figure = violation_map(10.0 ** rng.normal(size=(1100, 283)), [str(number) for number in range(1100)], WAVELENGTH_UM)
    assert len(figure.to_json()) < 460_000
