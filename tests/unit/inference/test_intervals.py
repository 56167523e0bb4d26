"""The file of intervals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spectramind.inference.intervals import INTERVALS_NAME, writing_intervals


def test_ends_lie_half_a_width_from_mu_and_not_below_zero(tmp_path: Path) -> None:
    with writing_intervals(tmp_path / INTERVALS_NAME, 2) as writer:
        writer.write("7", [0.01, 0.02], [0.001, 0.03])
        writer.write("18446744073709551615", np.array([0.5, 0.25]), np.array([0.125, 0.125]))
    assert (tmp_path / INTERVALS_NAME).read_text().splitlines() == [
        "planet_id,lower_0,lower_1,upper_0,upper_1",
        "7,0.009,0,0.011,0.05",
        "18446744073709551615,0.375,0.125,0.625,0.375",
    ]


@pytest.mark.parametrize(
    ("mu", "half_width", "message"),
    [([0.1], [0.1, 0.1], "shape"), ([0.1, 0.1], [0.1, np.inf], "not finite"), ([0.1, np.nan], [0.1, 0.1], "not finite")],
)
def test_a_row_that_is_none_leaves_the_earlier_file(tmp_path: Path, mu: list[float], half_width: list[float], message: str) -> None:
    path = tmp_path / INTERVALS_NAME
    path.write_text("earlier\n")
    with pytest.raises(ValueError, match=message), writing_intervals(path, 2) as writer:
        writer.write("7", mu, half_width)
    assert path.read_text() == "earlier\n"
    assert list(tmp_path.iterdir()) == [path]
