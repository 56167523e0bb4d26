"""Smoothness."""

from __future__ import annotations

import pytest
import tiny_symbolic as tiny
import torch
from hypothesis import given
from hypothesis import strategies as st

from spectramind.symbolic.smoothness import Smoothness
from spectramind.symbolic.term import Spectra

WINDOWS = tiny.windows()
TERM = Smoothness.of(WINDOWS, 0.25)
OUTSIDE = int((~WINDOWS.anywhere[2:-1]).argmax()) + 2
INSIDE = int(WINDOWS.anywhere[2:-1].argmax()) + 2


@given(start=st.floats(-0.1, 0.1), slope=st.floats(-1e-3, 1e-3), fgs1=st.floats(0.0, 0.1))
def test_a_straight_line_costs_nothing_wherever_the_photometer_is(start: float, slope: float, fgs1: float) -> None:
    mu = start + slope * torch.arange(tiny.BINS, dtype=torch.float64)[None]
    mu[:, 0] = fgs1
    assert float(tiny.loss(TERM, mu)) < 1e-30


def test_the_weight_is_that_of_the_region() -> None:
    excess = TERM.excess(Spectra.of(torch.eye(tiny.BINS, dtype=torch.float64), None, None, tiny.BINS))
    assert float(excess[OUTSIDE, OUTSIDE]) == pytest.approx(2.0)
    assert float(excess[INSIDE, INSIDE]) == pytest.approx(2.0 * 0.5)
    assert not excess[:, [0, 1, -1]].any()


@pytest.mark.parametrize("step", [-1, 0, 1])
def test_a_second_difference_needs_all_three_bins(step: int) -> None:
    mu, valid = tiny.spectra(planets=1), torch.ones((1, tiny.BINS), dtype=torch.bool)
    valid[0, OUTSIDE + step] = False
    excess = TERM.excess(Spectra.of(mu, None, valid, tiny.BINS))
    full = TERM.excess(Spectra.of(mu, None, None, tiny.BINS))
    changed = (excess != full)[0].nonzero().flatten().tolist()
    assert set(changed) <= {OUTSIDE + step - 1, OUTSIDE + step, OUTSIDE + step + 1}
    assert excess[0, OUTSIDE] == 0.0 < full[0, OUTSIDE]
