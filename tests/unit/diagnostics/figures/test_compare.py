"""Figures of a comparison: what they show is what they were given, and they stay small."""

from __future__ import annotations

import numpy as np
import pytest

from spectramind.diagnostics.figures import compare as figures

RNG = np.random.default_rng(2)
Z = RNG.normal(size=(50, 9))
WAVELENGTH_UM = np.append(0.7, np.linspace(1.95, 3.9, 282))
IDS = [str(place) for place in range(50)]


def test_bands_hold_the_median() -> None:
    low, high, middle, point = figures.difference_by_bin(Z).data
    np.testing.assert_allclose([*point.y, *middle.y], np.median(Z, axis=0), rtol=1e-5, atol=1e-6)
    assert (np.asarray(low.y) < np.asarray(high.y)).all()
    ends = [point.y[0] - point.error_y.arrayminus[0], point.y[0] + point.error_y.array[0]]
    np.testing.assert_allclose(ends, np.quantile(Z[:, 0], [0.16, 0.84]), rtol=1e-5)
    assert figures.sigma_ratio_by_bin(np.exp(Z)).layout.yaxis.type == "log"


def test_the_map_is_sorted_small_and_tells_the_pointer_what_differs() -> None:
    difference = RNG.normal(size=(1100, 283)) * 1e-4
    difference[5] = 9e-4
    ids = [str(place) for place in range(1100)]
    figure = figures.difference_map(difference, np.full(difference.shape, 1e-4), ids, WAVELENGTH_UM)
    for heat in figure.data:
        assert heat.z.dtype == np.int8
        assert heat.y[0] == "5"
        assert (heat.z[0] == heat.z.max()).all()
        np.testing.assert_allclose(heat.customdata[0, 0], [900.0, 100.0, 9.0], rtol=1e-5)
        assert "B − A" in heat.hovertemplate
    assert figure.layout.coloraxis.colorbar.ticktext == ("−4", "−2", "0", "+2", "+4")
    assert len(figure.to_json()) < 7_000_000


def test_bins_have_wavelengths_where_they_are_known() -> None:
    for draw in (figures.difference_by_bin, figures.sigma_ratio_by_bin):
        known, numbered = draw(np.ones((4, 283)), WAVELENGTH_UM), draw(np.ones((4, 283)))
        assert known.data[2].x[0] == "bin 1, 1.950 µm"
        assert [note.text for note in known.layout.annotations] == ["H2O", "CH4", "CO2", "CO", "NH3"]
        assert numbered.data[2].x[-1] == "bin 282"
        assert numbered.layout.xaxis2.title.text.startswith("bin")


def test_planets_are_ranked() -> None:
    ranked = figures.planet_differences(np.array([3.0, 1.0, 2.0]), ("7", "8", "9")).data[0]
    assert list(ranked.y) == [1.0, 2.0, 3.0]
    assert list(ranked.text) == ["planet 8", "planet 9", "planet 7"]
    trace = figures.gains(np.array([0.5, -0.25]), ("7", "8")).data[0]
    assert list(trace.y) == [-0.25, 0.5]
    assert list(trace.text) == ["planet 8", "planet 7"]
    assert trace.marker.color[0] != trace.marker.color[1]
    for figure in (figures.planet_differences(np.ones(3), ("7", "8", "9")), figures.gains(np.ones(3), ("7", "8", "9"))):
        assert (figure.layout.xaxis.tick0, figure.layout.xaxis.dtick) == (0, 1), "there is no half planet"


def test_every_resample_is_in_the_histogram() -> None:
    assert sum(figures.gain_distribution(RNG.normal(size=400), 0.0).data[0].y) == 400


def test_zero_is_on_the_axis_of_the_gains_however_far_they_are() -> None:
    low, high = figures.gain_distribution(RNG.normal(2.0, 0.01, size=400), 2.0).layout.xaxis.range
    assert low < 0.0
    assert high > 2.0


@pytest.mark.parametrize(
    "figure",
    [
        figures.difference_by_bin(Z),
        figures.difference_map(Z, np.ones_like(Z), IDS),
        figures.planet_differences(Z[:, 0] ** 2, IDS),
        figures.gain_distribution(Z[:, 0], 0.1),
    ],
)
def test_axes_are_named(figure: object) -> None:
    layout = figure.layout  # type: ignore[attr-defined]
    assert layout.title.text
    assert layout.xaxis.title.text
    assert layout.yaxis.title.text
