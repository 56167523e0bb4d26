"""The residual map keeps values within a step, planets in order, and a byte a cell."""

from __future__ import annotations

import numpy as np

from spectramind.diagnostics.figures.bin_axis import bin_labels
from spectramind.diagnostics.figures.residual_map import RANGE_SIGMA, STEP_SIGMA, Cells, residual_heat_map, residual_means_figure

WAVELENGTH_UM = np.concatenate([[0.7], np.linspace(1.95, 3.9, 282)])


def test_cells_are_bytes_within_half_a_step_and_clipped_beyond_the_colours() -> None:
    z = np.random.default_rng(1).normal(0.0, 2.0, (40, 283))
    z[0, 0], z[1, 1] = 90.0, -90.0
    heat = residual_heat_map(z, WAVELENGTH_UM, [str(number) for number in range(40)], "z").data[0]
    assert heat.z.dtype == np.int8
    clipped = np.clip(z, -125 * STEP_SIGMA, 125 * STEP_SIGMA)
    assert np.abs(heat.z * STEP_SIGMA - clipped).max() <= STEP_SIGMA / 2 + 1e-12
    assert (heat.zmin, heat.zmax) == (-RANGE_SIGMA / STEP_SIGMA, RANGE_SIGMA / STEP_SIGMA)


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
    axis = residual_heat_map(np.zeros((2, 283)), WAVELENGTH_UM, ["5", "6"], "z").layout.xaxis
    assert axis.ticktext[0] == "FGS1"
    assert all(
        float(text) == round(float(WAVELENGTH_UM[place]), 2) for place, text in zip(axis.tickvals[1:], axis.ticktext[1:], strict=True)
    )


def test_means_are_over_planets() -> None:
    z = np.stack([np.full(283, 1.0), np.full(283, -3.0)])
    mean, _, rms, _, _ = residual_means_figure(z, WAVELENGTH_UM).data
    assert np.allclose(mean.y, -1.0)
    assert np.allclose(rms.y, np.sqrt(5.0))


def test_the_pointer_reads_planet_wavelength_residual_sigma_and_z() -> None:
    sigma, residual = np.full((3, 283), 4e-5), np.zeros((3, 283))
    residual[1, 7] = -9e-3  # far beyond the colours
    heat = residual_heat_map(residual / sigma, WAVELENGTH_UM, ["5", "6", "7"], "z", Cells(residual=residual, sigma=sigma)).data[0]
    np.testing.assert_allclose(heat.customdata[1, 7], [-9000.0, 40.0, -225.0], rtol=1e-6)
    np.testing.assert_allclose(heat.customdata[0, 0], [0.0, 40.0, 0.0])
    assert heat.x[7] == bin_labels(WAVELENGTH_UM)[7]
    for asked in ("planet %{y}", "%{x}", "residual %{customdata[0]", "σ %{customdata[1]", "z %{customdata[2]"):
        assert asked in heat.hovertemplate


def test_bins_of_unknown_wavelength_are_numbered() -> None:
    figure = residual_heat_map(np.zeros((2, 6)), None, ["5", "6"], "z")
    assert figure.data[0].x is None
    assert not figure.layout.shapes
    assert "bin" in figure.layout.xaxis.title.text
