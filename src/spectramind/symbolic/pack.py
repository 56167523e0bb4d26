"""The symbolic pack: six differentiable constraints on a spectrum, their weighted sum, and who violates them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spectramind.symbolic.coherence import Coherence
from spectramind.symbolic.molecules import load_molecules
from spectramind.symbolic.nonnegativity import NonNegativity
from spectramind.symbolic.quantile import QuantileOrder
from spectramind.symbolic.ratio import BandRatio
from spectramind.symbolic.seam import Seam
from spectramind.symbolic.smoothness import Smoothness
from spectramind.symbolic.term import Spectra, Term, loss_of
from spectramind.symbolic.windows import MolecularWindows
from spectramind.utils.config.learning import LossConfig


@dataclass(frozen=True, kw_only=True)
class SymbolicLoss:
    """The symbolic part of the objective.

    Attributes:
        terms: (planet,) value of every term, not weighted, by the name of its weight in ``loss.weights``.
        total: Mean over planets of the weighted sum.
    """

    terms: dict[str, Tensor]
    total: Tensor

    def breakdown(self) -> dict[str, float]:
        """Return the mean over planets of every term, not weighted, and the weighted total."""
        return {name: float(values.detach().mean()) for name, values in self.terms.items()} | {"total": float(self.total.detach())}


@dataclass(frozen=True, kw_only=True)
class SymbolicPack:
    """All terms of section 26 on one wavelength grid.

    Attributes:
        terms: By name, in the order of section 26.
        weights: lambda of every term; 0 leaves it out of the total, but it is still measured.
        windows: Molecular windows on the wavelengths of the dataset.
    """

    terms: Mapping[str, Term]
    weights: Mapping[str, float]
    windows: MolecularWindows

    @classmethod
    def build(cls, config: LossConfig, *, wavelength_um: NDArray[np.float64], seam_bins: Sequence[int]) -> SymbolicPack:
        """Project the molecules onto the wavelengths and set up all terms.

        Args:
            config: Weights, region weight and bounds.
            wavelength_um: (bin,) FGS1 first, ascending.
            seam_bins: Bins that follow a seam of the detector; may be empty.

        Raises:
            InputDataError: Wavelengths that cannot be used, or a damaged list of molecules.
            ConfigError: A seam bin out of range.
        """
        windows = MolecularWindows.project(load_molecules(), np.asarray(wavelength_um, dtype=np.float64))
        terms: dict[str, Term] = {
            "smoothness": Smoothness.of(windows, config.smoothness_in_windows),
            "nonnegativity": NonNegativity.of(config.squared_nonnegativity),
            "coherence": Coherence.of(windows),
            "seam": Seam.of(seam_bins, windows.width_um.size),
            "ratio": BandRatio.of(windows, {("CH4", "H2O"): config.ch4_to_h2o, ("CO2", "H2O"): config.co2_to_h2o}),
            "quantile": QuantileOrder(),
        }
        return cls(terms=terms, weights=asdict(config.weights), windows=windows)

    def __call__(self, mu: Tensor, quantiles: Tensor | None = None, valid: Tensor | None = None) -> SymbolicLoss:
        """Return all terms and their weighted sum.

        Args:
            mu: (planet, bin) transit depths.
            quantiles: (3, planet, bin) 10, 50 and 90 % quantiles, None where there are none.
            valid: (planet, bin) bool, None where all bins are valid.

        Raises:
            ValueError: A shape differs from these.
        """
        losses = {name: loss_of(self.terms[name], excess) for name, excess in self._excesses(mu, quantiles, valid).items()}
        # A term that is left out must not reach the sum: 0 times infinity is not 0.
        weighted = [self.weights[name] * values for name, values in losses.items() if self.weights[name] > 0.0]
        total = torch.stack(weighted).sum(dim=0).mean() if weighted else losses["nonnegativity"].new_zeros(())
        return SymbolicLoss(terms=losses, total=total)

    def violations(self, mu: Tensor, quantiles: Tensor | None = None, valid: Tensor | None = None) -> dict[str, Tensor]:
        """Return (planet,) bool for every term: whether any excess is above the tolerance documented with the term."""
        excesses = self._excesses(mu, quantiles, valid)
        return {name: (excess > self.terms[name].tolerance).flatten(1).any(dim=1) for name, excess in excesses.items()}

    def violation_maps(self, mu: Tensor, quantiles: Tensor | None = None, valid: Tensor | None = None) -> dict[str, Tensor]:
        """Return the (planet, bin) excess of the terms that have bins, in the units documented with the term.

        Coherence is summed over molecules. Band ratios belong to no bin and are left out.
        """
        excesses = self._excesses(mu, quantiles, valid)
        maps = {name: excess.detach() for name, excess in excesses.items() if self.terms[name].has_bins}
        return {name: excess.sum(dim=1) if excess.ndim == 3 else excess for name, excess in maps.items()}

    def _excesses(self, mu: Tensor, quantiles: Tensor | None, valid: Tensor | None) -> dict[str, Tensor]:
        spectra = Spectra.of(mu, quantiles, valid, self.windows.width_um.size)
        return {name: term.excess(spectra) for name, term in self.terms.items()}
