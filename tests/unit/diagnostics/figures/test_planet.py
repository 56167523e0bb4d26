"""Figures hold what they promise: data, titles, units, and numbers a page can show."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from spectramind.diagnostics.figures import planet as figures
from spectramind.diagnostics.figures.corner import PARAMETERS, corner, draws, enclosing_sigma
from spectramind.diagnostics.figures.spectrum import spectrum
from spectramind.diagnostics.figures.style import MOLECULES, transparent
from spectramind.diagnostics.planet.data import PlanetView, VisitView
from spectramind.symbolic.molecules import load_molecules
from spectramind.symbolic.windows import MolecularWindows


def named(figure: Any, name: str) -> Any:
    (trace,) = [trace for trace in figure.data if trace.name == name and trace.showlegend is not False]
    return trace


def titles(figure: Any) -> set[str]:
    return {figure.layout[key].title.text for key in figure.layout.to_plotly_json() if key[1:5] == "axis" and figure.layout[key].title.text}


def test_white_curves_multiply_back_to_the_data(visit: VisitView) -> None:
    fgs1, airs = visit.white
    np.testing.assert_allclose(fgs1.model, visit.fgs1["model"], rtol=1e-12)
    np.testing.assert_allclose(fgs1.residual, visit.fgs1["residual"], atol=1e-12)
    np.testing.assert_allclose(airs.model, visit.airs["model"][:, 1:] @ visit.white_weight, rtol=1e-12)
    for curve in (fgs1, airs):
        assert np.ptp(curve.gain) < 3e-3
        assert 0.010 < 1.0 - curve.transit.min() < 0.016
        assert np.abs(curve.detrended[~curve.in_transit] - 1.0).max() < 2e-3


@pytest.mark.parametrize("sensor", [0, 1])
def test_light_curve_shows_data_model_and_residuals(visit: VisitView, sensor: int) -> None:
    curve = visit.white[sensor]
    figure = figures.light_curve(curve)
    np.testing.assert_array_equal(named(figure, "measured, drift divided out").y, curve.detrended)
    np.testing.assert_array_equal(named(figure, "fitted transit").y, curve.transit)
    assert titles(figure) == {"flux / out of transit", "residual (ppm)", "time since the start of the visit (h)"}
    assert figure.layout.title.text == f"{curve.sensor}: white light curve"


def test_drift_shows_what_is_divided_out_by_colour(visit: VisitView) -> None:
    figure = figures.drift(visit.white[1], visit.colour_gain)
    np.testing.assert_allclose(named(figure, "divided out").y, (visit.white[1].gain - 1.0) * 1e6)
    assert {"raw", "detrended", "blue", "middle", "red third"} <= {trace.name for trace in figure.data}
    assert "blue" not in {trace.name for trace in figures.drift(visit.white[0]).data}


def test_residual_map_is_in_units_of_the_noise(visit: VisitView) -> None:
    (heatmap,) = figures.residual_map(visit).data
    assert heatmap.z.shape == (12, visit.airs["time"].size)
    assert 0.8 < float(np.std(heatmap.z)) < 1.2


@pytest.mark.parametrize(("visits", "known"), [(1, True), (1, False), (2, True), (2, False)])
def test_spectrum_shows_visits_only_where_there_are_several_and_truth_where_known(planet: PlanetView, visits: int, known: bool) -> None:
    second = replace(planet.visits[0], visit=1)
    view = replace(planet, visits=(planet.visits[0], second)[:visits], truth=planet.truth if known else None)
    figure = spectrum(view)
    names = {trace.name for trace in figure.data if trace.name}
    assert names == {"predicted ± 1σ"} | ({"visit 0", "visit 1"} if visits == 2 else set()) | ({"truth"} if known else set())
    np.testing.assert_allclose(named(figure, "predicted ± 1σ").y, view.mu[1:] * 1e6)
    assert ("z (σ)" in titles(figure)) == known
    assert {"transit depth (ppm)", "wavelength (µm)"} <= titles(figure)
    assert all(isinstance(edge, float) for edge in figure.layout.xaxis.range)


def test_corner_has_one_panel_a_pair(visit: VisitView) -> None:
    figure = corner(visit)
    count = len(PARAMETERS)
    assert sum(trace.type == "contour" for trace in figure.data) == count * (count - 1) // 2
    assert set(PARAMETERS) <= titles(figure)


def test_draws_have_the_posterior_s_moments_and_hold_the_truth(visit: VisitView) -> None:
    sample = draws(visit)
    depth, sigma = visit.white_depth
    np.testing.assert_allclose([sample[5].mean(), sample[5].std()], [depth * 1e6, sigma * 1e6], rtol=0.05)
    np.testing.assert_allclose(sample[0].std(), visit.transit["shared_sigma"][0] * 3600.0, rtol=0.05)
    low, high = np.percentile(sample[1:3], [0.1, 99.9], axis=1)
    assert (low < [10.0, 0.35]).all()
    assert (high > [10.0, 0.35]).all()


def test_covariances_of_depths_and_shared_unknowns_fit_together(visit: VisitView) -> None:
    _, covariance = visit.joint_moments()
    np.testing.assert_allclose(covariance, covariance.T, atol=1e-12)
    scale = np.sqrt(np.diag(covariance))
    assert np.linalg.eigvalsh(covariance / np.outer(scale, scale)).min() > -1e-8


def test_enclosing_sigma_of_a_gaussian_is_its_radius() -> None:
    axis = np.linspace(-4.0, 4.0, 81)
    counts = np.exp(-0.5 * (axis[:, None] ** 2 + axis**2) / 1.0)
    radius = enclosing_sigma(counts)
    np.testing.assert_allclose(radius[40, [50, 60]], [1.0, 2.0], atol=0.1)


def test_transparent_names_the_channels() -> None:
    assert transparent("#0072B2", 0.5) == "rgba(0,114,178,0.5)"


def test_the_spectrum_has_the_windows_of_the_molecules_in_the_colours_of_the_gallery(planet: PlanetView) -> None:
    figure = spectrum(planet)
    windows = MolecularWindows.project(load_molecules(), planet.wavelength_um)
    strips = [shape for shape in figure.layout.shapes if shape.fillcolor in MOLECULES.values()]
    assert [note.text for note in figure.layout.annotations] == list(windows.names)
    inside = np.zeros(planet.wavelength_um.size, dtype=bool)
    for shape in strips:
        assert (shape.xref, shape.y0 >= 1.0) == ("x2", True)
        inside |= (shape.x0 <= planet.wavelength_um) & (shape.x1 >= planet.wavelength_um)
    np.testing.assert_array_equal(inside, windows.anywhere)
