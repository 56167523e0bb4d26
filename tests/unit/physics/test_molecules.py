"""Molecular bands: where they are, and that opacity is never zero or negative."""

from __future__ import annotations

import numpy as np
import pytest

from spectramind.physics.molecules import MOLECULES, band_opacity

WAVELENGTH_UM = np.linspace(0.5, 4.1, 3601)


@pytest.mark.parametrize("molecule", list(MOLECULES))
def test_opacity_is_positive_everywhere(molecule: str) -> None:
    assert np.all(band_opacity(molecule, WAVELENGTH_UM) > 0.0)


@pytest.mark.parametrize(
    ("molecule", "low_um", "high_um"), [("H2O", 2.6, 2.85), ("CH4", 3.3, 3.36), ("NH3", 2.9, 3.05), ("HCN", 2.98, 3.05)]
)
def test_strongest_band_is_where_it_is_known_to_be(molecule: str, low_um: float, high_um: float) -> None:
    assert low_um < WAVELENGTH_UM[band_opacity(molecule, WAVELENGTH_UM).argmax()] < high_um


def test_carbon_dioxide_has_its_pair_below_three_microns() -> None:
    below = WAVELENGTH_UM < 3.0
    opacity = band_opacity("CO2", WAVELENGTH_UM)
    assert 2.66 < WAVELENGTH_UM[below][opacity[below].argmax()] < 2.80
    assert opacity[np.abs(WAVELENGTH_UM - 2.73).argmin()] < opacity[np.abs(WAVELENGTH_UM - 2.69).argmin()]
