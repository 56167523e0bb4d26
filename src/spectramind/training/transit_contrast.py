"""Second phase: latents of samples in transit are to be like each other and unlike those out of transit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import normalize, one_hot

from spectramind.models.batch import LIGHT_CHANNELS, PlanetBatch
from spectramind.models.network import Network
from spectramind.training.objective import Loss

MARK = LIGHT_CHANNELS.index("in_transit")
GROUPS = 4
FAR = -1e4


@dataclass(frozen=True, kw_only=True)
class TransitContrast:
    """InfoNCE (van den Oord et al. 2018, arXiv:1807.03748, eq. 4) within a planet.

    Samples in and out of transit are dealt out at random to groups; the mean latents of two groups of one kind are a positive pair, all
    groups of the other kind are negatives. Planets are not compared with each other: a batch may be taken in parts. The network does
    not see the mark of the transit, which would give the answer away.

    Attributes:
        temperature: Divides the cosine similarities.
    """

    temperature: float

    @property
    def monitor(self) -> str:
        """The loss itself."""
        return "total"

    def draws(self, batch: PlanetBatch) -> int:
        """One number a sample."""
        return int(batch.light.shape[1])

    def __call__(self, network: Network, batch: PlanetBatch) -> Loss:
        """Return the loss; planets with too few samples of either kind count as zero.

        Raises:
            ValueError: If the batch has no ``chance``.
        """
        if batch.chance is None:
            raise ValueError("the contrast needs random numbers")
        inside = batch.light[..., MARK] > 0.5
        blind = batch.light.clone()
        blind[..., MARK] = 0.0
        steps = network(replace(batch, light=blind)).light_steps.float()
        group = (batch.chance * GROUPS).long().clamp(max=GROUPS - 1) + GROUPS * inside
        member = one_hot(group, 2 * GROUPS).to(steps) * batch.light_valid[..., None]
        counts = member.sum(dim=1)
        means = normalize(torch.einsum("ptg,ptw->pgw", member, steps) / counts.clamp(min=1.0)[..., None], dim=-1)
        total = self._info_nce(means, counts > 0.0).mean()
        return Loss(total=total, terms={"total": float(total.detach())})

    def _info_nce(self, means: Tensor, there: Tensor) -> Tensor:
        """Return (planet,) losses of (planet, group, width) means, of which the first GROUPS are out of transit."""
        kind = torch.arange(2 * GROUPS, device=means.device) >= GROUPS
        same, itself = kind[:, None] == kind, torch.eye(2 * GROUPS, dtype=torch.bool, device=means.device)
        similar = means @ means.transpose(1, 2) / self.temperature
        pair = there[:, :, None] & there[:, None, :] & ~itself
        positive, negative = pair & same, pair & ~same
        below = similar.masked_fill(~negative, FAR).logsumexp(dim=2, keepdim=True)
        each = torch.logaddexp(similar, below) - similar
        return (each * positive).sum(dim=(1, 2)) / positive.sum(dim=(1, 2)).clamp(min=1)
