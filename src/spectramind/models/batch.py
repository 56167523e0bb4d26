"""What the network is given of a batch of planets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

LIGHT_CHANNELS = ("flux", "residual", "centroid_x", "centroid_y", "jitter_x", "jitter_y", "in_transit")
NODE_FEATURES = (
    *("depth_contrast", "log_sigma", "log_data_sigma", "noise_scale", "fft_low", "fft_high", "skewness", "kurtosis"),
    *("white_depth", "wavelength"),
)


@dataclass(frozen=True, kw_only=True)
class PlanetBatch:
    """Inputs of the network, and the truth where it is known.

    Attributes:
        light: (planet, time, channel) LIGHT_CHANNELS of the FGS1 light curve, flux and residual in units of their noise.
        light_valid: (planet, time) False where a light curve is shorter than the longest.
        nodes: (planet, bin, feature) NODE_FEATURES of every bin, scaled to about unit size.
        baseline_mean: (planet, bin) transit depths that the network corrects.
        baseline_sigma: (planet, bin) their standard deviations.
        truth: (planet, bin) true depths, None where they are not known.
        chance: (planet, draw) numbers in [0, 1) that a training phase drew for each planet, so that a batch may be taken in parts.
    """

    light: Tensor
    light_valid: Tensor
    nodes: Tensor
    baseline_mean: Tensor
    baseline_sigma: Tensor
    truth: Tensor | None = None
    chance: Tensor | None = None

    def __len__(self) -> int:
        return int(self.nodes.shape[0])

    def to(self, device: torch.device) -> PlanetBatch:
        """Return the batch on another device."""
        return self._changed(lambda values: values.to(device))

    def part(self, rows: slice | Tensor) -> PlanetBatch:
        """Return some of the planets."""
        return self._changed(lambda values: values[rows])

    def _changed(self, change: Callable[[Tensor], Tensor]) -> PlanetBatch:
        tensors: dict[str, Any] = {name: None if values is None else change(values) for name, values in vars(self).items()}
        return PlanetBatch(**tensors)
