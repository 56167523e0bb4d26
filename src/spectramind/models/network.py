"""The network: encoders of light curve and spectrum, their fusion, and the heads that correct the baseline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from spectramind.models.batch import NODE_FEATURES, PlanetBatch
from spectramind.models.decoder import DepthDecoder
from spectramind.models.graph import SpectralGraph, spectral_graph
from spectramind.models.output import NetworkOutput
from spectramind.models.registry import FUSIONS, LIGHT_ENCODERS, SIGMA_HEADS, SPECTRUM_ENCODERS
from spectramind.utils.config.learning import ModelConfig
from spectramind.utils.errors import ConfigError

WAVELENGTH = NODE_FEATURES.index("wavelength")


class Network(nn.Module):
    """Corrects a baseline spectrum.

    An untrained network returns its baseline: mu is baseline_mean and sigma the larger of baseline_sigma and sigma_min, exactly. The parts
    compute in the type of the weights; mu and sigma keep the type of the baseline.

    Attributes:
        graph: Links between the bins, in whose order attention is.
    """

    def __init__(self, config: ModelConfig, graph: SpectralGraph, wavelength_um: NDArray[np.float64], sigma_min: float) -> None:
        super().__init__()
        self.graph = graph
        self.light_encoder = LIGHT_ENCODERS[config.fgs1.kind](config.fgs1)
        self.spectrum_encoder = SPECTRUM_ENCODERS[config.airs.kind](config.airs, graph)
        self.fusion = FUSIONS[config.fusion.kind](config)
        self.decoder = DepthDecoder(config, wavelength_um)
        self.sigma_head = SIGMA_HEADS[config.sigma_head](config, sigma_min)
        self.hidden_node = nn.Parameter(torch.zeros(len(NODE_FEATURES)))
        self.reconstruct = nn.Sequential(nn.Linear(config.airs.width, config.decoder.width), nn.GELU(), nn.Linear(config.decoder.width, 2))

    def forward(self, batch: PlanetBatch, *, masked: Tensor | None = None, with_attention: bool = False) -> NetworkOutput:
        """Predict.

        Args:
            batch: Planets.
            masked: (planet, bin) True where the spectrum encoder must not see a bin: all it is told of it is its wavelength.
            with_attention: Return the attention maps.
        """
        kind = self.hidden_node.dtype
        light, steps = self.light_encoder(batch.light.to(kind), batch.light_valid)
        states, spectrum, attention = self.spectrum_encoder(self._seen(batch.nodes.to(kind), masked), with_attention=with_attention)
        latent, decoded = self.fusion(light, steps, batch.light_valid, states, spectrum)
        mu = batch.baseline_mean + batch.baseline_sigma * self.decoder(latent, decoded).to(batch.baseline_mean.dtype)
        sigma, quantiles = self.sigma_head(latent, decoded, mu, batch.baseline_sigma)
        return NetworkOutput(
            mu=mu,
            sigma=sigma,
            quantiles=quantiles,
            light_latent=light,
            light_steps=steps,
            node_states=states,
            spectrum_latent=spectrum,
            fused_latent=latent,
            attention=attention,
            reconstruction=self.reconstruct(states),
        )

    def _seen(self, nodes: Tensor, masked: Tensor | None) -> Tensor:
        """Return the nodes (planet, bin, feature) with a learned token in place of the masked ones, which keep their wavelength."""
        if masked is None:
            return nodes
        replaced = masked[..., None] & (torch.arange(len(NODE_FEATURES), device=nodes.device) != WAVELENGTH)
        return torch.where(replaced, self.hidden_node, nodes)


def build_network(config: ModelConfig, *, wavelength_um: NDArray[np.float64], seam_bins: Sequence[int], sigma_min: float) -> Network:
    """Build the network that a configuration describes, with weights from PyTorch's global generator.

    Args:
        config: Parts and sizes.
        wavelength_um: (bin,) FGS1 first, then AIRS.
        seam_bins: First bin after each seam of the detector.
        sigma_min: Floor of sigma, in transit depth.

    Raises:
        ConfigError: Sizes that do not fit together, a seam outside the spectrum, or no encoder at all.
    """
    if config.fgs1.kind == config.airs.kind == "none":
        raise ConfigError(
            "the network has no encoder",
            where="model.fgs1.kind, model.airs.kind",
            received="none, none",
            hint="choose model.fgs1.kind=mamba2 or model.airs.kind=gat",
        )
    graph = spectral_graph(wavelength_um, seam_bins, neighbours=config.airs.neighbours, window_links=config.airs.window_links)
    return Network(config, graph, wavelength_um, sigma_min)
