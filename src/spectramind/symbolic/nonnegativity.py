"""Non-negativity: a planet cannot add light to its star's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from spectramind.symbolic.term import Spectra


@dataclass(frozen=True, kw_only=True)
class NonNegativity:
    """L_nn = sum_i w_i ReLU(-mu_i), or of its square (section 26); w_i is 0 where a bin is invalid, else 1.

    Excess: ReLU(-mu_i), in transit depth; more than 0.001 ppm, well above rounding, is a violation.
    """

    has_bins: ClassVar[bool] = True
    power: int
    tolerance: float = 1e-9

    @classmethod
    def of(cls, squared: bool) -> NonNegativity:
        """Choose the variant."""
        return cls(power=2 if squared else 1)

    def excess(self, spectra: Spectra) -> Tensor:
        """Return (planet, bin) depths below 0."""
        return (-spectra.mu).relu()
