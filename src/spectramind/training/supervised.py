"""Last phase: the likelihood of the true spectrum, and the symbolic terms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from spectramind.evaluation.metric import SMALLEST_SIGMA, bin_weights
from spectramind.models.batch import PlanetBatch
from spectramind.models.network import Network
from spectramind.symbolic.objective import gaussian_nll, official_score_loss, total_loss
from spectramind.symbolic.pack import SymbolicPack
from spectramind.training.objective import Loss


@dataclass(frozen=True, kw_only=True)
class Supervised:
    """Gaussian log-likelihood in which a bin weighs as much as in the official metric, plus the symbolic pack.

    Attributes:
        pack: The symbolic terms with their weights.
        naive_mean, naive_sigma: Moments of the training labels, for the official metric.
    """

    pack: SymbolicPack
    naive_mean: float
    naive_sigma: float

    @classmethod
    def of(cls, pack: SymbolicPack, labels: NDArray[np.float64]) -> Supervised:
        """Set up from the (planet, bin) labels that are trained on."""
        return cls(pack=pack, naive_mean=float(labels.mean()), naive_sigma=max(float(labels.std()), SMALLEST_SIGMA))

    @property
    def monitor(self) -> str:
        """The likelihood, without the symbolic terms."""
        return "gll"

    def draws(self, batch: PlanetBatch) -> int:
        """Nothing here is random."""
        return 0

    def __call__(self, network: Network, batch: PlanetBatch) -> Loss:
        """Return the loss, with the official metric (not clipped) among the terms as ``score``.

        Raises:
            ValueError: If a truth is not known.
        """
        if batch.truth is None:
            raise ValueError("a planet without truth cannot be trained on")
        output = network(batch)
        weights = torch.from_numpy(bin_weights(batch.truth.shape[1]))
        objective = total_loss(gaussian_nll(batch.truth, output.mu, output.sigma, weights=weights), self.pack(output.mu, output.quantiles))
        score = -official_score_loss(batch.truth, output.mu.detach(), output.sigma.detach(), self.naive_mean, self.naive_sigma)
        parts = objective.breakdown()
        return Loss(total=objective.total, terms={"gll": parts.pop("data"), "score": float(score.mean()), **parts})
