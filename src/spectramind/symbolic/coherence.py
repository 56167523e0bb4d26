"""Molecular coherence: where a molecule absorbs most, a spectrum does not sink below its envelope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.linalg import vector_norm

from spectramind.symbolic.term import Spectra
from spectramind.symbolic.windows import MolecularWindows

SMALLEST_NORM = 1e-6


@dataclass(frozen=True, kw_only=True)
class Coherence:
    """L_coh = sum_m sum_{i in W_m} w_i ReLU(t^m_i - s^m_i)^2,  s^m_i = mu_i / max(eps, ||mu_{W_m}||_2)  (section 26).

    w_i is 0 where a bin is invalid, else 1; the norm runs over the valid bins, so that s only grows when some are missing and
    a feasible spectrum stays feasible. The templates are explained in `MolecularWindows`.

    Excess: ReLU(t - s), without unit; more than 1e-6, the rounding of single precision, is a violation.

    Attributes:
        template: (molecule, bin) t^m, 0 outside W_m.
        inside: (molecule, bin) bool.
    """

    has_bins: ClassVar[bool] = True
    template: Tensor
    inside: Tensor
    power: int = 2
    tolerance: float = 1e-6

    @classmethod
    def of(cls, windows: MolecularWindows) -> Coherence:
        """Take the templates of all molecules that have a window."""
        return cls(template=torch.from_numpy(windows.template), inside=torch.from_numpy(windows.inside))

    def excess(self, spectra: Spectra) -> Tensor:
        """Return (planet, molecule, bin) shortfalls from the template."""
        template, inside = self.template.to(spectra.mu), self.inside.to(spectra.mu)
        in_window = spectra.mu[:, None] * inside
        norm = vector_norm(in_window, dim=2, keepdim=True).clamp_min(SMALLEST_NORM)
        shortfall: Tensor = (template - in_window / norm).relu()
        return shortfall * spectra.valid[:, None] * inside
