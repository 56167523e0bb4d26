"""The prior law of limb darkening is a possible one for every star of the sample."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny_transit as tiny

from spectramind.features.transit.limb_darkening import optical_law
from spectramind.features.transit.state import SharedPrior

TEMPERATURES_K = [2500.0, 3500.0, 4800.0, 5887.0, 7000.0, 10000.0]
WAVELENGTH_UM = np.linspace(1.8, 4.0, 50)


@pytest.mark.parametrize("temperature_k", TEMPERATURES_K)
def test_a_disc_is_brightest_in_the_middle_and_nowhere_dark(temperature_k: float) -> None:
    mu = np.linspace(0.0, 1.0, 101)
    u1, u2 = SharedPrior.from_star(replace(tiny.STAR, temperature_k=temperature_k), WAVELENGTH_UM, 4.0).airs_law
    laws = [optical_law(temperature_k), *zip(u1.tolist(), u2.tolist(), strict=True)]
    for first, second in laws:
        intensity = 1.0 - first * (1.0 - mu) - second * (1.0 - mu) ** 2
        assert (intensity > 0.0).all()
        assert (np.diff(intensity) >= 0.0).all()


def test_hotter_stars_and_longer_waves_are_less_darkened() -> None:
    assert optical_law(4000.0)[0] > optical_law(5000.0)[0] > optical_law(6500.0)[0]
    infrared = SharedPrior.from_star(tiny.STAR, WAVELENGTH_UM, 4.0).airs_law[0]
    assert (np.diff(infrared) <= 0.0).all()
    assert optical_law(tiny.STAR.temperature_k)[0] > infrared.max()
