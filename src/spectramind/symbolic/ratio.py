"""Band area ratios: envelopes of CH4 : H2O and CO2 : H2O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from spectramind.symbolic.term import Spectra
from spectramind.symbolic.windows import MolecularWindows

SMALLEST_AREA = 1e-9


@dataclass(frozen=True, kw_only=True)
class BandRatio:
    """L_ratio = sum_(a,b) ReLU(r_min - r_ab) + ReLU(r_ab - r_max),  r_ab = A_a / (A_b + eps)  (section 26).

    A_m = sum_{i in W_m} mu_i dlambda_i. A depth is mostly baseline, so that r of a flat spectrum is the ratio of the widths of the windows.
    eps = 1e-9 um is a millionth of a usual area of 1e-3 um (the 1e-6 of section 34 would spoil the invariance to scale). A negative A_b,
    which is the business of non-negativity, counts as 0: that keeps the pole out. Where bins are invalid, an area is the mean of the
    others times the full width of the window; a pair with a window of no valid bin does not count.

    Excess: one per pair, distance of r from its interval, without unit; more than 1e-6, the rounding of single precision, is a violation.

    Attributes:
        above_um, below_um: (pair, bin) dlambda of the bins in the windows of a and b, 0 elsewhere.
        low, high: (pair,) r_min and r_max.
    """

    has_bins: ClassVar[bool] = False
    above_um: Tensor
    below_um: Tensor
    low: Tensor
    high: Tensor
    power: int = 1
    tolerance: float = 1e-6

    @classmethod
    def of(cls, windows: MolecularWindows, bounds: Mapping[tuple[str, str], tuple[float, float]]) -> BandRatio:
        """Bound the ratio of the first molecule of every pair to the second; pairs without both windows are left out."""
        pairs = [pair for pair in bounds if set(pair) <= set(windows.names)]
        width_um = torch.from_numpy(windows.inside * windows.width_um)
        above, below = (width_um[[windows.names.index(pair[side]) for pair in pairs]] for side in (0, 1))
        limits = torch.tensor([bounds[pair] for pair in pairs], dtype=torch.float64).reshape(-1, 2)
        return cls(above_um=above, below_um=below, low=limits[:, 0], high=limits[:, 1])

    def excess(self, spectra: Spectra) -> Tensor:
        """Return (planet, pair) distances of the ratios from their intervals."""
        above, above_seen = _area(spectra, self.above_um)
        below, below_seen = _area(spectra, self.below_um)
        ratio = above / (below.relu() + SMALLEST_AREA)
        outside = (self.low.to(ratio) - ratio).relu() + (ratio - self.high.to(ratio)).relu()
        return outside * (above_seen & below_seen)


def _area(spectra: Spectra, width_um: Tensor) -> tuple[Tensor, Tensor]:
    """Return (planet, pair) band areas in um and whether anything of them was seen."""
    width_um = width_um.to(spectra.mu)
    seen_um = (spectra.valid[:, None] * width_um).sum(dim=2)
    seen = seen_um > 0.0
    share = seen_um / width_um.sum(dim=1)
    return (spectra.mu[:, None] * width_um).sum(dim=2) / torch.where(seen, share, torch.ones_like(share)), seen
