"""Smoothness: neighbouring bins of a spectrum lie on a line, less strictly inside molecular bands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import pad

from spectramind.symbolic.term import Spectra
from spectramind.symbolic.windows import MolecularWindows


@dataclass(frozen=True, kw_only=True)
class Smoothness:
    """L_sm = sum_i w_i delta_i^2,  delta_i = mu_{i+1} - 2 mu_i + mu_{i-1},  i = 1 .. bins - 2  (section 26).

    w_i is 1 outside molecular windows, ``inside_weight`` inside, and 0 where any of the three bins is invalid. It is also 0 at i = 1:
    bin 0 is FGS1 near 0.7 um, bin 1 the first of AIRS near 1.95 um. Haze or clouds may separate them by any amount, and
    a second difference over unequal steps is no curvature.

    Excess: sqrt(w_i) |delta_i|, in transit depth; 0 at the first and last bin. A real spectrum is never quite straight: 2 of
    12000 simulated spectra (features up to 600 ppm) exceed 200 ppm anywhere, so that more than this is a violation.

    Attributes:
        weight: (bin - 2,) w of the inner bins where all are valid.
    """

    has_bins: ClassVar[bool] = True
    weight: Tensor
    power: int = 2
    tolerance: float = 2e-4

    @classmethod
    def of(cls, windows: MolecularWindows, inside_weight: float) -> Smoothness:
        """Weight the bins by region."""
        weight = torch.ones(windows.width_um.size - 2, dtype=torch.float64)
        weight[torch.from_numpy(windows.anywhere[1:-1])] = inside_weight
        weight[0] = 0.0
        return cls(weight=weight)

    def excess(self, spectra: Spectra) -> Tensor:
        """Return (planet, bin) weighted second differences."""
        mu, valid = spectra.mu, spectra.valid
        difference = mu[:, 2:] - 2.0 * mu[:, 1:-1] + mu[:, :-2]
        known = valid[:, 2:] & valid[:, 1:-1] & valid[:, :-2]
        return pad(self.weight.to(mu).sqrt() * known * difference.abs(), (1, 1))
