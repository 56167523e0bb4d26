"""The phases of the curriculum: what each minimises, and with which weights it begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spectramind.utils.config.learning import PhaseConfig, TrainConfig
from spectramind.utils.config.schema import Config

if TYPE_CHECKING:
    from spectramind.training.objective import Objective

Array = NDArray[np.float64]

# Phase -> the phases whose weights it may begin with, the first that was trained.
PHASES: dict[str, tuple[str, ...]] = {"mae": (), "contrastive": ("mae",), "supervised": ("contrastive", "mae")}


def phase_settings(settings: TrainConfig, phase: str) -> PhaseConfig:
    """Return epochs and learning rate of a phase."""
    chosen: PhaseConfig = getattr(settings, phase)
    return chosen


def make_objective(phase: str, config: Config, wavelength_um: Array, labels: Array) -> Objective:
    """Return what a phase minimises.

    Args:
        labels: (planet, bin) truths that are trained on.
    """
    return _OBJECTIVES[phase](config, wavelength_um, labels)


def _mae(config: Config, wavelength_um: Array, labels: Array) -> Objective:
    from spectramind.training.masked_bins import MaskedBins

    return MaskedBins(share=config.train.mask)


def _contrastive(config: Config, wavelength_um: Array, labels: Array) -> Objective:
    from spectramind.training.transit_contrast import TransitContrast

    return TransitContrast(temperature=config.train.temperature)


def _supervised(config: Config, wavelength_um: Array, labels: Array) -> Objective:
    from spectramind.symbolic.pack import SymbolicPack
    from spectramind.training.supervised import Supervised

    seams: Sequence[int] = config.data.extraction.seam_bins
    return Supervised.of(SymbolicPack.build(config.loss, wavelength_um=wavelength_um, seam_bins=seams), labels)


_OBJECTIVES: dict[str, Callable[[Config, Array, Array], Objective]] = {
    "mae": _mae,
    "contrastive": _contrastive,
    "supervised": _supervised,
}
