"""Quantile monotonicity: quantiles of one distribution do not cross."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from spectramind.symbolic.term import Spectra


@dataclass(frozen=True, kw_only=True)
class QuantileOrder:
    """L_qm = sum_i ReLU(q10_i - q50_i) + ReLU(q50_i - q90_i)  (section 26); exactly 0 where there are no quantiles.

    Excess: the summand, in transit depth; more than 0.001 ppm, well above rounding, is a violation.
    """

    has_bins: ClassVar[bool] = True
    power: int = 1
    tolerance: float = 1e-9

    def excess(self, spectra: Spectra) -> Tensor:
        """Return (planet, bin) by how much quantiles cross."""
        if spectra.quantiles is None:
            return torch.zeros_like(spectra.mu)
        low, middle, high = spectra.quantiles.unbind(0)
        return (low - middle).relu() + (middle - high).relu()
