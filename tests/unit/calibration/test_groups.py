"""A class has a factor of its own where it has planets enough, and where planets left out say that it helps."""

from __future__ import annotations

import numpy as np
import pytest
import tiny_errors as tiny
from numpy.typing import NDArray

from spectramind.calibration.groups import FEWEST_IN_CLASS, Groups, fit_groups, helps
from spectramind.calibration.quality import QualityClass
from spectramind.utils.errors import InputDataError

Array = NDArray[np.float64]

BINS = 20
GOOD, FAINT, POOR = QualityClass


def mixed(good: int, poor: int, excess: float) -> tuple[Array, Array, Array]:
    """Truth, mu and sigma of planets whose errors are as said, and of some whose errors are larger."""
    generator = np.random.default_rng(0)
    parts = tiny.predictions(generator, good, BINS), tiny.predictions(generator, poor, BINS, excess)
    truth, mu, sigma = (np.concatenate([getattr(part, name) for part in parts]) for name in ("truth", "mu", "sigma"))
    return truth, mu, sigma


def test_a_class_whose_errors_are_larger_gets_its_factor() -> None:
    groups = fit_groups(*mixed(400, 200, 3.0), [GOOD] * 400 + [POOR] * 200)
    assert groups.factors[POOR] == pytest.approx(3.0, abs=0.4)
    assert (groups.factors[GOOD], groups.factors[FAINT]) == (1.0, 1.0)
    assert groups.planets == {GOOD: 400, FAINT: 0, POOR: 200}


def test_few_planets_tell_nothing() -> None:
    few = FEWEST_IN_CLASS - 1
    groups = fit_groups(*mixed(100, few, 3.0), [GOOD] * 100 + [POOR] * few)
    assert groups.factors[POOR] == 1.0
    assert groups.planets[POOR] == few
    one_more = fit_groups(*mixed(100, few + 1, 3.0), [GOOD] * 100 + [POOR] * (few + 1))
    assert one_more.factors[POOR] > 1.5


def test_honest_classes_keep_their_sigma() -> None:
    generator = np.random.default_rng(1)
    kept = 0
    for _ in range(60):
        some = tiny.predictions(generator, 60, BINS, freedom=6.0)
        kept += fit_groups(some.truth, some.mu, some.sigma, [GOOD] * 60).factors[GOOD] == 1.0
    assert kept >= 55, kept


def test_one_bad_planet_is_no_reason_for_all() -> None:
    squares = np.ones(40)
    squares[7] = 500.0
    assert not helps(squares, 282)
    assert helps(np.linspace(3.0, 12.0, 40), 282)
    assert not helps(np.zeros(40), 282)


def test_each_planet_gets_the_factor_of_its_class() -> None:
    groups = Groups(factors={GOOD: 1.0, FAINT: 2.0, POOR: 3.0}, planets=dict.fromkeys(QualityClass, 20))
    np.testing.assert_array_equal(groups.apply(np.ones((3, 2)), [POOR, GOOD, FAINT]), [[3.0, 3.0], [1.0, 1.0], [2.0, 2.0]])


def test_an_unusable_set_is_refused() -> None:
    truth, mu, sigma = mixed(20, 10, 1.0)
    with pytest.raises(InputDataError, match="not positive"):
        fit_groups(truth, mu, 0.0 * sigma, [GOOD] * 30)
