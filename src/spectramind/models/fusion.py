"""Fusion of what the light curve and the spectrum say.

Every fusion is given the latent of the light curve (planet, light width), those of its samples (planet, time, light width) with the mask of
the samples that exist (planet, time), the states of the bins (planet, bin, spectrum width) and their latent (planet, spectrum width). It
returns one latent (planet, fusion width) and the states of the bins (planet, bin, spectrum width) for the decoders.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from spectramind.utils.config.learning import ModelConfig
from spectramind.utils.errors import ConfigError


def mixing(config: ModelConfig) -> nn.Sequential:
    """Return the small network from both latents, side by side, to the fused one."""
    width = config.fusion.width
    return nn.Sequential(nn.Linear(config.fgs1.width + config.airs.width, width), nn.GELU(), nn.Linear(width, width), nn.LayerNorm(width))


class ConcatFusion(nn.Module):
    """Both latents side by side through a small network; the states stay as they are."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.mix = mixing(config)

    def forward(self, light: Tensor, steps: Tensor, valid: Tensor, states: Tensor, spectrum: Tensor) -> tuple[Tensor, Tensor]:
        """Fuse."""
        return self.mix(torch.cat([light, spectrum], dim=-1)), states


class GatedFusion(nn.Module):
    """A mixture of both latents whose shares, one a number, follow the latents (Arevalo et al. 2017, arXiv:1702.01992, eq. 2)."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width = config.fusion.width
        self.of_light, self.of_spectrum = nn.Linear(config.fgs1.width, width), nn.Linear(config.airs.width, width)
        self.gate = nn.Linear(config.fgs1.width + config.airs.width, width)
        self.norm = nn.LayerNorm(width)

    def forward(self, light: Tensor, steps: Tensor, valid: Tensor, states: Tensor, spectrum: Tensor) -> tuple[Tensor, Tensor]:
        """Fuse."""
        share = self.gate(torch.cat([light, spectrum], dim=-1)).sigmoid()
        return self.norm(share * self.of_light(light).tanh() + (1.0 - share) * self.of_spectrum(spectrum).tanh()), states


class CrossFusion(nn.Module):
    """The bins attend to the samples of the light curve; then the latents go side by side through a small network.

    Raises:
        ConfigError: The heads of the attention, as many as the graph's, do not divide the fusion width.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width, self.heads = config.fusion.width, config.airs.heads
        if width % self.heads:
            raise ConfigError(
                "cross-attention needs a fusion width that is a multiple of the heads",
                where="model.fusion.width",
                received=f"width={width}, model.airs.heads={self.heads}",
                hint=f"choose model.fusion.width={(width // self.heads + 1) * self.heads}",
            )
        self.query = nn.Linear(config.airs.width, width)
        self.key_value = nn.Linear(config.fgs1.width, 2 * width)
        self.out = nn.Linear(width, config.airs.width)
        self.norm = nn.LayerNorm(config.airs.width)
        self.mix = mixing(config)

    def forward(self, light: Tensor, steps: Tensor, valid: Tensor, states: Tensor, spectrum: Tensor) -> tuple[Tensor, Tensor]:
        """Fuse."""
        query, key, value = (
            projected.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for projected in (self.query(states), *self.key_value(steps).chunk(2, dim=-1))
        )
        # a planet without a sample attends to what is not there rather than to nothing, which would be 0 / 0
        seen = (valid | ~valid.any(1, keepdim=True))[:, None, None]
        heard = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        changed = self.out(heard.transpose(1, 2).flatten(2))
        attended = self.norm(states + changed)
        return self.mix(torch.cat([light, spectrum + changed.mean(1)], dim=-1)), attended
