"""The axis of bins: labels, strips of the molecules in the colours of the house, and the gap between the sensors."""

from __future__ import annotations

import numpy as np
import pytest

from spectramind.diagnostics.figures.bin_axis import bin_labels, mark_bins, runs
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
    import plotly.graph_objects as go

    figure = mark_bins(finish(go.Figure(go.Scatter(x=bin_labels(WAVELENGTH_UM), y=np.zeros(283))), "title", 360), WAVELENGTH_UM)
    strips = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    expected = [(pair, MOLECULES[name]) for name, inside in zip(WINDOWS.names, WINDOWS.inside, strict=True) for pair in runs(inside)]
    assert [((strip.x0 + 0.5, strip.x1 - 0.5), strip.fillcolor) for strip in strips] == expected
    assert [note.text for note in figure.layout.annotations] == list(WINDOWS.names)
    assert all(strip.y0 >= 1.0 for strip in strips)
    assert figure.layout.xaxis.ticktext[0] == "FGS1"
    assert float(figure.layout.xaxis.ticktext[-1]) == pytest.approx(3.9)


def test_the_gap_between_the_sensors_is_drawn_and_named_in_the_legend() -> None:
    figure = per_bin_figure({"one": np.zeros(283)}, WAVELENGTH_UM, title="t", quantity="q")
    (line,) = (shape for shape in figure.layout.shapes if shape.type == "line")
    assert (line.x0, line.x1, line.y0) == (0.5, 0.5, 0.0)
    (gap,) = (trace for trace in figure.data if "gap" in trace.name)
    assert gap.showlegend
    assert figure.layout.showlegend
    assert gap.line.dash == line.line.dash
    assert "FGS1 (0.70 µm) and AIRS (1.95–3.90 µm)" in gap.name


def test_runs_are_unbroken() -> None:
    assert runs(np.array([True, True, False, True, False, False, True])) == [(0, 1), (3, 3), (6, 6)]
    assert runs(np.zeros(4, dtype=np.bool_)) == []


def test_labels_tell_all_bins_apart() -> None:
    labels = bin_labels(WAVELENGTH_UM)
    assert (labels[0], labels[1], labels[-1]) == ("FGS1, 0.700 µm", "bin 1, 1.950 µm", "bin 282, 3.900 µm")
    assert len(set(labels)) == 283


def test_lines_over_bins_leave_fgs1_apart() -> None:
    values, labels = np.arange(283.0), bin_labels(WAVELENGTH_UM)
    line, point, *_ = per_bin_figure({"one": values}, WAVELENGTH_UM, title="t", quantity="q (σ)").data
    assert (line.mode, point.mode) == ("lines", "markers")
    np.testing.assert_array_equal(line.y, values[1:])
    assert list(line.x) == labels[1:]
    assert (list(point.x), list(point.y)) == (labels[:1], [0.0])


def test_every_molecule_has_a_colour_of_okabe_and_ito_that_stands_out_on_light_and_on_dark_ground() -> None:
    assert list(MOLECULES) == [molecule.name for molecule in load_molecules()]
    assert len(set(MOLECULES.values())) == len(MOLECULES)
    assert set(MOLECULES.values()) <= OKABE_ITO
    assert min(contrast(colour, DARK_GROUND) for colour in MOLECULES.values()) > 4.0
    assert min(contrast(colour, LIGHT_GROUND) for colour in MOLECULES.values()) > 2.0


def test_the_gallery_has_the_colours_of_the_maps() -> None:
    figure = gallery_spectrum(WAVELENGTH_UM, np.full(283, 0.01), np.full(283, 1e-4), None, WINDOWS)
    assert {shape.fillcolor for shape in figure.layout.shapes} >= {MOLECULES[name] for name in WINDOWS.names}
