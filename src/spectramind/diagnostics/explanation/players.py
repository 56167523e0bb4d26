"""The players of the game: the parts of a planet's data that a physicist would name, which together are all of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectramind.physics.molecules import band_opacity

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEVEL, FGS1, ELSEWHERE = "AIRS white depth", "FGS1 depth", "bins outside the windows"
NOISE = "noise of the light curves"
LIGHT, STATISTICS = "light curve and pointing", "statistics of the residuals"
# Molecules with strong bands between 1.95 and 3.9 um that are not hidden under these ones.
WINDOW_MOLECULES = ("H2O", "CH4", "CO2", "CO")
WINDOW_OPACITY = 0.25
AIRS_UM = np.linspace(1.95, 3.9, 391)
FEWEST_BINS = 3


def window_name(molecule: str) -> str:
    """Return the name of the player that is the shape inside a molecule's window."""
    return f"{molecule} window"


def molecule_windows(wavelength_um: Array) -> dict[str, Flags]:
    """Return molecule -> (bin,) bins of its window; no bin is in two.

    A bin is in the window of a molecule whose opacity there is at least a quarter of its largest between 1.95 and 3.9 um. A bin in
    several windows belongs to the narrowest, which would vanish in the wider one otherwise. Windows of fewer than three bins are
    left out.

    Args:
        wavelength_um: (bin,) FGS1 first, which is in no window: a photometer is wider than any band.
    """
    windows: dict[str, Flags] = {}
    for molecule in WINDOW_MOLECULES:
        least = WINDOW_OPACITY * band_opacity(molecule, AIRS_UM).max()
        windows[molecule] = np.append(False, band_opacity(molecule, wavelength_um[1:]) >= least)
    taken = np.zeros(wavelength_um.size, dtype=np.bool_)
    own: dict[str, Flags] = {}
    for molecule in sorted(windows, key=lambda name: int(windows[name].sum())):
        own[molecule] = windows[molecule] & ~taken
        taken |= windows[molecule]
    return {molecule: own[molecule] for molecule in WINDOW_MOLECULES if own[molecule].sum() >= FEWEST_BINS}


@dataclass(frozen=True, kw_only=True)
class DepthPlayers:
    """How the depths that the data alone give are taken apart.

    The white depth of AIRS is the level of all bins, FGS1's too. FGS1 and the windows are what lies on top of it: a spectrum whose
    level comes from one planet and its shape from another is still a spectrum, while 0.3 % in one sensor and 1.5 % in the other is none,
    and would say more about the model's despair than about its inputs.

    Attributes:
        names: (player,) in the order of the parts.
        bins: (player, bin) where each part may differ from zero.
    """

    names: tuple[str, ...]
    bins: Flags

    @classmethod
    def of(cls, wavelength_um: Array) -> DepthPlayers:
        """Set up the players on the wavelengths of a dataset, (bin,) in um, FGS1 first."""
        windows = molecule_windows(wavelength_um)
        first = np.arange(wavelength_um.size) == 0
        rest = ~first & ~np.any([first, *windows.values()], axis=0)
        names = (LEVEL, FGS1, *(window_name(molecule) for molecule in windows), ELSEWHERE)
        return cls(names=names, bins=np.stack([np.ones_like(first), first, *windows.values(), rest]))

    def parts(self, depth: Array, precision: Array) -> Array:
        """Return (player, bin) parts that add up to the depths.

        Args:
            depth: (bin,) depths.
            precision: (bin, bin) their inverse covariance; its diagonal weights the bins of AIRS in the white depth.
        """
        weight = np.diag(precision)[1:]
        level = float(weight @ depth[1:] / weight.sum())
        parts: Array = np.where(self.bins, depth - level, 0.0)
        parts[0] = level
        return parts


def coalitions(players: int) -> Flags:
    """Return (2**players, player) which players are in each coalition; coalition k has player j where bit j of k is set."""
    return (np.arange(2**players)[:, None] >> np.arange(players) & 1).astype(np.bool_)


def coalition_number(masks: NDArray[np.generic]) -> NDArray[np.int64]:
    """Return the (coalition,) places in `coalitions` of (coalition, player) masks."""
    numbers: NDArray[np.int64] = masks.astype(np.int64) @ (1 << np.arange(masks.shape[1]))
    return numbers
