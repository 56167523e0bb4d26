"""Planck's law counted in photons."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from spectramind.physics.blackbody import photon_radiance


def test_photon_law_integrates_to_its_stefan_boltzmann_form() -> None:
    wavelength = np.geomspace(0.02, 3000.0, 60_000)
    photons = np.trapezoid(np.pi * photon_radiance(wavelength, 5800.0), wavelength)
    assert photons == pytest.approx(1.5204629e15 * 5800.0**3, rel=1e-5)


def test_photon_law_peaks_where_it_should() -> None:
    wavelength = np.linspace(0.4, 1.2, 80_001)
    assert wavelength[np.argmax(photon_radiance(wavelength, 5000.0))] * 5000.0 == pytest.approx(3669.7, rel=1e-4)


def test_extremes_neither_overflow_nor_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert photon_radiance(0.5, 30.0) >= 0.0
        assert np.isfinite(photon_radiance(1e4, 1e6))


def test_arguments_broadcast() -> None:
    assert photon_radiance(np.linspace(1, 2, 5), np.array([[4000.0], [6000.0]])).shape == (2, 5)


@pytest.mark.parametrize(("wavelength", "temperature"), [(0.0, 5000.0), (1.0, -1.0), (np.nan, 5000.0)])
def test_nonsense_is_refused(wavelength: float, temperature: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        photon_radiance(wavelength, temperature)
