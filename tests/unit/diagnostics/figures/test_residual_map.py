"""The residual map keeps values within a step, planets in order, and a byte a cell."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectramind.diagnostics.figures.bin_axis import bin_labels
from spectramind.diagnostics.figures.residual_map import RANGE_SIGMA, STEP_SIGMA, Cells, residual_heat_map, residual_means_figure

WAVELENGTH_UM = np.concatenate([[0.7], np.linspace(1.95, 3.9, 282)])


def cells(figure: Any, name: str = "z") -> np.ndarray:
    """(planet, bin) of both panels."""
    return np.concatenate([np.asarray(trace[name]) for trace in figure.data], axis=1)


def test_cells_are_bytes_within_half_a_step_and_clipped_beyond_the_colours() -> None:
    z = np.random.default_rng(1).normal(0.0, 2.0, (40, 283))
    z[0, 0], z[1, 1] = 90.0, -90.0
    figure = residual_heat_map(z, WAVELENGTH_UM, [str(number) for number in range(40)], "z")
    assert cells(figure).dtype == np.int8
    clipped = np.clip(z, -125 * STEP_SIGMA, 125 * STEP_SIGMA)
    assert np.abs(cells(figure) * STEP_SIGMA - clipped).max() <= STEP_SIGMA / 2 + 1e-12
    colours = figure.layout.coloraxis
    assert (colours.cmin, colours.cmax) == (-RANGE_SIGMA / STEP_SIGMA, RANGE_SIGMA / STEP_SIGMA)


def test_the_first_planet_is_on_top_and_few_names_are_written() -> None:
    figure = residual_heat_map(np.zeros((1100, 283)), WAVELENGTH_UM, [str(number) for number in range(1100)], "z")
    axis = figure.layout.yaxis
    assert axis.autorange == "reversed"
    assert axis.ticktext[0] == "0"
    assert axis.ticktext[-1] == "1099"
    assert len(axis.ticktext) == 20
    assert figure.layout.height <= 700


def test_one_planet_can_be_drawn() -> None:
    assert residual_heat_map(np.zeros((1, 283)), WAVELENGTH_UM, ["5"], "z").layout.yaxis.ticktext == ("5",)


def test_bins_are_labelled_by_their_wavelength() -> None:
    axis = residual_heat_map(np.zeros((2, 283)), WAVELENGTH_UM, ["5", "6"], "z").layout.xaxis2
    assert all(float(text) == round(float(WAVELENGTH_UM[place + 1]), 2) for place, text in zip(axis.tickvals, axis.ticktext, strict=True))


def test_means_are_over_planets() -> None:
    z = np.stack([np.full(283, 1.0), np.full(283, -3.0)])
    mean, _, rms, _ = residual_means_figure(z, WAVELENGTH_UM).data
    assert np.allclose(mean.y, -1.0)
    assert np.allclose(rms.y, np.sqrt(5.0))


def test_the_pointer_reads_planet_wavelength_residual_sigma_and_z() -> None:
    sigma, residual = np.full((3, 283), 4e-5), np.zeros((3, 283))
    residual[1, 7] = -9e-3  # far beyond the colours
    residual[2, 0] = 8e-5
    figure = residual_heat_map(residual / sigma, WAVELENGTH_UM, ["5", "6", "7"], "z", Cells(residual=residual, sigma=sigma))
    pointed, (fgs1, airs) = cells(figure, "customdata"), figure.data
    np.testing.assert_allclose(pointed[1, 7], [-9000.0, 40.0, -225.0], rtol=1e-6)
    np.testing.assert_allclose(pointed[0, 0], [0.0, 40.0, 0.0])
    np.testing.assert_allclose(pointed[2, 0], [80.0, 40.0, 2.0], rtol=1e-6)
    assert [*fgs1.x, *airs.x] == bin_labels(WAVELENGTH_UM, 283)
    assert fgs1.hovertemplate == airs.hovertemplate
    for asked in ("planet %{y}", "%{x}", "residual %{customdata[0]", "σ %{customdata[1]", "z %{customdata[2]"):
        assert asked in airs.hovertemplate


def test_bins_of_unknown_wavelength_are_numbered() -> None:
    figure = residual_heat_map(np.zeros((2, 6)), None, ["5", "6"], "z")
    assert list(figure.data[1].x) == bin_labels(None, 6)[1:]
    assert not figure.layout.shapes
