"""Figures of the explanations hold what they are given, small and with their units."""

from __future__ import annotations

import numpy as np
import pytest

from spectramind.diagnostics.explanation.games import player_names
from spectramind.diagnostics.explanation.players import WINDOW_MOLECULES, DepthPlayers
from spectramind.diagnostics.figures.explanation import contributions, importance_map, player_colours, split_level
from spectramind.diagnostics.figures.style import MOLECULES

WAVELENGTH_UM = np.append(0.7, np.linspace(1.95, 3.9, 282))
PLAYERS = player_names(DepthPlayers.of(WAVELENGTH_UM), network=True)
GENERATOR = np.random.default_rng(0)
VALUES = GENERATOR.normal(0.0, 1e-4, (24, len(PLAYERS), WAVELENGTH_UM.size))
BASE = np.full(WAVELENGTH_UM.size, 0.0123)


def test_the_map_shows_the_mean_size_in_every_bin() -> None:
    figure = importance_map(VALUES, PLAYERS, WAVELENGTH_UM)
    fgs1, airs = figure.data
    expected = np.log10(np.abs(VALUES).mean(axis=0) * 1e6)
    np.testing.assert_allclose(np.hstack([fgs1.z, airs.z]), expected, atol=1e-5)
    np.testing.assert_allclose(np.hstack([fgs1.customdata, airs.customdata]), np.abs(VALUES).mean(axis=0) * 1e6, rtol=1e-6)
    assert all("%{customdata" in trace.hovertemplate and "ppm" in trace.hovertemplate for trace in figure.data)
    assert tuple(airs.y) == PLAYERS
    assert airs.z.dtype == np.float32
    assert "1 planet" not in figure.layout.title.text
    assert "24 planet" in figure.layout.title.text


def test_what_is_next_to_nothing_does_not_stretch_the_colours() -> None:
    figure = importance_map(VALUES * 1e-9, PLAYERS, WAVELENGTH_UM)
    assert (figure.data[1].z == 0.0).all()
    assert (figure.data[1].zmin, figure.data[1].zmax) == (0.0, 1.0)


def test_violations_lie_below_on_the_same_wavelengths() -> None:
    excess = {"smoothness": np.zeros((24, 283)), "coherence": np.zeros((24, 283))}
    excess["smoothness"][:, 100] = 3.0
    excess["smoothness"][:, 7] = 1.5
    figure = importance_map(VALUES, PLAYERS, WAVELENGTH_UM, excess)
    below = figure.data[3]
    assert tuple(below.y) == ("smoothness, up to 3 × tolerance", "coherence, none")
    assert below.customdata[0, 99] == 3.0
    assert (below.z[0, 99], below.z[0, 6], below.z.sum()) == (1.0, 0.5, 1.5)
    np.testing.assert_array_equal(below.x, figure.data[1].x)
    above_bar, below_bar = figure.data[1].colorbar, below.colorbar
    assert below_bar.y + below_bar.len / 2 < above_bar.y - above_bar.len / 2, "the colour bars stand apart"


def test_level_and_shape_together_are_the_contribution() -> None:
    level, shape = split_level(VALUES[0])
    np.testing.assert_allclose(level[:, None] + shape, VALUES[0][:, 1:], atol=1e-18)
    np.testing.assert_allclose(shape.mean(axis=1), 0.0, atol=1e-18)


def test_the_bars_of_a_planet_add_up_to_its_line() -> None:
    figure = contributions(VALUES[0], BASE, PLAYERS, WAVELENGTH_UM, title="planet 7")
    bars = [trace for trace in figure.data if trace.type == "bar"]
    line = next(trace for trace in figure.data if trace.type == "scatter")
    np.testing.assert_allclose(np.sum([bar.y for bar in bars[1::2]], axis=0), line.y, atol=1e-2)
    np.testing.assert_allclose(bars[4].y, [VALUES[0][2, 1:].mean() * 1e6, VALUES[0][2, 0] * 1e6])
    assert len({bar.marker.color for bar in bars}) == len(PLAYERS)
    assert all(bar.marker.pattern.shape is None for bar in bars), "a printer draws every hatched bar as an image of its own"
    assert "(ppm)" in figure.layout.yaxis.title.text
    assert "(µm)" in figure.layout.xaxis2.title.text
    assert "12,300 ppm" in figure.layout.annotations[-1].text
    assert len(figure.to_json()) < 100_000


@pytest.mark.parametrize("sampled", [True, False])
def test_standard_errors_are_drawn_where_there_are_any(sampled: bool) -> None:
    error = np.full_like(VALUES[0], 2e-6 if sampled else 0.0)
    bar = contributions(VALUES[0], BASE, PLAYERS, WAVELENGTH_UM, title="", standard_error=error).data[0]
    assert (bar.error_y.array is not None) == sampled
    if sampled:
        np.testing.assert_allclose(bar.error_y.array, 2.0)


def test_no_two_players_look_alike_and_windows_have_the_colours_of_their_molecules() -> None:
    shown = player_colours(PLAYERS)
    assert {name.removesuffix(" window"): colour for name, colour in zip(PLAYERS, shown, strict=True) if name.endswith(" window")} == {
        name: MOLECULES[name] for name in WINDOW_MOLECULES
    }
    rgb = np.array([[int(colour[start : start + 2], 16) for start in (1, 3, 5)] for colour in shown])
    distance = np.linalg.norm(rgb[:, None] - rgb[None], axis=2)[~np.eye(len(shown), dtype=bool)]
    assert distance.min() > 60.0
