"""What the network says of a batch of planets."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class NetworkOutput:
    """Prediction and what leads to it.

    Attributes:
        mu: (planet, bin) transit depths: baseline_mean + baseline_sigma x correction.
        sigma: (planet, bin) their standard deviations, at least sigma_min.
        quantiles: (3, planet, bin) 10, 50 and 90 % quantiles where the head makes them.
        light_latent: (planet, width) pooled latent of the light curve.
        light_steps: (planet, time, width) its latent at every sample.
        node_states: (planet, bin, width) state of every bin.
        spectrum_latent: (planet, width) their pooled latent.
        fused_latent: (planet, fusion width) what the heads are given of both.
        attention: (layer, planet, edge, head) weights of the graph attention, in the order of the graph's edges, where asked for.
        reconstruction: (planet, bin, 2) depth contrast and log sigma that the masked phase is trained on.
    """

    mu: Tensor
    sigma: Tensor
    quantiles: Tensor | None
    light_latent: Tensor
    light_steps: Tensor
    node_states: Tensor
    spectrum_latent: Tensor
    fused_latent: Tensor
    attention: Tensor | None
    reconstruction: Tensor
