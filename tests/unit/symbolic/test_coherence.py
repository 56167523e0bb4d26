"""Molecular coherence."""

from __future__ import annotations

import pytest
import tiny_symbolic as tiny
import torch
from hypothesis import given
from hypothesis import strategies as st

from spectramind.symbolic.coherence import Coherence
from spectramind.symbolic.term import Spectra
from spectramind.symbolic.windows import MARGIN

WINDOWS = tiny.windows()
TERM = Coherence.of(WINDOWS)


@given(depth=st.floats(1e-4, 0.1), seed=st.integers(0, 2**31), structure=st.floats(0.0, 0.15))
def test_any_spectrum_with_moderate_structure_is_feasible(depth: float, seed: int, structure: float) -> None:
    noise = torch.rand((1, tiny.BINS), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    mu = depth * (1.0 + structure * (2.0 * noise - 1.0))
    assert float(tiny.loss(TERM, mu)) == 0.0


def test_no_depth_at_all_costs_the_square_of_every_template() -> None:
    mu = torch.zeros((1, tiny.BINS), dtype=torch.float64)
    assert float(tiny.loss(TERM, mu)) == pytest.approx(float((WINDOWS.template**2).sum()))


def test_a_dip_costs_where_it_goes_below_the_template() -> None:
    one = WINDOWS.names.index("CO")
    inside = torch.from_numpy(WINDOWS.inside[one])
    centre = int(WINDOWS.template[one].argmax())
    mu = torch.full((1, tiny.BINS), 0.01, dtype=torch.float64)
    mu[0, centre] *= 0.5
    excess = TERM.excess(Spectra.of(mu, None, None, tiny.BINS))[0, one]
    expected = WINDOWS.template[one, centre] - 0.005 / float(mu[0, inside].norm())
    assert float(excess[centre]) == pytest.approx(expected)
    assert (excess > 0.0).sum() == 1


def test_missing_bins_leave_a_feasible_spectrum_feasible() -> None:
    mu = tiny.spectra()
    valid = torch.rand(mu.shape, generator=torch.Generator().manual_seed(3)) < 0.6
    assert not tiny.loss(TERM, mu, valid=valid).any()
    assert not tiny.loss(TERM, mu, valid=torch.zeros_like(valid)).any()


def test_the_margin_is_what_a_spectrum_may_sink() -> None:
    one = WINDOWS.names.index("CH4")
    centre = int(WINDOWS.template[one].argmax())
    for sinking, violates in ((0.9 * MARGIN, False), (1.3 * MARGIN, True)):
        mu = torch.full((1, tiny.BINS), 0.01, dtype=torch.float64)
        mu[0, centre] *= 1.0 - sinking
        assert bool(tiny.loss(TERM, mu) > 0.0) is violates
