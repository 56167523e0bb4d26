"""Band area ratios."""

from __future__ import annotations

import numpy as np
import pytest
import tiny_symbolic as tiny
import torch

from spectramind.symbolic.ratio import BandRatio
from spectramind.symbolic.windows import MolecularWindows

WINDOWS = MolecularWindows(
    names=("A", "B"),
    inside=np.array([[False, True, True, False, False], [False, False, False, True, True]]),
    template=np.zeros((2, 5)),
    width_um=np.array([0.0, 0.1, 0.2, 0.1, 0.1]),
    dropped=(),
)
TERM = BandRatio.of(WINDOWS, {("A", "B"): (0.5, 2.0)})


def spectrum(*values: float) -> torch.Tensor:
    return torch.tensor([values], dtype=torch.float64)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((9.0, 1.0, 1.0, 1.0, 1.0), 0.0),  # 0.3 / 0.2
        ((9.0, 3.0, 3.0, 1.0, 1.0), 2.5),  # 0.9 / 0.2
        ((9.0, 1.0, 0.0, 2.0, 3.0), 0.3),  # 0.1 / 0.5
    ],
)
def test_the_distance_from_the_interval(values: tuple[float, ...], expected: float) -> None:
    assert float(tiny.loss(TERM, spectrum(*values))) == pytest.approx(expected, abs=1e-6)


def test_pairs_without_both_windows_are_left_out() -> None:
    term = BandRatio.of(WINDOWS, {("A", "B"): (0.5, 2.0), ("C", "B"): (9.0, 10.0)})
    assert term.low.tolist() == [0.5]
    nothing = BandRatio.of(WINDOWS, {("C", "B"): (9.0, 10.0)})
    assert tiny.loss(nothing, spectrum(1.0, 1.0, 1.0, 1.0, 1.0)).tolist() == [0.0]


def test_missing_bins_leave_the_ratio_of_a_flat_spectrum_alone() -> None:
    flat, narrow = spectrum(*[0.01] * 5), BandRatio.of(WINDOWS, {("A", "B"): (1.4999, 1.5001)})
    valid = torch.tensor([[True, False, True, True, False]])
    assert float(tiny.loss(narrow, flat, valid=valid)) == 0.0
    unseen = torch.tensor([[True, False, False, True, True]])
    assert float(tiny.loss(TERM, flat, valid=unseen)) == 0.0


def test_a_negative_area_is_no_pole() -> None:
    at_zero = tiny.loss(TERM, spectrum(0.0, 1e-3, 1e-3, 0.0, 0.0))
    for denominator in (-5e-9, -1e-8, -1.0, 0.0):
        mu = spectrum(0.0, 1e-3, 1e-3, denominator, denominator).requires_grad_()
        loss = tiny.loss(TERM, mu)
        (gradient,) = torch.autograd.grad(loss.sum(), mu)
        assert float(loss.detach()) == float(at_zero)
        assert torch.isfinite(gradient).all()
