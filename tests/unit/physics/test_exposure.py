"""Averaging over finite exposures."""

from __future__ import annotations

import numpy as np
import pytest

from spectramind.physics.exposure import exposure_nodes


@pytest.mark.parametrize("order", [1, 2, 3, 7])
def test_polynomials_up_to_twice_the_order_are_averaged_exactly(order: int) -> None:
    middle = np.array([[0.3, -1.0], [2.0, 0.0]])
    times, weights = exposure_nodes(middle, 0.5, order)
    assert times.shape == (2, 2, order)
    assert weights.sum() == pytest.approx(1.0)
    power = 2 * order - 1
    exact = ((middle + 0.25) ** (power + 1) - (middle - 0.25) ** (power + 1)) / ((power + 1) * 0.5)
    np.testing.assert_allclose(times**power @ weights, exact, rtol=1e-12, atol=1e-14)


def test_every_exposure_may_have_its_own_length() -> None:
    times, weights = exposure_nodes([0.0, 10.0], [1.0, 2.0], 3)
    np.testing.assert_allclose(times**2 @ weights, [1 / 12, 100 + 4 / 12])


def test_an_order_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="deg"):
        exposure_nodes(0.0, 1.0, 0)
