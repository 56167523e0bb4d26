"""Decoder of the transit depths: from a few places in wavelength to all bins."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from spectramind.utils.config.learning import ModelConfig
from spectramind.utils.errors import ConfigError

Array = NDArray[np.float64]


def interpolation(places: Array, knots: Array) -> Tensor:
    """Return the (place, knot) matrix of linear interpolation; each row sums to 1, constants stay constants."""
    hats = [np.interp(places, knots, unit) for unit in np.eye(knots.size)]
    return torch.from_numpy(np.stack(hats, axis=1)).float()


class DepthDecoder(nn.Module):
    """Correction of the depths in units of the baseline's sigma, coarse -> middle -> fine over the AIRS bins and apart for FGS1.

    Each level speaks for itself: a constant of the coarse level shifts all AIRS bins together, the fine level changes single bins, and
    FGS1, a detector of its own, has its own output. Coarse and middle places lie evenly between the shortest and the longest AIRS
    wavelength. All outputs start at 0: an untrained network says what its baseline says.

    Raises:
        ConfigError: More middle places than AIRS bins.
    """

    to_middle: Tensor
    to_fine: Tensor

    def __init__(self, config: ModelConfig, wavelength_um: Array) -> None:
        super().__init__()
        sizes, airs_um = config.decoder, wavelength_um[1:]
        if sizes.middle_bins > airs_um.size:
            raise ConfigError(
                "the decoder has more middle bins than there are bins",
                where="model.decoder.middle_bins",
                received=sizes.middle_bins,
                hint=f"choose at most {airs_um.size}, and fewer coarse_bins",
            )
        coarse_um, middle_um = (np.linspace(airs_um.min(), airs_um.max(), count) for count in (sizes.coarse_bins, sizes.middle_bins))
        self.register_buffer("to_middle", interpolation(middle_um, coarse_um), persistent=False)
        self.register_buffer("to_fine", interpolation(airs_um, middle_um), persistent=False)
        width, states = sizes.width, config.airs.width
        self.coarse = nn.Linear(config.fusion.width, sizes.coarse_bins * width)
        self.middle = nn.Linear(width, width)
        self.fine = nn.Linear(width + states, width)
        self.fgs1 = nn.Linear(config.fusion.width + states, width)
        self.outputs = nn.ModuleList(nn.Linear(width, 1) for _ in range(4))
        for output in self.outputs:
            nn.init.zeros_(output.weight)  # type: ignore[arg-type]
            nn.init.zeros_(output.bias)  # type: ignore[arg-type]

    def forward(self, latent: Tensor, states: Tensor) -> Tensor:
        """Return the (planet, bin) correction from the fused latent (planet, width) and the states (planet, bin, width)."""
        of_coarse, of_middle, of_fine, of_fgs1 = self.outputs
        coarse = functional.gelu(self.coarse(latent).unflatten(-1, (self.to_middle.shape[1], -1)))
        middle = self.to_middle @ coarse
        middle = middle + functional.gelu(self.middle(middle))
        fine = self.to_fine @ middle
        fine = fine + functional.gelu(self.fine(torch.cat([fine, states[:, 1:]], dim=-1)))
        airs = of_fine(fine) + self.to_fine @ (of_middle(middle) + self.to_middle @ of_coarse(coarse))
        fgs1 = of_fgs1(functional.gelu(self.fgs1(torch.cat([latent, states[:, 0]], dim=-1))))
        correction: Tensor = torch.cat([fgs1, airs.squeeze(-1)], dim=1)
        return correction
