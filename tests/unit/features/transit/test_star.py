"""The star table as a loose prior: whatever it says, something usable comes out."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spectramind.features.transit.star import StarPrior

ROW = {"Ts": 5500.0, "sma": 8.0, "i": 88.0, "P": 3.0}


def test_values_are_taken_over() -> None:
    star = StarPrior.from_catalogue(ROW)
    assert (star.temperature_k, star.period_d, star.semimajor_axis) == (5500.0, 3.0, 8.0)
    np.testing.assert_allclose(star.impact_parameter, 8.0 * math.cos(math.radians(88.0)))


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), -3.0, 0.0, "", "word"])
def test_a_useless_value_is_replaced_by_the_typical_one(value: object) -> None:
    star = StarPrior.from_catalogue({**ROW, "Ts": value})
    assert star.temperature_k == 5887.0
    assert star.period_d == 3.0


def test_an_empty_row_is_a_typical_system() -> None:
    star = StarPrior.from_catalogue({})
    assert star.period_d == 5.2
    assert 1.0 < star.duration_h < 6.0


@pytest.mark.parametrize("inclination", [60.0, 89.0, 90.0, 91.0, 120.0])
def test_the_catalogue_never_lets_the_planet_miss(inclination: float) -> None:
    star = StarPrior.from_catalogue({**ROW, "i": inclination})
    assert 0.0 <= star.impact_parameter <= 0.9
    assert star.duration_h > 0.5


def test_duration_is_the_chord_over_the_speed() -> None:
    star = StarPrior(temperature_k=5000.0, period_d=10.0, semimajor_axis=30.0, impact_parameter=0.6)
    np.testing.assert_allclose(star.duration_h, 2.0 * 0.8 / (2.0 * np.pi * 30.0) * 240.0, rtol=1e-3)
