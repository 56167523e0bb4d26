"""Seam continuity: a spectrum does not jump where the detector has a seam."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import pad

from spectramind.symbolic.term import Spectra
from spectramind.utils.errors import ConfigError

FIRST_SEAM_BIN = 2


@dataclass(frozen=True, kw_only=True)
class Seam:
    """L_seam = sum_s (mu_{s-1} - mu_s)^2 over the bins s that follow a seam (section 26, indices as in section 34).

    A pair with an invalid bin does not count. Without any seam, as on the real detector, the term is exactly 0.

    Excess: |mu_{s-1} - mu_s| at the seam bins, in transit depth. Neighbouring AIRS bins differ by more than 500 ppm in
    2 of 12000 simulated spectra, so that more than this is a violation.

    Attributes:
        after_seam: (bin - 1,) bool, whether bin 1, 2, ... follows a seam.
    """

    has_bins: ClassVar[bool] = True
    after_seam: Tensor
    power: int = 2
    tolerance: float = 5e-4

    @classmethod
    def of(cls, seam_bins: Sequence[int], bins: int) -> Seam:
        """Mark the seams.

        Raises:
            ConfigError: A seam bin is none of the spectrometer's, or its first, which follows FGS1 and no seam.
        """
        wrong = [bin_ for bin_ in seam_bins if not FIRST_SEAM_BIN <= bin_ < bins]
        if wrong:
            hint = f"name the bin after the seam, from {FIRST_SEAM_BIN} to {bins - 1}; bin 0 is FGS1"
            raise ConfigError("a seam bin is out of range", where="data.extraction.seam_bins", received=wrong, hint=hint)
        after_seam = torch.zeros(bins - 1, dtype=torch.bool)
        after_seam[torch.tensor(seam_bins, dtype=torch.long) - 1] = True
        return cls(after_seam=after_seam)

    def excess(self, spectra: Spectra) -> Tensor:
        """Return (planet, bin) jumps, 0 at bins that follow no seam."""
        counts = self.after_seam.to(spectra.mu.device) & spectra.valid[:, 1:] & spectra.valid[:, :-1]
        return pad(counts * (spectra.mu[:, 1:] - spectra.mu[:, :-1]).abs(), (1, 0))
