"""Spectra, configurations and packs for the tests of the symbolic terms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spectramind.symbolic.molecules import load_molecules
from spectramind.symbolic.pack import SymbolicPack
from spectramind.symbolic.term import Spectra, Term, loss_of
from spectramind.symbolic.windows import MolecularWindows
from spectramind.utils.config.learning import LossConfig, SymbolicWeights

TERMS = tuple(field.name for field in fields(SymbolicWeights))
BINS = 101
SEAM = 40


def wavelengths(bins: int = BINS) -> NDArray[np.float64]:
    """FGS1, then a spectrometer."""
    return np.concatenate([[0.7], np.linspace(1.952, 3.895, bins - 1)])


def windows(bins: int = BINS) -> MolecularWindows:
    """All molecules on the wavelengths."""
    return MolecularWindows.project(load_molecules(), wavelengths(bins))


def config(weights: dict[str, float] | None = None, **changes: Any) -> LossConfig:
    """All weights 1, and bounds around the ratios of a flat spectrum."""
    values: dict[str, Any] = {
        "sigma_min": 1e-6,
        "weights": SymbolicWeights(**dict.fromkeys(TERMS, 1.0) | (weights or {})),
        "squared_nonnegativity": False,
        "smoothness_in_windows": 0.1,
        "ch4_to_h2o": (0.8, 1.8),
        "co2_to_h2o": (0.2, 0.8),
    }
    return LossConfig(**values | changes)


@cache
def pack(bins: int = BINS) -> SymbolicPack:
    """All terms, with a seam."""
    return SymbolicPack.build(config(), wavelength_um=wavelengths(bins), seam_bins=(min(SEAM, bins // 2),))


def spectra(seed: int = 0, planets: int = 3, bins: int = BINS) -> Tensor:
    """(planet, bin) smooth positive depths with a few percent of structure, FGS1 off the rest; feasible for every term but smoothness."""
    rng = np.random.default_rng(seed)
    depth = np.exp(rng.uniform(np.log(0.004), np.log(0.05), (planets, 1)))
    wave = np.linspace(0.0, 1.0, bins)
    phase, strength = rng.uniform(0.0, 6.0, (planets, 1)), rng.uniform(0.0, 0.02, (planets, 1))
    shape = 1.0 + strength * np.sin(6.0 * wave + phase)
    shape[:, 0] += rng.normal(0.0, 0.02, planets)
    return torch.from_numpy(depth * shape)


def quantiles_of(mu: Tensor) -> Tensor:
    """(3, planet, bin) quantiles in order."""
    return torch.stack([mu - 1e-4, mu, mu + 2e-4])


def loss(term: Term, mu: Tensor, quantiles: Tensor | None = None, valid: Tensor | None = None) -> Tensor:
    """(planet,) loss of one term."""
    return loss_of(term, term.excess(Spectra.of(mu, quantiles, valid, mu.shape[1])))


def _spiked(mu: Tensor, amount: float) -> Tensor:
    spiked = mu[:, :1].expand_as(mu).clone()
    spiked[:, 60] += 5e-3 * amount
    return spiked


def _negative(mu: Tensor, amount: float) -> Tensor:
    changed = mu.clone()
    changed[:, 3:7] -= 2.0 * amount * mu.amax()
    return changed


def _sunken(mu: Tensor, amount: float) -> Tensor:
    seen, changed = windows(), mu.clone()
    centre = int(seen.template[seen.names.index("CH4")].argmax())
    changed[:, centre] *= 1.0 - amount
    return changed


def _jumping(mu: Tensor, amount: float) -> Tensor:
    changed = mu.clone()
    changed[:, SEAM:] = changed[:, SEAM - 1 : SEAM] * (1.0 + amount)
    return changed


def _methane_rich(mu: Tensor, amount: float) -> Tensor:
    seen, changed = windows(), mu.clone()
    inside = {name: torch.from_numpy(seen.inside[seen.names.index(name)]) for name in ("CH4", "H2O", "CO2")}
    changed[:, inside["CH4"] & ~inside["H2O"] & ~inside["CO2"]] *= 1.0 + 3.0 * amount
    return changed


def _unchanged(mu: Tensor, amount: float) -> Tensor:
    return mu.clone()


# A spectrum that violates the named term, the more so the larger the amount in [0, 1].
VIOLATE: dict[str, Callable[[Tensor, float], Tensor]] = {
    "smoothness": _spiked,
    "nonnegativity": _negative,
    "coherence": _sunken,
    "seam": _jumping,
    "ratio": _methane_rich,
    "quantile": _unchanged,
}


def violating(name: str, amount: float, seed: int = 0, planets: int = 3) -> tuple[Tensor, Tensor]:
    """(planet, bin) depths and (3, planet, bin) quantiles that violate a term; quantiles cross above 0.5."""
    mu = VIOLATE[name](spectra(seed, planets), amount)
    half_width = 1e-4 * (1.0 - 2.0 * amount) if name == "quantile" else 1e-4
    return mu, torch.stack([mu - half_width, mu, mu + half_width])
