"""First phase: some bins are hidden, and what the physical inference says of them is predicted from the others."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from spectramind.models.batch import NODE_FEATURES, PlanetBatch
from spectramind.models.network import Network
from spectramind.training.objective import Loss

TARGETS = (NODE_FEATURES.index("depth_contrast"), NODE_FEATURES.index("log_sigma"))


@dataclass(frozen=True, kw_only=True)
class MaskedBins:
    """Squared error of contrast and log-sigma of hidden bins (masked autoencoder; He et al. 2022, CVPR, section 3).

    Attributes:
        share: Part of the bins that is hidden, drawn anew for every planet and step.
    """

    share: float

    @property
    def monitor(self) -> str:
        """Mean of both errors."""
        return "total"

    def draws(self, batch: PlanetBatch) -> int:
        """One number a bin."""
        return int(batch.nodes.shape[1])

    def __call__(self, network: Network, batch: PlanetBatch) -> Loss:
        """Return the loss; at least one bin of every planet is hidden.

        Raises:
            ValueError: If the batch has no ``chance``.
        """
        if batch.chance is None:
            raise ValueError("masked bins need random numbers")
        hidden = max(1, round(self.share * batch.chance.shape[1]))
        masked = batch.chance.argsort(dim=1).argsort(dim=1) < hidden
        found = network(batch, masked=masked).reconstruction.float()
        errors = (found - batch.nodes[..., list(TARGETS)]) ** 2 * masked[..., None]
        depth, sigma = (errors.sum(dim=1) / hidden).mean(dim=0)
        total: torch.Tensor = depth + sigma
        return Loss(total=total, terms={"total": float(total.detach()), "depth": float(depth.detach()), "sigma": float(sigma.detach())})
