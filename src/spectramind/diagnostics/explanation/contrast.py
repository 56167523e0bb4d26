"""By how much, and how surely, the data of a planet are deeper inside the windows of molecules than outside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.explanation.players import molecule_windows
from spectramind.features.spectrum.depth_likelihood import DepthLikelihood

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class WindowContrast:
    """Extra depth inside the window of a molecule, and its standard deviation."""

    molecule: str
    depth: float
    sigma: float

    @property
    def significance(self) -> float:
        """Extra depth in standard deviations."""
        return self.depth / self.sigma


def window_contrasts(likelihood: DepthLikelihood, wavelength_um: Array) -> tuple[WindowContrast, ...]:
    """Return the contrast of every window, all fitted at once.

    The AIRS depths are taken for a straight line over wavelength plus one step per window, FGS1 for a number of its own; generalised
    least squares with the full precision of the data, no prior over spectra. What stands out is a window, not a molecule: another
    that absorbs there does the same.

    Args:
        likelihood: Of the depths, around zero.
        wavelength_um: (bin,) FGS1 first.
    """
    windows = molecule_windows(wavelength_um)
    if not windows:
        return ()
    airs = (np.arange(wavelength_um.size) > 0).astype(np.float64)
    slope = airs * (wavelength_um - wavelength_um[1:].mean())
    design = np.stack([1.0 - airs, airs, slope, *(inside.astype(np.float64) for inside in windows.values())], axis=1)
    covariance = np.linalg.pinv(design.T @ likelihood.precision @ design, hermitian=True)
    fitted = covariance @ (design.T @ likelihood.right)
    return tuple(
        WindowContrast(molecule=molecule, depth=float(fitted[place]), sigma=float(np.sqrt(covariance[place, place])))
        for place, molecule in enumerate(windows, start=3)
    )
