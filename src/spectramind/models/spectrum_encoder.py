"""Encoder of the spectrum: graph attention over the wavelength bins."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch_geometric.nn import GATv2Conv

from spectramind.models.batch import NODE_FEATURES
from spectramind.models.graph import EDGE_FEATURES, SpectralGraph
from spectramind.utils.config.learning import AIRSEncoderConfig


class SpectrumEncoder(nn.Module):
    """States of the bins and their pooled latent.

    Each layer adds to a bin's state what its attention takes from the linked bins: GATv2 (Brody, Alon & Yahav 2022, arXiv:2105.14491)
    with the features of the links in the score.
    """

    edge_index: Tensor
    edge_features: Tensor

    def __init__(self, config: AIRSEncoderConfig, graph: SpectralGraph) -> None:
        super().__init__()
        self.bins = graph.bins
        self.register_buffer("edge_index", graph.index, persistent=False)
        self.register_buffer("edge_features", graph.features, persistent=False)
        self.embed = nn.Linear(len(NODE_FEATURES), config.width)
        self.norms = nn.ModuleList(nn.LayerNorm(config.width) for _ in range(config.layers))
        head = config.width // config.heads
        self.layers = nn.ModuleList(
            # a bin's own state is kept by the residual: no link to itself, so the attention is in the order of the graph's edges
            GATv2Conv(config.width, head, heads=config.heads, edge_dim=len(EDGE_FEATURES), add_self_loops=False)
            for _ in range(config.layers)
        )
        self.last_norm = nn.LayerNorm(config.width)
        self.pool = nn.Linear(2 * config.width, config.width)

    def forward(self, nodes: Tensor, *, with_attention: bool = False) -> tuple[Tensor, Tensor, Tensor | None]:
        """Encode nodes (planet, bin, NODE_FEATURES).

        Returns:
            (planet, bin, width) states; (planet, width) latent, from FGS1's state and the mean of the AIRS bins; and where asked for
            (layer, planet, edge, head) attention, which sums to 1 over the links that a bin hears of.
        """
        planets = len(nodes)
        first = torch.arange(planets, device=nodes.device) * self.bins
        index = (self.edge_index[:, None] + first[:, None]).flatten(1)
        features = self.edge_features.to(nodes.dtype).repeat(planets, 1)
        states = self.embed(nodes).flatten(0, 1)
        attention = []
        for norm, layer in zip(self.norms, self.layers, strict=True):
            heard, (_, weights) = layer(norm(states), index, features, return_attention_weights=True)
            states = states + functional.gelu(heard)
            attention.append(weights.unflatten(0, (planets, -1)))
        states = self.last_norm(states).unflatten(0, (planets, self.bins))
        latent = self.pool(torch.cat([states[:, 0], states[:, 1:].mean(1)], dim=-1))
        return states, latent, torch.stack(attention) if with_attention else None


class NoSpectrum(nn.Module):
    """No encoder: states and latent of zero, for ablations."""

    def __init__(self, config: AIRSEncoderConfig, graph: SpectralGraph) -> None:
        super().__init__()
        self.shape = (graph.bins, config.width)

    def forward(self, nodes: Tensor, *, with_attention: bool = False) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return zeros in the shapes of `SpectrumEncoder`, and no attention."""
        return nodes.new_zeros(len(nodes), *self.shape), nodes.new_zeros(len(nodes), self.shape[1]), None
