"""Quantile monotonicity."""

from __future__ import annotations

import pytest
import tiny_symbolic as tiny
import torch
from hypothesis import given
from hypothesis import strategies as st

from spectramind.symbolic.quantile import QuantileOrder


@given(values=st.lists(st.floats(-1.0, 1.0), min_size=3, max_size=3))
def test_only_what_is_out_of_order_costs(values: list[float]) -> None:
    low, middle, high = values
    quantiles = torch.tensor(values, dtype=torch.float64)[:, None, None]
    expected = max(low - middle, 0.0) + max(middle - high, 0.0)
    assert float(tiny.loss(QuantileOrder(), quantiles[1], quantiles)) == pytest.approx(expected)
    ordered = quantiles.sort(dim=0).values
    assert float(tiny.loss(QuantileOrder(), ordered[1], ordered)) == 0.0


def test_without_quantiles_it_is_exactly_nothing() -> None:
    assert tiny.loss(QuantileOrder(), tiny.spectra()).tolist() == [0.0, 0.0, 0.0]


def test_an_invalid_bin_does_not_count() -> None:
    quantiles = torch.tensor([3.0, 2.0, 1.0])[:, None, None].expand(3, 1, 2)
    assert float(tiny.loss(QuantileOrder(), quantiles[1], quantiles, torch.tensor([[False, True]]))) == 2.0
