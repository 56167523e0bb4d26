"""Non-negativity."""

from __future__ import annotations

import pytest
import tiny_symbolic as tiny
import torch

from spectramind.symbolic.nonnegativity import NonNegativity


@pytest.mark.parametrize(("squared", "expected"), [(False, [3e-3, 0.0]), (True, [5e-6, 0.0])])
def test_both_variants(squared: bool, expected: list[float]) -> None:
    mu = torch.tensor([[-1e-3, 2e-3, -2e-3, 0.0], [0.0, 1e-9, 1.0, 2.0]], dtype=torch.float64)
    torch.testing.assert_close(tiny.loss(NonNegativity.of(squared), mu), torch.tensor(expected, dtype=torch.float64))


def test_an_invalid_bin_does_not_count() -> None:
    mu = torch.tensor([[-1.0, -2.0]])
    assert float(tiny.loss(NonNegativity.of(False), mu, valid=torch.tensor([[True, False]]))) == 1.0
