"""Small networks and batches."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from spectramind.models.batch import LIGHT_CHANNELS, NODE_FEATURES, PlanetBatch
from spectramind.models.network import Network, build_network
from spectramind.utils.config.learning import AIRSEncoderConfig, DecoderConfig, FGS1EncoderConfig, FusionConfig, ModelConfig

BINS = 41
WAVELENGTH_UM: NDArray[np.float64] = np.concatenate([[0.705], np.linspace(1.95, 3.9, BINS - 1)])
SIGMA_MIN = 1e-5

FGS1 = FGS1EncoderConfig(kind="mamba2", width=8, layers=2, state=4, head_width=4, chunk=8)
AIRS = AIRSEncoderConfig(kind="gat", width=8, layers=2, heads=2, neighbours=2, window_links=2)


def model_config(
    *,
    fgs1: FGS1EncoderConfig = FGS1,
    airs: AIRSEncoderConfig = AIRS,
    fusion: str = "concat",
    sigma_head: str = "log_sigma",
    middle_bins: int = 12,
) -> ModelConfig:
    """A small network's configuration."""
    return ModelConfig(
        kind="network",
        learn_prior=False,
        baseline="physics",
        fgs1=fgs1,
        airs=airs,
        fusion=FusionConfig(kind=fusion, width=8),
        decoder=DecoderConfig(width=6, coarse_bins=4, middle_bins=middle_bins),
        sigma_head=sigma_head,
    )


def network(config: ModelConfig | None = None, *, seam_bins: tuple[int, ...] = (), seed: int = 0) -> Network:
    """A small network with the weights of a seed."""
    torch.manual_seed(seed)
    return build_network(config or model_config(), wavelength_um=WAVELENGTH_UM, seam_bins=seam_bins, sigma_min=SIGMA_MIN)


def batch(planets: int = 3, *, times: int = 20, seed: int = 0) -> PlanetBatch:
    """Planets drawn at random; every second light curve is a third shorter than the others."""
    generator = torch.Generator().manual_seed(seed)
    valid = torch.ones(planets, times, dtype=torch.bool)
    valid[1::2, times - times // 3 :] = False
    light = torch.randn(planets, times, len(LIGHT_CHANNELS), generator=generator)
    light[..., LIGHT_CHANNELS.index("in_transit")] = ((torch.arange(times) > times // 4) & (torch.arange(times) < times // 2)).float()
    mean = 0.01 + 1e-3 * torch.randn(planets, BINS, generator=generator, dtype=torch.float64)
    return PlanetBatch(
        light=light,
        light_valid=valid,
        nodes=torch.randn(planets, BINS, len(NODE_FEATURES), generator=generator),
        baseline_mean=mean,
        baseline_sigma=1e-4 * (0.05 + torch.rand(planets, BINS, generator=generator, dtype=torch.float64)),
        truth=mean + 1e-4 * torch.randn(planets, BINS, generator=generator, dtype=torch.float64),
    )


def trained(net: Network, given: PlanetBatch, *, steps: int = 3) -> Network:
    """The network after a few steps on the planets' likelihood, so that no weight is at its start."""
    assert given.truth is not None
    optimiser = torch.optim.SGD(net.parameters(), lr=0.05)
    for _ in range(steps):
        optimiser.zero_grad()
        output = net(given)
        loss = (0.5 * ((given.truth - output.mu) / output.sigma) ** 2 + output.sigma.log()).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
    return net
