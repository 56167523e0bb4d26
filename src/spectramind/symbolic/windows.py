"""Molecular windows: which wavelength bins lie in the bands of a molecule, and the least that a spectrum shows there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectramind.symbolic.molecules import Molecule
from spectramind.utils.errors import InputDataError

Array = NDArray[np.float64]

HALF_MAXIMUM = 0.5
MARGIN = 0.3
FEWEST_BINS = 4


@dataclass(frozen=True, kw_only=True)
class MolecularWindows:
    """Windows W_m and templates t^m of section 26 on the wavelengths of a dataset.

    A bin is inside the window of a molecule where the Gaussian shape b of any of its bands is at least half its maximum. Bin 0 is FGS1, a
    photometer wider than any band it covers: it is in no window.

    The template bounds s = mu / ||mu_W||_2 from below. A transit depth is a baseline of about 1e-2 with about 1e-4 of structure, so s is
    1 / sqrt(|W|) give or take a few percent; a template on the scale of the absorption itself (1 at a band's centre) would call every
    spectrum wrong. With t = (1 - MARGIN) b / sqrt(|W|) a flat spectrum is inside by MARGIN where b = 1 and by more at a band's edge: what
    is excluded is a spectrum that sinks deep below its own mean over the window where the molecule is most opaque, which
    no atmosphere does. Features of n scale heights H change a depth by the share 2 n H / R_p, 0.1 to 0.2 for the puffiest planets;
    MARGIN = 0.3 leaves that to other molecules and hazes. No s of 12000 simulated spectra fell below 0.93 b / sqrt(|W|).

    Attributes:
        names: (molecule,) molecules with at least one bin.
        inside: (molecule, bin) True inside W_m.
        template: (molecule, bin) t^m, 0 outside.
        width_um: (bin,) distance between the midpoints to the neighbouring bins; bin 0, in no window, has 0.
        dropped: Bands without any bin, as "molecule band".
    """

    names: tuple[str, ...]
    inside: NDArray[np.bool_]
    template: Array
    width_um: Array
    dropped: tuple[str, ...]

    @property
    def anywhere(self) -> NDArray[np.bool_]:
        """(bin,) True inside the window of any molecule."""
        return np.asarray(self.inside.any(axis=0))

    @classmethod
    def project(cls, molecules: Sequence[Molecule], wavelength_um: Array) -> MolecularWindows:
        """Evaluate the bands at (bin,) wavelengths in um, FGS1 first.

        Raises:
            InputDataError: Fewer than 4 bins, or wavelengths that are not finite, positive and ascending.
        """
        _check(wavelength_um)
        airs_um = wavelength_um[1:]
        shapes, dropped = {}, []
        for molecule in molecules:
            centre, width = (np.array([getattr(band, name) for band in molecule.bands])[:, None] for name in ("centre_um", "width_um"))
            shape = np.exp(-np.log(2.0) * ((airs_um - centre) / (0.5 * width)) ** 2)
            seen = (shape >= HALF_MAXIMUM).any(axis=1)
            dropped += [f"{molecule.name} {band.name}" for band, has_bins in zip(molecule.bands, seen, strict=True) if not has_bins]
            if seen.any():
                shapes[molecule.name] = np.concatenate([[0.0], shape[seen].max(axis=0)])
        shape = np.array(list(shapes.values())).reshape(len(shapes), wavelength_um.size)
        inside = shape >= HALF_MAXIMUM
        size = inside.sum(axis=1, keepdims=True)
        return cls(
            names=tuple(shapes),
            inside=inside,
            template=np.where(inside, (1.0 - MARGIN) * shape / np.sqrt(size), 0.0),
            width_um=np.concatenate([[0.0], np.gradient(airs_um)]),
            dropped=tuple(dropped),
        )


def _check(wavelength_um: Array) -> None:
    if wavelength_um.ndim != 1 or wavelength_um.size < FEWEST_BINS:
        raise InputDataError(
            "too few wavelength bins", where="symbolic", received=wavelength_um.shape, hint=f"at least {FEWEST_BINS} are needed"
        )
    if not np.isfinite(wavelength_um).all() or wavelength_um[0] <= 0.0 or (np.diff(wavelength_um) <= 0.0).any():
        raise InputDataError("wavelengths are not positive and ascending", where="symbolic", received=wavelength_um[:4])
