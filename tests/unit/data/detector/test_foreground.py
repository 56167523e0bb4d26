from __future__ import annotations

import numpy as np
import pytest

from spectramind.data.detector.foreground import fit_foreground, shrink_foreground

OFFSET = np.concatenate([np.arange(-16.0, -7.0), np.arange(8.0, 17.0)])
EVERYWHERE = np.ones(OFFSET.size, dtype=np.bool_)


@pytest.mark.parametrize("level", [0.0, 5.0])
@pytest.mark.parametrize("sides", [(0.0, 0.0), (4000.0, 4000.0), (6000.0, 2000.0)])
def test_wings_are_not_taken_for_foreground(level: float, sides: tuple[float, float]) -> None:
    image = level + np.where(OFFSET < 0, *sides) / OFFSET**2
    fitted, sigma = fit_foreground(image, OFFSET, EVERYWHERE, wing_exponent=2.0)
    assert fitted == pytest.approx(level, abs=1e-4)
    assert sigma >= 0.0


def test_a_neighbour_star_does_not_set_the_level() -> None:
    image = 5.0 + 4000.0 / OFFSET**2 + np.random.default_rng(8).normal(0.0, 0.2, OFFSET.size)
    image[3] += 500.0
    assert fit_foreground(image, OFFSET, EVERYWHERE, wing_exponent=2.0)[0] == pytest.approx(5.0, abs=1.5)


def test_too_few_pixels_have_no_foreground() -> None:
    few = np.arange(OFFSET.size) < 5
    assert fit_foreground(np.full(OFFSET.size, 9.0), OFFSET, few, wing_exponent=2.0) == (0.0, 0.0)


def test_one_side_is_enough() -> None:
    assert fit_foreground(2.0 + 900.0 / OFFSET**2, OFFSET, OFFSET > 0, wing_exponent=2.0)[0] == pytest.approx(2.0, abs=1e-4)


def test_shrinkage() -> None:
    level, sigma = np.array([-3.0, 0.0, 1.0, 100.0, 7.0]), np.array([1.0, 0.0, 1.0, 1.0, 0.0])
    np.testing.assert_allclose(shrink_foreground(level, sigma), [0.0, 0.0, 0.5, 99.99, 7.0], rtol=1e-4)
