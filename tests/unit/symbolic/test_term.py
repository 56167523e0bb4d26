"""What terms are given."""

from __future__ import annotations

import pytest
import tiny_symbolic as tiny
import torch

from spectramind.symbolic.term import Spectra


def test_invalid_bins_are_blank_and_carry_no_gradient() -> None:
    mu = tiny.spectra()
    mu[0, 4] = float("nan")
    mu.requires_grad_()
    valid = torch.ones(mu.shape, dtype=torch.bool)
    valid[0, 4] = False
    spectra = Spectra.of(mu, tiny.quantiles_of(mu), valid, tiny.BINS)
    assert spectra.quantiles is not None
    assert spectra.mu[0, 4] == 0.0
    (gradient,) = torch.autograd.grad(spectra.mu.square().sum() + spectra.quantiles.sum(), mu)
    assert gradient[0, 4] == 0.0
    assert gradient[0, 5] != 0.0


@pytest.mark.parametrize(
    ("given", "kept"), [(torch.bfloat16, torch.float32), (torch.float32, torch.float32), (torch.float64, torch.float64)]
)
def test_half_precision_is_left(given: torch.dtype, kept: torch.dtype) -> None:
    assert Spectra.of(tiny.spectra().to(given), None, None, tiny.BINS).mu.dtype == kept


def test_wrong_shapes_are_refused() -> None:
    mu = tiny.spectra()
    with pytest.raises(ValueError, match="mu and valid"):
        Spectra.of(mu, None, None, tiny.BINS + 1)
    with pytest.raises(ValueError, match="mu and valid"):
        Spectra.of(mu, None, torch.ones(tiny.BINS, dtype=torch.bool), tiny.BINS)
    with pytest.raises(ValueError, match="quantiles"):
        Spectra.of(mu, mu[None].expand(2, -1, -1), None, tiny.BINS)
