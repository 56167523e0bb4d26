"""Which predicted spectra break the symbolic constraints, and in which bins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spectramind.utils.config.schema import Config

if TYPE_CHECKING:
    from spectramind.symbolic.pack import SymbolicPack

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


def violation_maps(mu: Array, wavelength_um: Array, config: Config) -> dict[str, Array]:
    """Return by how much every bin misses the constraints that belong to bins, in units of what each tolerates.

    Args:
        mu: (planet, bin) transit depths, FGS1 first.
        wavelength_um: (bin,) ascending.
        config: Its ``loss`` and seams decide the terms.

    Returns:
        Term -> (planet, bin) excess over the term's tolerance: 0 where the constraint is kept, violated above 1. The seam is there only
        where the detector has one; band ratios belong to no bin.

    Raises:
        InputDataError: Wavelengths that cannot be used.
        ConfigError: A seam bin out of range.
    """
    import torch

    pack = _pack(wavelength_um, config)
    maps = pack.violation_maps(torch.from_numpy(mu))
    return {name: excess.numpy() / pack.terms[name].tolerance for name, excess in maps.items() if name in _applicable(config)}


def violations(mu: Array, wavelength_um: Array, config: Config) -> dict[str, Flags]:
    """Return who breaks what: term -> (planet,) bool, whether any excess is above the term's tolerance; band ratios are among the terms.

    Arguments and errors are those of `violation_maps`.
    """
    import torch

    broken = _pack(wavelength_um, config).violations(torch.from_numpy(mu))
    return {name: flags.numpy() for name, flags in broken.items() if name in _applicable(config)}


def _pack(wavelength_um: Array, config: Config) -> SymbolicPack:
    from spectramind.symbolic.pack import SymbolicPack

    return SymbolicPack.build(config.loss, wavelength_um=wavelength_um, seam_bins=config.data.extraction.seam_bins)


def _applicable(config: Config) -> tuple[str, ...]:
    """Return the terms that a submission can break: it holds no quantiles, and not every detector has a seam."""
    seam = ("seam",) if config.data.extraction.seam_bins else ()
    return ("smoothness", "nonnegativity", "coherence", *seam, "ratio")
