"""The axes of bins: labels, panels of both sensors, and strips of the molecules in the colours of the house."""

from __future__ import annotations

import numpy as np

from spectramind.diagnostics.figures.bin_axis import AIRS_DOMAIN, FGS1_DOMAIN, bin_labels, draw_heat, mark_bins, over_bins, runs
from spectramind.diagnostics.figures.bin_lines import per_bin_figure
from spectramind.diagnostics.figures.gallery import gallery_spectrum
from spectramind.diagnostics.figures.style import MOLECULES, finish
from spectramind.symbolic.molecules import load_molecules
from spectramind.symbolic.windows import MolecularWindows

WAVELENGTH_UM = np.concatenate([[0.7], np.linspace(1.95, 3.9, 282)])
WINDOWS = MolecularWindows.project(load_molecules(), WAVELENGTH_UM)
OKABE_ITO = {"#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7"}
LIGHT_GROUND, DARK_GROUND = "#f7f8fa", "#1c2027"


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2."""
    share = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)]) / 255.0
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_strips_are_the_windows_of_the_molecules_in_their_colours_and_named() -> None:
    figure = mark_bins(finish(over_bins(), "title", 360), WAVELENGTH_UM, 283)
    strips = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    expected = [(pair, MOLECULES[name]) for name, inside in zip(WINDOWS.names, WINDOWS.inside, strict=True) for pair in runs(inside)]
    assert [((strip.x0 + 1.5, strip.x1 + 0.5), strip.fillcolor) for strip in strips] == expected
    assert {strip.xref for strip in strips} == {"x2"}
    assert [note.text for note in figure.layout.annotations] == list(WINDOWS.names)
    assert all(strip.y0 >= 1.0 for strip in strips)
    assert (figure.layout.xaxis.title.text, figure.layout.xaxis2.title.text[-12:]) == ("FGS1", "FGS1 at 0.70")
    assert [float(text) for text in figure.layout.xaxis2.ticktext[:: len(figure.layout.xaxis2.ticktext) - 1]] == [1.95, 3.9]
    assert list(figure.layout.xaxis2.tickvals[:: len(figure.layout.xaxis2.tickvals) - 1]) == [0, 281]


def test_fgs1_has_a_panel_of_its_own_that_can_be_seen() -> None:
    figure, z = over_bins(), np.arange(566).reshape(2, 283)
    draw_heat(figure, z, bin_labels(WAVELENGTH_UM, 283), customdata=10 * z, y=["7", "8"])
    mark_bins(finish(figure, "t", 360), WAVELENGTH_UM, 283)
    first, rest = figure.data
    assert (first.xaxis, rest.xaxis) == ("x", "x2")
    np.testing.assert_array_equal(np.hstack([first.z, rest.z]), z)
    np.testing.assert_array_equal(np.hstack([first.customdata, rest.customdata]), 10 * z)
    assert [*first.x, *rest.x] == bin_labels(WAVELENGTH_UM, 283)
    assert (figure.layout.xaxis.domain, figure.layout.xaxis2.domain) == (FGS1_DOMAIN, AIRS_DOMAIN)
    assert FGS1_DOMAIN[1] * 1200 > 40, "a strip of a few pixels is not seen beside 282 bins"
    assert list(figure.layout.xaxis.range) == [-0.5, 0.5]
    assert list(figure.layout.xaxis2.range) == [-0.5, 281.5]


def test_bins_of_unknown_wavelength_are_numbered() -> None:
    figure = mark_bins(finish(over_bins(), "t", 360), None, 6)
    assert bin_labels(None, 6) == ["FGS1", "bin 1", "bin 2", "bin 3", "bin 4", "bin 5"]
    assert not figure.layout.shapes
    assert figure.layout.xaxis2.ticktext == ("1", "2", "3", "4", "5")
    assert "bin" in figure.layout.xaxis2.title.text


def test_runs_are_unbroken() -> None:
    assert runs(np.array([True, True, False, True, False, False, True])) == [(0, 1), (3, 3), (6, 6)]
    assert runs(np.zeros(4, dtype=np.bool_)) == []


def test_labels_tell_all_bins_apart() -> None:
    labels = bin_labels(WAVELENGTH_UM, 283)
    assert (labels[0], labels[1], labels[-1]) == ("FGS1, 0.700 µm", "bin 1, 1.950 µm", "bin 282, 3.900 µm")
    assert len(set(labels)) == 283


def test_lines_over_bins_leave_fgs1_apart() -> None:
    values, labels = np.arange(283.0), bin_labels(WAVELENGTH_UM, 283)
    line, point, *_ = per_bin_figure({"one": values}, WAVELENGTH_UM, title="t", quantity="q (σ)").data
    assert (line.mode, point.mode) == ("lines", "markers")
    np.testing.assert_array_equal(line.y, values[1:])
    assert list(line.x) == labels[1:]
    assert (list(point.x), list(point.y)) == (labels[:1], [0.0])
    assert (line.xaxis, point.xaxis) == ("x2", "x")


def test_what_is_expected_is_a_line_through_both_panels() -> None:
    figure = per_bin_figure({"one": np.zeros(283)}, WAVELENGTH_UM, title="t", quantity="q", expected=(0.5,))
    (line,) = (shape for shape in figure.layout.shapes if shape.type == "line")
    assert (line.xref, line.x0, line.x1, line.y0, line.y1) == ("paper", 0.0, 1.0, 0.5, 0.5)


def test_every_molecule_has_a_colour_of_okabe_and_ito_that_stands_out_on_light_and_on_dark_ground() -> None:
    assert list(MOLECULES) == [molecule.name for molecule in load_molecules()]
    assert len(set(MOLECULES.values())) == len(MOLECULES)
    assert set(MOLECULES.values()) <= OKABE_ITO
    assert min(contrast(colour, DARK_GROUND) for colour in MOLECULES.values()) > 4.0
    assert min(contrast(colour, LIGHT_GROUND) for colour in MOLECULES.values()) > 2.0


def test_the_gallery_has_the_colours_of_the_maps() -> None:
    figure = gallery_spectrum(WAVELENGTH_UM, np.full(283, 0.01), np.full(283, 1e-4), None, WINDOWS)
    assert {shape.fillcolor for shape in figure.layout.shapes} >= {MOLECULES[name] for name in WINDOWS.names}
