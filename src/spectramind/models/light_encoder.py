"""Encoder of the FGS1 light curve: selective state-space blocks that run forwards and backwards in time."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from spectramind.models.batch import LIGHT_CHANNELS
from spectramind.models.scan import scan
from spectramind.utils.config.learning import FGS1EncoderConfig
from spectramind.utils.errors import ConfigError

EXPANSION = 2
CONVOLUTION = 4
# Steps and rates of a new layer, as in Mamba-2: memories from one sample to a thousand.
STEP_RANGE = (1e-3, 1e-1)
RATE_RANGE = (1.0, 16.0)
IN_TRANSIT = LIGHT_CHANNELS.index("in_transit")


class Mixer(nn.Module):
    """Mamba-2 layer in one direction of time: projection, short causal convolution, scan, gate, norm, projection.

    Source: Dao & Gu (2024, arXiv:2405.21060), section 7 and figure 6, with one group.
    """

    def __init__(self, config: FGS1EncoderConfig) -> None:
        super().__init__()
        inner = EXPANSION * config.width
        heads = inner // config.head_width
        mixed = inner + 2 * config.state
        self.projected, self.convolved = [inner, mixed, heads], [inner, config.state, config.state]
        self.chunk = config.chunk
        self.project = nn.Linear(config.width, inner + mixed + heads, bias=False)
        self.convolution = nn.Conv1d(mixed, mixed, CONVOLUTION, groups=mixed, padding=CONVOLUTION - 1)
        low, high = (math.log(value) for value in STEP_RANGE)
        step = (low + (high - low) * torch.rand(heads)).exp()
        self.step_bias = nn.Parameter(step + (-torch.expm1(-step)).log())  # softplus of it is the step
        self.log_rate = nn.Parameter(torch.empty(heads).uniform_(*RATE_RANGE).log())
        self.skip = nn.Parameter(torch.ones(heads))
        self.norm = nn.RMSNorm(inner, eps=1e-5)
        self.out = nn.Linear(inner, config.width, bias=False)

    def forward(self, steps: Tensor, valid: Tensor) -> Tensor:
        """Return (planet, time, width); what is not valid (planet, time, 1) enters neither convolution nor state."""
        gate, mixed, length = torch.split(self.project(steps), self.projected, dim=-1)
        convolved = self.convolution((mixed * valid).mT)[..., : steps.shape[1]].mT
        values, write, read = torch.split(functional.silu(convolved), self.convolved, dim=-1)
        values = torch.unflatten(values, -1, (self.projected[2], -1))
        step = functional.softplus(length + self.step_bias) * valid
        scanned = scan(values, step, -self.log_rate.exp(), write, read, chunk=self.chunk)
        scanned = (scanned + self.skip[:, None] * values).flatten(2)
        outputs: Tensor = self.out(self.norm(scanned * functional.silu(gate)))
        return outputs


class LightEncoder(nn.Module):
    """Latents of a light curve and of its samples.

    Raises:
        ConfigError: head_width does not divide the inner width.
    """

    def __init__(self, config: FGS1EncoderConfig) -> None:
        super().__init__()
        if EXPANSION * config.width % config.head_width:
            raise ConfigError(
                f"{EXPANSION} x width must be a multiple of head_width",
                where="model.fgs1.head_width",
                received=f"width={config.width}, head_width={config.head_width}",
                hint=f"choose a divisor of {EXPANSION * config.width}",
            )
        self.embed = nn.Linear(len(LIGHT_CHANNELS), config.width)
        self.norms = nn.ModuleList(nn.RMSNorm(config.width, eps=1e-5) for _ in range(config.layers))
        self.forwards = nn.ModuleList(Mixer(config) for _ in range(config.layers))
        self.backwards = nn.ModuleList(Mixer(config) for _ in range(config.layers))
        self.last_norm = nn.RMSNorm(config.width, eps=1e-5)
        self.pool = nn.Linear(3 * config.width, config.width)

    def forward(self, light: Tensor, light_valid: Tensor) -> tuple[Tensor, Tensor]:
        """Encode light (planet, time, LIGHT_CHANNELS) where it is valid (planet, time).

        Returns:
            (planet, width) pooled latent from the means of all samples, of those in transit and of those out of it; and
            (planet, time, width) latents of the samples, 0 where they are not valid.
        """
        valid = light_valid[..., None].to(light.dtype)
        light = light.masked_fill(~light_valid[..., None], 0.0)
        steps = self.embed(light)
        for norm, onwards, back in zip(self.norms, self.forwards, self.backwards, strict=True):
            normed = norm(steps)
            steps = steps + onwards(normed, valid) + back(normed.flip(1), valid.flip(1)).flip(1)
        steps = self.last_norm(steps) * valid
        inside = light[..., IN_TRANSIT, None]
        weights = torch.cat([valid, inside, valid - inside], dim=-1)
        means = weights.mT @ steps / weights.sum(1)[..., None].clamp_min(1.0)
        return self.pool(means.flatten(1)), steps


class NoLight(nn.Module):
    """No encoder: latents of zero, for ablations."""

    def __init__(self, config: FGS1EncoderConfig) -> None:
        super().__init__()
        self.width = config.width

    def forward(self, light: Tensor, light_valid: Tensor) -> tuple[Tensor, Tensor]:
        """Return zeros in the shapes of `LightEncoder`."""
        return light.new_zeros(len(light), self.width), light.new_zeros(*light_valid.shape, self.width)
