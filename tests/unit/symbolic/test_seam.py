"""Seam continuity."""

from __future__ import annotations

import pytest
import tiny_symbolic as tiny
import torch

from spectramind.symbolic.seam import Seam
from spectramind.symbolic.term import Spectra
from spectramind.utils.errors import ConfigError


def test_the_jump_onto_a_seam_bin_counts_squared() -> None:
    mu = torch.tensor([[9.0, 1.0, 4.0, 4.0, 6.0]], dtype=torch.float64)
    term = Seam.of((2, 4), 5)
    assert float(tiny.loss(term, mu)) == 9.0 + 4.0
    assert term.excess(Spectra.of(mu, None, None, 5)).tolist() == [[0.0, 0.0, 3.0, 0.0, 2.0]]


def test_no_seam_costs_exactly_nothing() -> None:
    assert tiny.loss(Seam.of((), tiny.BINS), 1e6 * tiny.spectra()).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("invalid", [1, 2])
def test_a_pair_needs_both_bins(invalid: int) -> None:
    valid = torch.ones((1, 4), dtype=torch.bool)
    valid[0, invalid] = False
    assert float(tiny.loss(Seam.of((2,), 4), torch.tensor([[0.0, 1.0, 5.0, 5.0]]), valid=valid)) == 0.0


@pytest.mark.parametrize("seam_bin", [0, 1, 5])
def test_a_bin_that_follows_no_seam_is_refused(seam_bin: int) -> None:
    with pytest.raises(ConfigError) as caught:
        Seam.of((2, seam_bin), 5)
    assert caught.value.received == f"[{seam_bin}]"
