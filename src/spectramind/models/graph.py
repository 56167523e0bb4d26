"""Graph of the wavelength bins: which bins hear of which, and what is known of each link."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spectramind.physics.molecules import MOLECULES
from spectramind.utils.errors import ConfigError

TAGGED_MOLECULES = ("H2O", "CO2", "CH4", "CO", "NH3")
EDGE_FEATURES = ("wavelength_step", *TAGGED_MOLECULES, "seam")
# FGS1 is far from every AIRS bin; it is linked to this many of them, evenly spread.
FGS1_LINKS = 32

Array = NDArray[np.float64]
Pairs = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class SpectralGraph:
    """Directed links between bins; bin 0 is FGS1, the others AIRS.

    Attributes:
        index: (2, edge) bin that is heard, bin that hears.
        features: (edge, EDGE_FEATURES): signed logarithmic step in wavelength from the first to the second, at most 1 in size; 1 for each
            molecule in whose windows both bins are; 1 where the link crosses a seam.
        bins: Number of bins.
    """

    index: Tensor
    features: Tensor
    bins: int


def spectral_graph(wavelength_um: Array, seam_bins: Sequence[int], *, neighbours: int, window_links: int) -> SpectralGraph:
    """Link every bin to its neighbours, to other windows of its molecules and across the seams.

    Args:
        wavelength_um: (bin,) FGS1 first, AIRS in any order.
        seam_bins: First bin after each seam.
        neighbours: AIRS bins on either side in wavelength that a bin is linked to.
        window_links: Bins of a molecule's other windows that each bin of a window hears of.

    Raises:
        ConfigError: A seam that has no AIRS bin on each side.
    """
    bins = int(wavelength_um.size)
    for seam in seam_bins:
        if not 2 <= seam < bins:
            raise ConfigError(
                "a seam needs an AIRS bin on each side", where="data.extraction.seam_bins", received=seam, hint=f"choose 2 to {bins - 1}"
            )
    links = [_adjacent(wavelength_um, neighbours), _fgs1(bins), np.array([[seam - 1, seam] for seam in seam_bins]).reshape(-1, 2).T]
    links += [_between(windows_of(molecule, wavelength_um), window_links) for molecule in TAGGED_MOLECULES]
    one_way = np.concatenate(links, axis=1).astype(np.int64)
    index = np.unique(np.concatenate([one_way, one_way[::-1]], axis=1), axis=1)
    return SpectralGraph(
        index=torch.from_numpy(index), features=torch.from_numpy(_features(index, wavelength_um, seam_bins)).float(), bins=bins
    )


def windows_of(molecule: str, wavelength_um: Array) -> list[Pairs]:
    """Return the bins of each window of a molecule: within half a width of a band's centre; bands that overlap are one window."""
    merged: list[list[float]] = []
    for low, high in sorted((band.centre_um - 0.5 * band.width_um, band.centre_um + 0.5 * band.width_um) for band in MOLECULES[molecule]):
        if merged and low <= merged[-1][1]:
            merged[-1][1] = max(high, merged[-1][1])
        else:
            merged.append([low, high])
    windows = [np.flatnonzero((wavelength_um >= low) & (wavelength_um <= high)) for low, high in merged]
    return [window for window in windows if window.size]


def _adjacent(wavelength_um: Array, neighbours: int) -> Pairs:
    """Return (2, edge) links of each AIRS bin to the next ones in wavelength."""
    order = 1 + np.argsort(wavelength_um[1:], kind="stable")
    return np.concatenate([np.stack([order[:-distance], order[distance:]]) for distance in range(1, neighbours + 1)], axis=1)


def _fgs1(bins: int) -> Pairs:
    """Return (2, edge) links of FGS1 to AIRS bins all over the spectrum."""
    targets = np.unique(np.linspace(1, bins - 1, min(FGS1_LINKS, bins - 1)).round().astype(np.int64))
    return np.stack([np.zeros_like(targets), targets])


def _between(windows: list[Pairs], links: int) -> Pairs:
    """Return (2, edge) links of each bin to bins spread over the other windows, at places that move with its own place."""

    def pairs() -> Iterator[Pairs]:
        for number, window in enumerate(windows):
            others = np.concatenate([np.empty(0, dtype=np.int64), *windows[:number], *windows[number + 1 :]])
            if others.size:
                place = np.arange(window.size) / window.size
                chosen = (np.arange(links)[:, None] + place) / max(links, 1) * others.size
                yield np.stack([others[chosen.astype(np.int64)], np.broadcast_to(window, chosen.shape)]).reshape(2, -1)

    return np.concatenate([np.empty((2, 0), dtype=np.int64), *pairs()], axis=1)


def _features(index: Pairs, wavelength_um: Array, seam_bins: Sequence[int]) -> Array:
    """Return (edge, EDGE_FEATURES)."""
    step_um = wavelength_um[index[1]] - wavelength_um[index[0]]
    unit_um = np.median(np.diff(np.sort(wavelength_um[1:]))) if wavelength_um.size > 2 else 1.0
    # logarithmic: neighbours and the other end of the spectrum both have a size that a network can tell from 0
    size = np.log1p(np.abs(step_um) / max(float(unit_um), 1e-9))
    step = np.sign(step_um) * size / max(float(size.max()), 1e-9)
    inside = np.zeros((len(TAGGED_MOLECULES), wavelength_um.size), dtype=np.bool_)
    for row, molecule in zip(inside, TAGGED_MOLECULES, strict=True):
        for window in windows_of(molecule, wavelength_um):
            row[window] = True
    first, last = index.min(axis=0), index.max(axis=0)
    seam = np.zeros(step.size, dtype=np.bool_)
    for bin_after in seam_bins:
        seam |= (first >= 1) & (first < bin_after) & (bin_after <= last)
    return np.stack([step, *(inside[:, index[0]] & inside[:, index[1]]), seam], axis=1).astype(np.float64)
