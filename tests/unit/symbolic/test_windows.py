"""Molecular windows and templates on the wavelengths of a dataset."""

from __future__ import annotations

import numpy as np
import pytest
import tiny_symbolic as tiny

from spectramind.symbolic.molecules import Band, Molecule, load_molecules
from spectramind.symbolic.windows import MARGIN, MolecularWindows
from spectramind.utils.errors import InputDataError

WINDOWS = tiny.windows(283)


def test_a_window_is_where_a_band_is_above_half_its_maximum() -> None:
    band = Band(name="a", centre_um=3.0, width_um=0.2)
    molecule = Molecule(name="X", bands=(band,), sources=("s",))
    wavelength_um = np.array([0.7, 2.0, 2.85, 2.95, 3.0, 3.05, 3.15, 3.5])
    windows = MolecularWindows.project([molecule], wavelength_um)
    assert windows.names == ("X",)
    assert windows.inside.tolist() == [[False, False, False, True, True, True, False, False]]
    expected = (1.0 - MARGIN) / np.sqrt(3.0) * np.array([2.0**-0.25, 1.0, 2.0**-0.25])
    np.testing.assert_allclose(windows.template[0, 3:6], expected, rtol=1e-12)
    assert not windows.template[~windows.inside].any()


def test_widths_fill_the_spectrometer_and_spare_the_photometer() -> None:
    wavelength_um = np.array([0.7, 2.0, 2.1, 2.3, 2.6])
    np.testing.assert_allclose(MolecularWindows.project([], wavelength_um).width_um, [0.0, 0.1, 0.15, 0.25, 0.3])


def test_all_molecules_show_and_the_photometer_is_in_no_window() -> None:
    assert WINDOWS.names == ("H2O", "CH4", "CO2", "CO", "NH3")
    assert not WINDOWS.inside[:, 0].any()
    assert WINDOWS.inside[:, 1:].any(axis=1).all()
    np.testing.assert_array_equal(WINDOWS.anywhere, WINDOWS.inside.any(axis=0))
    assert 0.3 < WINDOWS.anywhere.mean() < 0.9


def test_bands_without_a_bin_are_named() -> None:
    assert {"CO2 nu3", "CO 1-0", "H2O 3nu1+nu3"} <= set(WINDOWS.dropped)
    assert not {"CO 2-0", "CH4 nu3", "H2O nu3"} & set(WINDOWS.dropped)
    seen = sum(len(molecule.bands) for molecule in load_molecules()) - len(WINDOWS.dropped)
    assert seen > 10


def test_a_molecule_without_any_band_is_dropped() -> None:
    windows = MolecularWindows.project(load_molecules(), np.array([0.7, 3.8, 3.85, 3.9, 3.95]))
    assert windows.names == ()
    assert windows.inside.shape == windows.template.shape == (0, 5)
    assert len(windows.dropped) == sum(len(molecule.bands) for molecule in load_molecules())


def test_a_template_is_below_a_flat_spectrum_by_the_margin() -> None:
    for inside, template in zip(WINDOWS.inside, WINDOWS.template, strict=True):
        flat = 1.0 / np.sqrt(inside.sum())
        assert template.max() <= (1.0 - MARGIN) * flat
        assert template[inside].min() >= 0.5 * (1.0 - MARGIN) * flat
        assert (template >= 0.0).all()


@pytest.mark.parametrize("wavelength_um", [[0.7, 2.0, 2.1], [0.7, 2.0, 2.0, 2.1], [0.7, 2.0, np.nan, 2.1], [-0.7, 2.0, 2.1, 2.2]])
def test_wavelengths_that_cannot_be_used_are_refused(wavelength_um: list[float]) -> None:
    with pytest.raises(InputDataError):
        MolecularWindows.project(load_molecules(), np.array(wavelength_um))
