"""The figure of the gallery shows what it was given, and names what the page fills in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from spectramind.diagnostics.figures.gallery import gallery_spectrum
from spectramind.symbolic.molecules import load_molecules
from spectramind.symbolic.windows import MolecularWindows

WAVELENGTH_UM = np.concatenate([[0.7], np.linspace(1.95, 3.9, 282)])
WINDOWS = MolecularWindows.project(load_molecules(), WAVELENGTH_UM)
MU, SIGMA = np.linspace(0.010, 0.011, 283), np.full(283, 5e-5)
PREDICTED = {"lower2", "upper2", "lower1", "upper1", "mu"}


def traces(truth: NDArray[np.float64] | None) -> dict[str, Any]:
    return {trace.meta: trace for trace in gallery_spectrum(WAVELENGTH_UM, MU, SIGMA, truth, WINDOWS).data}


def test_every_trace_is_named_once_for_each_sensor() -> None:
    known, unknown = traces(MU + 1e-5), traces(None)
    assert set(unknown) == {f"{sensor} {name}" for sensor in ("fgs1", "airs") for name in PREDICTED}
    assert set(known) - set(unknown) == {f"{sensor} {name}" for sensor in ("fgs1", "airs") for name in ("truth", "z")}


@pytest.mark.parametrize(("name", "sigmas"), [("lower2", -2), ("upper2", 2), ("lower1", -1), ("upper1", 1), ("mu", 0)])
def test_bands_are_one_and_two_sigma_in_ppm(name: str, sigmas: int) -> None:
    shown = traces(None)
    expected = (MU + sigmas * SIGMA) * 1e6
    assert np.allclose(shown[f"airs {name}"].y, expected[1:], rtol=1e-6)
    assert np.allclose(shown[f"fgs1 {name}"].y, expected[0], rtol=1e-6)


def test_z_is_predicted_less_true_over_sigma() -> None:
    shown = traces(MU - 2.0 * SIGMA)
    assert np.allclose(shown["airs z"].y, 2.0, atol=1e-3)
    assert np.allclose(shown["airs truth"].y, (MU - 2.0 * SIGMA)[1:] * 1e6, rtol=1e-6)


def test_windows_of_molecules_are_named_and_shaded_where_they_lie() -> None:
    figure = gallery_spectrum(WAVELENGTH_UM, MU, SIGMA, None, WINDOWS)
    names = [note.text for note in figure.layout.annotations]
    assert names == list(WINDOWS.names)
    inside = np.zeros(283, dtype=bool)
    for shape in figure.layout.shapes:
        inside |= (shape.x0 <= WAVELENGTH_UM) & (shape.x1 >= WAVELENGTH_UM)
    assert np.array_equal(inside, WINDOWS.anywhere)


def test_arrays_are_small_and_axes_have_units() -> None:
    figure = gallery_spectrum(WAVELENGTH_UM, MU, SIGMA, MU, WINDOWS)
    assert {trace.y.dtype for trace in figure.data} == {np.dtype(np.float32)}
    layout = figure.layout
    assert (layout.xaxis2.title.text, layout.yaxis.title.text, layout.yaxis2.title.text) == (
        "wavelength (µm)",
        "transit depth (ppm)",
        "z (σ)",
    )
