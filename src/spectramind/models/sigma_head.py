"""Heads that say how uncertain a depth is, relative to the sigma of the baseline; both start at exactly that sigma.

Every head is given the fused latent (planet, fusion width), the states of the bins (planet, bin, spectrum width), mu and the baseline's
sigma (planet, bin). It returns sigma (planet, bin), at least sigma_min, and where it makes them the quantiles (3, planet, bin).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from spectramind.utils.config.learning import ModelConfig

# The 90 % quantile of a unit Gaussian.
UNIT_QUANTILE = 1.2815515655446004
LARGEST_CHANGE = 3.0


class BoundedChange(nn.Module):
    """Numbers of every bin: a shift that all bins of a detector share plus one of the bin, smoothly bounded, 0 at the start."""

    def __init__(self, config: ModelConfig, numbers: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(config.fusion.width + config.airs.width, config.decoder.width)
        self.of_bin = nn.Linear(config.decoder.width, numbers)
        self.of_detector = nn.Linear(config.fusion.width, 2 * numbers)
        for layer in (self.of_bin, self.of_detector):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, latent: Tensor, states: Tensor) -> Tensor:
        """Return (planet, bin, number) in (-LARGEST_CHANGE, LARGEST_CHANGE): one planet cannot blow up the loss."""
        fgs1, airs = self.of_detector(latent)[:, None].chunk(2, dim=-1)
        shared = torch.cat([fgs1, airs.expand(-1, states.shape[1] - 1, -1)], dim=1)
        everywhere = latent[:, None].expand(-1, states.shape[1], -1)
        own = self.of_bin(functional.gelu(self.hidden(torch.cat([everywhere, states], dim=-1))))
        change: Tensor = LARGEST_CHANGE * ((shared + own) / LARGEST_CHANGE).tanh()
        return change


class LogSigmaHead(nn.Module):
    """Change of the logarithm of sigma."""

    def __init__(self, config: ModelConfig, sigma_min: float) -> None:
        super().__init__()
        self.change, self.sigma_min = BoundedChange(config, 1), sigma_min

    def forward(self, latent: Tensor, states: Tensor, mu: Tensor, baseline_sigma: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return sigma, and no quantiles."""
        change = self.change(latent, states).squeeze(-1).to(mu.dtype)
        return (baseline_sigma * change.exp()).clamp_min(self.sigma_min), None


class QuantileHead(nn.Module):
    """Changes of the 10 and 90 % quantiles, those of a Gaussian at the start, in units of the baseline's sigma; mu is the median.

    The quantiles are free to cross, which the objective punishes; sigma is the Gaussian's with the same distance between the outer two.
    """

    def __init__(self, config: ModelConfig, sigma_min: float) -> None:
        super().__init__()
        self.change, self.sigma_min = BoundedChange(config, 2), sigma_min

    def forward(self, latent: Tensor, states: Tensor, mu: Tensor, baseline_sigma: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return sigma and the quantiles."""
        low, high = self.change(latent, states).to(mu.dtype).unbind(-1)
        quantiles = torch.stack([mu + baseline_sigma * (low - UNIT_QUANTILE), mu, mu + baseline_sigma * (high + UNIT_QUANTILE)])
        sigma = baseline_sigma * (1.0 + (high - low) / (2.0 * UNIT_QUANTILE))
        return sigma.clamp_min(self.sigma_min), quantiles
