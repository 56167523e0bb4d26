"""What a phase of the curriculum minimises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from spectramind.models.batch import PlanetBatch
from spectramind.models.network import Network


@dataclass(frozen=True, kw_only=True)
class Loss:
    """The loss of a batch.

    Attributes:
        total: Mean over planets, to be minimised.
        terms: Means over planets of everything worth a curve.
    """

    total: Tensor
    terms: dict[str, float]


class Objective(Protocol):
    """A phase's loss.

    Attributes:
        monitor: The term by which epochs are compared, the smaller the better.
        draws: Random numbers it wants for each planet, as ``batch.chance``.
    """

    @property
    def monitor(self) -> str:
        """Name of the term."""

    def draws(self, batch: PlanetBatch) -> int:
        """Return how many."""

    def __call__(self, network: Network, batch: PlanetBatch) -> Loss:
        """Run the network on a batch and return its loss."""
