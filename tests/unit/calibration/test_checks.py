"""What a calibration refuses."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from spectramind.calibration.checks import NAMED_AT_MOST, assert_unseen, z_scores
from spectramind.utils.errors import ExitCode, InputDataError

TRUTH = np.array([[0.01, 0.012], [0.02, 0.021], [0.015, 0.011]])
MU = TRUTH + np.array([[1e-4, -2e-4], [3e-4, 0.0], [-1e-4, 1e-4]])
SIGMA = np.full(TRUTH.shape, 1e-4)


def changed(values: NDArray[np.float64], value: float) -> NDArray[np.float64]:
    copy = values.copy()
    copy[1, 0] = value
    return copy


def test_z_is_the_error_over_its_sigma() -> None:
    np.testing.assert_allclose(z_scores(TRUTH, MU, SIGMA), [[-1.0, 2.0], [-3.0, 0.0], [1.0, -1.0]], atol=1e-9)


@pytest.mark.parametrize(
    ("what", "truth", "mu", "sigma"),
    [
        ("share one shape", TRUTH, MU[:, :1], SIGMA),
        ("share one shape", TRUTH[0], MU[0], SIGMA[0]),
        ("share one shape", TRUTH[:, :1], MU[:, :1], SIGMA[:, :1]),
        ("is empty", TRUTH[:0], MU[:0], SIGMA[:0]),
        ("too small", TRUTH[:1], MU[:1], SIGMA[:1]),
        ("truth of the calibration set is not finite", changed(TRUTH, np.nan), MU, SIGMA),
        ("mu of the calibration set is not finite", TRUTH, changed(MU, np.nan), SIGMA),
        ("sigma of the calibration set is not finite", TRUTH, MU, changed(SIGMA, np.inf)),
        ("not positive", TRUTH, MU, changed(SIGMA, 0.0)),
        ("constant", TRUTH, TRUTH, SIGMA),
        ("constant", TRUTH, TRUTH + SIGMA * np.array([1.0, -1.0]), SIGMA),
    ],
)
def test_unusable_calibration_sets_are_refused(
    what: str, truth: NDArray[np.float64], mu: NDArray[np.float64], sigma: NDArray[np.float64]
) -> None:
    with pytest.raises(InputDataError, match=what) as caught:
        z_scores(truth, mu, sigma)
    assert caught.value.exit_code is ExitCode.INPUT_UNUSABLE
    assert "spectramind " in caught.value.hint or "at least" in caught.value.hint


def test_the_message_says_where_the_number_is_missing() -> None:
    with pytest.raises(InputDataError, match="planet number 2 of the set, bin 0: nan"):
        z_scores(TRUTH, changed(MU, np.nan), SIGMA)


def test_a_calibration_planet_that_was_trained_on_is_named() -> None:
    assert_unseen(["1", "2"], ["3"])
    with pytest.raises(InputDataError, match=r"received: 2, 10$"):
        assert_unseen(["10", "1", "2"], ["2", "10", "3"])


def test_of_many_leaked_planets_some_are_named() -> None:
    planets = [str(number) for number in range(NAMED_AT_MOST + 3)]
    with pytest.raises(InputDataError, match="and 3 more"):
        assert_unseen(planets, planets)
